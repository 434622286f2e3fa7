"""Sources of a user's own are tried before a run, and what is amiss is said with their name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lcfm import sources
from lcfm.errors import LcfmError
from lcfm.simulate import simulate
from lcfm.simulate.population import Population
from lcfm.sources.kilonova import Kilonova
from lcfm.sources.trial import try_source


@pytest.mark.parametrize("name", sorted(sources.SOURCES))
def test_ours_pass(name: str) -> None:
    try_source(name, sources.get(name))


class Mine(Kilonova):
    """A kilonova with one method that returns something else."""

    def __init__(self, method: str, change: Any) -> None:
        super().__init__()
        whole = getattr(self, method)
        setattr(self, method, lambda *given: change(whole(*given)))


@pytest.mark.parametrize(
    ("method", "change", "text"),
    [
        ("draw", lambda drawn: None, "draw must return a dict of arrays, got NoneType"),
        ("draw", lambda drawn: {}, "draw must give 'peak_abs_mag', .*, got only an empty dict"),
        (
            "draw",
            lambda drawn: {k: v for k, v in drawn.items() if k != "peak_abs_mag"},
            "draw must give 'peak_abs_mag'",
        ),
        (
            "draw",
            lambda drawn: drawn | {"tilt": np.zeros(1)},
            r"must give an array of 3 rows for 'tilt', got an array of shape \(1,\)",
        ),
        ("draw", lambda drawn: drawn | {"tilt": 0.0}, "of 3 rows for 'tilt', got float"),
        ("phase_range", lambda ends: (-5.0, 20.0), "phase_range must .* got a tuple of float"),
        ("phase_range", lambda ends: ends[0], "phase_range must return two arrays"),
        ("colour", lambda colour: colour[:1], "colour must return an array of shape"),
        ("paths", lambda paths: paths[0], r"paths must .* got an array of shape \(3,\)"),
    ],
)
def test_what_is_amiss_is_said_before_the_run(method: str, change: Any, text: str) -> None:
    population = Population({"mine": 1.0}, own_sources={"mine": Mine(method, change)})
    with pytest.raises(LcfmError, match=f"source 'mine': .*{text}"):
        simulate(["ztf"], 2, seed=0, population=population)
