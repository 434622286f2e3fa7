"""Scores of numbers that are stated as probabilities: are they sharp, and do they mean it?

A method states quantiles at fixed levels, whatever density stands behind them, so that mixtures,
forests and ensembles are measured alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError

FloatArray = NDArray[np.float64]

LEVELS: FloatArray = (np.arange(100) + 0.5) / 100
"""Levels at which quantiles are asked for: the middles of a hundred equal parts of probability."""


def probabilistic_metrics(true: ArrayLike, quantiles: ArrayLike) -> dict[str, Any]:
    """All scores of stated quantiles.

    Parameters
    ----------
    true : array_like, shape (n,)
    quantiles : array_like, shape (n, 100)
        At :data:`LEVELS`.

    Returns
    -------
    dict
        ``crps`` (in units of the number), ``pit_distance`` (largest difference between the
        distribution of the PIT and the uniform one: the statistic of Kolmogorov and Smirnov),
        ``pit_histogram`` (shares in ten equal bins; each 0.1 if calibrated), ``coverage_68`` and
        ``coverage_90`` (share of the true values in the central intervals).

    Raises
    ------
    LcfmError
        Shapes do not match, or a value is not finite.
    """
    truth, stated = _checked(true, quantiles)
    where = pit(truth, stated)
    ordered = np.sort(where)
    n = len(ordered)
    distance = max((np.arange(1, n + 1) / n - ordered).max(), (ordered - np.arange(n) / n).max())
    shares = np.histogram(where, bins=10, range=(0.0, 1.0))[0] / n
    return {
        "crps": crps(truth, stated),
        "pit_distance": float(distance),
        "pit_histogram": [float(share) for share in shares],
        "coverage_68": float((np.abs(where - 0.5) <= 0.34).mean()),
        "coverage_90": float((np.abs(where - 0.5) <= 0.45).mean()),
        "n": n,
    }


def crps(true: ArrayLike, quantiles: ArrayLike) -> float:
    """Mean continuous ranked probability score, from quantiles at :data:`LEVELS`.

    ∫ (F(y) − 1{y ≥ t})² dy is twice the integral of the quantile loss over all levels (Gneiting &
    Raftery 2007, JASA 102, 359, eq. 20; Gneiting & Ranjan 2011, JBES 29, 411, eq. 11). For a single
    certain value it is the absolute error.
    """
    truth, stated = _checked(true, quantiles)
    off = truth[:, None] - stated
    return float(2.0 * np.maximum(LEVELS * off, (LEVELS - 1.0) * off).mean())


def pit(true: ArrayLike, quantiles: ArrayLike) -> FloatArray:
    """Probability integral transform: stated probability below the true value, shape (n,).

    Uniform if the statements are calibrated (Dawid 1984, JRSS A 147, 278). Linear between the
    quantiles; 0 or 1 beyond the outermost. A true value on several equal quantiles takes the middle
    of their levels.
    """
    truth, stated = _checked(true, quantiles)
    out = np.empty(len(truth))
    for i, (value, row) in enumerate(zip(truth, stated, strict=True)):
        places, first, count = np.unique(row, return_index=True, return_counts=True)
        middle = LEVELS[first] + 0.5 * (count - 1) / len(LEVELS)
        out[i] = np.interp(value, places, middle, left=0.0, right=1.0)
    return out


def _checked(true: ArrayLike, quantiles: ArrayLike) -> tuple[FloatArray, FloatArray]:
    truth = np.asarray(true, dtype=np.float64)
    stated = np.asarray(quantiles, dtype=np.float64)
    if truth.ndim != 1 or not len(truth) or stated.shape != (len(truth), len(LEVELS)):
        raise LcfmError(
            f"{truth.shape} true values need quantiles of shape (n, {len(LEVELS)}), one column for "
            f"each of the levels, got {stated.shape}"
        )
    for name, values in (("true values", truth), ("quantiles", stated)):
        if not np.isfinite(values).all():
            raise LcfmError(f"{(~np.isfinite(values)).sum()} {name} are not finite")
    return truth, np.sort(stated, axis=1)
