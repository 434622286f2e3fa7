"""LightCurves: the one table between all stages.

One row per object, and its measurements as flat arrays cut by `offsets`:

    objects   object_id  event_id  survey  label  redshift …         (n_objects rows)
    offsets   0     3        7 …                                     (n_objects + 1)
    points    mjd, band, flux, flux_err, detected, limit, …          (n_points each)

Flux is nJy AB (or ppm about zero where the band says so). ``detected`` marks detections of the
survey's pipeline; ``detected=False, limit=False`` is a measured flux below threshold;
``limit=True`` is an upper limit without a measurement: flux is a placeholder 0 and flux_err its
1 sigma.
The table is immutable: every method returns a new one that shares memory where it can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from lcfm import bands as band_registry
from lcfm.errors import LcfmError
from lcfm.ragged import Ragged, stacked_points, stacked_rows
from lcfm.rows import (
    DETECTION_SNR,
    POINT_DTYPES,
    AnyArray,
    IntArray,
    complete_objects,
    complete_points,
    frozen,
    group_rows,
    ragged_take,
)
from lcfm.summary import summary_lines
from lcfm.validation import Report, exact_copies

__all__ = ["DETECTION_SNR", "POINT_DTYPES", "LightCurves", "expect_lightcurves", "ragged_take"]

_HASHED_AT_ONCE = 1_000_000


class LightCurves(Ragged):
    """A ragged table of light curves.

    Parameters
    ----------
    objects : pyarrow.Table
        One row per object with ``object_id`` (unique; 64-bit integers become whole strings).
        ``event_id`` defaults to ``object_id``, ``survey`` to an empty string, ``instrument`` to
        ``survey``. Other columns (``label``, ``redshift``, ``ra``, ``dec``, ``mwebv``, …) are kept.
    offsets : array_like of int, shape (n_objects + 1,)
        Points of object i are rows ``offsets[i]:offsets[i + 1]``.
    points : mapping of str to array, each of shape (n_points,)
        ``mjd``, ``band`` (codes into `bands`), ``flux``, ``flux_err`` and, by default, ``detected``
        (flux at least 5 flux_err) and ``limit`` (False). Further columns are kept.
    bands : sequence of str
        Band names that the codes refer to.

    Raises
    ------
    LcfmError
        Lengths do not match, ids repeat, or a code has no band.
    """

    def __init__(
        self,
        objects: pa.Table,
        offsets: ArrayLike,
        points: Mapping[str, ArrayLike],
        bands: Sequence[str],
    ) -> None:
        self.objects = complete_objects(objects)
        self.offsets: IntArray = frozen(np.asarray(offsets, dtype=np.int64))
        self.bands = tuple(str(b) for b in bands)
        self.points = complete_points(points)
        self._check()

    def _check(self) -> None:
        self._check_shape()
        codes = self.points["band"]
        if len(codes) and (codes.min() < 0 or codes.max() >= len(self.bands)):
            raise LcfmError(f"band codes must lie in 0…{len(self.bands) - 1}")
        ids = self.objects["object_id"].to_pylist()
        if len(set(ids)) != len(ids):
            seen: set[str] = set()
            twice = next(i for i in ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
            raise LcfmError(f"object_id {twice!r} occurs more than once; ids must be unique")

    # -- construction -------------------------------------------------------------------------

    @classmethod
    def from_rows(
        cls,
        objects: pa.Table | Mapping[str, Any],
        point_owner: ArrayLike,
        points: Mapping[str, ArrayLike],
        band_names: Sequence[str] | AnyArray,
        *,
        remarks: tuple[str, ...] = (),
    ) -> tuple[LightCurves, Report]:
        """Build a table from loose rows: what readers end with.

        Rows are grouped by owner and sorted by time (then wavelength code); rows that cannot be
        used are dropped and counted, objects left without points too.

        Parameters
        ----------
        objects
            One row per object.
        point_owner : array_like of int, shape (n_points,)
            Row in `objects` of each point; negative where there is none.
        points
            Columns as in the class, without ``band``.
        band_names : array_like of str, shape (n_points,)
            The file's band names, resolved with the object's survey.
        remarks
            What the reader recognised, for the report.
        """
        table, offsets, columns, used, report = group_rows(
            objects if isinstance(objects, pa.Table) else pa.table(dict(objects)),
            np.asarray(point_owner, dtype=np.int64),
            points,
            np.asarray(band_names),
            remarks,
        )
        return cls(table, offsets, columns, used), report

    # -- reading ------------------------------------------------------------------------------

    @property
    def wavelength(self) -> NDArray[np.float64]:
        """Mean wavelength [Å] of the band of each point, shape (n_points,)."""
        if not self.bands:
            return np.zeros(0)
        return band_registry.mean_wavelengths(self.bands)[self.points["band"]]

    def __repr__(self) -> str:
        surveys = sorted(set(self.column("survey")))
        return (
            f"LightCurves({len(self):,} objects, {self.n_points:,} points, "
            f"bands {', '.join(self.bands)}, survey {', '.join(surveys) or '?'})"
        )

    def describe(self) -> str:
        """A few lines: objects, points per object, bands, time span, surveys, labels, redshifts."""
        label, redshift = (
            self.column(name) if name in self.columns else None for name in ("label", "redshift")
        )
        return "\n".join([repr(self), *summary_lines(self.lengths, self.points, label, redshift)])

    def fingerprint(self) -> str:
        """First 16 hex digits of the sha256 over ids, offsets and points."""
        digest = hashlib.sha256("\0".join(self.object_id).encode())
        digest.update(self.offsets.tobytes())
        # band names, not codes, and a block at a time: text takes 128 bytes a point
        names = np.asarray(self.bands or [""], dtype="U32")
        for start in range(0, self.n_points, _HASHED_AT_ONCE):
            digest.update(names[self.points["band"][start : start + _HASHED_AT_ONCE]].tobytes())
        for name in ("mjd", "flux", "flux_err", "detected", "limit"):
            digest.update(np.ascontiguousarray(self.points[name]).tobytes())
        return digest.hexdigest()[:16]

    # -- selection and combination ------------------------------------------------------------

    def until(self, mjd: ArrayLike) -> LightCurves:
        """Points up to and including a time; objects stay, perhaps without points.

        Parameters
        ----------
        mjd : array_like of float, scalar or shape (n_objects,)
            Last time [MJD], of each object or for all.
        """
        last = np.broadcast_to(np.asarray(mjd, dtype=np.float64), (len(self),))
        return self.select_points(self.points["mjd"] <= np.repeat(last, self.lengths))

    def split_by_survey(self) -> dict[str, LightCurves]:
        """One table per survey."""
        surveys = self.column("survey")
        return {str(s): self[surveys == s] for s in sorted(set(surveys))}

    @classmethod
    def concat(cls, tables: Iterable[LightCurves]) -> LightCurves:
        """Put tables one after another; columns that one of them lacks become null there."""
        tables = list(tables)
        objects, offsets = stacked_rows(tables)
        points, names = _stack_points(tables)
        return cls(objects, offsets, points, names)

    def merge(self, other: LightCurves) -> LightCurves:
        """Add the points of `other` to objects of the same id, and its new objects at the end.

        Object columns of known objects stay as they are here; exact copies of points are dropped.
        """
        row = {name: i for i, name in enumerate(self.object_id)}
        new = np.array([name not in row for name in other.object_id], dtype=bool)
        row |= {name: len(row) + i for i, name in enumerate(other.object_id[new])}
        objects = pa.concat_tables([self.objects, other[new].objects], promote_options="permissive")
        rows = np.array([row[name] for name in other.object_id], dtype=np.int64)
        owner = np.concatenate([self.owner, rows[other.owner]])
        points, names = _stack_points([self, other])
        kept = np.flatnonzero(~exact_copies(points, owner))
        order = kept[np.lexsort((points["band"][kept], points["mjd"][kept], owner[kept]))]
        counts = np.bincount(owner[order], minlength=len(row))
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return type(self)(objects, offsets, {k: v[order] for k, v in points.items()}, names)

    def validate(self, *, strict: bool = False) -> tuple[LightCurves, Report]:
        """Drop what cannot be used and say so.

        Raises
        ------
        LcfmError
            In strict mode, if anything but exact copies would be dropped.
        """
        names = np.asarray(self.bands, dtype=object)[self.points["band"]]
        columns = {k: v for k, v in self.points.items() if k != "band"}
        table, report = LightCurves.from_rows(self.objects, self.owner, columns, names)
        if strict and not report.clean:
            raise LcfmError(f"the table has unusable rows\n{report}")
        return table, report


def expect_lightcurves(given: object) -> None:
    """Refuse what is no :class:`LightCurves`, such as a DataFrame or the name of a file.

    Raises
    ------
    LcfmError
        It is something else.
    """
    if isinstance(given, LightCurves):
        return
    if isinstance(given, (str, PathLike)):
        got, todo = repr(str(given)), f"lcfm.read({str(given)!r})"
    else:
        got, todo = f"a {type(given).__name__}", "lcfm.read"
    raise LcfmError(f"expected LightCurves, got {got}; read light curves with {todo}")


def _stack_points(tables: Sequence[LightCurves]) -> tuple[dict[str, AnyArray], tuple[str, ...]]:
    """Columns of points that all tables have, one table after another, and their common bands."""
    names = tuple(dict.fromkeys(b for t in tables for b in t.bands))
    code = {name: i for i, name in enumerate(names)}
    points = stacked_points(tables)
    maps = [np.array([code[b] for b in t.bands] or [0], dtype=np.int16) for t in tables]
    points["band"] = np.concatenate(
        [m[t.points["band"]] for m, t in zip(maps, tables, strict=True)]
    )
    return points, names
