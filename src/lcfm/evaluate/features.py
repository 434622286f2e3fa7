"""Hand-crafted features of light curves: what a network has to beat.

Four groups, for any survey: bands are sorted by mean wavelength into the slots u, g, r, i, z, y,
and a slot without a band is NaN.

1. From the interpolated light curve (:mod:`lcfm.evaluate.shape`): peak magnitudes, widths
   and times at fractions of the peak, magnitudes below peak at fixed phases, colours at fixed
   phases (after Boone 2019, AJ 158, 257, table 2, and Lochner et al. 2016, ApJS 225, 31).
2. Of the measurements in spans of phase (:mod:`lcfm.evaluate.segments`): lines through the
   magnitudes of each band, colours, first and last measurement.
3. Of all measurements of each band, from the ``light-curve`` package (Malanchev et al. 2021,
   MNRAS 502, 5147).
4. Of the sampling: counts, spans, gaps, limits before the first detection. Alone, they are the
   sampling-only control, which shows how much of a score comes without any flux.

Absolute brightness is not used: no redshift enters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.interpolate import FloatArray, around, brightest
from lcfm.evaluate.reductions import SLOTS, slot_of_points, slots_present
from lcfm.evaluate.sampling import sampling_feature_names, sampling_features
from lcfm.evaluate.segments import SEGMENT_NAMES, segment_features
from lcfm.evaluate.shape import SHAPE_NAMES, shape_features
from lcfm.lightcurves import LightCurves
from lcfm.units import magnitude_from_njy

__all__ = ["feature_names", "features", "sampling_feature_names", "sampling_features"]

FIRST_DAY, LAST_DAY = 80.0, 200.0
"""Days before and after the brightest measurement that are looked at."""


def feature_names() -> tuple[str, ...]:
    """Names of the columns of :func:`features`, slot by slot."""
    return (*SHAPE_NAMES, *SEGMENT_NAMES, *_PACKAGE_NAMES, *sampling_feature_names())


def features(lcs: LightCurves) -> FloatArray:
    """Features of every object, shape (n_objects, n_features), NaN where one is undefined."""
    reference = brightest(lcs)
    window = around(lcs, reference, FIRST_DAY, LAST_DAY)
    present = slots_present(lcs)
    out = np.column_stack(
        [
            shape_features(window, reference, present),
            segment_features(window, reference, present),
            _package_features(window, present),
            sampling_features(lcs),
        ]
    )
    return np.where(np.isfinite(out), out, np.nan)  # such as slopes of a curve without points


_PACKAGE_FEATURES = (
    "Amplitude", "AndersonDarlingNormal", "Cusum", "Eta", "LinearFit", "ReducedChi2", "Skew",
    "WeightedMean",
)  # fmt: skip
"""Of the package's features those that helped in cross-validation on 128 labels and on all."""
_PACKAGE_COLUMNS = (
    "amplitude", "anderson_darling_normal", "cusum", "eta", "linear_fit_slope",
    "linear_fit_slope_sigma", "linear_fit_reduced_chi2", "chi2", "skew", "weighted_mean",
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
    slot = slot_of_points(lcs)
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
