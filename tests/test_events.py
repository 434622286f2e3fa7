"""Events and populations: selection by magnitude, reproducibility, slicing, bounds in time."""

import numpy as np
import pytest

from lcfm import sources
from lcfm.errors import LcfmError
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.population import Population
from lcfm.simulate.propagate import distance_modulus

BANDS = ("ztfg", "ztfr")


def points(events: Events, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    owner, code, day = (a.ravel() for a in np.indices((len(events), 2, len(days))))
    return owner, code, days[day]


@pytest.fixture(scope="module")
def events() -> Events:
    return draw_events(Population(), 120, np.random.default_rng(5))


def test_same_seed_draws_the_same_events(events: Events) -> None:
    again = draw_events(Population(), 120, np.random.default_rng(5))
    assert (again.label == events.label).all()
    for name, values in events.truth.items():
        np.testing.assert_array_equal(values, again.truth[name])


def test_peaks_reach_the_limiting_magnitude(events: Events) -> None:
    truth = events.truth
    faded = truth["peak_abs_mag"] + 2.7 * truth["mwebv"]
    apparent = faded + distance_modulus(truth["redshift"]) - 2.5 * np.log10(1 + truth["redshift"])
    assert apparent.max() < 19.31
    assert (truth["redshift"] > 0).all()


def test_a_deeper_survey_sees_farther() -> None:
    labels = ["SNIa"] * 200
    near, far = (
        draw_events(
            Population(limiting_magnitude=m), 200, np.random.default_rng(0), labels=labels
        ).truth["redshift"]
        for m in (18.5, 23.0)
    )
    assert np.median(far) > 3 * np.median(near)


def test_redshifts_near_by_follow_the_volume() -> None:
    """Far inside the reach of every event, counts go as z³."""
    population = Population(limiting_magnitude=24.0, max_redshift=0.02)
    drawn = draw_events(population, 4000, np.random.default_rng(1), labels=["SNIa"] * 4000)
    inner = (drawn.truth["redshift"] < 0.01).mean()
    assert inner == pytest.approx(1 / 8, abs=0.02)


def test_rows_give_the_flux_of_the_whole(events: Events) -> None:
    days = np.linspace(-30.0, 60.0, 7)
    whole = events.band_flux(*points(events, days), BANDS).reshape(len(events), -1)
    rows = np.array([100, 3, 57, 3])
    part = events[rows]
    assert (part.label == events.label[rows]).all()
    flux = part.band_flux(*points(part, days), BANDS).reshape(len(rows), -1)
    np.testing.assert_allclose(flux, whole[rows], rtol=2e-4, atol=1e-2)
    assert len(events[events.label == "SNIa"]) == (events.label == "SNIa").sum()


def test_flux_is_zero_outside_the_days_stated(events: Events) -> None:
    n = len(events)
    owner = np.repeat(np.arange(n), 2)
    day = np.stack([events.first_day - 0.5, events.last_day + 0.5], axis=1).ravel()
    flux = events.band_flux(owner, np.zeros(2 * n, dtype=int), day, BANDS)
    assert (flux == 0).all()
    peak = events.band_flux(np.arange(n), np.ones(n, dtype=int), np.zeros(n), BANDS)
    assert (peak > 0).all()


def test_only_agn_fluxes_are_negative(events: Events) -> None:
    owner, code, day = points(events, np.linspace(-400.0, 400.0, 81))
    flux = events.band_flux(owner, code, day, BANDS)
    assert set(events.label[owner[flux < 0]]) == {"AGN"}


def test_points_without_events_are_no_trouble(events: Events) -> None:
    none = np.zeros(0, dtype=int)
    assert events.band_flux(none, none, np.zeros(0), BANDS).shape == (0,)


def test_users_mistakes_are_named() -> None:
    with pytest.raises(LcfmError, match="SNIq"):
        Population(mix={"SNIq": 1.0})
    with pytest.raises(LcfmError, match="weight above 0"):
        Population(mix={"SNIa": 0.0})
    with pytest.raises(LcfmError, match="one per event"):
        draw_events(Population(), 3, np.random.default_rng(0), labels=["SNIa"])


def test_every_class_is_drawn_alike_by_default(events: Events) -> None:
    counts = {label: int((events.label == label).sum()) for label in sources.SOURCES}
    assert min(counts.values()) >= 5
