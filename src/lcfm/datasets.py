"""Data sets by name: what they are, how to cite them, and where their files lie.

One sample ships with the package. The others are fetched from their archives by DOI with `pooch`,
checked against the archive's checksums, and kept in a cache (`LCFM_DATA`, else the user's cache
folder). A broken download continues where it stopped.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from lcfm.atomic import new_folder
from lcfm.errors import LcfmError, UnknownNameError


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One data set.

    Attributes
    ----------
    name, title
    doi
        Of the archive; empty for what ships with the package.
    files
        Names of the files wanted from the archive.
    citation, licence, remark
    shipped
        Path inside the package, if it is there.
    """

    name: str
    title: str
    citation: str
    licence: str
    doi: str = ""
    files: tuple[str, ...] = ()
    remark: str = ""
    shipped: str = ""


DATASETS: dict[str, DataSet] = {
    d.name: d
    for d in (
        DataSet(
            name="ztf-sample",
            title="961 real ZTF transients of five classes, with a fixed test half",
            citation="Bellm et al. 2019; Fremling et al. 2020; Perley et al. 2020; van Velzen 2021",
            licence="public ZTF alerts; see data/ztf/README.md in the package",
            shipped="data/ztf/ztf_sample.parquet",
        ),
        DataSet(
            name="yse-dr1",
            title="Young Supernova Experiment DR1: 1,975 transients, Pan-STARRS griz and ZTF gr",
            citation="Aleo et al. 2023, ApJS 266, 9",
            licence="CC BY 4.0, as the archive states",
            doi="10.5281/zenodo.7317476",
            files=("yse_dr1_zenodo.tar.gz",),
            remark="SNANA text files, unpacked beside the archive; bands X and Y are ZTF g and r",
        ),
        DataSet(
            name="plasticc",
            title="PLAsTiCC: 7,848 simulated LSST training objects of 14 classes",
            citation="Kessler et al. 2019, PASP 131, 094501; PLAsTiCC team 2018, arXiv:1810.00001",
            licence="CC BY 4.0",
            doi="10.5281/zenodo.2539456",
            files=("plasticc_train_lightcurves.csv.gz", "plasticc_train_metadata.csv.gz"),
        ),
    )
}

PACKED = ".tar.gz"
UNPACKED = "unpacked"
"""Folder beside a packed archive that holds its files, without inner folders."""


def get(name: str) -> DataSet:
    """The data set of this name.

    Raises
    ------
    UnknownNameError
        There is none; the text lists those that there are.
    """
    if name not in DATASETS:
        raise UnknownNameError.of("data set", name, DATASETS)
    return DATASETS[name]


def path(name: str) -> Path | None:
    """Where the data set lies, or None if it was not fetched yet."""
    data = get(name)
    if data.shipped:
        return Path(str(resources.files("lcfm"))) / data.shipped
    folder = cache_folder() / name
    if not all((folder / file).is_file() for file in data.files):
        return None
    if any(file.endswith(PACKED) for file in data.files):
        return folder / UNPACKED if (folder / UNPACKED).is_dir() else None
    return folder


def cache_folder() -> Path:
    """Folder of fetched files: the environment variable LCFM_DATA, else the user's cache."""
    chosen = os.environ.get("LCFM_DATA")
    if chosen:
        return Path(chosen)
    import pooch

    return Path(pooch.os_cache("lcfm"))


def listing() -> str:
    """A line per data set: name, whether it is at hand, title."""
    width = max(map(len, DATASETS))
    lines = []
    for name, data in DATASETS.items():
        state = "shipped" if data.shipped else "fetched" if path(name) else "to fetch"
        lines.append(f"{name:<{width}}  {state:<8}  {data.title}")
    return "\n".join(lines)


def describe(name: str) -> str:
    """All that is known of a data set."""
    data = get(name)
    where = path(name)
    rows = {
        "title": data.title,
        "cite": data.citation,
        "licence": data.licence,
        "doi": data.doi,
        "files": ", ".join(data.files),
        "remark": data.remark,
        "here": str(where) if where else f"not yet: lcfm data fetch {name}",
    }
    return "\n".join([name, *(f"  {key:<8} {text}" for key, text in rows.items() if text)])


def fetch(name: str, *, base_url: str | None = None, progress: bool = False) -> Path:
    """Fetch the files of a data set into the cache, unpack them, and return their folder.

    Parameters
    ----------
    name
        Of a registered data set.
    base_url
        Where the files lie; by default the archive behind the DOI.
    progress
        Show a bar.

    Raises
    ------
    LcfmError
        The archive cannot be reached, lacks a file, or a checksum differs.
    """
    data = get(name)
    found = path(name)
    if found is not None:
        return found
    from lcfm.download import fetch_files

    folder = cache_folder() / name
    fetch_files(data.doi, data.files, folder, base_url=base_url, progress=progress)
    for file in data.files:
        if file.endswith(PACKED):
            _unpack(folder / file, folder / UNPACKED)
    done = path(name)
    if done is None:
        raise LcfmError(f"the files of {name!r} are not all in {folder}; fetch it again")
    return done


def _unpack(archive: Path, folder: Path) -> None:
    """Put the files of a packed archive into one folder, whole or not at all."""
    import shutil
    import tarfile

    try:
        with new_folder(folder, overwrite=True) as temporary, tarfile.open(archive) as packed:
            for member in packed:
                content = packed.extractfile(member) if member.isfile() else None
                if content is not None:
                    with content, (temporary / Path(member.name).name).open("wb") as file:
                        shutil.copyfileobj(content, file)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        archive.unlink()
        raise LcfmError(f"{archive} is damaged ({error}) and was removed; fetch again") from error
