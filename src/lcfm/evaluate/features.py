"""Hand-crafted features of light curves: what a network has to beat.

Three groups, for any survey: bands are sorted by mean wavelength into the slots u, g, r, i, z, y,
and a slot without a band is NaN.

1. From the interpolated light curve (:mod:`lcfm.evaluate.interpolate`): peak magnitudes, widths
   and times at fractions of the peak, magnitudes below peak at fixed phases, colours at fixed
   phases (after Boone 2019, AJ 158, 257, table 2, and Lochner et al. 2016, ApJS 225, 31).
2. Of the measurements of each band, from the ``light-curve`` package (Malanchev et al. 2021,
   MNRAS 502, 5147).
3. Of the sampling: counts, spans, gaps, limits before the first detection. Alone, they are the
   sampling-only control, which shows how much of a score comes without any flux.

Absolute brightness is not used: no redshift enters.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.interpolate import FloatArray, GaussianProcess, around, brightest
from lcfm.lightcurves import LightCurves
from lcfm.units import magnitude_from_njy

SLOTS = ("u", "g", "r", "i", "z", "y")
SLOT_EDGES = (4050.0, 5600.0, 6950.0, 8250.0, 9250.0)
"""Wavelengths [Å] between the slots."""
SLOT_CENTRES = (3700.0, 4800.0, 6400.0, 7600.0, 8700.0, 9700.0)
"""Wavelengths [Å] at which a slot is interpolated."""

PHASES = np.arange(-60.0, 151.0, 3.0)
"""Grid of the interpolation [d from the brightest measurement]."""
FRACTIONS = (0.8, 0.5, 0.2)
SHAPE_PHASES = (-20.0, -15.0, -10.0, -5.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0)
COLOUR_PHASES = (-15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0)
FAINTEST_SHAPE = 4.0
"""Magnitudes below peak are cut here: the process returns to zero where nothing was observed."""
FIRST_DAY, LAST_DAY = 80.0, 200.0


def feature_names() -> tuple[str, ...]:
    """Names of the columns of :func:`features`, slot by slot."""
    return (*_CURVE_NAMES, *_PACKAGE_NAMES, *sampling_feature_names())


def sampling_feature_names() -> tuple[str, ...]:
    """Names of the columns of :func:`sampling_features`."""
    return _SAMPLING_NAMES


def features(lcs: LightCurves) -> FloatArray:
    """Features of every object, shape (n_objects, n_features), NaN where one is undefined."""
    reference = brightest(lcs)
    window = around(lcs, reference, FIRST_DAY, LAST_DAY)
    present = _slots_present(lcs)
    return np.column_stack(
        [
            _curve_features(window, reference, present),
            _package_features(window, present),
            sampling_features(lcs),
        ]
    )


def sampling_features(lcs: LightCurves) -> FloatArray:
    """Times, bands and counts without any flux, shape (n_objects, n_features)."""
    measured = lcs.select_points(~lcs.points["limit"])
    limits = lcs.select_points(lcs.points["limit"])
    first, last = _extremes(measured)
    columns = [measured.lengths, limits.lengths, last - first]
    gap = np.diff(measured.points["mjd"], prepend=np.nan)
    starts = measured.offsets[:-1][measured.lengths > 0]
    gap[starts] = np.nan
    columns += list(_percentiles(gap, measured, (50, 90, 100)))
    nights = np.floor(measured.points["mjd"])
    new_night = np.diff(nights, prepend=np.nan) != 0
    new_night[starts] = True
    columns.append(_sums(new_night.astype(np.float64), measured))
    phase = measured.points["mjd"] - first[measured.owner]
    columns += list(_percentiles(phase, measured, (25, 50, 75)))
    limit_phase = limits.points["mjd"] - first[limits.owner]
    columns.append(_sums((limit_phase < 0).astype(np.float64), limits))
    columns.append(_sums((limit_phase >= 0).astype(np.float64), limits))
    columns.append(-_grouped_max(np.where(limit_phase < 0, limit_phase, -np.inf), limits))
    columns.append(_grouped_max(limit_phase, limits) - (last - first))
    slot = _slot_of_points(measured)
    for code in range(len(SLOTS)):
        here = measured.select_points(slot == code)
        slot_first, slot_last = _extremes(here)
        columns += [here.lengths, slot_last - slot_first, slot_first - first]
    return np.column_stack([np.asarray(c, dtype=np.float64) for c in columns])


_SAMPLING_NAMES = (
    "n_measured", "n_limits", "duration", "gap_median", "gap_90", "gap_max", "n_nights",
    "phase_25", "phase_50", "phase_75", "n_limits_before", "n_limits_after", "last_limit_before",
    "last_limit_after",
    *(f"{name}_{slot}" for slot in SLOTS for name in ("n", "duration", "first")),
)  # fmt: skip


# -- shape and colour of the interpolated curve ---------------------------------------------------

_CURVE_NAMES = (
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


def _curve_features(lcs: LightCurves, reference: FloatArray, present: Sequence[int]) -> FloatArray:
    out = np.full((len(lcs), len(_CURVE_NAMES)), np.nan)
    if not present or not len(lcs):
        return out
    centres = np.array([SLOT_CENTRES[s] for s in present])
    flux, flux_err = GaussianProcess().predict(lcs, reference, PHASES, centres)
    per_slot = len(_CURVE_NAMES[: _CURVE_NAMES.index("u-g_peak_colour")]) // len(SLOTS)
    colour_start = per_slot * len(SLOTS)
    per_colour = (len(_CURVE_NAMES) - colour_start) // (len(SLOTS) - 1)
    peak = np.argmax(flux.max(axis=1), axis=1)  # one peak for all bands: (n,)
    for row, slot in enumerate(present):
        block = _shape_of(flux[:, row], flux_err[:, row])
        out[:, slot * per_slot : (slot + 1) * per_slot] = block
        if slot - 1 in present:
            pair = slice(row - 1, row + 1)
            block = _colour_of(flux[:, pair], flux_err[:, pair], peak)
            begin = colour_start + (slot - 1) * per_colour
            out[:, begin : begin + per_colour] = block
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
    floor = 10 ** (-0.4 * FAINTEST_SHAPE)
    return np.asarray(-2.5 * np.log10(np.maximum(relative, floor)), dtype=np.float64)


# -- features of the light-curve package ----------------------------------------------------------

_PACKAGE_FEATURES = (
    "Amplitude", "AndersonDarlingNormal", "BeyondNStd", "Cusum", "Eta", "ExcessVariance",
    "InterPercentileRange", "Kurtosis", "LinearFit", "MaximumSlope", "MedianAbsoluteDeviation",
    "MedianBufferRangePercentage", "ReducedChi2", "Skew", "StandardDeviation", "StetsonK",
    "TimeStandardDeviation", "WeightedMean",
)  # fmt: skip
_PACKAGE_COLUMNS = (
    "amplitude", "anderson_darling_normal", "beyond_1_std", "cusum", "eta", "excess_variance",
    "inter_percentile_range_25", "kurtosis", "linear_fit_slope", "linear_fit_slope_sigma",
    "linear_fit_reduced_chi2", "maximum_slope", "median_absolute_deviation",
    "median_buffer_range_percentage_10", "chi2", "skew", "standard_deviation", "stetson_K",
    "time_standard_deviation", "weighted_mean",
)  # fmt: skip
_PACKAGE_NAMES = tuple(f"{name}_{slot}" for slot in SLOTS for name in _PACKAGE_COLUMNS)
_FEWEST_POINTS = 5
"""Measurements in a band that the package's features need."""


