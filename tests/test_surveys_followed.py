"""Histories of followed objects: an event takes that of one like it, published as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.simulate import simulate
from lcfm.simulate.events import draw_events
from lcfm.simulate.population import Population
from lcfm.surveys import get_survey
from lcfm.surveys.cadence import Cadence, load_cadence, save_cadence
from lcfm.surveys.followed import Followed, Record
from lcfm.surveys.photometry import AsPublished, Measured
from lcfm.surveys.selection import Compilation, Depth

RNG = np.random.default_rng


def _followed(magnitude: tuple[float, ...], fade: tuple[float, ...]) -> Followed:
    n = len(magnitude)
    return Followed(
        100.0 * np.arange(n), np.array(magnitude), np.array(fade),
        np.full(2 * n, 0.02, np.float32), np.zeros(2 * n, np.uint8),
    )  # fmt: skip


def _cadence(followed: Followed) -> Cadence:
    n = len(followed.day)
    return Cadence(
        ("ztfg", "ztfr"), 58_000.0, np.zeros(n), np.zeros(n), 2 * np.arange(n + 1),
        np.repeat(followed.day, 2) + np.tile([0.0, 1.0], n), np.tile([0, 1], n).astype(np.int8),
        np.full(2 * n, 21.0, np.float32), followed,
    )  # fmt: skip


def test_an_event_takes_the_history_of_an_object_as_bright_and_as_lasting() -> None:
    magnitude = tuple(np.repeat([14.0, 18.0, 18.0], 5))
    followed = _followed(magnitude, tuple(np.repeat([0.0, 0.2, 4.0], 5)))
    wanted = np.full(300, 18.0), np.repeat([0.2, 4.0], 150)
    position, t0 = followed.place(*wanted, RNG(0))
    assert set(position[:150]) == set(range(5, 10))
    assert set(position[150:]) == set(range(10, 15))
    assert abs(np.mean(t0 - followed.day[position])) < 1
    assert 2 < np.std(t0 - followed.day[position]) < 4


def test_a_list_of_one_serves_all() -> None:
    position, _ = _followed((16.0,), (1.0,)).place(np.full(3, 19.0), np.zeros(3), RNG(0))
    assert position.tolist() == [0, 0, 0]


def test_what_is_known_of_objects_survives_the_file(tmp_path: Path) -> None:
    cadence = _cadence(_followed((16.0, 17.0), (1.0, 0.5)))
    save_cadence(cadence, tmp_path / "mine.npz")
    read = load_cadence(str(tmp_path / "mine.npz"), ("ztfr",)).followed
    assert read is not None
    assert len(read.record) == 2  # one visit of each object is in r
    np.testing.assert_allclose(read.fade, [1.0, 0.5])
    np.testing.assert_allclose(read.relative, 0.02)


def test_rows_must_agree_and_nights_are_not_added_up() -> None:
    followed = _followed((16.0, 17.0), (1.0, 0.5))
    with pytest.raises(LcfmError, match="each of 2 positions"):
        followed.check(2, 3)
    with pytest.raises(LcfmError, match="published as they are"):
        _cadence(followed).add_up_nights()


def test_each_telescope_publishes_in_its_way() -> None:
    how = np.array([Record.MAGNITUDES, Record.FAINT_MAGNITUDES, Record.LIMITS, Record.FLUXES,
                    Record.NO_ERRORS], np.uint8)  # fmt: skip
    empty = np.full(5, 10, np.float32)
    faint = Measured(
        np.full(5, 12, np.float32), empty, np.full(5, 9, np.float32), np.zeros(5, bool), how
    )
    published = AsPublished()
    assert published.reaches(faint).tolist() == [False, True, True, True, False]
    flux, error, limit = published.deliver(faint)
    assert flux.tolist() == [12, 12, 0, 12, 12]
    assert limit.tolist() == [False, False, True, True, False]
    assert error[2] == 9
    bright = Measured(
        np.full(5, 100, np.float32), empty, np.full(5, 9, np.float32), np.ones(5, bool), how
    )
    assert published.reaches(bright).all()
    _, error, limit = published.deliver(bright)
    assert not limit.any()
    np.testing.assert_allclose(error, [10, 10, 10, 10, 100 * 0.0921], rtol=1e-3)
    with pytest.raises(LcfmError, match="choose Alerts, Forced or DetectionsOnly"):
        published.reaches(Measured(empty, empty, empty, np.ones(5, bool)))


def test_a_compilation_holds_near_samples_and_deep_ones() -> None:
    limits = (Depth(17.0, 0.01), Depth(20.0))
    assert Compilation(limits).faintest == 20.0
    events = draw_events(Population({"SNIa": 1.0}, limits=limits), 2000, RNG(0))
    near = events.truth["redshift"] <= 0.01
    assert 0.45 < near.mean() < 0.6
    assert events.apparent_magnitude[near].max() < 17.0
    assert events.apparent_magnitude.max() < 20.0
    # Neither the order nor a row of the parameters is mixed up.
    assert 0.4 < near[:1000].mean() < 0.6
    peak = events.parameters["SNIa"]["peak_abs_mag"]
    np.testing.assert_array_equal(events.truth["peak_abs_mag"], peak)


def test_the_literature_has_what_its_cut_left() -> None:
    survey = get_survey("osc")
    found = simulate([survey], n=200, seed=3)
    assert (found.lengths >= survey.minimum_points).all()
    flux, limit = found.points["flux"], found.points["limit"]
    assert (found.points["detected"] & ~limit).sum() > 0.6 * len(flux)
    assert limit.any()
    assert len(found.bands) > 20
