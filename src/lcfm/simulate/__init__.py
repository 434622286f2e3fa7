"""simulate: events of many sources, seen by many telescopes."""

from __future__ import annotations

from lcfm.simulate.many import simulate_many
from lcfm.simulate.run import (
    Chunk,
    SimulationReport,
    make_chunk,
    plan,
    simulate,
    simulate_with_report,
)
from lcfm.simulate.write import simulate_many_to, simulate_to

__all__ = [
    "Chunk",
    "SimulationReport",
    "make_chunk",
    "plan",
    "simulate",
    "simulate_many",
    "simulate_many_to",
    "simulate_to",
    "simulate_with_report",
]
