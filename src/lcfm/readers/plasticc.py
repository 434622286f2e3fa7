"""PLAsTiCC: a CSV file of points, and one of objects (``…metadata.csv``) beside it.

Columns, the flux zeropoint 27.5 and the numbers of the classes are those of the challenge's data
release (Kessler et al. 2019, PASP 131, 094501, table 1; Zenodo 2539456).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader, read_each
from lcfm.readers.csv_table import csv_columns, is_csv, read_csv
from lcfm.units import NJY_PER_FLUXCAL
from lcfm.validation import Report

POINTS = ("object_id", "mjd", "passband", "flux", "flux_err")
DETECTED = ("detected", "detected_bool")
CLASS = ("true_target", "target")

OBJECTS: Mapping[str, tuple[str, ...]] = {
    "redshift": ("hostgal_specz", "true_z"),
    "ra": ("ra",),
    "dec": ("decl", "dec"),
    "mwebv": ("mwebv",),
    "peak_mjd": ("true_peakmjd",),
}
"""Column of lcfm: columns of the metadata, the first that is known counts."""

UNKNOWN: Mapping[str, tuple[float, ...]] = {"redshift": (0.0, -9.0), "peak_mjd": (59570.0,)}
"""Placeholders: redshift 0 of everything Galactic, one and the same peak of what recurs."""

CLASSES: Mapping[int, str] = {
    90: "SNIa", 67: "SNIa-91bg", 52: "SNIax", 42: "SNII", 62: "SNIbc", 95: "SLSN-I", 15: "TDE",
    64: "KN", 88: "AGN", 92: "RRL", 65: "Mdwarf-flare", 16: "EB", 53: "Mira", 6: "uLens-Single",
    991: "uLens-Binary", 992: "ILOT", 993: "CaRT", 994: "PISN", 995: "uLens-String",
}  # fmt: skip
"""Numbers of the models; the training set and ``true_target`` use them alike."""


class PlasticcCsv(Reader):
    """The CSV files of PLAsTiCC, or a folder of them."""

    name: ClassVar[str] = "plasticc-csv"

    def recognises(self, path: Path) -> bool:
        """True for a file with PLAsTiCC's columns of points, or a folder that holds one."""
        return bool(_point_files(path))

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read every file of points with its metadata."""
        files = _point_files(path)
        if not files:
            raise ReadError(f"{path} has not the columns {', '.join(POINTS)}, nor holds such files")
        return read_each(files, lambda file: _read_pair(file, metadata_file(file)))


def metadata_file(points: Path) -> Path:
    """Metadata beside a file of points: of those there, the one whose name begins most alike."""
    there = sorted(p for p in points.parent.glob("*metadata*") if is_csv(p))
    if not there:
        raise ReadError(
            f"{points} has no objects: no file *metadata.csv[.gz] lies in {points.parent}; "
            "copy it there"
        )
    return max(there, key=lambda p: _same_start(p.name, points.name))


def _same_start(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))


def _point_files(path: Path) -> list[Path]:
    candidates = sorted(path.iterdir()) if path.is_dir() else [path]
    return [p for p in candidates if is_csv(p) and set(POINTS) <= set(csv_columns(p))]


def _read_pair(points_path: Path, objects_path: Path) -> tuple[LightCurves, Report]:
    points = read_csv(points_path, (*POINTS, *DETECTED))
    known = {name for names in OBJECTS.values() for name in names}
    table = read_csv(objects_path, ("object_id", *CLASS, *known))
    if "object_id" not in table:
        raise ReadError(f"{objects_path} has no column object_id to join by")
    ids, owner = _join(table["object_id"], points["object_id"])
    used = np.isin(np.arange(len(ids)), owner)  # metadata may cover several files of points
    position = np.cumsum(used) - 1
    try:
        columns: dict[str, Any] = {
            "mjd": points["mjd"].astype(np.float64),
            "flux": points["flux"].astype(np.float64) * NJY_PER_FLUXCAL,
            "flux_err": points["flux_err"].astype(np.float64) * NJY_PER_FLUXCAL,
        }
        flag = next((points[k] for k in DETECTED if k in points), None)
        if flag is not None:
            columns["detected"] = flag.astype(np.float64) > 0
        objects = _objects(table, ids, used)
    except (ValueError, TypeError) as error:
        raise ReadError(
            f"{points_path} or {objects_path.name} holds no number in a column of numbers "
            f"({error}); mend it or copy it again"
        ) from error
    remark = f"objects of {points_path.name} from {objects_path.name}"
    return LightCurves.from_rows(
        objects,
        np.where(owner >= 0, position[owner], -1),
        columns,
        points["passband"].astype(str),
        remarks=(remark,),
    )


def _join(ids: NDArray[Any], of_points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Ids as text, and the row of each point's object or -1."""
    names = ids.astype(str)
    distinct, code = np.unique(of_points, return_inverse=True)
    row = {name: i for i, name in enumerate(names)}
    return names, np.array([row.get(name, -1) for name in distinct.astype(str)], dtype=np.int64)[
        code
    ]


def _objects(
    table: Mapping[str, NDArray[Any]], ids: NDArray[Any], used: NDArray[np.bool_]
) -> dict[str, Any]:
    n = int(used.sum())
    out: dict[str, Any] = {"object_id": ids[used], "survey": np.array(["LSST"] * n, dtype=str)}
    for name, sources in OBJECTS.items():
        values = np.full(n, np.nan)
        for source in sources:
            if source in table:
                values = np.where(np.isnan(values), table[source][used].astype(np.float64), values)
        out[name] = np.where(np.isin(values, UNKNOWN.get(name, ())), np.nan, values)
    numbers = next((table[k][used] for k in CLASS if k in table), None)
    out["label"] = np.array(
        [""] * n if numbers is None else [CLASSES.get(int(v), str(v)) for v in numbers], dtype=str
    )
    return out
