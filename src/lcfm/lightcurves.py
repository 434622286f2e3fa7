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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from lcfm import bands as band_registry
from lcfm.errors import LcfmError
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

__all__ = ["DETECTION_SNR", "POINT_DTYPES", "LightCurves", "ragged_take"]


class LightCurves:
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
        n = self.objects.num_rows
        lengths = {name: len(values) for name, values in self.points.items()}
        if len(set(lengths.values())) > 1:
            raise LcfmError(f"point columns differ in length: {lengths}")
        if len(self.offsets) != n + 1 or self.offsets[0] != 0 or (np.diff(self.offsets) < 0).any():
            raise LcfmError(f"offsets must ascend from 0 and have {n + 1} entries for {n} objects")
        if self.offsets[-1] != len(self.points["mjd"]):
            raise LcfmError(
                f"offsets end at {self.offsets[-1]}, but there are {len(self.points['mjd'])} points"
            )
        codes = self.points["band"]
        if len(codes) and (codes.min() < 0 or codes.max() >= len(self.bands)):
            raise LcfmError(f"band codes must lie in 0…{len(self.bands) - 1}")
        ids = self.objects["object_id"].to_pylist()
        if len(set(ids)) != n:
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

    def __len__(self) -> int:
        return int(self.objects.num_rows)

    @property
    def n_points(self) -> int:
        """Number of measurements and limits in all."""
        return int(self.offsets[-1])

    @property
    def lengths(self) -> IntArray:
        """Points per object, shape (n_objects,)."""
        return np.diff(self.offsets)

    @property
    def owner(self) -> IntArray:
        """Row of the object of each point, shape (n_points,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def object_id(self) -> AnyArray:
        """Unique names, an object array of str."""
        return self.column("object_id")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the object columns."""
        return tuple(self.objects.column_names)

    def column(self, name: str) -> AnyArray:
        """One object column as a NumPy array: floats with NaN, or texts with ``""`` for missing."""
        if name not in self.objects.column_names:
            raise LcfmError(
                f"the table has no column {name!r}; it has {', '.join(self.objects.column_names)}"
            )
        values = self.objects[name].combine_chunks()
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            return np.asarray(values.fill_null("").to_numpy(zero_copy_only=False), dtype=object)
        if pa.types.is_null(values.type):
            return np.full(len(self), "", dtype=object)
        return np.asarray(values.to_numpy(zero_copy_only=False))

    def numbers(self, name: str) -> NDArray[np.float64]:
        """One object column as floats, NaN where missing.

        Raises
        ------
        LcfmError
            The column is missing or holds text.
        """
        try:
            return np.asarray(self.column(name), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise LcfmError(f"column {name!r} must hold numbers, it holds text") from error

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
        names = (
            np.asarray(self.bands, dtype="U32")[self.points["band"]]
            if self.n_points
            else np.zeros(0)
        )
        digest.update(names.tobytes())
        for name in ("mjd", "flux", "flux_err", "detected", "limit"):
            digest.update(np.ascontiguousarray(self.points[name]).tobytes())
        return digest.hexdigest()[:16]

    # -- selection ----------------------------------------------------------------------------

    def __getitem__(self, key: int | slice | ArrayLike) -> LightCurves:
        """Objects by mask, slice, integer positions, or one integer (a table of one object)."""
        if isinstance(key, (int, np.integer)):
            if not -len(self) <= key < len(self):
                raise IndexError(f"object {key} of a table of {len(self)}")
            position = int(key) % len(self)
            key = slice(position, position + 1)
        if isinstance(key, slice) and key.step in (None, 1):
            return self._contiguous(*key.indices(len(self))[:2])
        picked = np.arange(len(self))[np.asarray(key) if not isinstance(key, slice) else key]
        return self._take(picked)

    def _contiguous(self, start: int, stop: int) -> LightCurves:
        stop = max(start, stop)
        low, high = self.offsets[start], self.offsets[stop]
        points = {name: values[low:high] for name, values in self.points.items()}
        return self._with(
            self.objects.slice(start, stop - start), self.offsets[start : stop + 1] - low, points
        )

    def _take(self, picked: IntArray) -> LightCurves:
        offsets, rows = ragged_take(self.offsets, picked)
        points = {name: values[rows] for name, values in self.points.items()}
        return self._with(self.objects.take(pa.array(picked)), offsets, points)

    def select_points(self, keep: ArrayLike) -> LightCurves:
        """Keep the points of a mask of shape (n_points,); objects stay, perhaps without points."""
        keep = np.asarray(keep, dtype=bool)
        if keep.shape != (self.n_points,):
            raise LcfmError(f"expected a mask of shape ({self.n_points},), got {keep.shape}")
        offsets = np.concatenate([[0], np.cumsum(keep)])[self.offsets]
        return self._with(self.objects, offsets, {k: v[keep] for k, v in self.points.items()})

    def with_columns(self, **columns: ArrayLike | pa.Array) -> LightCurves:
        """Add or replace object columns, each of length n_objects."""
        table = self.objects
        for name, values in columns.items():
            array = (
                values
                if isinstance(values, (pa.Array, pa.ChunkedArray))
                else pa.array(list(np.asarray(values)))
            )
            if len(array) != len(self):
                raise LcfmError(f"column {name!r} has {len(array)} values for {len(self)} objects")
            if name in table.column_names:
                table = table.set_column(table.column_names.index(name), name, array)
            else:
                table = table.append_column(name, array)
        return self._with(table, self.offsets, self.points)

    def iter_chunks(self, n_objects: int) -> Iterator[LightCurves]:
        """Yield consecutive tables of at most `n_objects` objects, without copying points."""
        for start in range(0, len(self), n_objects):
            yield self[start : start + n_objects]

    def split_by_survey(self) -> dict[str, LightCurves]:
        """One table per survey."""
        surveys = self.column("survey")
        return {str(s): self[surveys == s] for s in sorted(set(surveys))}

    # -- combination --------------------------------------------------------------------------

    @classmethod
    def concat(cls, tables: Iterable[LightCurves]) -> LightCurves:
        """Put tables one after another; columns that one of them lacks become null there."""
        tables = list(tables)
        if not tables:
            raise LcfmError("nothing to concatenate: give at least one table")
        points, names = _stack_points(tables)
        offsets = np.concatenate([[0], np.cumsum(np.concatenate([t.lengths for t in tables]))])
        objects = pa.concat_tables([t.objects for t in tables], promote_options="permissive")
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

    def _with(self, objects: pa.Table, offsets: AnyArray, points: Mapping[str, AnyArray]) -> Self:
        """Build without the checks that the parent has passed already."""
        new = object.__new__(type(self))
        new.objects, new.offsets, new.bands = objects, frozen(np.asarray(offsets)), self.bands
        new.points = {name: frozen(values) for name, values in points.items()}
        return new


def _stack_points(tables: Sequence[LightCurves]) -> tuple[dict[str, AnyArray], tuple[str, ...]]:
    """Columns of points that all tables have, one table after another, and their common bands."""
    names = tuple(dict.fromkeys(b for t in tables for b in t.bands))
    code = {name: i for i, name in enumerate(names)}
    points: dict[str, AnyArray] = {}
    for key in tables[0].points:
        if all(key in t.points for t in tables):
            parts = [t.points[key] for t in tables]
            if key == "band":
                maps = [np.array([code[b] for b in t.bands] or [0], dtype=np.int16) for t in tables]
                parts = [m[p] for m, p in zip(maps, parts, strict=True)]
            points[key] = np.concatenate(parts)
    return points, names
