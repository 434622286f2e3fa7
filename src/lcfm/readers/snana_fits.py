"""SNANA FITS: a HEAD file with one row per object and a PHOT file with the measurements.

HEAD points into PHOT by PTROBS_MIN and PTROBS_MAX, counted from 1. The pointers of a file that was
cut out of a larger one are stale; then the rows with MJD -777, which follow each object, decide.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader, read_each
from lcfm.readers.snana import (
    BAND_COLUMNS,
    NUMBER_KEYS,
    detection_flags,
    object_columns,
    to_lightcurves,
)
from lcfm.readers.snana_truth import TEXT_KEYS
from lcfm.readers.snana_values import TYPES
from lcfm.validation import Report

SEPARATOR = -777.0
SUFFIXES = (".fits", ".fits.gz")


@dataclass(frozen=True)
class SnanaFits(Reader):
    """Pairs of HEAD and PHOT files, plain or gzipped.

    Parameters
    ----------
    survey
        Survey of files whose header names none (key SURVEY).
    filters
        Band names for filter letters that the survey does not settle, e.g. ``{"k": "bessellu"}``.
    """

    name: ClassVar[str] = "snana-fits"

    survey: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    def recognises(self, path: Path) -> bool:
        """True for a HEAD file, or a folder that holds one."""
        files = head_files(path)
        if not files:
            return False
        try:
            _, columns = _open(files[0], ("SNID",))
        except ReadError:
            return False
        return "SNID" in columns

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read every pair."""
        files = head_files(path)
        if not files:
            raise ReadError(f"{path} is no SNANA HEAD file (*HEAD.FITS[.gz]) and holds none")
        return read_each(files, self._pair)

    def _pair(self, head: Path) -> tuple[LightCurves, Report]:
        pointers = ("PTROBS_MIN", "PTROBS_MAX", "NOBS")
        header, columns = _open(head, ("SNID", *TYPES, *TEXT_KEYS, *pointers, *NUMBER_KEYS))
        for key in ("SNID", "PTROBS_MIN", "PTROBS_MAX"):
            if key not in columns:
                raise ReadError(f"{head} has no column {key}; it is no HEAD file of SNANA")
        phot = _phot_file(head, str(header.get("PHOTFILE", "")))
        _, points = _open(phot, ("MJD", *BAND_COLUMNS, "FLUXCAL", "FLUXCALERR", "PHOTFLAG"))
        if "MJD" not in points:
            raise ReadError(f"{phot} has no column MJD; it is no PHOT file of SNANA")
        points["PHOTFLAG"] = detection_flags(points, len(points["MJD"]))
        rows, owner, remarks = _rows_of_objects(columns, points["MJD"], head, phot)
        n = len(columns["SNID"])
        survey = str(header.get("SURVEY", "")).strip() or self.survey
        if not survey:
            remarks = (*remarks, f"{head.name} names no SURVEY: give it with --survey")
        ids = [str(v).strip() for v in columns["SNID"]]
        objects = object_columns(columns, ids, [survey] * n)
        chosen = {name: values[rows] for name, values in points.items()}
        return to_lightcurves(objects, owner, chosen, self.filters, remarks, str(phot))


def head_files(path: Path) -> list[Path]:
    """HEAD files: the file itself, or those in a folder and one level below."""
    if path.is_dir():
        found = [*path.glob("*HEAD*"), *path.glob("*/*HEAD*")]
        return sorted(p for p in found if p.is_file() and _is_head(p))
    return [path] if path.is_file() and _is_head(path) else []


def _is_head(path: Path) -> bool:
    return "HEAD" in path.name and path.name.lower().endswith(SUFFIXES)


def _phot_file(head: Path, photfile: str) -> Path:
    """PHOT file beside `head`: of the same name first, because files get renamed in pairs."""
    stems = [head.name.replace("HEAD", "PHOT").removesuffix(".gz"), photfile.removesuffix(".gz")]
    for stem in filter(None, stems):
        for name in (stem, stem + ".gz"):
            if (head.parent / name).is_file():
                return head.parent / name
    raise ReadError(
        f"{head} has no measurements: {stems[0]}[.gz] is missing from {head.parent}; copy it there"
    )


def _open(path: Path, wanted: tuple[str, ...]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Primary header, and those of the wanted columns that exist, in native byte order."""
    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names such as SIM_HOSTLIB(...) break the standard
            warnings.filterwarnings("error", message=".*truncated.*")
            with fits.open(path, memmap=False) as hdus:
                header = dict(hdus[0].header)
                table = hdus[1].data
                columns = {n: _native(table[n]) for n in wanted if n in table.columns.names}
    except (OSError, EOFError, ValueError, TypeError, IndexError, Warning, zlib.error) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise ReadError(
            f"{path} cannot be read as FITS ({reason}); it may be truncated or damaged: "
            "copy it again"
        ) from error
    return header, columns


def _native(values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    return array.astype(array.dtype.newbyteorder("="))


def _rows_of_objects(
    columns: Mapping[str, NDArray[Any]], mjd: NDArray[np.float64], head: Path, phot: Path
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    """Rows of PHOT that belong to objects, the object of each, and remarks."""
    first = columns["PTROBS_MIN"].astype(np.int64) - 1
    stop = columns["PTROBS_MAX"].astype(np.int64)
    separators = np.flatnonzero(mjd == SEPARATOR)
    if _pointers_agree(first, stop, separators, len(mjd)):
        return (*_expand(first, stop - first), ())
    ends = np.append(separators, len(mjd)) if mjd[-1:] != SEPARATOR else separators
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts
    agrees = len(ends) == len(first) and np.array_equal(
        lengths, columns.get("NOBS", lengths).astype(np.int64)
    )
    if not agrees:
        raise ReadError(
            f"{head}: PTROBS does not fit the {len(mjd)} rows of {phot.name}, nor do its "
            f"separators the {len(first)} objects; one file is cut or of another version"
        )
    remark = f"{head.name}: PTROBS is stale, objects were cut at the separators of {phot.name}"
    return (*_expand(starts, lengths), (remark,))


def _pointers_agree(
    first: NDArray[np.int64], stop: NDArray[np.int64], separators: NDArray[np.int64], n_rows: int
) -> bool:
    """True if each object lies in the file, between two separators, and none is left over."""
    if (first < 0).any() or (stop > n_rows).any() or (stop < first).any():
        return False
    inside = np.searchsorted(separators, stop) - np.searchsorted(separators, first)
    return not inside.any() and int((stop - first).sum()) == n_rows - len(separators)


def _expand(
    starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    owner = np.repeat(np.arange(len(starts)), lengths)
    within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(starts, lengths) + within, owner
