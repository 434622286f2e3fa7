"""Stated quantiles are scored as formulas and explicit sums say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from lcfm.errors import LcfmError
from lcfm.evaluate.probabilistic import LEVELS, crps, pit, probabilistic_metrics


def gaussian_quantiles(mean: np.ndarray, std: float) -> np.ndarray:
    return np.asarray(mean)[:, None] + std * norm.ppf(LEVELS)


def test_crps_of_a_normal_distribution_has_a_formula() -> None:
    """Gneiting & Raftery 2007, eq. 21."""
    rng = np.random.default_rng(0)
    mean, std, truth = rng.normal(size=200), 0.7, rng.normal(size=200)
    z = (truth - mean) / std
    expected = std * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps(truth, gaussian_quantiles(mean, std)) == pytest.approx(expected.mean(), rel=0.005)


def test_crps_is_the_integral_of_the_squared_difference() -> None:
    stated = np.sort(np.random.default_rng(1).gamma(2.0, size=(1, len(LEVELS))))
    grid = np.linspace(-1, 15, 400_001)
    for truth in (0.5, 3.0):
        below = (grid[:, None] >= stated).mean(axis=1)  # the steps that these quantiles make
        explicit = np.trapezoid((below - (grid >= truth)) ** 2, grid)
        assert crps([truth], stated) == pytest.approx(explicit, rel=1e-3)


def test_certainty_has_the_absolute_error() -> None:
    assert crps([1.0, 2.0], np.full((2, len(LEVELS)), 1.5)) == pytest.approx(0.5)


def test_pit_is_uniform_for_the_truth_and_bent_for_overconfidence() -> None:
    rng = np.random.default_rng(2)
    mean = rng.normal(size=3000)
    truth = mean + rng.normal(size=3000)
    right = probabilistic_metrics(truth, gaussian_quantiles(mean, 1.0))
    np.testing.assert_allclose(right["pit_histogram"], 0.1, atol=0.02)
    assert right["pit_distance"] < 0.03
    assert right["coverage_68"] == pytest.approx(0.68, abs=0.02)
    sure = probabilistic_metrics(truth, gaussian_quantiles(mean, 0.4))
    assert sure["pit_histogram"][0] > 0.2
    assert sure["coverage_90"] < 0.6
    assert sure["crps"] > right["crps"]
    np.testing.assert_allclose(
        pit(truth, gaussian_quantiles(mean, 1.0)), norm.cdf(truth - mean), atol=0.01
    )


def test_a_value_on_equal_quantiles_lies_in_their_middle() -> None:
    assert pit([1.0], np.ones((1, len(LEVELS))))[0] == pytest.approx(0.5, abs=0.01)


def test_errors() -> None:
    with pytest.raises(LcfmError, match="shape"):
        crps([1.0], np.ones((1, 3)))
    with pytest.raises(LcfmError, match="1 true values are not finite"):
        pit([np.nan], np.ones((1, len(LEVELS))))
