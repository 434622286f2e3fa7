"""lcfm from nothing to the sample of a survey: the eight classes as ZTF finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from lcfm.simulate.run import simulate


class Simulator:
    """What ``lcfm simulate --survey ztf`` makes, but for writing it."""

    packages = ("lcfm", "numpy", "scipy", "pyarrow")

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        self.run(0, 400, 0)  # fills the caches

    def run(self, first: int, stop: int, seed: int) -> int:
        """Simulate so many that were selected."""
        return simulate(["ztf"], stop - first, seed=seed).n_points
