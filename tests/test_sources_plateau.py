"""The end of the plateau: most SNe II fall once, at the day and by the depth drawn."""

from dataclasses import replace

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.simulate.propagate import Foreground, class_band_flux, explicit_band_flux
from lcfm.sources.base import Parameters
from lcfm.sources.core_collapse import TYPE_IB, TYPE_II
from lcfm.sources.plateau import PlateauEnd, drop
from lcfm.sources.templates import TemplateSource

DAYS = np.arange(0.0, 176.0)


def magnitudes(source: TemplateSource, parameters: Parameters) -> np.ndarray:
    """Nearby, in ztfr, shape (n, len(DAYS))."""
    n = len(parameters["template"])
    owner, code = np.repeat(np.arange(n), len(DAYS)), np.zeros(n * len(DAYS), dtype=np.int64)
    near = Foreground(np.full(n, 1e-3), np.zeros(n))
    flux = class_band_flux(source, parameters, near, owner, code, np.tile(DAYS, n), ("ztfr",))
    return -2.5 * np.log10(flux.reshape(n, -1))


def steepest(magnitude: np.ndarray) -> np.ndarray:
    """Largest fading [mag] within any 30 days."""
    return (magnitude[:, 30:] - magnitude[:, :-30]).max(axis=1)


def test_most_type_ii_fall_from_the_plateau() -> None:
    drawn = TYPE_II.draw(300, np.random.default_rng(0))
    share = (steepest(magnitudes(TYPE_II, drawn)) > 1).mean()
    endless = (steepest(magnitudes(replace(TYPE_II, plateau_end=None), drawn)) > 1).mean()
    assert share > 0.9
    assert endless < 0.35
    assert np.median(drawn["plateau_end"]) == pytest.approx(PlateauEnd().day, abs=5)


def test_a_template_that_fell_does_not_fall_again() -> None:
    library = TYPE_II.template_library
    drawn = TYPE_II.draw(200, np.random.default_rng(1)) | {"share": np.zeros(200)}
    still = library.on_plateau[drawn["template"]]
    assert 0 < still.mean() < 1
    endless = magnitudes(replace(TYPE_II, plateau_end=None), drawn)
    fallen = magnitudes(TYPE_II, drawn)[:, -1] - endless[:, -1]
    np.testing.assert_allclose(fallen[~still], 0.0, atol=1e-4)
    assert fallen[still].min() > 0.5


def test_drops_lie_within_their_bounds() -> None:
    drawn = PlateauEnd().draw(2000, np.random.default_rng(2))
    assert 75 <= drawn["plateau_end"].min() < drawn["plateau_end"].max() <= 180
    assert 1.0 <= drawn["drop_depth"].min() < drawn["drop_depth"].max() <= 2.6


def test_drop_has_its_depth_and_half_of_it_at_its_day() -> None:
    drawn = {"plateau_end": np.array([100.0]), "drop_depth": np.array([2.0]),
             "drop_width": np.array([5.0])}  # fmt: skip
    age = np.array([-20.0, 60.0, 100.0, 200.0, 2000.0])
    fallen = -2.5 * np.log10(drop(drawn, np.zeros(5, dtype=np.int64), age))
    np.testing.assert_allclose(fallen, [0.0, 0.0, 1.0, 2.0, 2.0], atol=1e-6)


def test_tail_is_that_of_cobalt() -> None:
    drawn = TYPE_II.draw(50, np.random.default_rng(3)) | {"share": np.zeros(50)}
    drawn |= {"plateau_end": np.full(50, 80.0), "drop_width": np.full(50, 3.0)}
    drawn |= {"decline_stretch": np.ones(50)}
    tail = magnitudes(TYPE_II, drawn)[:, 150:176]
    slope = (tail[:, -1] - tail[:, 0]) * 1.001 / 25
    assert np.median(slope) == pytest.approx(TYPE_II.late_decline, rel=0.01)


def test_fast_flux_equals_explicit_integration_in_the_drop() -> None:
    drawn = TYPE_II.draw(4, np.random.default_rng(4))
    near = Foreground(np.full(4, 0.02), np.zeros(4))
    owner, day = np.repeat(np.arange(4), 3), np.tile([80.0, 100.0, 150.0], 4)
    fast = class_band_flux(
        TYPE_II, drawn, near, owner, np.zeros(12, dtype=np.int64), day, ("ztfr",)
    )
    slow = [
        explicit_band_flux(TYPE_II, drawn, near, event, float(t), "ztfr")
        for event, t in zip(owner, day, strict=True)
    ]
    np.testing.assert_allclose(fast, slow, rtol=5e-3)


def test_types_without_a_plateau_draw_no_end() -> None:
    assert "plateau_end" not in TYPE_IB.draw(2, np.random.default_rng(5))


@pytest.mark.parametrize("wrong", [{"scatter": -1.0}, {"width": 0.0}, {"depth_scatter": np.nan}])
def test_impossible_ends_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(LcfmError, match=f"PlateauEnd: {next(iter(wrong))} must be"):
        PlateauEnd(**wrong)
