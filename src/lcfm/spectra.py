"""Spectra: the same shape as light curves, for flux against wavelength.

One row of `objects` per spectrum; an object with three spectra has three rows of its name. Points
are flat arrays:

==============  ====================================================
``wavelength``  Å, ascending within a spectrum
``flux``        F_lambda in units of the row's ``flux_scale``
``flux_err``    1 sigma in the same units, NaN where it is not known
==============  ====================================================

``flux_scale`` [erg / s / cm² / Å] is NaN where only the shape of a spectrum is known. ``frame``
says to which frame wavelengths belong: ``observer``, ``rest``, as a source spells it, or ``""``
where it does not say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from lcfm.errors import LcfmError
from lcfm.ragged import Ragged, stacked_points, stacked_rows
from lcfm.rows import AnyArray, IntArray, complete_objects, frozen
from lcfm.validation import Drop, Report, check_spectra

POINT_COLUMNS = ("wavelength", "flux", "flux_err")


class Spectra(Ragged):
    """A ragged table of spectra.

    Parameters
    ----------
    objects : pyarrow.Table
        One row per spectrum with ``object_id``, which may repeat. ``event_id`` defaults to
        ``object_id``, ``instrument`` to ``survey``, ``mjd`` and ``flux_scale`` to NaN, ``frame`` to
        an empty string. Other columns (``label``, ``redshift``, …) are kept.
    offsets : array_like of int, shape (n_spectra + 1,)
        Points of spectrum i are rows ``offsets[i]:offsets[i + 1]``.
    points : mapping of str to array, each of shape (n_points,)
        ``wavelength``, ``flux`` and, by default NaN, ``flux_err``. Further columns are kept.

    Raises
    ------
    LcfmError
        Lengths do not match, or a column is missing.
    """

    def __init__(
        self, objects: pa.Table, offsets: ArrayLike, points: Mapping[str, ArrayLike]
    ) -> None:
        self.objects = _complete(objects)
        self.offsets: IntArray = frozen(np.asarray(offsets, dtype=np.int64))
        missing = {"wavelength", "flux"} - set(points)
        if missing:
            raise LcfmError(f"spectra lack the column {sorted(missing)[0]!r}")
        given = dict(points)
        given.setdefault("flux_err", np.full(len(np.asarray(points["flux"])), np.nan))
        self.points: Mapping[str, AnyArray] = {
            name: frozen(np.asarray(values, np.float32 if name in POINT_COLUMNS else None))
            for name, values in given.items()
        }
        self._check_shape()

    @classmethod
    def from_rows(
        cls,
        objects: pa.Table | Mapping[str, Any],
        point_owner: ArrayLike,
        points: Mapping[str, ArrayLike],
        *,
        remarks: tuple[str, ...] = (),
    ) -> tuple[Spectra, Report]:
        """Build a table from loose rows: what readers end with.

        Rows are grouped by owner and sorted by wavelength; rows that cannot be used are dropped and
        counted, spectra left without points too.

        Parameters
        ----------
        objects
            One row per spectrum.
        point_owner : array_like of int, shape (n_points,)
            Row in `objects` of each point; negative where there is none.
        points
            Columns as in the class.
        remarks
            What the reader recognised, for the report.
        """
        table = _complete(objects if isinstance(objects, pa.Table) else pa.table(dict(objects)))
        owner = np.asarray(point_owner, dtype=np.int64)
        columns = {name: np.asarray(values) for name, values in points.items()}
        columns.setdefault("flux_err", np.full(len(owner), np.nan))
        keep, bad = check_spectra(columns, owner)
        ids = table["object_id"].to_pylist()
        drops: dict[str, Drop] = {}
        for reason, rows in bad.items():
            first = int(owner[np.flatnonzero(rows)[0]])
            drops[reason] = Drop(int(rows.sum()), str(ids[first]) if first >= 0 else "")
        kept = np.flatnonzero(keep)
        order = kept[np.lexsort((columns["wavelength"][kept], owner[kept]))]
        counts = np.bincount(owner[order], minlength=len(ids))
        full, empty = np.flatnonzero(counts > 0), np.flatnonzero(counts == 0)
        if len(empty):
            drops["object without points"] = Drop(len(empty), str(ids[empty[0]]))
        spectra = cls(
            table.take(pa.array(full)),
            np.concatenate([[0], np.cumsum(counts[full])]),
            {name: values[order] for name, values in columns.items()},
        )
        return spectra, Report(len(ids), len(owner), drops, remarks)

    @classmethod
    def concat(cls, tables: Iterable[Spectra]) -> Spectra:
        """Put tables one after another; columns that one of them lacks become null there."""
        tables = list(tables)
        objects, offsets = stacked_rows(tables)
        return cls(objects, offsets, stacked_points(tables))

    def validate(self, *, strict: bool = False) -> tuple[Spectra, Report]:
        """Drop what cannot be used and say so.

        Raises
        ------
        LcfmError
            In strict mode, if anything but exact copies would be dropped.
        """
        table, report = Spectra.from_rows(self.objects, self.owner, self.points)
        if strict and not report.clean:
            raise LcfmError(f"the table has unusable rows\n{report}")
        return table, report

    def of_event(self, event_id: str) -> Spectra:
        """All spectra of one event, in the order of the table; perhaps none."""
        return self[self.column("event_id") == event_id]

    def fingerprint(self) -> str:
        """First 16 hex digits of the sha256 over ids, times, offsets and points."""
        digest = hashlib.sha256("\0".join(self.object_id).encode())
        for values in (self.numbers("mjd"), self.offsets, *map(self.points.get, POINT_COLUMNS)):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:16]

    def __repr__(self) -> str:
        instruments = sorted(set(self.column("instrument")))
        named = ", ".join(instruments[:5]) + (", …" if len(instruments) > 5 else "")
        return (
            f"Spectra({len(self):,} spectra of {len(set(self.object_id)):,} objects, "
            f"{self.n_points:,} points, instrument {named or '?'})"
        )


def _complete(objects: pa.Table) -> pa.Table:
    """Object table with the columns that every table of spectra has."""
    table = complete_objects(objects)
    n = table.num_rows
    for name in ("mjd", "flux_scale"):
        if name not in table.column_names:
            table = table.append_column(name, pa.array(np.full(n, np.nan)))
    if "frame" not in table.column_names:
        table = table.append_column("frame", pa.array([""] * n, type=pa.string()))
    return table.combine_chunks()
