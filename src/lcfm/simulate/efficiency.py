"""Efficiency: what share of a class's events enters a sample, from a pilot with a seed of its own.

The share depends on a class and on who selects, not on the seed or size of a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.one_thread import one_thread
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.observe import observe
from lcfm.simulate.population import Population
from lcfm.surveys.base import Survey

ENOUGH, MOST_DRAWN = 1000, 12_800
"""Selected events that end a pilot (3 %), and draws that end it anyhow."""
_FIRST_DRAWN = 400


class Selecting(Protocol):
    """Who decides which events enter a sample."""

    def rows(self, events: Events, rng: np.random.Generator) -> NDArray[np.int64]:
        """Rows of the events that enter."""


@dataclass(frozen=True)
class OneSurvey:
    """A survey alone: what it detects, triggers on and selects."""

    survey: Survey

    def rows(self, events: Events, rng: np.random.Generator) -> NDArray[np.int64]:
        """Rows of the events that enter."""
        return observe(events, self.survey, rng).event


@one_thread()
def efficiency(population: Population, label: str, selecting: Selecting) -> float:
    """Share of the events of a class that enter a sample, to 3 % where 8 % of them do.

    Parameters
    ----------
    population
        Where events are drawn; its mix does not matter.
    label
        Class.
    selecting
        Who decides.

    Raises
    ------
    LcfmError
        No event of the class reaches the population's limiting magnitude.
    """
    rng = np.random.default_rng(0)
    drawn, selected, batch = 0, 0, _FIRST_DRAWN
    while selected < ENOUGH and drawn < MOST_DRAWN:
        events = draw_events(population, batch, rng, labels=[label] * batch)
        selected += len(selecting.rows(events, rng))
        drawn += batch
        batch = min(2 * batch, MOST_DRAWN - drawn)
    return selected / drawn
