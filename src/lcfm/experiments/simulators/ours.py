"""lcfm on the events of a task: cadence, fluxes, noise, detections, selection and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.experiments.speed_simulate import BANDS, Bench
from lcfm.experiments.speed_task import events_of
from lcfm.simulate.observe import observe
from lcfm.simulate.run import light_curves

EVENTS_AT_ONCE = 1000


class Simulator:
    """The survey of the benchmark, looking at given events."""

    packages = ("lcfm", "numpy", "scipy", "pyarrow")

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        self.task = task
        self.survey = Bench()
        self.run(0, 2, 0)  # fills the caches

    def run(self, first: int, stop: int, seed: int) -> int:
        """Observe events with noise, and make the table."""
        rng = np.random.default_rng(seed)
        points = 0
        for start in range(first, stop, EVENTS_AT_ONCE):
            events = events_of(self.task, start, min(start + EVENTS_AT_ONCE, stop))
            seen = observe(events, self.survey, rng)
            points += light_curves(events, seen, self.survey, prefix=f"{start}-").n_points
        return points

    def fluxes(self) -> NDArray[np.float32]:
        """Noiseless fluxes [nJy]."""
        n, days = int(self.task["n_compared"]), self.task["compared_days"]
        shape = (n, len(BANDS), len(days))
        event, band, day = (index.ravel() for index in np.indices(shape))
        events = events_of(self.task, 0, n)
        return events.band_flux(event, band, days[day], BANDS).reshape(shape)
