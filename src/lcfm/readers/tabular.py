"""A plain table, one row per measurement: CSV, ECSV, VOTable, FITS or flat Parquet.

Columns are recognised by the names that surveys and brokers use, units by what the file says; what
was recognised stands in the report. What cannot be known is asked for, never guessed: a flux needs
a zeropoint or a unit, a bare band letter needs the name of the survey.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lcfm import bands as band_registry
from lcfm import units
from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader
from lcfm.readers.cells import flags, numbers, texts
from lcfm.readers.columns import OBJECT_COLUMNS, Column, find_columns, missing_columns
from lcfm.readers.further import further_columns
from lcfm.readers.table_files import column_names, load
from lcfm.validation import Report

NJY_NAMES = ("psfflux", "psfdiffflux")
"""Rubin's columns, nJy by definition (lower case)."""

MAGNITUDES = (-30.0, 40.0)
"""What lies outside is a placeholder such as 99 or -999."""

MEDIANS = (10.0, 30.0)
"""Outside, the median magnitude of detections is that of no survey: the zeropoint may be wrong."""

MJDS = (15_000.0, 100_000.0)
"""The years 1899 to 2132."""


@dataclass(frozen=True, kw_only=True)
class TabularReader(Reader):
    """A plain table; settings for what a file leaves unsaid.

    Parameters
    ----------
    zeropoint
        AB magnitude of flux 1, where the file has no zeropoint column and no unit.
    survey
        Survey of objects for which the column ``survey`` names none; resolves bare band letters.
    """

    name: ClassVar[str] = "table"
    zeropoint: float | None = None
    survey: str = ""

    def recognises(self, path: Path) -> bool:
        """True if the first row names a time, a band and a brightness."""
        try:
            found = find_columns(column_names(path))
        except (OSError, EOFError, ValueError, KeyError, zlib.error):
            return False
        return {"mjd", "band"} <= found.keys() and bool({"flux", "mag"} & found.keys())

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read and convert.

        Raises
        ------
        ReadError
            A column or a unit is missing, or values contradict what they are declared to be.
        """
        table = load(path)
        found = find_columns(list(table))
        if lacking := missing_columns(list(table)):
            raise ReadError(f"{path} {lacking}")
        cautions: list[str] = []
        remarks = [f"{name} from column {column.given!r}" for name, column in found.items()]
        n = len(table[found["mjd"].given])
        if n == 0:
            raise ReadError(f"{path} has no rows")
        mjd = _times(path, numbers(table, found["mjd"]), found["mjd"], cautions)
        flux, flux_err = self._fluxes(path, table, found, remarks)
        if "object_id" in found:
            ids = texts(table[found["object_id"].given])
            nameless = int((ids == "").sum())
            if nameless:
                raise ReadError(
                    f"{path}: {nameless} of {n} rows have no {found['object_id'].given!r}; remove "
                    "them or name their object"
                )
        else:
            ids = np.full(n, path.stem, dtype=object)
            remarks.append(f"no column of object names: all rows are one object, {path.stem!r}")
        names, first, owner = np.unique(ids.astype(str), return_index=True, return_inverse=True)
        objects: dict[str, Any] = {"object_id": names.astype(object)}
        for column in OBJECT_COLUMNS:
            if column in found:
                values = table[found[column].given]
                objects[column] = _object_values(values, first, owner, column, cautions)
        further = _own_columns(table, found, objects, owner, remarks)
        named = np.asarray(objects.get("survey", np.full(len(names), "")), dtype=object)
        objects["survey"] = np.where(named == "", self.survey, named)
        points: dict[str, Any] = {"mjd": mjd, "flux": flux, "flux_err": flux_err}
        for column in ("detected", "limit"):
            if column in found:
                points[column] = flags(table[found[column].given])
        if "detected" not in points and not (flux <= 0).any():
            # forced photometry of an empty sky is as often negative as positive
            points["detected"] = ~np.asarray(points.get("limit", np.zeros(n, dtype=bool)))
            remarks.append("no flux is 0 or negative: every measurement is taken as a detection")
        elif "detected" not in points:
            remarks.append("a S/N of 5 and more is taken as a detection")
        bands = texts(table[found["band"].given])
        lcs, report = LightCurves.from_rows(
            pa.table({k: list(v) for k, v in objects.items()} | further),
            owner,
            points,
            bands,
            remarks=tuple(remarks),
        )
        report = replace(report, cautions=(*cautions, *_odd_brightness(lcs)))
        unknown = report.drops.get("unknown band")
        if unknown is not None and unknown.count == n:
            raise ReadError(
                f"{path}: none of the bands {', '.join(sorted(set(bands.tolist()))[:6])} is known; "
                "name the survey of bare letters with --survey, a column 'survey', or in Python "
                "TabularReader(survey='ZTF'); or register the bands with lcfm.bands.register"
            )
        return lcs, report

    def _fluxes(
        self, path: Path, table: Mapping[str, Any], found: Mapping[str, Column], remarks: list[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Flux and error [nJy] from a flux or a magnitude column."""
        kind = "flux" if {"flux", "flux_err"} <= found.keys() or "mag" not in found else "mag"
        value, error = (numbers(table, found[k]) for k in (kind, f"{kind}_err"))
        if "zpsys" in found:
            systems = {s.lower() for s in texts(table[found["zpsys"].given])}
            if systems - {"ab"}:
                raise ReadError(
                    f"{path}: zpsys is {sorted(systems)}; only AB is known, convert first"
                )
        if kind == "mag":
            remarks.append("magnitudes taken as AB")
            absurd = (value < MAGNITUDES[0]) | (value > MAGNITUDES[1])
            if absurd.any():
                remarks.append(f"{absurd.sum()} magnitudes such as {value[absurd][0]:g} are none")
            flux = units.njy_from_magnitude(np.where(absurd, np.nan, value))
            return flux, units.njy_error_from_magnitude(flux, error)
        scale, error_scale = self._scales(path, table, found, remarks)
        finite = np.isfinite(value) & np.isfinite(error)
        looks_magnitude = finite.any() and (
            ((value[finite] > 8) & (value[finite] < 32)).all() and (error[finite] < 1.5).all()
        )
        if looks_magnitude:
            raise ReadError(
                f"{path}: column {found['flux'].given!r} is declared as flux, but all values lie "
                "between 8 and 32 with errors below 1.5, as magnitudes do; rename it to 'mag'"
            )
        return value * scale, error * error_scale

    def _scales(
        self, path: Path, table: Mapping[str, Any], found: Mapping[str, Column], remarks: list[str]
    ) -> tuple[Any, Any]:
        """What turns flux and error into nJy: from the unit, the name, the zeropoint, or as set."""
        flux, error = found["flux"], found["flux_err"]
        name = flux.given.partition("[")[0].strip().lower()
        scale = njy_per_unit(flux.unit)
        if scale is None and not flux.unit and name in NJY_NAMES:
            scale = 1.0
        if scale is not None:
            remarks.append(f"flux is {flux.unit or 'nJy'}, as the column says")
            if "zp" in found:
                zeropoint = numbers(table, found["zp"])
                expected = units.AB_ZEROPOINT_NJY - 2.5 * np.log10(scale)
                if (np.abs(zeropoint - expected) > 0.001).any():
                    raise ReadError(
                        f"{path}: column {flux.given!r} is {flux.unit or 'nJy'} (zeropoint "
                        f"{expected:.4g}), but {found['zp'].given!r} says otherwise; remove one"
                    )
            error_scale = njy_per_unit(error.unit) if error.unit else scale
            if error_scale is not None:
                return scale, error_scale
        if error.unit != flux.unit and (error.unit or scale is not None):
            raise ReadError(
                f"{path}: the flux has unit {flux.unit or 'none'!r}, its error {error.unit!r}; "
                "give both in nJy"
            )
        if name == "fluxcal":
            remarks.append("FLUXCAL has zeropoint 27.5")
            return units.NJY_PER_FLUXCAL, units.NJY_PER_FLUXCAL
        if "zp" in found:
            scales = units.njy_from_zeropoint(1.0, numbers(table, found["zp"]))
            return scales, scales
        if self.zeropoint is not None:
            remarks.append(f"flux has zeropoint {self.zeropoint}, as given")
            scales = units.njy_from_zeropoint(1.0, self.zeropoint)
            return scales, scales
        unit = f"the unit {flux.unit!r}, which is not per frequency," if flux.unit else "no unit"
        raise ReadError(
            f"{path}: column {flux.given!r} has {unit} and no zeropoint; add a column 'zp' with "
            "the AB zeropoint (31.4 for nJy), or give it with --zeropoint 31.4 (in Python: "
            "lcfm.read(path, format=lcfm.readers.tabular.TabularReader(zeropoint=31.4)))"
        )


