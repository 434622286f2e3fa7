"""lcfm from nothing to the sample of a survey: SNe Ia with SALT3 and dust as ZTF finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from lcfm.simulate.population import Population
from lcfm.simulate.run import simulate


class Simulator:
    """Population, cadence, noise, detection, trigger, spectroscopic selection and table."""

    packages = ("lcfm", "numpy", "scipy", "pyarrow")

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        self.population = Population({"SNIa": 1.0})
        self.run(0, 20, 0)  # fills the caches

    def run(self, first: int, stop: int, seed: int) -> int:
        """Simulate so many that were selected."""
        made = simulate(["ztf"], stop - first, seed=seed, population=self.population)
        return made.n_points
