"""Brightness, slope and colour of the measurements themselves, in a few spans of phase.

The interpolated curve (:mod:`lcfm.evaluate.shape`) is smooth by assumption and returns to zero in
gaps. Here nothing is assumed: a straight line is fitted to the magnitudes of a band in each span,
weighted by their errors, and a span without measurements is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.interpolate import FloatArray
from lcfm.evaluate.reductions import SLOTS, grouped_max, slot_of_points
from lcfm.lightcurves import LightCurves
from lcfm.units import magnitude_error_from_njy, magnitude_from_njy

SPANS = ((-30.0, -4.0), (-10.0, 2.0), (-2.0, 10.0), (5.0, 20.0), (12.0, 40.0), (30.0, 80.0))
"""First and last day from the brightest measurement; spans overlap, so that none is missed."""

LEAST_SPREAD = 2.0
"""Standard deviation of the times [d] that a slope needs."""
ERROR_FLOOR = 0.03
"""Added in quadrature to each error [mag]: a line is not the truth."""

_END_NAMES = (
    "first_mag", "last_mag", "first_phase", "last_phase", "rise_from_first", "decline_to_last",
)  # fmt: skip

SEGMENT_NAMES = (
    *(
        f"{name}_{low:+g}..{high:+g}_{slot}"
        for slot in SLOTS
        for low, high in SPANS
        for name in ("mag", "slope")
    ),
    *(f"{blue}-{red}_{low:+g}..{high:+g}" for blue, red in pairwise(SLOTS) for low, high in SPANS),
    *(f"{name}_{slot}" for slot in (*SLOTS, "all") for name in _END_NAMES),
)


def segment_features(lcs: LightCurves, reference: FloatArray, present: Sequence[int]) -> FloatArray:
    """Lines, colours and ends, shape (n_objects, len(SEGMENT_NAMES)).

    Magnitudes are relative to the brightest of the object in any band [mag], slopes are mag / d.

    Parameters
    ----------
    lcs
        Points near the peak.
    reference : ndarray, shape (n_objects,)
        MJD of the brightest measurement, NaN without one.
    present
        Slots that have a band, ascending.
    """
    n = len(lcs)
    lines = np.full((n, len(SLOTS), len(SPANS), 2), np.nan)
    ends = np.full((n, len(SLOTS) + 1, len(_END_NAMES)), np.nan)
    bright = lcs.select_points(~lcs.points["limit"] & (lcs.points["flux"] > 0))
    magnitude = magnitude_from_njy(bright.points["flux"])
    peak = -grouped_max(-magnitude, bright)
    below = magnitude - peak[bright.owner]
    slot = slot_of_points(bright)
    phase = bright.points["mjd"] - reference[bright.owner]
    for code in present:
        in_slot = slot == code
        ends[:, code] = _ends(bright, in_slot, phase, below)
        for column, (low, high) in enumerate(SPANS):
            here = in_slot & (phase >= low) & (phase <= high)
            lines[:, code, column] = _line(bright, here, phase - (low + high) / 2, below)
    ends[:, -1] = _ends(bright, np.ones(len(slot), dtype=bool), phase, below)
    colours = lines[:, :-1, :, 0] - lines[:, 1:, :, 0]
    parts = (lines, colours, ends)
    return np.concatenate([p.reshape(n, int(np.prod(p.shape[1:]))) for p in parts], axis=1)


def _line(
    lcs: LightCurves, here: NDArray[np.bool_], time: FloatArray, below: FloatArray
) -> FloatArray:
    """Weighted mean magnitude and slope of each object's points in a span, shape (n, 2)."""
    owner, t, m = lcs.owner[here], time[here], below[here]
    error = magnitude_error_from_njy(lcs.points["flux"][here], lcs.points["flux_err"][here])
    weight = 1.0 / (error**2 + ERROR_FLOOR**2)
    total, wt, wtt, wm, wtm = (
        np.bincount(owner, weights=weight * factor, minlength=len(lcs))
        for factor in (np.ones_like(t), t, t * t, m, t * m)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = wm / total
        variance = wtt / total - (wt / total) ** 2
        slope = (wtm / total - wt / total * mean) / variance
        slope = np.where(variance > LEAST_SPREAD**2, slope, np.nan)
    return np.column_stack([mean, slope])


def _ends(
    lcs: LightCurves, here: NDArray[np.bool_], phase: FloatArray, below: FloatArray
) -> FloatArray:
    """First and last measurement: magnitude below peak, phase, and the mean slope to the peak."""
    chosen = lcs.select_points(here)
    full = chosen.lengths > 0
    out = np.full((len(lcs), len(_END_NAMES)), np.nan)
    first, last = chosen.offsets[:-1][full], chosen.offsets[1:][full] - 1
    below, phase = below[here], phase[here]
    out[full, 0], out[full, 1] = below[first], below[last]
    out[full, 2], out[full, 3] = phase[first], phase[last]
    with np.errstate(invalid="ignore", divide="ignore"):
        out[:, 4], out[:, 5] = out[:, 0] / -out[:, 2], out[:, 1] / out[:, 3]
    return np.where(np.isfinite(out), out, np.nan)
