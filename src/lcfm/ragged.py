"""What light curves and spectra share: a table of rows, and flat columns cut by offsets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError
from lcfm.rows import AnyArray, IntArray, frozen, ragged_take


def no_names(values: AnyArray) -> str:
    """Why these are no names of classes, and what to do; empty if they are, or none is known.

    Whether 3 is a class or an amount is not guessed.
    """
    if values.dtype.kind not in "biuf":
        return ""
    known = values if values.dtype.kind == "b" else values[np.isfinite(values)]
    if not len(known):
        return ""
    if known.dtype.kind == "b":
        kind, first = "truth values", str(known[0])
    else:
        kind = "whole numbers" if (known == np.floor(known)).all() else "numbers"
        first = f"{known[0]:g}"
    return f"{kind}, but classes are text: write them as text, e.g. 'class {first}'"


class Ragged:
    """An immutable table whose row i owns the points ``offsets[i]:offsets[i + 1]``.

    Attributes
    ----------
    objects : pyarrow.Table
        One row each, with ``object_id`` and further columns.
    offsets : ndarray of int, shape (n_rows + 1,)
    points : dict of str to ndarray, each of shape (n_points,)
    """

    objects: pa.Table
    offsets: IntArray
    points: Mapping[str, AnyArray]

    def _check_shape(self) -> None:
        n = self.objects.num_rows
        lengths = {name: len(values) for name, values in self.points.items()}
        if len(set(lengths.values())) > 1:
            raise LcfmError(f"point columns differ in length: {lengths}")
        if len(self.offsets) != n + 1 or self.offsets[0] != 0 or (np.diff(self.offsets) < 0).any():
            raise LcfmError(f"offsets must ascend from 0 and have {n + 1} entries for {n} objects")
        n_points = next(iter(lengths.values()))
        if self.offsets[-1] != n_points:
            raise LcfmError(f"offsets end at {self.offsets[-1]}, but there are {n_points} points")

    # -- reading ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return int(self.objects.num_rows)

    @property
    def n_points(self) -> int:
        """Number of points in all."""
        return int(self.offsets[-1])

    @property
    def lengths(self) -> IntArray:
        """Points per row, shape (n_rows,)."""
        return np.diff(self.offsets)

    @property
    def owner(self) -> IntArray:
        """Row of the object of each point, shape (n_points,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def object_id(self) -> AnyArray:
        """Names of the rows, an object array of str."""
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
        if pa.types.is_dictionary(values.type):  # to_numpy would fill its gaps with a value
            values = values.cast(values.type.value_type)
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
        if name not in self.objects.column_names:
            raise LcfmError(f"the table has no column {name!r}; {self._of_numbers()}")
        try:
            return np.asarray(self.column(name), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise LcfmError(
                f"column {name!r} must hold numbers, it holds text; {self._of_numbers()}"
            ) from error

    def names(self, name: str) -> AnyArray:
        """One object column of classes or other names: texts, ``""`` where missing.

        Raises
        ------
        LcfmError
            The column is missing or holds numbers.
        """
        values = self.column(name)
        if why := no_names(values):
            raise LcfmError(f"column {name!r} holds {why}, or name a column of text")
        if values.dtype.kind == "f":  # and none of them known
            return np.full(len(self), "", dtype=object)
        return values.astype(str).astype(object)

    def _of_numbers(self) -> str:
        """Which columns can be asked for as numbers, in words."""
        found = [
            field.name
            for field in self.objects.schema
            if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)
        ]
        return f"columns of numbers: {', '.join(found) or 'none'}"

    # -- selection ----------------------------------------------------------------------------

    def __getitem__(self, key: int | slice | ArrayLike) -> Self:
        """Rows by mask, slice, integer positions, or one integer (a table of one row)."""
        if isinstance(key, (int, np.integer)):
            if not -len(self) <= key < len(self):
                raise IndexError(f"object {key} of a table of {len(self)}")
            position = int(key) % len(self)
            key = slice(position, position + 1)
        if isinstance(key, slice) and key.step in (None, 1):
            return self._contiguous(*key.indices(len(self))[:2])
        picked = np.arange(len(self))[np.asarray(key) if not isinstance(key, slice) else key]
        return self._take(picked)

    def _contiguous(self, start: int, stop: int) -> Self:
        stop = max(start, stop)
        low, high = self.offsets[start], self.offsets[stop]
        points = {name: values[low:high] for name, values in self.points.items()}
        return self._with(
            self.objects.slice(start, stop - start), self.offsets[start : stop + 1] - low, points
        )

    def _take(self, picked: IntArray) -> Self:
        offsets, rows = ragged_take(self.offsets, picked)
        points = {name: values[rows] for name, values in self.points.items()}
        return self._with(self.objects.take(pa.array(picked)), offsets, points)

    def select_points(self, keep: ArrayLike) -> Self:
        """Keep the points of a mask of shape (n_points,); rows stay, perhaps without points."""
        keep = np.asarray(keep, dtype=bool)
        if keep.shape != (self.n_points,):
            raise LcfmError(f"expected a mask of shape ({self.n_points},), got {keep.shape}")
        offsets = np.concatenate([[0], np.cumsum(keep)])[self.offsets]
        return self._with(self.objects, offsets, {k: v[keep] for k, v in self.points.items()})

    def with_points(self, **columns: ArrayLike) -> Self:
        """Replace columns of points, each of shape (n_points,); they keep their types.

        Raises
        ------
        LcfmError
            There is no such column, or it has another length.
        """
        points = dict(self.points)
        for name, values in columns.items():
            if name not in points:
                raise LcfmError(f"points have no column {name!r}; they have {', '.join(points)}")
            new = np.asarray(values).astype(points[name].dtype)
            if new.shape != (self.n_points,):
                raise LcfmError(f"column {name!r} has shape {new.shape} for {self.n_points} points")
            points[name] = new
        return self._with(self.objects, self.offsets, points)

    def with_columns(self, **columns: ArrayLike | pa.Array) -> Self:
        """Add or replace object columns, each of length n_rows."""
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

    def iter_chunks(self, n_rows: int) -> Iterator[Self]:
        """Yield consecutive tables of at most `n_rows` rows, without copying points."""
        for start in range(0, len(self), n_rows):
            yield self[start : start + n_rows]

    def _with(self, objects: pa.Table, offsets: AnyArray, points: Mapping[str, AnyArray]) -> Self:
        """Build without the checks that the parent has passed already."""
        new = copy(self)
        new.objects, new.offsets = objects, frozen(np.asarray(offsets))
        new.points = {name: frozen(values) for name, values in points.items()}
        return new


def stacked_rows(tables: Sequence[Ragged]) -> tuple[pa.Table, IntArray]:
    """Rows and offsets of tables one after another; a column one of them lacks is null there.

    Raises
    ------
    LcfmError
        There is no table.
    """
    if not tables:
        raise LcfmError("nothing to concatenate: give at least one table")
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([t.lengths for t in tables]))])
    return pa.concat_tables([t.objects for t in tables], promote_options="permissive"), offsets


def stacked_points(tables: Sequence[Ragged]) -> dict[str, AnyArray]:
    """Columns of points that all tables have, one table after another."""
    shared: list[str] = [k for k in tables[0].points if all(k in t.points for t in tables)]
    stacked: dict[str, Any] = {k: np.concatenate([t.points[k] for t in tables]) for k in shared}
    return stacked
