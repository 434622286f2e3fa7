"""A plain table, one row per measurement: CSV, ECSV, VOTable, FITS or flat Parquet.

Columns are recognised by the names that surveys and brokers use, units by what the file says; what
was recognised stands in the report. What cannot be known is asked for, never guessed: a flux needs
a zeropoint or a unit, a bare band letter needs the name of the survey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lcfm import units
from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader
from lcfm.readers.columns import ALIASES, OBJECT_COLUMNS, Column, find_columns
from lcfm.readers.csv_table import csv_columns, is_csv, read_csv
from lcfm.validation import Report

NJY_NAMES = ("psfflux", "psfdiffflux")
"""Rubin's columns, nJy by definition (lower case)."""


@dataclass(frozen=True, kw_only=True)
class TabularReader(Reader):
    """A plain table; settings for what a file leaves unsaid.

    Parameters
    ----------
    zeropoint
        AB magnitude of flux 1, where the file has no zeropoint column and no unit.
    survey
        Survey of all objects, which resolves bare band letters; the column ``survey`` goes first.
    """

    name: ClassVar[str] = "table"
    zeropoint: float | None = None
    survey: str = ""

    def recognises(self, path: Path) -> bool:
        """True if the first row names a time, a band and a brightness."""
        try:
            found = find_columns(_column_names(path))
        except (OSError, ValueError, KeyError, UnicodeDecodeError):
            return False
        return {"mjd", "band"} <= found.keys() and bool({"flux", "mag"} & found.keys())

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read and convert.

        Raises
        ------
        ReadError
            A column or a unit is missing, or values contradict what they are declared to be.
        """
        table = _load(path)
        found = find_columns(list(table))
        needed = {"mjd": "a time", "band": "a band"}
        for name, what in needed.items():
            if name not in found:
                known = ", ".join(ALIASES[name])
                raise ReadError(f"{path} has no column for {what}; known names: {known}")
        remarks = [f"{name} from column {column.given!r}" for name, column in found.items()]
        n = len(table[found["mjd"].given])
        if n == 0:
            raise ReadError(f"{path} has no rows")
        mjd = _times(path, _numbers(table, found["mjd"]), found["mjd"], remarks)
        flux, flux_err = self._fluxes(path, table, found, remarks)
        if "object_id" in found:
            ids = _texts(table[found["object_id"].given])
        else:
            ids = np.full(n, path.stem, dtype=object)
            remarks.append(f"no column of object names: all rows are one object, {path.stem!r}")
        names, first, owner = np.unique(ids.astype(str), return_index=True, return_inverse=True)
        objects: dict[str, Any] = {"object_id": names.astype(object)}
        for column in OBJECT_COLUMNS:
            if column in found:
                values = table[found[column].given]
                objects[column] = _object_values(values, first, owner, column, remarks)
        objects.setdefault("survey", np.full(len(names), self.survey, dtype=object))
        points: dict[str, Any] = {"mjd": mjd, "flux": flux, "flux_err": flux_err}
        for column in ("detected", "limit"):
            if column in found:
                points[column] = _flags(table[found[column].given])
        bands = _texts(table[found["band"].given])
        return LightCurves.from_rows(
            {k: list(v) for k, v in objects.items()}, owner, points, bands, remarks=tuple(remarks)
        )

    def _fluxes(
        self, path: Path, table: Mapping[str, Any], found: Mapping[str, Column], remarks: list[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Flux and error [nJy] from a flux or a magnitude column."""
        kind = "flux" if "flux" in found else "mag"
        if kind not in found or f"{kind}_err" not in found:
            known = ", ".join((*ALIASES["flux"], *ALIASES["mag"]))
            raise ReadError(f"{path} lacks a brightness or its error; known names: {known}, …")
        value, error = (_numbers(table, found[k]) for k in (kind, f"{kind}_err"))
        if "zpsys" in found:
            systems = {s.lower() for s in _texts(table[found["zpsys"].given])}
            if systems - {"ab"}:
                raise ReadError(
                    f"{path}: zpsys is {sorted(systems)}; only AB is known, convert first"
                )
        if kind == "mag":
            remarks.append("magnitudes taken as AB")
            flux = units.njy_from_magnitude(value)
            return flux, units.njy_error_from_magnitude(flux, error)
        zeropoint = self._zeropoint(path, table, found, remarks)
        finite = np.isfinite(value) & np.isfinite(error)
        looks_magnitude = finite.any() and (
            ((value[finite] > 8) & (value[finite] < 32)).all() and (error[finite] < 1.5).all()
        )
        if looks_magnitude:
            raise ReadError(
                f"{path}: column {found['flux'].given!r} is declared as flux, but all values lie "
                "between 8 and 32 with errors below 1.5, as magnitudes do; rename it to 'mag'"
            )
        scale = units.njy_from_zeropoint(1.0, zeropoint)
        return value * scale, error * scale

    def _zeropoint(
        self, path: Path, table: Mapping[str, Any], found: Mapping[str, Column], remarks: list[str]
    ) -> Any:
        column = found["flux"]
        if "zp" in found:
            return _numbers(table, found["zp"])
        if column.unit.lower() == "njy" or column.given.lower() in NJY_NAMES:
            remarks.append("flux is nJy, as the column says")
            return units.AB_ZEROPOINT_NJY
        if column.given.lower() == "fluxcal":
            remarks.append("FLUXCAL has zeropoint 27.5")
            return units.FLUXCAL_ZEROPOINT
        if self.zeropoint is not None:
            remarks.append(f"flux has zeropoint {self.zeropoint}, as given")
            return self.zeropoint
        raise ReadError(
            f"{path}: column {column.given!r} has no zeropoint and no unit; add a column 'zp' with "
            "the AB zeropoint (31.4 for nJy), or read it with "
            "lcfm.read(path, format=lcfm.readers.tabular.TabularReader(zeropoint=31.4))"
        )


