"""Write SNANA FITS: a HEAD and a PHOT file for each survey of a table.

Fluxes become FLUXCAL (AB zeropoint 27.5). Detections carry PHOTFLAG 4096, the first of them the
trigger, 2048, too. A row with MJD -777 follows each object, as in SNANA's own files. The folder
holds the .LIST, .README and .IGNORE files that SNANA expects of a data version.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands as band_registry
from lcfm.atomic import new_folder, refuse_existing, refuse_no_parent
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers.snana import DETECTED
from lcfm.readers.snana_truth import header_of, truth_columns
from lcfm.units import NJY_PER_FLUXCAL

log = logging.getLogger("lcfm")

TRIGGER = 2048
UNKNOWN = -9.0
SEPARATOR = -777.0
HEAD_KEYS = {
    "ra": "RA", "dec": "DEC", "mwebv": "MWEBV", "redshift": "REDSHIFT_HELIO", "peak_mjd": "PEAKMJD",
}  # fmt: skip
"""Column of lcfm: the SNANA key that holds it."""


def write_snana_fits(lcs: LightCurves, folder: str | Path, *, overwrite: bool = False) -> None:
    """Write a table as an SNANA data version.

    Parameters
    ----------
    lcs
        Light curves in nJy. Upper limits without a measurement have no form in SNANA: they are left
        out, and their number is logged. Of the object columns, id, label, position, redshift,
        Milky Way E(B-V) and peak time are written; of simulations also the truth: type, t0, host
        E(B-V), absolute peak magnitude and seed (`lcfm.readers.snana_truth`).
    folder
        Folder to make, in one that exists; its name is that of the version.
    overwrite
        Replace a folder that lcfm wrote.

    Raises
    ------
    LcfmError
        The table is empty, holds relative photometry (ppm), the folder exists, or the one that it
        is to lie in does not.
    """
    folder = Path(folder)
    refuse_no_parent(folder)
    refuse_existing(folder, overwrite=overwrite)
    if not len(lcs):
        raise LcfmError(f"cannot write {folder}: the table holds no objects")
    relative = [b for b in lcs.bands if band_registry.get(b).unit != "nJy"]
    if relative:
        raise LcfmError(
            f"cannot write {folder}: band {relative[0]!r} is relative photometry, SNANA holds "
            "calibrated fluxes only; leave out these objects"
        )
    limits = lcs.points["limit"]
    if limits.any():
        log.warning(
            "%s: %d limits without a flux are left out of SNANA files", folder, limits.sum()
        )
        lcs = lcs.select_points(~limits)
    label = lcs.column("label") if "label" in lcs.columns else np.full(len(lcs), "", dtype=object)
    codes = {name: i + 1 for i, name in enumerate(sorted({str(v) for v in label} - {""}))}
    with new_folder(folder, overwrite=overwrite) as temporary:
        heads = []
        for survey, table in lcs.split_by_survey().items():
            stem = re.sub(r"\W+", "_", survey) or "UNKNOWN"
            heads.append(f"{stem}_HEAD.FITS.gz")
            _write_pair(table, temporary, stem, survey, codes)
        (temporary / f"{folder.name}.LIST").write_text("\n".join(heads) + "\n")
        (temporary / f"{folder.name}.IGNORE").write_text("")
        types = "".join(f"    - {code} {name}\n" for name, code in codes.items())
        (temporary / f"{folder.name}.README").write_text(
            "DOCUMENTATION:\n  PURPOSE: light curves written by lcfm\n"
            f"  SNTYPE:\n{types or '    - -9 unknown'}\nDOCUMENTATION_END:\n"
        )


def _write_pair(
    lcs: LightCurves, folder: Path, stem: str, survey: str, codes: dict[str, int]
) -> None:
    lengths = lcs.lengths
    last = np.cumsum(lengths + 1) - 1  # rows of PHOT are counted from 1, separators between
    head: dict[str, NDArray[Any]] = {
        "SNID": lcs.object_id.astype(str),
        "PTROBS_MIN": (last - lengths + 1).astype(np.int32),
        "PTROBS_MAX": last.astype(np.int32),
        "NOBS": lengths.astype(np.int32),
    }
    for name, key in HEAD_KEYS.items():
        if name in lcs.columns:
            values = lcs.numbers(name)
            # A declination of -9 is a place.
            head[key] = values if name == "dec" else np.where(np.isnan(values), UNKNOWN, values)
    if "REDSHIFT_HELIO" in head:
        head["REDSHIFT_FINAL"] = head["REDSHIFT_HELIO"]
    if "label" in lcs.columns:
        label = lcs.column("label").astype(str)
        head["SIM_TYPE_NAME"] = label
        head["SNTYPE"] = np.array([codes.get(v, -9) for v in label], dtype=np.int32)
    letters = np.array([band_registry.letter(b, survey) for b in lcs.bands] or [""])
    used = sorted(set(letters[np.unique(lcs.points["band"])]))
    header: dict[str, str | int | float] = {
        "SURVEY": survey,
        "FILTERS": "".join(used) if all(len(v) == 1 for v in used) else ",".join(used),
        "PHOTFILE": f"{stem}_PHOT.FITS.gz",
        **header_of(lcs),
    }
    head |= truth_columns(lcs)
    _write_table(folder / f"{stem}_HEAD.FITS.gz", header, head)
    _write_table(folder / f"{stem}_PHOT.FITS.gz", header, _phot(lcs, letters, last))


def _phot(
    lcs: LightCurves, letters: NDArray[Any], last: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Columns of PHOT, with a separator after each object."""
    points = lcs.points
    flag = np.where(points["detected"], DETECTED, 0).astype(np.int32)
    owner = lcs.owner[points["detected"]]
    first = np.flatnonzero(points["detected"])[np.unique(owner, return_index=True)[1]]
    flag[first] |= TRIGGER
    columns: dict[str, tuple[NDArray[Any], Any]] = {
        "MJD": (points["mjd"], SEPARATOR),
        "BAND": (letters[points["band"]], "-"),
        "PHOTFLAG": (flag, 0),
        "FLUXCAL": (points["flux"] / np.float32(NJY_PER_FLUXCAL), SEPARATOR),
        "FLUXCALERR": (points["flux_err"] / np.float32(NJY_PER_FLUXCAL), SEPARATOR),
    }
    rows = np.ones(lcs.n_points + len(lcs), dtype=bool)
    rows[last] = False
    out = {}
    for name, (values, between) in columns.items():
        column = np.full(len(rows), between, dtype=values.dtype)
        column[rows] = values
        out[name] = column
    return out


def _write_table(
    path: Path, header: dict[str, str | int | float], columns: dict[str, NDArray[Any]]
) -> None:
    from astropy.io import fits

    table = fits.BinTableHDU.from_columns(
        [fits.Column(name, _form(values), array=values) for name, values in columns.items()]
    )
    primary = fits.PrimaryHDU()
    primary.header.update(header)
    fits.HDUList([primary, table]).writeto(path)


def _form(values: NDArray[Any]) -> str:
    """FITS format of a column."""
    if values.dtype.kind == "U":
        return f"{max(values.dtype.itemsize // 4, 1)}A"
    return {"i4": "J", "i8": "K", "f4": "E", "f8": "D"}[values.dtype.str[1:]]
