"""Detection: which measurements a pipeline reports, and when they make an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.expect import expect

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Detection(Protocol):
    """Which measurements the survey's pipeline reports as detections."""

    def detect(self, signal_to_noise: Float32Array, rng: np.random.Generator) -> BoolArray:
        """Decide from |flux| over the 1-sigma error of an empty position, shape (n_points,)."""


@dataclass(frozen=True)
class SharpThreshold:
    """All above `threshold`, none below.

    Raises
    ------
    LcfmError
        The threshold is negative or no number.
    """

    kind: ClassVar[str] = "sharp"
    threshold: float = 5.0

    def __post_init__(self) -> None:
        expect(self, "threshold", 0 <= self.threshold < np.inf, "a signal-to-noise of 0 or more")

    def detect(self, signal_to_noise: Float32Array, rng: np.random.Generator) -> BoolArray:
        """Compare with the threshold."""
        return np.asarray(signal_to_noise >= np.float32(self.threshold))


@dataclass(frozen=True)
class SoftThreshold:
    """Efficiency that rises with signal-to-noise s as ``(1 - missed) / (1 + (half / s)**slope)``.

    Parameters
    ----------
    half, slope
        Where half of the measurements are detected, and how steeply the share rises there.
    minimum
        Nothing below is detected.
    missed
        Share that is missed however bright: bad subtractions, artefacts taken for real.

    Raises
    ------
    LcfmError
        The curve is none that rises from 0 to at most 1.
    """

    kind: ClassVar[str] = "soft"
    half: float = 4.0
    slope: float = 4.0
    minimum: float = 2.5
    missed: float = 0.0

    def __post_init__(self) -> None:
        expect(self, "half", 0 < self.half < np.inf, "a signal-to-noise above 0")
        expect(self, "slope", 0 < self.slope < np.inf, "above 0")
        expect(self, "minimum", 0 <= self.minimum < np.inf, "a signal-to-noise of 0 or more")
        expect(self, "missed", 0 <= self.missed < 1, "a share of at least 0 and below 1")

    def detect(self, signal_to_noise: Float32Array, rng: np.random.Generator) -> BoolArray:
        """Draw detections."""
        out = np.zeros(len(signal_to_noise), dtype=bool)
        rows = np.flatnonzero(signal_to_noise >= np.float32(self.minimum))
        ratio = np.float32(self.half) / signal_to_noise[rows]
        chance = np.float32(1 - self.missed) / (1 + ratio ** np.float32(self.slope))
        out[rows] = rng.random(len(rows), dtype=np.float32) < chance
        return out


@dataclass(frozen=True)
class Trigger:
    """An object exists once `detections` of them fall within `days`; then someone must care.

    Where a survey takes `Everything`, nobody chooses, and only `detections` and `days` matter.

    Who hunts for young objects takes spectra of what rises: an object that was found on the day of
    its brightest detection is taken with the chance `found_late`, one that was found `rise` days
    before with 1, in between linearly.

    Parameters
    ----------
    detections, days
        Detections that make an object, and within how many days.
    found_late
        Chance of an object that was brightest when it was found; 1 where nobody chooses.
    rise
        Days from the first to the brightest detection of what is surely taken.

    Raises
    ------
    LcfmError
        Nothing could trigger, or a chance is none.
    """

    detections: int = 2
    days: float = 30.0
    found_late: float = 1.0
    rise: float = 8.0

    def __post_init__(self) -> None:
        expect(self, "detections", self.detections >= 1, "1 or more")
        expect(self, "days", self.days >= 0, "0 or more")
        expect(self, "found_late", 0 <= self.found_late <= 1, "a chance from 0 to 1")
        expect(self, "rise", 0 < self.rise < np.inf, "above 0 days")

    def fires(self, n: int, owner: IntArray, day: Float32Array) -> BoolArray:
        """Objects that trigger, shape (n,), from the owner and day of the detections, in order."""
        out = np.zeros(n, dtype=bool)
        span = self.detections - 1
        if span == 0:
            out[owner] = True
        elif len(owner) > span:
            close = (owner[span:] == owner[:-span]) & (day[span:] - day[:-span] <= self.days)
            out[owner[span:][close]] = True
        return out

    def taken(self, rise: FloatArray) -> FloatArray:
        """Chance that somebody cares, from the days between first and brightest detection, (n,)."""
        late = self.found_late
        return np.asarray(late + (1 - late) * np.clip(rise / self.rise, 0.0, 1.0))
