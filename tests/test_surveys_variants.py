"""What sets the surveys beside each other apart: eras, bands, references, what users get."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from fake_events import FakeEvents, fake_events
from lcfm.errors import LcfmError, UnknownNameError
from lcfm.simulate import simulate
from lcfm.simulate.events import Events
from lcfm.simulate.observe import Observed, measure, observe
from lcfm.simulate.population import Population
from lcfm.simulate.visits import place
from lcfm.surveys import SURVEYS, get_survey
from lcfm.surveys.base import Survey
from lcfm.surveys.cadence import Cadence
from lcfm.surveys.lsst import LSST
from lcfm.surveys.lsst_parts import LSST2026
from lcfm.surveys.noise import DifferenceNoise, Scatter
from lcfm.surveys.photometry import DetectionsOnly, Forced, Measured
from lcfm.surveys.reference import CleanReference, LateReference
from lcfm.surveys.selection import Everything
from lcfm.surveys.ztf import ZTF
from lcfm.surveys.ztf_eras import PHASE_II_MJD


def _observe(events: FakeEvents, survey: Survey, seed: int = 0) -> Observed:
    return observe(cast(Events, events), survey, np.random.default_rng(seed))


def _owner(seen: Observed) -> Any:
    return np.repeat(np.arange(len(seen.event)), np.diff(seen.offsets))


def _night_gaps(cadence: Cadence) -> Any:
    """Nights between visits in the first band."""
    gaps = []
    for i in range(len(cadence)):
        rows = slice(cadence.offsets[i], cadence.offsets[i + 1])
        nights = np.unique(np.floor(cadence.day[rows][cadence.band[rows] == 0]))
        gaps.append(np.diff(nights))
    return np.concatenate(gaps)


def test_names_differ_so_that_surveys_can_be_simulated_side_by_side() -> None:
    assert len({get_survey(key).name for key in SURVEYS}) == len(SURVEYS)


def test_ztf_visits_every_three_nights_then_every_two() -> None:
    first, second = get_survey("ztf-3day").cadence, get_survey("ztf-2day").cadence
    assert first.mjd_zero + first.day.max() <= PHASE_II_MJD <= second.mjd_zero + second.day.min()
    assert np.median(_night_gaps(first)) == 3
    assert np.median(_night_gaps(second)) == 2


def test_ztf_with_i_has_less_of_it_than_of_r() -> None:
    survey = get_survey("ztf-gri")
    visits = np.bincount(survey.cadence.band)
    assert 0.02 < visits[2] / visits[1] < 0.5


def test_deep_drilling_fields_are_visited_more_often_than_the_wide_survey() -> None:
    wide, deep = get_survey("lsst-wfd").cadence, get_survey("lsst-ddf").cadence
    per_year = [len(c.day) / ((c.last_day - c.first_day).sum() / 365.25) for c in (wide, deep)]
    assert per_year[1] > 2 * per_year[0]


def test_new_throughputs_see_the_same_visits_through_other_curves() -> None:
    old, new = LSST().cadence, LSST2026().cadence
    assert new.bands == tuple(f"{band}_v2026" for band in old.bands)
    np.testing.assert_array_equal(old.axis, new.axis)
    assert LSST2026(bands=("lsstg_v2026",)).cadence.bands == ("lsstg_v2026",)
    with pytest.raises(LcfmError, match="one band for each"):
        old.through(("lsstg",))


def test_part_of_a_history_and_none_of_it() -> None:
    cadence = ZTF().cadence
    part = cadence.between(58700.0, 58800.0)
    mjd = part.mjd_zero + part.day
    assert mjd.min() >= 58700.0
    assert mjd.max() <= 58800.0
    with pytest.raises(LcfmError, match="no visit between MJD 50000 and 50100; its visits span"):
        _ = ZTF(mjd_range=(50000.0, 50100.0)).cadence


@pytest.mark.parametrize("names", [(), ("ztfr", "ztfg"), ("ztfg", "ztfg")])
def test_bands_out_of_order_twice_or_none_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(LcfmError, match=r"survey 'ZTF': bands must be one or more, each once"):
        ZTF(bands=names)


def test_bands_that_nobody_knows_or_the_survey_lacks_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown band 'ztfq'"):
        ZTF(bands=("ztfq",))
    with pytest.raises(LcfmError, match=r"no visit in band 'lsstu', only in ztfg.*; name bands"):
        _ = ZTF(bands=("lsstu",)).cadence


def test_detections_only_have_no_limits_and_no_faint_points() -> None:
    survey = get_survey("yse")
    seen = _observe(fake_events(["a"] * 300, 18.0), survey)
    assert seen.detected.all()
    assert not seen.limit.any()
    assert (seen.flux / seen.flux_err).min() >= 4
    kept = DetectionsOnly(4.0).reaches(
        Measured(
            np.array([50, 30, -50, 50], np.float32), np.full(4, 10, np.float32),
            np.ones(4, np.float32), np.array([True, True, True, False]),
        )
    )  # fmt: skip
    assert kept.tolist() == [True, False, False, False]


def test_forced_photometry_is_measured_before_the_first_detection_and_below_zero() -> None:
    seen = _observe(fake_events(["a"] * 200, 18.0), get_survey("ztf-forced"))
    assert not seen.limit.any()
    assert 0.05 < (seen.flux[~seen.detected] < 0).mean() < 0.7
    objects = np.split(np.arange(len(seen.mjd)), seen.offsets[1:-1])
    first = np.array([seen.mjd[rows].min() for rows in objects])
    found = np.array([seen.mjd[rows][seen.detected[rows]].min() for rows in objects])
    assert np.median(found - first) > 30


def test_a_reference_with_light_of_the_object_lowers_a_band_by_a_constant() -> None:
    noiseless = ZTF(
        noise=DifferenceNoise(sky=1e-6), scatter=Scatter(), photometry=Forced(),
        selection=Everything(), reference=LateReference(share=1.0, first=0.0, last=30.0),
    )  # fmt: skip
    events = fake_events(["a"] * 100, 16.0)
    seen = _observe(events, noiseless)
    owner = _owner(seen)
    truth = events.band_flux(
        seen.event[owner], seen.band, seen.mjd - seen.t0_mjd[owner], noiseless.bands
    )
    offset = truth - seen.flux
    peak = events.band_flux(np.zeros(2, int), np.arange(2), np.zeros(2), noiseless.bands)
    for i in range(len(seen.event)):
        for band in range(2):
            mine = offset[(owner == i) & (seen.band == band)]
            if not len(mine):  # a short season may have visits in one band alone
                continue
            np.testing.assert_allclose(mine, mine.mean(), rtol=1e-3)
            assert 0.2 * peak[band] < mine.mean() < peak[band]


def test_references_are_late_for_their_share_and_clean_by_default() -> None:
    owner, band, day = LateReference(0.1, -5.0, 5.0).epochs(5000, 3, np.random.default_rng(0))
    assert 400 < len(np.unique(owner)) < 600
    assert (np.diff(owner) >= 0).all()
    assert band[:3].tolist() == [0, 1, 2]
    assert -5 <= day.min() < day.max() <= 5
    assert len(CleanReference().epochs(5000, 3, np.random.default_rng(0))[0]) == 0
    assert get_survey("ztf").reference == CleanReference()


def test_unreported_scatter_makes_errors_of_bright_points_too_small() -> None:
    survey = replace(get_survey("yse"), scatter=Scatter(unreported=0.02))
    for flux, pull in ((1e3, 1.0), (1e7, 5.0)):
        truth = np.full(20_000, flux, np.float32)
        depth = np.full(20_000, 21.0, np.float32)
        seen = measure(truth, depth, survey, np.random.default_rng(0))
        wide = (((seen.flux - truth) / seen.flux_err).std() - 1) > 0.5
        assert wide == (pull > 1)


def test_phases_cut_light_curves_in_the_rest_frame() -> None:
    survey = ZTF(
        photometry=Forced(500.0, 500.0), selection=Everything(), phases=(-10.0, 20.0),
        scatter=Scatter(), window=(-500.0, 500.0),
    )  # fmt: skip
    seen = _observe(fake_events(["a"] * 200, 16.0), survey)  # at redshift 0.1
    day = seen.mjd - seen.t0_mjd[_owner(seen)]
    assert -11 <= day.min() < -10
    assert 21 < day.max() <= 22


def test_uneven_losses_spread_the_number_of_points() -> None:
    spread = []
    for evenness in (None, 2.0):
        survey = ZTF(
            scatter=Scatter(lost=0.3, evenness=evenness), selection=Everything(),
            minimum_detections=2,
        )  # fmt: skip
        counts = np.diff(_observe(fake_events(["a"] * 2000, 16.0), survey).offsets)
        spread.append((counts.mean(), counts.std() / counts.mean()))
    assert abs(spread[1][0] / spread[0][0] - 1) < 0.15
    # much of the spread is that of the pointings, whose eras differ
    assert spread[1][1] > 1.05 * spread[0][1]


@pytest.mark.parametrize("key", ["ztf", "ztf-forced", "lsst"])
def test_active_galaxies_come_out_fainter_than_in_the_reference_too(key: str) -> None:
    survey = replace(get_survey(key), selection=Everything())
    lcs = simulate([survey], 240, seed=0, population=Population({"AGN": 1.0}, 20.5))
    flux, detected = lcs.points["flux"], lcs.points["detected"]
    if key == "ztf":  # alert magnitudes lose the sign
        assert (flux >= 0).all()
    else:
        assert 0.02 < (flux[detected] < 0).mean() < 0.8


def test_histories_shorter_than_the_margins_put_events_in_their_middle() -> None:
    cadence = Cadence(
        ("ztfg",), 0.0, np.zeros(1), np.zeros(1), np.array([0, 2]), np.array([0.0, 20.0]),
        np.zeros(2, np.int8), np.full(2, 20, np.float32),
    )  # fmt: skip
    assert (place(5, cadence, np.random.default_rng(0))[1] == 10.0).all()
    early = place(500, cadence, np.random.default_rng(0), (-5.0, -5.0))[1]
    assert -5 <= early.min() < 0 < 20 < early.max() <= 25