def njy_per_unit(unit: str) -> float | None:
    """NJy in one `unit`; None if it is no flux density per frequency (counts, none, …)."""
    if not unit:
        return None
    from astropy import units as u

    known = u.Unit("nJy" if unit.lower() == "njy" else unit, parse_strict="silent")
    return float(known.to(u.nJy)) if known.is_equivalent(u.nJy) else None


def _times(
    path: Path, times: NDArray[np.float64], column: Column, cautions: list[str]
) -> NDArray[np.float64]:
    finite = np.isfinite(times)
    if finite.any() and ((times[finite] > 2_400_000) & (times[finite] < 2_500_000)).all():
        cautions.append("times are JD, converted to MJD")
        times = units.mjd_from_jd(times)
    outside = finite & ((times < MJDS[0]) | (times > MJDS[1]))
    if outside.any():
        raise ReadError(
            f"{path}: column {column.given!r} has {outside.sum()} of {len(times)} times such as "
            f"{times[outside][0]:g}, neither MJD (15,000 to 100,000) nor all JD; give MJD"
        )
    return times


def _odd_brightness(lcs: LightCurves) -> tuple[str, ...]:
    """A sentence if the detections are brighter or fainter than any survey's."""
    in_njy = np.array([band_registry.get(name).unit == "nJy" for name in lcs.bands], dtype=bool)
    if not in_njy.any():
        return ()
    points = lcs.points
    flux = points["flux"][points["detected"] & in_njy[points["band"]] & (points["flux"] > 0)]
    if not len(flux):
        return ()
    median = float(units.magnitude_from_njy(np.median(flux)))
    if MEDIANS[0] <= median <= MEDIANS[1]:
        return ()
    return (
        f"the median detection has AB magnitude {median:.1f}: check the zeropoint or the unit of "
        "the flux (nJy: 31.4)",
    )


