"""Observing: noise as stated, detections, alerts and forced photometry, ragged bookkeeping."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from fake_events import FakeEvents, fake_events
from lcfm.simulate import observe as observe_module
from lcfm.simulate import simulate
from lcfm.simulate.events import Events
from lcfm.simulate.found import summarise
from lcfm.simulate.observe import Observed, measure, observe
from lcfm.simulate.population import Population
from lcfm.simulate.visits import place
from lcfm.surveys import SURVEYS, get_survey
from lcfm.surveys.base import Survey
from lcfm.surveys.detection import SharpThreshold
from lcfm.surveys.noise import DifferenceNoise, Scatter
from lcfm.surveys.photometry import DetectionsOnly, Forced, Measured
from lcfm.surveys.selection import Everything
from lcfm.surveys.ztf import ZTF


def _observe(events: FakeEvents, survey: Survey, seed: int = 0) -> Observed:
    return observe(cast(Events, events), survey, np.random.default_rng(seed))


def _owner(seen: Observed) -> Any:
    return np.repeat(np.arange(len(seen.event)), np.diff(seen.offsets))


@pytest.fixture(params=sorted(SURVEYS))
def survey(request: pytest.FixtureRequest) -> Survey:
    return get_survey(request.param)


def test_observed_arrays_fit_together(survey: Survey) -> None:
    seen = _observe(fake_events(["a"] * 300, 17.5), survey)
    assert len(seen.event) > 60
    n = seen.offsets[-1]
    for name in ("mjd", "band", "flux", "flux_err", "detected", "limit"):
        assert len(getattr(seen, name)) == n
    same = np.diff(_owner(seen)) == 0
    assert (np.diff(seen.mjd)[same] >= 0).all()
    assert np.isfinite(seen.flux).all()
    assert (seen.flux_err > 0).all()
    assert not (seen.limit & seen.detected).any()
    detections = np.bincount(_owner(seen), weights=seen.detected)
    assert detections.min() >= survey.minimum_detections


def test_every_object_has_the_detections_that_its_survey_asks_for(survey: Survey) -> None:
    # AGN go below their reference and come back for years: what is detected is often not published.
    mix = Population({"SNIa": 1.0, "SNII": 1.0, "TDE": 1.0, "AGN": 3.0}, survey.faintest_peak)
    lcs = simulate([survey], 200, seed=5, population=mix)
    detections = np.add.reduceat(lcs.points["detected"].astype(int), lcs.offsets[:-1])
    measured = np.add.reduceat((~lcs.points["limit"]).astype(int), lcs.offsets[:-1])
    assert (detections >= survey.minimum_detections).all()
    assert (measured >= 1).all()
    assert (np.diff(lcs.offsets) >= max(survey.minimum_points, 1)).all()


def test_detections_that_are_not_published_or_outside_the_window_do_not_count() -> None:
    survey = ZTF(
        scatter=Scatter(), detection=SharpThreshold(3.0), photometry=DetectionsOnly(20.0),
        selection=Everything(), window=(-3.0, 3.0), minimum_detections=2,
    )  # fmt: skip
    seen = _observe(fake_events(["a"] * 400, 18.5), survey)
    assert 0 < len(seen.event) < 400
    assert (np.diff(seen.offsets) >= 2).all()
    assert (seen.flux >= 20 * seen.flux_err).all()
    brightest = np.maximum.reduceat(seen.flux, seen.offsets[:-1])
    np.testing.assert_allclose(31.4 - 2.5 * np.log10(brightest), seen.peak_magnitude, rtol=1e-5)


def test_same_seed_same_points_other_seed_other_points(survey: Survey) -> None:
    events = fake_events(["a"] * 50, 18.0)
    one, again, other = (_observe(events, survey, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.flux, again.flux)
    assert len(one.flux) != len(other.flux) or (one.flux != other.flux).any()


def test_noiseless_forced_photometry_is_the_true_flux() -> None:
    survey = ZTF(
        noise=DifferenceNoise(sky=1e-6), scatter=Scatter(), photometry=Forced(),
        selection=Everything(),
    )  # fmt: skip
    events = fake_events(["a"] * 200, np.linspace(16, 18, 200))
    seen = _observe(events, survey)
    owner = _owner(seen)
    day = seen.mjd - seen.t0_mjd[owner]
    truth = events.band_flux(seen.event[owner], seen.band, day, survey.bands)
    np.testing.assert_allclose(seen.flux, truth, rtol=1e-3, atol=1.0)


def test_alert_limits_lie_between_30_days_before_and_the_last_detection() -> None:
    seen = _observe(fake_events(["a"] * 300, 18.0), get_survey("ztf"))
    assert seen.limit.any()
    assert (seen.flux[seen.limit] == 0).all()
    assert (seen.detected ^ seen.limit).all()
    for i in range(len(seen.event)):
        rows = slice(seen.offsets[i], seen.offsets[i + 1])
        mjd, detected = seen.mjd[rows], seen.detected[rows]
        assert mjd.min() >= mjd[detected].min() - 30.001
        assert mjd.max() == mjd[detected].max()
        assert abs(mjd[np.argmax(seen.flux[rows])] - seen.peak_mjd[i]) < 1e-3


def test_faint_events_are_not_detected_and_unselected_ones_are_dropped(survey: Survey) -> None:
    seen = _observe(fake_events(["a", "b"] * 100, [17.0, 29.0] * 100), survey)
    assert (seen.event % 2 == 0).all()


def test_no_events_and_no_survivors_give_empty_arrays() -> None:
    for events in (fake_events([], []), fake_events(["a"] * 5, 30.0)):
        seen = _observe(events, get_survey("ztf"))
        assert len(seen.event) == 0
        assert seen.offsets.tolist() == [0]
        assert len(seen.mjd) == 0


def _measure(survey: Survey, true_flux: float, n: int) -> Measured:
    truth = np.full(n, true_flux, dtype=np.float32)
    return measure(truth, np.full(n, 20.5, np.float32), survey, np.random.default_rng(0))


def test_pulls_are_standard_normal_apart_from_outliers() -> None:
    survey = ZTF(scatter=Scatter(depth=0.1, error=0.2, outliers=0.0))
    measured = _measure(survey, 50_000.0, 200_000)
    pull = (measured.flux - 50_000.0) / measured.flux_err
    assert abs(pull.mean()) < 0.01
    assert abs(pull.std() - 1) < 0.01


def test_outliers_widen_the_tails_by_their_share() -> None:
    survey = ZTF(scatter=Scatter(outliers=0.1, outlier_scale=10.0))
    measured = _measure(survey, 0.0, 100_000)
    # 10 % x P(|x| > 0.4), less where two outliers fall together
    assert 0.05 < np.mean(abs(measured.flux / measured.flux_err) > 4) < 0.08


def test_detection_means_signal_over_sky_noise_above_threshold() -> None:
    survey = ZTF(scatter=Scatter(), detection=SharpThreshold(5.0))
    measured = _measure(survey, 23_000.0, 1000)
    assert 0 < measured.detected.sum() < 1000
    np.testing.assert_array_equal(measured.detected, abs(measured.flux) / measured.sky >= 5.0)


def test_summary_of_detections_against_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    owner = np.sort(rng.integers(0, 30, 200))
    day = np.zeros(200, np.float32)
    for i in range(30):
        day[owner == i] = np.sort(rng.random((owner == i).sum()))
    flux = rng.normal(size=200).astype(np.float32)
    detected = rng.random(200) < 0.3
    found = summarise(32, owner, day, flux, detected)
    for i in range(32):
        rows = np.flatnonzero(detected & (owner == i))
        assert found.count[i] == len(rows)
        if len(rows):
            best = rows[np.argmax(abs(flux[rows]))]
            assert (found.first[i], found.last[i]) == (day[rows[0]], day[rows[-1]])
            assert (found.peak[i], found.peak_flux[i]) == (day[best], abs(flux[best]))


def test_blocks_join_into_one_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe_module, "_BLOCK_EVENTS", 7)
    seen = _observe(fake_events(["a"] * 50, 17.0), get_survey("ztf"))
    assert (np.diff(seen.event) > 0).all()
    assert len(seen.offsets) == len(seen.event) + 1
    assert seen.offsets[-1] == len(seen.flux)


def test_events_start_inside_the_history(survey: Survey) -> None:
    cadence = survey.cadence
    position, t0 = place(4000, cadence, np.random.default_rng(0))
    assert (t0 > cadence.first_day[position]).all()
    assert (t0 < cadence.last_day[position]).all()
    assert len(np.unique(position)) > 0.9 * len(cadence)


def test_histories_end_early_at_the_stated_mean() -> None:
    whole = ZTF(scatter=Scatter(), selection=Everything())
    cut = ZTF(scatter=Scatter(ends_after=10.0), selection=Everything())
    events = fake_events(["a"] * 400, 16.0)
    late = [(seen.mjd - seen.t0_mjd[_owner(seen)] > 20).mean() for seen in
            (_observe(events, whole), _observe(events, cut))]  # fmt: skip
    # share of a gamma distribution of shape 2 and mean 10 beyond 20 to 40 days: 9 % at its start
    assert late[1] < 0.2 * late[0]


def test_raised_thresholds_scatter_detections_from_object_to_object() -> None:
    events = fake_events(["a"] * 300, 17.5)
    shares = []
    for raised in (0.0, 1.0):
        survey = ZTF(scatter=Scatter(raised=raised), selection=Everything())
        seen = _observe(events, survey)
        owner = _owner(seen)
        shares.append(np.bincount(owner, seen.detected) / np.bincount(owner))
    assert shares[1].mean() < shares[0].mean()
    assert shares[1].std() > shares[0].std()
