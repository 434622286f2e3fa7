"""Splits by the hash of the event's name, so that one event is on one side only.

The same event seen by two telescopes, in two sectors or with a spectrum has one `event_id`, hence
one side, on every machine and in every release (design: protocols).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TEST_BELOW = 25
"""Events whose split number lies below this are test events."""


def split_number(event_ids: Iterable[str]) -> NDArray[np.int64]:
    """First 8 hex digits of the sha256 of each event's name, modulo 100."""
    return np.array(
        [int(hashlib.sha256(str(e).encode()).hexdigest()[:8], 16) % 100 for e in event_ids],
        dtype=np.int64,
    )


def is_test(event_ids: Iterable[str]) -> NDArray[np.bool_]:
    """True for events of the test part (25 % of all)."""
    return split_number(event_ids) < TEST_BELOW


def is_validation(event_ids: Iterable[str], *, percent: int = 20) -> NDArray[np.bool_]:
    """True for `percent` % of events, independent of :func:`is_test`.

    Another digest of the same name: a training table is cut alike wherever it is read.
    """
    return split_number(f"validation:{e}" for e in event_ids) < percent


_SIMULATED = re.compile(r"(sim-.+-\d+-)\d+$")


@dataclass(frozen=True)
class EventSet:
    """Which events a model has seen, small enough to travel with its weights.

    Simulated events carry their survey and seed in their name (``sim-ztf-7-12``), so that the part
    before the index stands for all of them; real events are kept as digests.
    """

    simulations: frozenset[str]
    digests: frozenset[str]

    @classmethod
    def of(cls, event_ids: Iterable[str]) -> EventSet:
        """Events of these names."""
        simulations, digests = set(), set()
        for event in event_ids:
            match = _SIMULATED.match(event)
            if match:
                simulations.add(match.group(1))
            else:
                digests.add(_digest(event))
        return cls(frozenset(simulations), frozenset(digests))

    def __or__(self, other: EventSet) -> EventSet:
        return EventSet(self.simulations | other.simulations, self.digests | other.digests)

    def contains(self, event_ids: Iterable[str]) -> NDArray[np.bool_]:
        """True for events that are in the set."""
        return np.array([self._has(e) for e in event_ids], dtype=bool)

    def _has(self, event: str) -> bool:
        match = _SIMULATED.match(event)
        return match.group(1) in self.simulations if match else _digest(event) in self.digests

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, sorted."""
        return {"simulations": sorted(self.simulations), "digests": sorted(self.digests)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EventSet:
        """Rebuild from :meth:`to_dict`."""
        return cls(frozenset(values["simulations"]), frozenset(values["digests"]))


def _digest(event: str) -> str:
    return hashlib.sha256(event.encode()).hexdigest()[:16]
