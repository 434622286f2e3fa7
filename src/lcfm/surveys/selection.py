"""Selection: which detected objects enter the sample that users learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.expect import expect

FloatArray = NDArray[np.float64]
TypeArray = NDArray[Any]

_SHIFTS = "finite magnitudes by type"


@dataclass(frozen=True)
class Depth:
    """How far a sample reaches: a peak magnitude and, in a list of galaxies, a redshift.

    Raises
    ------
    LcfmError
        The magnitude is not finite or the redshift not above 0.
    """

    limiting_magnitude: float
    max_redshift: float = 10.0

    def __post_init__(self) -> None:
        finite = bool(np.isfinite(self.limiting_magnitude))
        expect(self, "limiting_magnitude", finite, "a finite AB magnitude")
        expect(self, "max_redshift", self.max_redshift > 0, "above 0")


class Selection(Protocol):
    """Which detected objects enter a sample, by their observed peak."""

    @property
    def faintest(self) -> float | None:
        """Peak magnitude beyond which nothing enters; None if the survey's depth decides."""

    @property
    def deeper(self) -> Mapping[str, float]:
        """Type -> magnitudes by which it is followed fainter than the rest."""

    @property
    def limits(self) -> tuple[Depth, ...]:
        """How deep the samples are that it is put together from; none if it is one."""

    def probability(self, peak_magnitude: FloatArray, kind: TypeArray) -> FloatArray:
        """Chance of entering the sample, shape (n,)."""


@dataclass(frozen=True)
class Everything:
    """All that trigger."""

    kind: ClassVar[str] = "everything"
    faintest: ClassVar[float | None] = None
    limits: ClassVar[tuple[Depth, ...]] = ()
    deeper: ClassVar[Mapping[str, float]] = {}

    def probability(self, peak_magnitude: FloatArray, kind: TypeArray) -> FloatArray:
        """One."""
        return np.ones(len(peak_magnitude))


@dataclass(frozen=True)
class Compilation:
    """Samples of many authors put together, each with a depth of its own.

    Parameters
    ----------
    limits
        Depths of samples that are of one size.
    deeper
        As in `SpectroscopicSelection`; negative for types that are followed when bright only.

    Raises
    ------
    LcfmError
        There is no sample, or a shift is not finite.
    """

    kind: ClassVar[str] = "compilation"
    limits: tuple[Depth, ...] = (Depth(16.0), Depth(18.0), Depth(20.0))
    deeper: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expect(self, "limits", len(self.limits) > 0, "the depth of one sample or more")
        expect(self, "deeper", _finite(self.deeper), _SHIFTS)

    @property
    def faintest(self) -> float | None:
        """Limit of the deepest sample."""
        return max(depth.limiting_magnitude for depth in self.limits)

    def probability(self, peak_magnitude: FloatArray, kind: TypeArray) -> FloatArray:
        """One: the population is drawn within the limits."""
        return np.ones(len(peak_magnitude))


@dataclass(frozen=True)
class SpectroscopicSelection:
    """A magnitude-limited spectroscopic sample: certain to `complete`, none beyond `faint`.

    In between the chance falls as ``(1 - x)**steepness`` with x from 0 to 1: telescopes on the
    ground spend most of their time at the bright end. Rare types are followed fainter than common
    ones: `deeper` shifts both magnitudes for a type.

    Raises
    ------
    LcfmError
        `faint` is not fainter than `complete`, the chance does not fall, or a shift is not finite.
    """

    kind: ClassVar[str] = "spectroscopic"
    limits: ClassVar[tuple[Depth, ...]] = ()
    complete: float = 18.5
    faint: float = 20.5
    steepness: float = 2.0
    deeper: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expect(self, "complete", bool(np.isfinite(self.complete)), "a finite AB magnitude")
        fainter = self.complete < self.faint < np.inf
        expect(self, "faint", fainter, f"fainter than complete={self.complete:g} and finite")
        expect(self, "steepness", 0 < self.steepness < np.inf, "above 0")
        expect(self, "deeper", _finite(self.deeper), _SHIFTS)

    @property
    def faintest(self) -> float | None:
        """Peak magnitude beyond which nothing enters."""
        return self.faint

    def probability(self, peak_magnitude: FloatArray, kind: TypeArray) -> FloatArray:
        """Chance of a classification, shape (n,)."""
        shift = np.array([self.deeper.get(name, 0.0) for name in kind])
        x = np.clip(
            (peak_magnitude - shift - self.complete) / (self.faint - self.complete), 0.0, 1.0
        )
        return np.asarray((1.0 - x) ** self.steepness)


def _finite(shifts: Mapping[str, float]) -> bool:
    return all(np.isfinite(shift) for shift in shifts.values())
