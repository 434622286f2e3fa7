"""Every survey on the shelf keeps the contract; each step of the telescope does what it says."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from lcfm import bands, config
from lcfm.errors import LcfmError, UnknownNameError
from lcfm.surveys import SURVEYS, get_survey
from lcfm.surveys.base import Survey
from lcfm.surveys.cadence import Cadence
from lcfm.surveys.detection import SoftThreshold, Trigger
from lcfm.surveys.noise import DifferenceNoise, ReferenceDepthNoise
from lcfm.surveys.photometry import Alerts, Forced, Measured
from lcfm.surveys.selection import Everything, SpectroscopicSelection


@pytest.fixture(params=sorted(SURVEYS))
def survey(request: pytest.FixtureRequest) -> Survey:
    return get_survey(request.param)


def test_bands_are_known_and_ordered_by_wavelength(survey: Survey) -> None:
    assert set(survey.bands) <= set(bands.names())
    assert (np.diff(bands.mean_wavelengths(survey.bands)) > 0).all()


def test_noise_grows_as_depth_falls(survey: Survey) -> None:
    depth_flux = np.array([300.0, 1000.0, 30000.0], dtype=np.float32)
    for flux in (-50.0, 0.0, 1e3, 1e6):
        sigma = survey.noise.sigma(np.full(3, flux, dtype=np.float32), depth_flux)
        assert (np.diff(sigma) > 0).all()


def test_noise_grows_with_flux_and_keeps_float32(survey: Survey) -> None:
    flux = np.array([0.0, 1e4, 1e6], dtype=np.float32)
    sigma = survey.noise.sigma(flux, np.full(3, 1e3, dtype=np.float32))
    assert sigma.dtype == np.float32
    assert (np.diff(sigma) > 0).all()


def test_cadence_is_sorted_plausible_and_has_every_band(survey: Survey) -> None:
    cadence = survey.cadence
    assert cadence.bands == survey.bands
    assert set(np.unique(cadence.band)) == set(range(len(survey.bands)))
    for i in range(0, len(cadence), 50):
        history = cadence.day[cadence.offsets[i] : cadence.offsets[i + 1]]
        assert (np.diff(history) >= 0).all()
    assert 10 < cadence.depth.min() < cadence.depth.max() < 28
    assert np.median(cadence.depth) > 16
    assert np.median(cadence.last_day - cadence.first_day) > (90 if cadence.followed else 170)


def test_settings_survive_a_dictionary(survey: Survey) -> None:
    assert config.from_dict(type(survey), config.to_dict(survey)) == survey


def test_selection_and_window_make_sense(survey: Survey) -> None:
    chance = survey.selection.probability(np.linspace(10, 30, 50), np.full(50, "SNII"))
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (np.diff(chance) <= 0).all()
    assert survey.window[0] < 0 < survey.window[1]
    assert 15 < survey.faintest_peak < 28


def test_unknown_survey_lists_the_known() -> None:
    with pytest.raises(UnknownNameError, match="des, lsst, lsst-2026"):
        get_survey("nosuch")


def test_the_page_on_surveys_names_each_of_them() -> None:
    page = Path(__file__).parent.parent / "docs" / "adding" / "survey.md"
    table = page.read_text().partition("on the shelf:")[2].partition("A survey is")[0]
    assert {name for name in SURVEYS if f"`{name}`" not in table} == set()


def test_data_files_stay_small() -> None:
    folder = resources.files("lcfm") / "data" / "cadence"
    assert all(len(f.read_bytes()) < 3e6 for f in folder.iterdir())


def test_selection_falls_from_complete_to_faint() -> None:
    selection = SpectroscopicSelection(18.0, 20.0, 1.0, {"TDE": 1.0})
    magnitude = np.array([17.0, 18, 19, 20, 21])
    chance = selection.probability(magnitude, np.full(5, "SNIa"))
    np.testing.assert_allclose(chance, [1, 1, 0.5, 0, 0])
    deeper = selection.probability(magnitude, np.full(5, "TDE"))
    np.testing.assert_allclose(deeper, [1, 1, 1, 0.5, 0])


def test_reference_depth_noise_is_a_fifth_at_the_depth() -> None:
    flux = np.array([1000.0], dtype=np.float32)
    sigma = ReferenceDepthNoise(floor=0.0).sigma(flux, flux)
    np.testing.assert_allclose(flux / sigma, 5.0, rtol=1e-5)


def test_difference_noise_terms() -> None:
    noise = DifferenceNoise(sky=1.0, source=4.0, floor=0.1)
    sigma = noise.sigma(np.array([100.0], np.float32), np.array([50.0], np.float32))
    np.testing.assert_allclose(sigma, np.sqrt(10.0**2 + 400.0 + 10.0**2), rtol=1e-6)


def test_trigger_needs_detections_close_in_time() -> None:
    owner = np.array([0, 0, 1, 1, 2, 4, 4, 4])
    day = np.array([0.0, 31, 0, 30, 5, 0, 1, 2], dtype=np.float32)
    fires = Trigger(2, 30.0).fires(5, owner, day)
    assert fires.tolist() == [False, True, False, False, True]
    assert Trigger(1, 30.0).fires(5, owner, day).tolist() == [True, True, True, False, True]
    assert Trigger(3, 30.0).fires(5, owner, day).tolist() == [False] * 4 + [True]


def test_what_was_found_late_is_taken_less_often() -> None:
    rise = np.array([0.0, 4.0, 20.0])
    np.testing.assert_array_equal(Trigger().taken(rise), 1.0)
    np.testing.assert_allclose(Trigger(found_late=0.3, rise=8.0).taken(rise), [0.3, 0.65, 1.0])


def _measured() -> Measured:
    flux = np.array([3, -90, 80], dtype=np.float32)
    error, sky = np.full(3, 2, np.float32), np.full(3, 7, np.float32)
    return Measured(flux, error, sky, np.array([False, True, True]))


def test_alerts_carry_fluxes_of_detections_and_limits_elsewhere() -> None:
    flux, error, limit = Alerts(error_inflation=1.5).deliver(_measured())
    assert limit.tolist() == [True, False, False]
    assert flux.tolist() == [0, 90, 80]  # the sign of the difference is lost
    assert error.tolist() == [7, 3, 3]


def test_forced_photometry_keeps_signs_and_has_no_limits() -> None:
    flux, error, limit = Forced().deliver(_measured())
    assert flux.tolist() == [3, -90, 80]
    assert (error == 2).all()
    assert not limit.any()


def _cadence() -> Cadence:
    return Cadence(
        ("ztfg", "ztfr"), 50000.0, np.zeros(2), np.zeros(2), np.array([0, 3, 5]),
        np.array([0.0, 1, 2, 0, 10]), np.array([0, 1, 0, 1, 1], np.int8),
        np.full(5, 20, np.float32),
    )  # fmt: skip


def test_visits_between_stay_inside_their_position() -> None:
    start, count = _cadence().visits_between(
        np.array([0, 1, 0, 1]), np.array([0.5, -1e9, 5.0, 0.0]), np.array([9e9, 9e9, 6.0, 0.0])
    )
    assert start.tolist()[:2] == [1, 3]
    assert count.tolist() == [2, 2, 0, 1]


def test_select_bands_renumbers_and_drops_empty_positions() -> None:
    one = _cadence().select_bands(("ztfg",))
    assert (len(one), one.day.tolist(), one.band.tolist()) == (1, [0.0, 2.0], [0, 0])
    with pytest.raises(LcfmError, match="ztfi"):
        _cadence().select_bands(("ztfi",))


def test_cadence_refuses_unsorted_days() -> None:
    with pytest.raises(LcfmError, match="ascend"):
        Cadence(
            ("ztfg",), 0.0, np.zeros(1), np.zeros(1), np.array([0, 2]), np.array([1.0, 0.0]),
            np.zeros(2, np.int8), np.zeros(2, np.float32),
        )  # fmt: skip


def test_everything_takes_all() -> None:
    assert (Everything().probability(np.array([10.0, 40.0]), np.array(["SNIa", "TDE"])) == 1).all()


def test_soft_threshold_follows_its_curve() -> None:
    soft = SoftThreshold(half=4.0, slope=4.0, minimum=2.5, missed=0.1)
    rng = np.random.default_rng(0)
    for snr, share in [(2.0, 0.0), (4.0, 0.45), (8.0, 0.9 / (1 + 1 / 16)), (1e4, 0.9)]:
        found = soft.detect(np.full(40_000, snr, np.float32), rng).mean()
        assert abs(found - share) < 0.01
