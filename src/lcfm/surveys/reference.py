"""Reference: what the image contains that a difference image is taken against.

A difference flux is that of the visit minus that of the reference image, so light of the object in
the reference lowers all its fluxes by a constant, one per object and band: a baseline below zero
in forced photometry, a light curve that fades too early in alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.expect import expect

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Reference(Protocol):
    """When the reference images of objects were taken that contain their light."""

    def epochs(
        self, n: int, n_bands: int, rng: np.random.Generator
    ) -> tuple[IntArray, NDArray[Any], FloatArray]:
        """Return object, band and day since t0 of the images, each shape (n_images,), by object."""


@dataclass(frozen=True)
class CleanReference:
    """No reference contains light of an object."""

    kind: ClassVar[str] = "clean"

    def epochs(
        self, n: int, n_bands: int, rng: np.random.Generator
    ) -> tuple[IntArray, NDArray[Any], FloatArray]:
        """None."""
        return np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0)


@dataclass(frozen=True)
class LateReference:
    """Some references were taken while the object shone, at another time in each band.

    Parameters
    ----------
    share
        Share of the objects for which this is so.
    first, last
        Days after t0 between which such a reference was taken.

    Raises
    ------
    LcfmError
        The share is none, or the days are not finite and in order.
    """

    kind: ClassVar[str] = "late"
    share: float = 0.02
    first: float = -20.0
    last: float = 120.0

    def __post_init__(self) -> None:
        expect(self, "share", 0 <= self.share <= 1, "a share from 0 to 1")
        expect(self, "first", -np.inf < self.first < np.inf, "a finite number of days")
        ordered = self.first <= self.last < np.inf
        expect(self, "last", ordered, f"a finite number of days, not before first ({self.first})")

    def epochs(
        self, n: int, n_bands: int, rng: np.random.Generator
    ) -> tuple[IntArray, NDArray[Any], FloatArray]:
        """Draw the objects, and a day for each of their bands."""
        chosen = np.flatnonzero(rng.random(n) < self.share)
        owner = np.repeat(chosen, n_bands)
        band = np.tile(np.arange(n_bands, dtype=np.int8), len(chosen))
        return owner, band, rng.uniform(self.first, self.last, len(owner))
