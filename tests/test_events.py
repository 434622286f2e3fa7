"""Events and populations: selection by magnitude, reproducibility, slicing, bounds in time."""

from dataclasses import replace

import numpy as np
import pytest

from lcfm.errors import LcfmError, UnknownNameError
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.population import Population
from lcfm.simulate.propagate import distance_modulus
from lcfm.sources.core_collapse import TYPE_II
from lcfm.sources.salt import young_share
from lcfm.taxonomy import LABEL_SETS, to_set

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
    counts = {label: int((events.label == label).sum()) for label in LABEL_SETS["label8"]}
    assert min(counts.values()) >= 5
    assert sum(counts.values()) == len(events)


def test_a_class_is_divided_among_its_types(events: Events) -> None:
    mine = events.label == "SNIb/c"
    assert set(events.type[mine]) <= {"SNIb", "SNIc", "SNIc-BL"}
    assert (events.type[~mine] == events.label[~mine]).all()
    drawn = draw_events(Population({"SNIb/c": 1}), 600, np.random.default_rng(0))
    shares = Population().fractions("SNIb/c")
    for name, share in shares.items():
        assert (drawn.type == name).mean() == pytest.approx(share, abs=0.06)
    assert shares["SNIb"] > shares["SNIc"] > shares["SNIc-BL"]


def test_label_sets_name_populations() -> None:
    drawn = draw_events(Population.of("label12"), 240, np.random.default_rng(1))
    assert set(drawn.label) == set(LABEL_SETS["label12"])
    assert (drawn.label == drawn.type).all()
    assert [to_set(kind, "label5") for kind in ("SNIc-BL", "SNIIn")] == ["SNIb/c", ""]
    with pytest.raises(UnknownNameError, match="label12"):
        Population.of("label13")


def test_rates_give_the_shares_of_a_magnitude_limited_survey() -> None:
    """Of the Bright Transient Survey's supernovae, 72 % are SNe Ia (Perley et al. 2020)."""
    classes = ("thermonuclear", "core collapse", "SLSN-I", "TDE")
    mix = Population.by_rate(classes, 18.5).mix
    total = sum(mix.values())
    assert 0.6 < mix["thermonuclear"] / total < 0.85
    assert 0.13 < mix["core collapse"] / total < 0.35
    assert 0.002 < mix["SLSN-I"] / total < 0.02
    with pytest.raises(LcfmError, match="AGN has no rate"):
        Population.by_rate(("SNIa", "AGN"))


def test_old_progenitors_are_rarer_far_away() -> None:
    shares = []
    for magnitude, farthest in ((18.0, 0.03), (27.0, 1.5)):  # deep enough for all of them
        population = Population({"SNIa": 1}, magnitude, farthest)
        drawn = draw_events(population, 3000, np.random.default_rng(0))
        z = drawn.truth["redshift"]
        young = drawn.parameters["SNIa"]["young"]
        assert young.mean() == pytest.approx(young_share(z).mean(), abs=0.05)
        shares.append(young.mean())
    assert shares[1] > shares[0] + 0.2


def test_a_source_of_the_users_own_needs_no_shelf() -> None:
    """The same physics under another name, and the first one replaced by a fainter one."""
    faint = replace(TYPE_II, magnitude=-14.0, scatter=0.0, dust_scale=0.0)
    own = {"SNII-faint": replace(faint, label="SNII-faint", types=("SNII",)), "SNII": faint}
    population = Population({"SNII-faint": 1, "SNII": 1, "TDE": 1}, own_sources=own)
    drawn = draw_events(population, 90, np.random.default_rng(3))
    assert set(drawn.label) == {"SNII-faint", "SNII", "TDE"}
    supernova = drawn.type != "TDE"
    np.testing.assert_allclose(drawn.truth["peak_abs_mag"][supernova], -14.0)
    part = drawn[drawn.label == "SNII-faint"]
    assert (part.band_flux(*points(part, np.array([5.0])), BANDS) > 0).any()
    with pytest.raises(LcfmError, match="'SNII' must be an instance"):
        Population(own_sources={"SNII": "templates"})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mix": {"SNIa": float("nan")}}, "weight of 'SNIa'"),
        ({"max_redshift": 9.0}, "max_redshift must lie in"),
        ({"limiting_magnitude": float("inf")}, "limiting_magnitude must be finite"),
        ({"mwebv_median": -0.1}, "mwebv_median must be 0 or more"),
    ],
)
def test_impossible_populations_are_refused(settings: dict, words: str) -> None:
    with pytest.raises(LcfmError, match=words):
        Population(**settings)


def test_events_too_faint_for_any_depth_are_named() -> None:
    with pytest.raises(LcfmError, match=r"no event of 'AGN'.*raise limiting_magnitude"):
        draw_events(Population({"AGN": 1}, -18.0), 2, np.random.default_rng(0))
