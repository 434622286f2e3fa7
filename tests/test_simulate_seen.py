"""Luminosities of a magnitude-limited sample: each as common as the volume in which it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lcfm import sources
from lcfm.errors import LcfmError
from lcfm.simulate.population import Population
from lcfm.simulate.seen import MilkyWay, Sight, seen
from lcfm.sources.tde import TidalDisruption

CLEAR = {"mwebv_median": 0.0, "mwebv_sigma": 0.0, "mwebv_max": 0.0}


@dataclass
class Bell(TidalDisruption):
    """Magnitudes around -18 without dust; a data class without a hash, as users may write one."""

    label = "bell"
    scatter: float = 0.8

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        return {**super().draw(n, rng), "peak_abs_mag": rng.normal(-18.0, self.scatter, n)}


def test_luminosities_near_by_are_weighted_by_euclidean_volume() -> None:
    """A Gaussian of scatter s, times 10^(-0.6 M), is one that is 0.6 ln(10) s² brighter."""
    source = Bell()
    population = Population({"bell": 1}, 13.0, own_sources={"bell": source}, **CLEAR)
    drawn, redshift, _ = population.draw_type("bell", 6000, np.random.default_rng(2))
    magnitude = drawn["peak_abs_mag"]
    mean = -18.0 - 0.6 * np.log(10) * source.scatter**2
    assert magnitude.mean() == pytest.approx(mean, abs=0.05)
    assert magnitude.std() == pytest.approx(source.scatter, abs=0.04)
    for sigmas, share in ((1.0, 0.1587), (2.0, 0.0228)):
        beyond = (magnitude < mean - sigmas * source.scatter).mean()
        assert beyond == pytest.approx(share, abs=4 * np.sqrt(share / 6000))
    # how far out in its own reach an event lies does not depend on its luminosity
    filled = redshift * 10 ** (0.2 * magnitude)
    assert np.corrcoef(filled, magnitude)[0, 1] == pytest.approx(0.0, abs=0.05)
    assert len(np.unique(magnitude)) > 0.95 * len(magnitude)


@pytest.mark.parametrize(("name", "limit"), [("AGN", 20.5), ("TDE", 20.5), ("SNIa", 18.5)])
def test_the_luminous_end_of_a_source_is_drawn_in_full(name: str, limit: float) -> None:
    source, rng = sources.get(name), np.random.default_rng(7)
    magnitude = source.draw(60_000, rng)["peak_abs_mag"]
    weight = Sight(name, limit, 3.0).volume(magnitude, np.zeros(len(magnitude)))
    drawn = Population({name: 1}, limit, **CLEAR).draw_type(name, 1500, rng)[0]["peak_abs_mag"]
    luminous = np.quantile(magnitude, 0.02)
    assert (drawn < luminous).mean() == pytest.approx(
        weight[magnitude < luminous].sum() / weight.sum(), abs=0.05
    )


def test_few_draws_are_taken_twice() -> None:
    volume = seen(sources.get("KN"), Sight("KN", 20.5, 3.0), MilkyWay(0.04, 0.85, 0.5))
    assert volume.mean < volume.most < 3 * volume.mean


def test_a_source_that_is_never_seen_is_named_at_once() -> None:
    with pytest.raises(LcfmError, match=r"no event of 'bell' reaches magnitude 1; raise limit"):
        Population({"bell": 1}, 1.0, own_sources={"bell": Bell()}).draw_type(
            "bell", 1, np.random.default_rng(0)
        )


def test_milky_way_dust_is_that_of_labelled_events() -> None:
    """Training objects of ZTF: median 0.038, scatter 0.83 in ln, 5 to 95 % from 0.011 to 0.178."""
    dust = Population().draw_mwebv(50_000, np.random.default_rng(0))
    assert np.median(dust) == pytest.approx(0.038, abs=0.004)
    assert np.log(dust).std() == pytest.approx(0.83, abs=0.04)
    np.testing.assert_allclose(np.quantile(dust, [0.05, 0.95]), [0.011, 0.178], rtol=0.15)
