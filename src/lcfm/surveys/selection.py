"""Selection: which detected objects enter the sample that users learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Selection(Protocol):
    """Which detected objects enter a sample, by their observed peak."""

    @property
    def faintest(self) -> float | None:
        """Peak magnitude beyond which nothing enters; None if the survey's depth decides."""

    def probability(self, peak_magnitude: FloatArray) -> FloatArray:
        """Chance of entering the sample, shape (n,)."""


@dataclass(frozen=True)
class Everything:
    """All that trigger."""

    kind: ClassVar[str] = "everything"
    faintest: ClassVar[float | None] = None

    def probability(self, peak_magnitude: FloatArray) -> FloatArray:
        """One."""
        return np.ones(len(peak_magnitude))


@dataclass(frozen=True)
class SpectroscopicSelection:
    """A magnitude-limited spectroscopic sample: certain to `complete`, none beyond `faint`.

    In between the chance falls as ``(1 - x)**steepness`` with x from 0 to 1: telescopes on the
    ground spend most of their time at the bright end.
    """

    kind: ClassVar[str] = "spectroscopic"
    complete: float = 18.5
    faint: float = 20.5
    steepness: float = 2.0

    @property
    def faintest(self) -> float | None:
        """Peak magnitude beyond which nothing enters."""
        return self.faint

    def probability(self, peak_magnitude: FloatArray) -> FloatArray:
        """Chance of a classification, shape (n,)."""
        x = np.clip((peak_magnitude - self.complete) / (self.faint - self.complete), 0.0, 1.0)
        return np.asarray((1.0 - x) ** self.steepness)
