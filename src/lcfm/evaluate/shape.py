"""Features of the interpolated light curve: peaks, widths, slopes, colours at fixed phases.

After Boone 2019 (AJ 158, 257, table 2) and Lochner et al. 2016 (ApJS 225, 31): what an astronomer
reads off a smooth curve drawn through the points.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.interpolate import FloatArray, GaussianProcess
from lcfm.evaluate.reductions import SLOT_CENTRES, SLOTS
from lcfm.lightcurves import LightCurves
from lcfm.units import magnitude_from_njy

PHASES = np.arange(-60.0, 151.0, 2.0)
"""Grid of the interpolation [d from the brightest measurement]."""
FRACTIONS = (0.8, 0.5, 0.2)
SHAPE_PHASES = (-20.0, -15.0, -10.0, -5.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0)
COLOUR_PHASES = (-15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0)
FAINTEST = 4.0
"""Magnitudes below peak are cut here: the process returns to zero where nothing was observed."""


SHAPE_NAMES = (
    *(
        f"{name}_{slot}"
        for slot in SLOTS
        for name in (
            "peak_mag",
            "peak_snr",
            "peak_phase",
            *(f"rise_{f:g}" for f in FRACTIONS),
            *(f"fall_{f:g}" for f in FRACTIONS),
            *(f"above_{f:g}" for f in FRACTIONS),
            "steepest_rise",
            "steepest_fall",
            "plateau",
            *(f"below_peak_{p:+g}" for p in SHAPE_PHASES),
        )
    ),
    *(
        f"{blue}-{red}_{name}"
        for blue, red in pairwise(SLOTS)
        for name in (
            "peak_colour",
            "peak_delay",
            "mean_colour",
            "colour_slope_early",
            "colour_slope_late",
            *(f"{p:+g}" for p in COLOUR_PHASES),
        )
    ),
)


def shape_features(lcs: LightCurves, reference: FloatArray, present: Sequence[int]) -> FloatArray:
    """Shapes and colours, shape (n_objects, len(SHAPE_NAMES)); NaN for slots without a band.

    Parameters
    ----------
    lcs
        Points near the peak.
    reference : ndarray, shape (n_objects,)
        MJD of the brightest measurement; without one (NaN) an object has no shape.
    present
        Slots that have a band, ascending.
    """
    out = np.full((len(lcs), len(SHAPE_NAMES)), np.nan)
    if not present or not len(lcs):
        return out
    centres = np.array([SLOT_CENTRES[s] for s in present])
    flux, flux_err = GaussianProcess().predict(lcs, reference, PHASES, centres)
    per_slot = len(SHAPE_NAMES[: SHAPE_NAMES.index("u-g_peak_colour")]) // len(SLOTS)
    colour_start = per_slot * len(SLOTS)
    per_colour = (len(SHAPE_NAMES) - colour_start) // (len(SLOTS) - 1)
    peak = np.argmax(flux.max(axis=1), axis=1)  # one peak for all bands: (n,)
    for row, slot in enumerate(present):
        block = _shape_of(flux[:, row], flux_err[:, row])
        out[:, slot * per_slot : (slot + 1) * per_slot] = block
        if slot - 1 in present:
            pair = slice(row - 1, row + 1)
            block = _colour_of(flux[:, pair], flux_err[:, pair], peak)
            begin = colour_start + (slot - 1) * per_colour
            out[:, begin : begin + per_colour] = block
    out[~np.isfinite(reference)] = np.nan
    return out


def _shape_of(flux: FloatArray, flux_err: FloatArray) -> FloatArray:
    """Peak, widths, slopes and magnitudes below peak of one slot; `flux` is (n, phases)."""
    rows = np.arange(len(flux))
    top = np.argmax(flux, axis=1)
    peak = flux[rows, top]
    step = PHASES[1] - PHASES[0]
    relative = flux / np.where(peak > 0, peak, np.nan)[:, None]
    before = np.arange(len(PHASES))[None, :] < top[:, None]
    columns = [magnitude_from_njy(peak), peak / flux_err[rows, top], PHASES[top]]
    rise, fall, above = [], [], []
    for fraction in FRACTIONS:
        high = relative >= fraction
        rise.append(step * _run_length(high[:, ::-1], len(PHASES) - 1 - top))
        fall.append(step * _run_length(high, top))
        above.append(step * high.sum(axis=1))
    columns += rise + fall + above
    slope = np.diff(relative, axis=1) / step
    columns.append(np.where(before[:, 1:], slope, -np.inf).max(axis=1))
    columns.append(np.where(~before[:, 1:], slope, np.inf).min(axis=1))
    # Change of magnitude between 20 and 60 days after peak: near 0 on a plateau.
    columns.append(
        _magnitudes(_shifted(relative, top, 60.0)) - _magnitudes(_shifted(relative, top, 20.0))
    )
    columns += [_magnitudes(_shifted(relative, top, phase)) for phase in SHAPE_PHASES]
    return np.column_stack(columns)


def _colour_of(flux: FloatArray, flux_err: FloatArray, peak: NDArray[Any]) -> FloatArray:
    """Colours [mag] at fixed phases from the common peak; NaN where a band is not constrained.

    `flux` is (n, 2, phases), the bluer slot first.
    """
    blue, red = flux[:, 0], flux[:, 1]
    known = (flux > 2 * flux_err).all(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        colour = np.where(known, -2.5 * np.log10(blue / red), np.nan)
    rows = np.arange(len(blue))
    blue_top, red_top = np.argmax(blue, axis=1), np.argmax(red, axis=1)
    peak_colour = magnitude_from_njy(blue[rows, blue_top]) - magnitude_from_njy(red[rows, red_top])
    at = {phase: _shifted(colour, peak, phase) for phase in COLOUR_PHASES}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)  # an object without any colour
        mean = np.nanmean(colour, axis=1)
    return np.column_stack(
        [
            peak_colour,
            PHASES[red_top] - PHASES[blue_top],
            mean,
            at[0.0] - at[-10.0],
            at[30.0] - at[0.0],
            *at.values(),
        ]
    )


def _run_length(high: NDArray[np.bool_], start: NDArray[Any]) -> NDArray[Any]:
    """Number of consecutive true values of each row from column `start` on."""
    column = np.arange(high.shape[1])[None, :]
    ends = np.where((column >= start[:, None]) & ~high, column, high.shape[1])
    return np.asarray(ends.min(axis=1) - start)


def _shifted(values: FloatArray, top: NDArray[Any], phase: float) -> FloatArray:
    """Value of each row `phase` days from its column `top`, NaN outside the grid."""
    column = top + round(phase / (PHASES[1] - PHASES[0]))
    inside = (column >= 0) & (column < values.shape[1])
    rows = np.arange(len(values))
    return np.where(inside, values[rows, np.clip(column, 0, values.shape[1] - 1)], np.nan)


def _magnitudes(relative: FloatArray) -> FloatArray:
    """Magnitudes below peak, cut at the faintest that the interpolation can tell."""
    floor = 10 ** (-0.4 * FAINTEST)
    return np.asarray(-2.5 * np.log10(np.maximum(relative, floor)), dtype=np.float64)
