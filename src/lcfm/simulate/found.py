"""Found: what the detections of an event say of it: how many, from when to when, how bright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Found:
    """Detections of n events, in order, and what they say of each event.

    Attributes
    ----------
    owner, day : ndarray, shape (n_detections,)
    count, first, last, peak, peak_flux : ndarray, shape (n,)
        Number of detections, day of the first, last and brightest, and |flux| [nJy] of that one;
        0 without any.
    """

    owner: IntArray
    day: Float32Array
    count: IntArray
    first: FloatArray
    last: FloatArray
    peak: FloatArray
    peak_flux: FloatArray


def summarise(
    n: int, owner: IntArray, day: Float32Array, flux: Float32Array, detected: BoolArray
) -> Found:
    """Count detections and find the first, last and brightest of each event.

    Parameters
    ----------
    n
        Number of events.
    owner, day, flux, detected : ndarray, shape (n_points,)
        Event (ascending), day (ascending within an event), measured flux [nJy], detection.
    """
    rows = np.flatnonzero(detected)
    owner, day, size = owner.take(rows), day.take(rows), np.abs(flux.take(rows))
    count = np.diff(np.searchsorted(owner, np.arange(n + 1)))
    first, last, peak, peak_flux = np.zeros((4, n))
    if len(rows):
        seen = np.flatnonzero(count)
        ends = np.cumsum(count[seen])
        starts = ends - count[seen]
        first[seen], last[seen] = day[starts], day[ends - 1]
        best = np.maximum.reduceat(size, starts)
        peak_flux[seen] = best
        top = np.flatnonzero(size == np.repeat(best, count[seen]))
        peak[owner[top]] = day[top]
    return Found(owner, day, count, first, last, peak, peak_flux)
