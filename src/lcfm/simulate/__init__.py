"""simulate: events of many sources, seen by many telescopes."""

from __future__ import annotations

from lcfm.simulate.many import simulate_many
from lcfm.simulate.run import SimulationReport, simulate, simulate_with_report
from lcfm.simulate.write import simulate_to

__all__ = ["SimulationReport", "simulate", "simulate_many", "simulate_to", "simulate_with_report"]
