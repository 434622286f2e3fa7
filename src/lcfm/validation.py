"""What is wrong with a table of light curves, counted and named, and which rows survive.

Works on plain arrays, so that readers can report before a container exists. Nothing is dropped in
silence: each kind of drop has a count, an example object and a remedy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]

REMEDIES: Mapping[str, str] = {
    "time is not finite": "fill or remove these rows in the file",
    "flux is not finite": "remove these rows, or mark upper limits with limit=True",
    "flux_err is not positive and finite": "give a 1-sigma error for each measurement",
    "wavelength is not positive and finite": "remove these rows in the file",
    "unknown band": "use a known name (lcfm.bands.names()) or lcfm.bands.register your curve",
    "exact copy of another row": "none needed; copies carry no information",
    "row without an object": "add the object to the objects table or drop its points",
    "object without points": "none of its rows could be used; see the other lines",
    "sentinel in place of a number": "the file's own mark for a missing value; none needed",
}


@dataclass(frozen=True)
class Drop:
    """One kind of drop: how many rows or objects, and the first object it happened to."""

    count: int
    example: str = ""


@dataclass(frozen=True)
class Report:
    """Counts of what was dropped, of how many, and remarks on how a file was understood.

    Attributes
    ----------
    n_objects, n_points
        What was looked at.
    drops : dict[str, Drop]
        By reason; the remedies are in :data:`REMEDIES`.
    remarks : tuple of str
        What a reader recognised or assumed.
    cautions : tuple of str
        What a reader changed or doubts; said even when no progress is shown.
    """

    n_objects: int = 0
    n_points: int = 0
    drops: Mapping[str, Drop] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """True if nothing was dropped except exact copies."""
        return all(reason == "exact copy of another row" for reason in self.drops)

    def __add__(self, other: Report) -> Report:
        drops = dict(self.drops)
        for reason, drop in other.drops.items():
            old = drops.get(reason, Drop(0))
            drops[reason] = Drop(old.count + drop.count, old.example or drop.example)
        return Report(
            self.n_objects + other.n_objects,
            self.n_points + other.n_points,
            drops,
            tuple(dict.fromkeys(self.remarks + other.remarks)),
            tuple(dict.fromkeys(self.cautions + other.cautions)),
        )

    def __str__(self) -> str:
        lines = [f"{self.n_objects:,} objects, {self.n_points:,} points read"]
        lines += [f"  {remark}" for remark in (*self.remarks, *self.cautions)]
        for reason, drop in self.drops.items():
            where = f", e.g. object {drop.example}" if drop.example else ""
            remedy = REMEDIES.get(reason, "")
            lines.append(
                f"  dropped {drop.count:,}: {reason}{where}" + (f" ({remedy})" if remedy else "")
            )
        return "\n".join(lines)


def check_points(
    points: Mapping[str, NDArray[np.generic]], owner: NDArray[np.int64]
) -> tuple[BoolArray, dict[str, BoolArray]]:
    """Find the rows that cannot be used.

    Parameters
    ----------
    points
        Arrays ``mjd``, ``band`` (codes; negative for unknown), ``flux``, ``flux_err``, ``limit``.
    owner : ndarray, shape (n_points,)
        Row of the object that each point belongs to.

    Returns
    -------
    keep : ndarray of bool, shape (n_points,)
    bad : dict of str to ndarray of bool
        By reason; a row counts under the first reason that applies.
    """
    mjd, flux, flux_err = (
        np.asarray(points[k], dtype=np.float64) for k in ("mjd", "flux", "flux_err")
    )
    limit = np.asarray(points["limit"], dtype=bool)
    with np.errstate(invalid="ignore"):
        tests = {
            "time is not finite": ~np.isfinite(mjd),
            "flux is not finite": ~np.isfinite(flux) & ~limit,
            "flux_err is not positive and finite": ~(np.isfinite(flux_err) & (flux_err > 0)),
            "unknown band": np.asarray(points["band"]) < 0,
        }
    tests["exact copy of another row"] = exact_copies(points, owner)
    return _first_reasons(tests)


def exact_copies(points: Mapping[str, NDArray[np.generic]], owner: NDArray[np.int64]) -> BoolArray:
    """Rows equal to an earlier row of the same object in time, band, flux, error and limit."""
    columns = [np.asarray(points[k]) for k in ("mjd", "band", "flux", "flux_err", "limit")]
    # Few rows share object and time with another one: only those are compared in all columns.
    rows = _simultaneous(owner, columns[0])
    out = np.zeros(len(owner), dtype=bool)
    out[rows] = _repeated([values[rows] for values in (owner, *columns)])
    return out


def _simultaneous(owner: NDArray[np.int64], mjd: NDArray[np.generic]) -> NDArray[np.int64]:
    """Rows that share object and time with another row, ascending."""
    order = time_order(owner, mjd)
    same = _equal_to_next(owner[order]) & _equal_to_next(mjd[order])
    either = np.zeros(len(order), dtype=bool)
    either[order[1:]] |= same
    either[order[:-1]] |= same
    return np.flatnonzero(either)


def time_order(
    owner: NDArray[np.int64], mjd: NDArray[Any], *then: NDArray[Any]
) -> NDArray[np.int64]:
    """Order of rows by object, time, and further columns; most files have it already."""
    columns: tuple[NDArray[Any], ...] = (owner, mjd, *then)
    tied = np.ones(max(len(owner) - 1, 0), dtype=bool)
    descends = False
    for column in columns:
        if (tied & ~(column[1:] >= column[:-1])).any():  # NaN too
            descends = True
            break
        tied &= column[1:] == column[:-1]
    return np.lexsort(columns[::-1]) if descends else np.arange(len(owner))


def _equal_to_next(column: NDArray[np.generic]) -> BoolArray:
    """Entries equal to the next one, shape (n - 1,); NaN equals NaN."""
    equal = np.asarray(column[1:] == column[:-1])
    if column.dtype.kind == "f":
        missing = np.isnan(column)
        equal |= missing[1:] & missing[:-1]
    return equal


def _repeated(columns: Sequence[NDArray[np.generic]]) -> BoolArray:
    """Rows equal to an earlier row in all columns; NaN equals NaN."""
    order = np.lexsort(tuple(columns[::-1]))
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in columns:
        same &= _equal_to_next(column[order])
    out = np.zeros(len(order), dtype=bool)
    out[order[1:]] = same
    return out


def _first_reasons(tests: Mapping[str, BoolArray]) -> tuple[BoolArray, dict[str, BoolArray]]:
    """Rows that pass all tests, and those that fail by the first reason that applies."""
    keep = np.ones(len(next(iter(tests.values()))), dtype=bool)
    bad: dict[str, BoolArray] = {}
    for reason, rows in tests.items():
        rows = rows & keep
        if rows.any():
            bad[reason] = rows
            keep &= ~rows
    return keep, bad


def check_spectra(
    points: Mapping[str, NDArray[np.generic]], owner: NDArray[np.int64]
) -> tuple[BoolArray, dict[str, BoolArray]]:
    """Find the rows of spectra that cannot be used; an error of NaN is one that is not known.

    Parameters
    ----------
    points
        Arrays ``wavelength``, ``flux``, ``flux_err``.
    owner : ndarray, shape (n_points,)
        Row of the spectrum that each point belongs to; negative where there is none.

    Returns
    -------
    keep : ndarray of bool, shape (n_points,)
    bad : dict of str to ndarray of bool
        By reason; a row counts under the first reason that applies.
    """
    columns = [np.asarray(points[k], dtype=np.float64) for k in ("wavelength", "flux", "flux_err")]
    wavelength, flux, flux_err = columns
    tests = {
        "row without an object": owner < 0,
        "wavelength is not positive and finite": ~(np.isfinite(wavelength) & (wavelength > 0)),
        "flux is not finite": ~np.isfinite(flux),
        "flux_err is not positive and finite": (flux_err <= 0) | np.isposinf(flux_err),
        "exact copy of another row": _repeated([owner, wavelength, flux, flux_err]),
    }
    return _first_reasons(tests)
