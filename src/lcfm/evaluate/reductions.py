"""Sums, extremes and percentiles over the points of each object, and the slots of their bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.interpolate import FloatArray
from lcfm.lightcurves import LightCurves

SLOTS = ("u", "g", "r", "i", "z", "y")
SLOT_EDGES = (4050.0, 5600.0, 6950.0, 8250.0, 9250.0)
"""Wavelengths [Å] between the slots."""
SLOT_CENTRES = (3700.0, 4800.0, 6400.0, 7600.0, 8700.0, 9700.0)
"""Wavelengths [Å] at which a slot is interpolated."""


def slot_of_points(lcs: LightCurves) -> NDArray[np.int64]:
    """Slot of the band of each point, shape (n_points,)."""
    return np.searchsorted(SLOT_EDGES, lcs.wavelength)


def slots_present(lcs: LightCurves) -> tuple[int, ...]:
    """Slots that have a point, ascending."""
    return tuple(int(s) for s in np.unique(slot_of_points(lcs)))


def sums(values: FloatArray, lcs: LightCurves) -> FloatArray:
    """Sum over the points of each object, shape (n_objects,)."""
    return np.bincount(lcs.owner, weights=values, minlength=len(lcs)).astype(np.float64)


def grouped_max(values: FloatArray, lcs: LightCurves) -> FloatArray:
    """Largest value of each object, NaN where none is finite."""
    out = np.full(len(lcs), -np.inf)
    np.fmax.at(out, lcs.owner, values)
    return np.where(np.isfinite(out), out, np.nan)


def extremes(lcs: LightCurves) -> tuple[FloatArray, FloatArray]:
    """First and last time of each object, NaN without points."""
    return -grouped_max(-lcs.points["mjd"], lcs), grouped_max(lcs.points["mjd"], lcs)


def percentiles(
    values: FloatArray, lcs: LightCurves, percents: Sequence[float]
) -> NDArray[np.float64]:
    """Percentiles of the finite values of each object (lower neighbour), shape (percents, n)."""
    finite = np.isfinite(values)
    owner, kept = lcs.owner[finite], values[finite]
    order = np.lexsort((kept, owner))
    counts = np.bincount(owner, minlength=len(lcs))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    out = np.full((len(percents), len(lcs)), np.nan)
    for row, percent in enumerate(percents):
        place = starts + np.maximum(np.floor((counts - 1) * percent / 100).astype(np.int64), 0)
        out[row, counts > 0] = kept[order][place[counts > 0]]
    return out