def _column_names(path: Path) -> list[str]:
    """Names of the columns, without reading the rows where the format allows."""
    if not path.is_file() or path.stat().st_size == 0:
        return []
    with path.open("rb") as file:
        start = file.read(2048)
    if start.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        return list(pq.read_schema(path).names)
    if start.startswith(b"SIMPLE") or b"<VOTABLE" in start:
        return list(_load(path))
    if start.startswith(b"# %ECSV"):
        return list(_load(path))
    if is_csv(path):
        return list(csv_columns(path))
    lines = [line for line in start.decode("utf-8").splitlines() if not line.startswith("#")]
    return lines[0].split() if lines else []


def _load(path: Path) -> dict[str, Any]:
    """Columns by name; a unit known to the file is put in brackets behind the name."""
    if not path.is_file() or path.stat().st_size == 0:
        raise ReadError(f"{path} is empty or no file")
    with path.open("rb") as file:
        start = file.read(2048)
    try:
        if start.startswith(b"PAR1"):
            import pyarrow.parquet as pq

            flat = pq.read_table(path)
            return {name: flat[name].to_numpy() for name in flat.column_names}
        if start.startswith(b"SIMPLE"):
            return _from_astropy(path, "fits")
        if b"<VOTABLE" in start:
            return _from_astropy(path, "votable")
        if start.startswith(b"# %ECSV"):
            return _from_astropy(path, "ascii.ecsv")
        if is_csv(path):
            return dict(read_csv(path, csv_columns(path)))
        return _from_astropy(path, "ascii.basic")
    except ReadError:
        raise
    except Exception as error:  # astropy, pyarrow and pandas each raise many kinds
        first = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise ReadError(
            f"{path} cannot be read as a table ({first}); it may be truncated"
        ) from error


def _from_astropy(path: Path, kind: str) -> dict[str, Any]:
    from astropy.table import Table

    table = Table.read(path, format=kind)
    columns = {}
    for name in table.colnames:
        column = table[name]
        values = np.ma.filled(column, np.nan) if column.dtype.kind == "f" else np.asarray(column)
        unit = f" [{column.unit}]" if column.unit is not None else ""
        columns[f"{name}{unit}"] = np.asarray(values)
    return columns


def _numbers(table: Mapping[str, Any], column: Column) -> NDArray[np.float64]:
    values = table[column.given]
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ReadError(
            f"column {column.given!r} must hold numbers, it holds {values[0]!r}"
        ) from error


def _texts(values: Any) -> NDArray[Any]:
    plain = np.asarray(values)
    if plain.dtype.kind == "S":
        plain = np.char.decode(plain, "utf-8")
    if plain.dtype.kind == "f":
        if not (plain == np.floor(plain)).all() or (np.abs(plain) > 2**53).any():
            raise ReadError("a column of names holds decimal numbers; store it as integers or text")
        plain = plain.astype(np.int64)
    return np.array([str(v).strip() for v in plain.tolist()], dtype=object)


def _times(
    path: Path, times: NDArray[np.float64], column: Column, remarks: list[str]
) -> NDArray[np.float64]:
    finite = times[np.isfinite(times)]
    middle = float(np.median(finite)) if len(finite) else 0.0
    if middle > 2_400_000:
        remarks.append("times are JD, converted to MJD")
        return units.mjd_from_jd(times)
    if not 15_000 < middle < 100_000:
        raise ReadError(
            f"{path}: column {column.given!r} has times around {middle:g}, which is neither MJD "
            "(15,000 to 100,000) nor JD; convert it to MJD"
        )
    return times


def _object_values(
    values: Any, first: NDArray[np.int64], owner: NDArray[np.int64], name: str, remarks: list[str]
) -> Any:
    plain = np.asarray(values)
    if plain.dtype.kind not in "fiu":
        plain = _texts(["" if v is None or v != v else v for v in plain.tolist()])
    of_object = plain[first]
    same = (plain == of_object[owner]) | ((plain != plain) & (of_object != of_object)[owner])
    if not np.all(same):
        remarks.append(f"column {name!r} changes within an object; its first value is kept")
    return of_object


def _flags(values: Any) -> NDArray[np.bool_]:
    plain = np.asarray(values)
    if plain.dtype.kind in "OUS":
        return np.array([str(v).strip().lower() in ("true", "1", "t", "yes") for v in plain], bool)
    return plain.astype(bool)
