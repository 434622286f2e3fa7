"""Features of the sampling alone: times, bands and counts, never a flux.

They are part of the hand-crafted features, and alone the control that shows how much of a score
comes from when and how often an object was observed.
"""

from __future__ import annotations

import numpy as np

from lcfm.evaluate.interpolate import FloatArray
from lcfm.evaluate.reductions import (
    SLOTS,
    extremes,
    grouped_max,
    percentiles,
    slot_of_points,
    sums,
)
from lcfm.lightcurves import LightCurves


def sampling_feature_names() -> tuple[str, ...]:
    """Names of the columns of :func:`sampling_features`."""
    return _SAMPLING_NAMES


def sampling_features(lcs: LightCurves) -> FloatArray:
    """Times, bands and counts without any flux, shape (n_objects, n_features)."""
    measured = lcs.select_points(~lcs.points["limit"])
    limits = lcs.select_points(lcs.points["limit"])
    first, last = extremes(measured)
    columns = [measured.lengths, limits.lengths, last - first]
    gap = np.diff(measured.points["mjd"], prepend=np.nan)
    starts = measured.offsets[:-1][measured.lengths > 0]
    gap[starts] = np.nan
    columns += list(percentiles(gap, measured, (50, 90, 100)))
    nights = np.floor(measured.points["mjd"])
    new_night = np.diff(nights, prepend=np.nan) != 0
    new_night[starts] = True
    columns.append(sums(new_night.astype(np.float64), measured))
    phase = measured.points["mjd"] - first[measured.owner]
    columns += list(percentiles(phase, measured, (25, 50, 75)))
    limit_phase = limits.points["mjd"] - first[limits.owner]
    columns.append(sums((limit_phase < 0).astype(np.float64), limits))
    columns.append(sums((limit_phase >= 0).astype(np.float64), limits))
    columns.append(-grouped_max(np.where(limit_phase < 0, limit_phase, -np.inf), limits))
    columns.append(grouped_max(limit_phase, limits) - (last - first))
    slot = slot_of_points(measured)
    for code in range(len(SLOTS)):
        here = measured.select_points(slot == code)
        slot_first, slot_last = extremes(here)
        columns += [here.lengths, slot_last - slot_first, slot_first - first]
    return np.column_stack([np.asarray(c, dtype=np.float64) for c in columns])


_SAMPLING_NAMES = (
    "n_measured", "n_limits", "duration", "gap_median", "gap_90", "gap_max", "n_nights",
    "phase_25", "phase_50", "phase_75", "n_limits_before", "n_limits_after", "last_limit_before",
    "last_limit_after",
    *(f"{name}_{slot}" for slot in SLOTS for name in ("n", "duration", "first")),
)  # fmt: skip