def _package_features(lcs: LightCurves, present: Sequence[int]) -> FloatArray:
    """Features of the magnitudes of each band's measurements; NaN below five of them."""
    import light_curve

    out = np.full((len(lcs), len(_PACKAGE_NAMES)), np.nan)
    extractor = light_curve.Extractor(*(getattr(light_curve, f)() for f in _PACKAGE_FEATURES))
    usable = ~lcs.points["limit"] & (lcs.points["flux"] > 0)
    slot = _slot_of_points(lcs)
    for code in present:
        here = lcs.select_points(usable & (slot == code))
        here = here.select_points(_first_of_each_time(here))
        rows = np.flatnonzero(here.lengths >= _FEWEST_POINTS)
        if not len(rows):
            continue
        flux = here.points["flux"].astype(np.float64)
        magnitude = magnitude_from_njy(flux)
        error = here.points["flux_err"].astype(np.float64) / flux * (2.5 / np.log(10.0))
        curves = []
        for row in rows:
            part = slice(here.offsets[row], here.offsets[row + 1])
            curves.append((here.points["mjd"][part], magnitude[part], error[part]))
        values = extractor.many(curves, sorted=True, check=False, n_jobs=1, fill_value=np.nan)
        width = len(_PACKAGE_COLUMNS)
        out[rows, code * width : (code + 1) * width] = np.where(np.isfinite(values), values, np.nan)
    return out


def _first_of_each_time(lcs: LightCurves) -> NDArray[np.bool_]:
    """True for the first measurement at each time: slopes need ascending times."""
    keep = np.diff(lcs.points["mjd"], prepend=-np.inf) != 0
    keep[lcs.offsets[:-1][lcs.lengths > 0]] = True
    return np.asarray(keep)


# -- sums over ragged rows ------------------------------------------------------------------------


def _slot_of_points(lcs: LightCurves) -> NDArray[np.int64]:
    return np.searchsorted(SLOT_EDGES, lcs.wavelength)


def _slots_present(lcs: LightCurves) -> tuple[int, ...]:
    return tuple(int(s) for s in np.unique(_slot_of_points(lcs)))


def _sums(values: FloatArray, lcs: LightCurves) -> FloatArray:
    return np.bincount(lcs.owner, weights=values, minlength=len(lcs)).astype(np.float64)


def _grouped_max(values: FloatArray, lcs: LightCurves) -> FloatArray:
    out = np.full(len(lcs), -np.inf)
    np.fmax.at(out, lcs.owner, values)
    return np.where(np.isfinite(out), out, np.nan)


def _extremes(lcs: LightCurves) -> tuple[FloatArray, FloatArray]:
    """First and last time of each object, NaN without points."""
    return -_grouped_max(-lcs.points["mjd"], lcs), _grouped_max(lcs.points["mjd"], lcs)


def _percentiles(
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