def _own_columns(
    table: Mapping[str, Any],
    found: Mapping[str, Column],
    taken: Collection[str],
    owner: NDArray[np.int64],
    remarks: list[str],
) -> dict[str, Any]:
    """Columns of the objects under the names that the table gives them; of the others it is said.

    The one read as the label is among them, so that it can be asked for by either name.
    """
    used = {column.given for ours, column in found.items() if ours != "label"} | set(taken)
    names = [name for name in table if name not in used]
    kept, left_out = further_columns(table, names, owner)
    if kept:
        remarks.append(f"further columns of the objects: {', '.join(kept)}")
    if left_out:
        remarks.append(
            f"left out, as they change within an object or hold lists: {', '.join(left_out)} "
            f"({len(left_out)} of {len(table)} columns)"
        )
    if "instrument" in kept:  # a name, of which LightCurves takes no decimals
        kept["instrument"] = kept["instrument"].cast(pa.string())
    return kept


def _object_values(
    values: Any, first: NDArray[np.int64], owner: NDArray[np.int64], name: str, cautions: list[str]
) -> Any:
    plain = np.asarray(values)
    if plain.dtype.kind not in "fiu":
        plain = texts(plain)
    of_object = plain[first]
    same = (plain == of_object[owner]) | ((plain != plain) & (of_object != of_object)[owner])
    if not np.all(same):
        cautions.append(f"column {name!r} changes within an object; its first value is kept")
    return of_object
