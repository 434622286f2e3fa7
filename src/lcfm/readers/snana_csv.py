"""SNANA tables written as CSV, as SuperNNova does: ``…HEAD.csv[.gz]`` and ``…PHOT.csv[.gz]``.

Columns are those of the FITS files without pointers; the two are joined by SNID (Möller & de
Boissière 2020, MNRAS 491, 4277).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader, read_each
from lcfm.readers.csv_table import csv_columns, is_csv, read_csv
from lcfm.readers.snana import (
    BAND_COLUMNS,
    NUMBER_KEYS,
    detection_flags,
    object_columns,
    to_lightcurves,
)
from lcfm.readers.snana_values import TYPES
from lcfm.validation import Report


@dataclass(frozen=True)
class SnanaCsv(Reader):
    """Pairs of HEAD and PHOT tables.

    Parameters
    ----------
    survey
        Survey whose letters the bands are; the files name none.
    filters
        Band names for single letters, e.g. ``{"g": "desg"}``.
    """

    name: ClassVar[str] = "snana-csv"

    survey: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    def recognises(self, path: Path) -> bool:
        """True for a HEAD table with SNID, or a folder that holds one."""
        return bool(_head_files(path))

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read every pair."""
        files = _head_files(path)
        if not files:
            raise ReadError(f"{path} is no *HEAD.csv[.gz] with a column SNID and holds none")
        return read_each(files, self._pair)

    def _pair(self, head: Path) -> tuple[LightCurves, Report]:
        phot = head.with_name(head.name.replace("HEAD", "PHOT"))
        if not phot.is_file():
            raise ReadError(f"{head} has no measurements: {phot.name} is missing beside it")
        table = read_csv(head, ("SNID", *TYPES, *NUMBER_KEYS))
        points = read_csv(phot, ("SNID", "MJD", *BAND_COLUMNS, "FLUXCAL", "FLUXCALERR", "PHOTFLAG"))
        for key in ("SNID", "MJD"):
            if key not in points:
                raise ReadError(f"{phot} has no column {key}")
        ids = table["SNID"].astype(str)
        distinct, code = np.unique(points.pop("SNID"), return_inverse=True)
        row = {name: i for i, name in enumerate(ids)}
        owner = np.array([row.get(name, -1) for name in distinct.astype(str)], dtype=np.int64)[code]
        points["PHOTFLAG"] = detection_flags(points, len(owner))
        objects = object_columns(table, ids.tolist(), [self.survey] * len(ids))
        remarks = () if self.survey else (f"{head.name} names no survey: give it with --survey",)
        return to_lightcurves(objects, owner, points, self.filters, remarks, str(phot))


def _head_files(path: Path) -> list[Path]:
    candidates = sorted(path.glob("*HEAD*")) if path.is_dir() else [path]
    return [p for p in candidates if is_csv(p) and "HEAD" in p.name and "SNID" in csv_columns(p)]
