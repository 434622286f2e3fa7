"""Population: which classes, how often, how far, behind how much dust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Population:
    """Class mix (weights; equal by default) and the limiting magnitude that bounds redshift."""

    mix: Mapping[str, float] = field(default_factory=dict)
    limiting_magnitude: float = 19.5
