"""lcfm: the same events through ZTF and LSST, with a spectrum of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from lcfm.simulate.many import simulate_many
from lcfm.simulate.require import AnySurvey

SURVEYS = ("ztf", "lsst")


class Simulator:
    """Events that at least one of the surveys selects."""

    packages = ("lcfm", "numpy", "scipy", "pyarrow")

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        self.run(0, 50, 0)  # fills the caches

    def run(self, first: int, stop: int, seed: int) -> int:
        """Simulate so many that were selected; return the points of their light curves."""
        made = simulate_many(
            SURVEYS, stop - first, seed=seed, spectrograph="sedm", require=AnySurvey()
        )
        return made.light_curves.n_points
