"""lcfm: a noisy spectrum of each event with the SEDM, equally many of every type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.simulate.events import draw_events
from lcfm.simulate.population import Population
from lcfm.simulate.spectra import take_spectra
from lcfm.sources import SOURCES
from lcfm.surveys.spectrograph import SEDM

EVENTS_AT_ONCE = 2000


class Simulator:
    """Drawing of the events is counted, too."""

    packages = ("lcfm", "numpy", "scipy", "pyarrow")

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        self.labels = sorted(SOURCES)
        self.run(0, 2 * len(self.labels), 0)  # fills the caches

    def run(self, first: int, stop: int, seed: int) -> int:
        """Draw events and take a spectrum of each; return the number of pixels."""
        rng = np.random.default_rng(seed)
        pixels = 0
        for start in range(first, stop, EVENTS_AT_ONCE):
            n = min(EVENTS_AT_ONCE, stop - start)
            labels = (self.labels * (n // len(self.labels) + 1))[:n]
            events = draw_events(Population(), n, rng, labels=labels)
            pixels += take_spectra(events, SEDM, rng).exposures.flux.size
        return pixels
