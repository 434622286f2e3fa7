"""Features against curves whose answers are known, and their independence of other objects."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lcfm.evaluate.features import (
    feature_names,
    features,
    sampling_feature_names,
    sampling_features,
)
from lcfm.evaluate.interpolate import WAVELENGTH_LENGTH, GaussianProcess, brightest
from lcfm.evaluate.segments import (
    ERROR_FLOOR,
    LEAST_SPREAD,
    SEGMENT_NAMES,
    segment_features,
)
from lcfm.lightcurves import LightCurves
from lcfm.units import magnitude_error_from_njy, magnitude_from_njy
from toy import toy_lightcurves


def pulse(width: float = 20.0, colour: float = 2.0) -> LightCurves:
    """One object every 2 days in g and r: a Gaussian pulse at MJD 58000, r brighter by `colour`."""
    day = np.repeat(np.arange(-60.0, 101.0, 2.0), 2)
    band = np.tile([0, 1], len(day) // 2)
    flux = 1e5 * np.where(band == 1, colour, 1.0) * np.exp(-0.5 * (day / width) ** 2)
    return LightCurves(
        pa.table({"object_id": ["pulse"], "survey": ["ZTF"]}),
        [0, len(day)],
        {"mjd": 58_000 + day, "band": band, "flux": flux, "flux_err": np.full(len(day), 100.0)},
        ("ztfg", "ztfr"),
    )


def value(table: np.ndarray, name: str) -> float:
    return float(table[0, feature_names().index(name)])


def test_a_pulse_has_its_peak_width_and_colour() -> None:
    out = features(pulse())
    assert value(out, "peak_mag_g") == pytest.approx(31.4 - 2.5 * np.log10(1e5), abs=0.02)
    assert value(out, "g-r_peak_colour") == pytest.approx(2.5 * np.log10(2.0), abs=0.02)
    assert value(out, "g-r_+20") == pytest.approx(2.5 * np.log10(2.0), abs=0.05)
    # Half of the peak is reached at 20 sqrt(2 ln 2) = 23.5 days on either side.
    assert value(out, "fall_0.5_g") == pytest.approx(23.5, abs=2.1)
    assert value(out, "rise_0.5_r") == pytest.approx(23.5, abs=2.1)
    assert value(out, "above_0.5_r") == pytest.approx(47.1, abs=4.1)
    # One width from the peak a Gaussian is 2.5 / ln 10 / 2 = 0.543 mag fainter.
    assert value(out, "below_peak_+20_g") == pytest.approx(0.543, abs=0.05)
    assert np.isnan(value(out, "peak_mag_u"))


def test_names_and_columns_agree_and_are_unique() -> None:
    lcs = toy_lightcurves(6)
    assert features(lcs).shape == (6, len(feature_names()))
    assert sampling_features(lcs).shape == (6, len(sampling_feature_names()))
    assert len(set(feature_names())) == len(feature_names())


def test_an_object_has_the_same_features_in_any_company() -> None:
    lcs = toy_lightcurves(30)
    together = features(lcs)
    for row in (0, 7, 29):
        np.testing.assert_allclose(features(lcs[row])[0], together[row], rtol=1e-4, atol=1e-4)
    reverse = np.arange(30)[::-1]
    np.testing.assert_allclose(features(lcs[reverse]), together[reverse], rtol=1e-4, atol=1e-4)


def test_sampling_features_do_not_see_fluxes() -> None:
    lcs = toy_lightcurves(10)
    points = {**lcs.points, "flux": lcs.points["flux"] * 3 + 7, "flux_err": np.ones(lcs.n_points)}
    other = LightCurves(lcs.objects, lcs.offsets, points, lcs.bands)
    np.testing.assert_array_equal(sampling_features(other), sampling_features(lcs))


def test_sampling_features_by_hand() -> None:
    limits = pulse()
    is_limit = limits.points["mjd"] < 58_000 - 50
    lcs = LightCurves(
        limits.objects, limits.offsets, {**limits.points, "limit": is_limit}, limits.bands
    )
    out = dict(zip(sampling_feature_names(), sampling_features(lcs)[0], strict=True))
    assert out["n_measured"] == (~is_limit).sum()
    assert out["n_limits"] == out["n_limits_before"] == is_limit.sum()
    assert out["duration"] == 150
    assert out["gap_max"] == 2
    assert out["last_limit_before"] == 2
    assert out["n_nights"] == 76


@pytest.mark.parametrize("case", ["limits only", "one point", "no points", "no objects"])
def test_objects_with_next_to_nothing_are_answered(case: str) -> None:
    lcs = toy_lightcurves(3)
    if case == "limits only":
        points = {**lcs.points, "limit": np.ones(lcs.n_points, bool)}
        lcs = LightCurves(lcs.objects, lcs.offsets, points, lcs.bands)
    elif case == "one point":
        keep = np.zeros(lcs.n_points, bool)
        keep[lcs.offsets[:-1]] = True
        lcs = lcs.select_points(keep)
    elif case == "no points":
        lcs = lcs.select_points(np.zeros(lcs.n_points, bool))
    else:
        lcs = lcs[:0]
    out = features(lcs)
    assert out.shape == (len(lcs), len(feature_names()))
    assert not np.isinf(out).any()


def test_batched_process_equals_an_explicit_one() -> None:
    lcs = toy_lightcurves(9)
    phases, waves = np.array([-10.0, 0.0, 25.0]), np.array([4800.0, 6400.0])
    process = GaussianProcess()
    reference = brightest(lcs)
    flux, flux_err = process.predict(lcs, reference, phases, waves)

    def kernel(t: np.ndarray, u: np.ndarray, w: np.ndarray, v: np.ndarray) -> np.ndarray:
        def matern(distance: np.ndarray) -> np.ndarray:
            return (1 + np.sqrt(3) * distance) * np.exp(-np.sqrt(3) * distance)

        in_time = matern(np.abs(t[:, None] - u[None]) / process.time_length)
        return in_time * matern(np.abs(w[:, None] - v[None]) / WAVELENGTH_LENGTH)

    for row in range(len(lcs)):
        one = lcs[row]
        t, w = one.points["mjd"] - reference[row], one.wavelength
        f, e = one.points["flux"].astype(float), one.points["flux_err"].astype(float)
        scale = np.abs(f).max()
        noise = (e**2 + (process.relative_error * f) ** 2) / scale**2 + 1e-6
        gram = kernel(t, t, w, w) + np.diag(noise)
        u, v = np.tile(phases, 2), np.repeat(waves, 3)
        cross = kernel(u, t, v, w)
        mean = scale * cross @ np.linalg.solve(gram, f / scale)
        variance = 1 - np.einsum("ij,ji->i", cross, np.linalg.solve(gram, cross.T))
        np.testing.assert_allclose(flux[row].ravel(), mean, rtol=1e-5, atol=1e-3 * scale)
        np.testing.assert_allclose(
            flux_err[row].ravel(), scale * np.sqrt(np.maximum(variance, 0)), atol=1e-3 * scale
        )


def test_one_noisy_point_does_not_set_the_peak() -> None:
    lcs = pulse()
    points = {k: v.copy() for k, v in lcs.points.items()}
    points["flux"][0], points["flux_err"][0] = 1e7, 1e7
    noisy = LightCurves(lcs.objects, lcs.offsets, points, lcs.bands)
    assert brightest(noisy)[0] == 58_000


def test_lines_through_a_span_equal_a_weighted_fit() -> None:
    lcs = toy_lightcurves(30, epochs=30)
    reference = brightest(lcs)
    out = segment_features(lcs, reference, (1, 2))
    low, high = 12.0, 40.0
    compared = 0
    for row in range(len(lcs)):
        one = lcs[row]
        points = one.points
        good = points["flux"] > 0
        magnitude = magnitude_from_njy(points["flux"])
        phase = points["mjd"] - reference[row]
        here = good & (points["band"] == 1) & (phase >= low) & (phase <= high)
        error = magnitude_error_from_njy(points["flux"], points["flux_err"])[here]
        weight = 1 / np.hypot(error, ERROR_FLOOR)
        if (
            here.sum() < 2
            or np.sqrt(np.cov(phase[here], aweights=weight**2, ddof=0)) < LEAST_SPREAD
        ):
            continue
        slope, _ = np.polyfit(phase[here], magnitude[here], 1, w=weight)
        mean = np.average(magnitude[here], weights=weight**2) - np.nanmin(magnitude[good])
        names = [SEGMENT_NAMES.index(f"{name}_+12..+40_r") for name in ("mag", "slope")]
        np.testing.assert_allclose(out[row, names], [mean, slope], rtol=1e-5)
        compared += 1
    assert compared > 3


def test_ends_of_a_pulse() -> None:
    lcs = pulse()
    out = segment_features(lcs, np.array([58_000.0]), (1, 2))[0]
    named = dict(zip(SEGMENT_NAMES, out, strict=True))
    assert named["first_phase_r"] == -60
    assert named["last_phase_all"] == 100
    assert named["first_mag_r"] == pytest.approx(2.5 / np.log(10) * 4.5, rel=1e-5)
    assert named["rise_from_first_r"] == pytest.approx(named["first_mag_r"] / 60)
    assert named["g-r_-2..+10"] == pytest.approx(2.5 * np.log10(2.0), abs=0.01)
    assert np.isnan(named["first_phase_i"])
