"""Noise: how far a measured flux lies from the true one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.expect import expect

Float32Array = NDArray[np.float32]


class Noise(Protocol):
    """Scatter of a flux measurement."""

    def sigma(self, flux: Float32Array, depth_flux: Float32Array) -> Float32Array:
        """Standard deviation [nJy] of true flux [nJy] at a 5-sigma depth [nJy], shape (n,)."""


@dataclass(frozen=True)
class DifferenceNoise:
    r"""Sky, source and calibration terms: :math:`σ² = (a·f_5/5)² + b·f + (c·f)²`.

    Parameters
    ----------
    sky
        a, error of an empty position in units of a fifth of the depth.
    source
        b [nJy], variance per unit of flux.
    floor
        c, relative error of bright sources.

    Raises
    ------
    LcfmError
        A term is negative, or the sky has no noise.
    """

    kind: ClassVar[str] = "difference"
    sky: float = 1.0
    source: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        # without noise of the sky an empty position would have no error
        expect(self, "sky", 0 < self.sky < np.inf, "above 0")
        expect(self, "source", 0 <= self.source < np.inf, "0 nJy or more")
        expect(self, "floor", 0 <= self.floor < np.inf, "0 or more")

    def sigma(self, flux: Float32Array, depth_flux: Float32Array) -> Float32Array:
        """Standard deviation [nJy]."""
        bright = np.maximum(flux, np.float32(0))
        variance = np.square(depth_flux) * np.float32((self.sky / 5) ** 2)
        variance += bright * (np.float32(self.source) + np.float32(self.floor**2) * bright)
        return np.sqrt(variance)


@dataclass(frozen=True)
class ReferenceDepthNoise:
    r"""Noise as a function of depth alone, :math:`σ² = γ f_5² + (0.04 - γ) f_5 f + (c·f)²`.

    Ivezić et al. 2019, ApJ 873, 111, eq. 4–5, written for fluxes: γ is 0.038 in u and 0.039 in
    grizy. One γ serves all bands.

    Raises
    ------
    LcfmError
        γ or the floor is impossible.
    """

    kind: ClassVar[str] = "reference-depth"
    gamma: float = 0.039
    floor: float = 0.005

    def __post_init__(self) -> None:
        expect(self, "gamma", 0 < self.gamma <= 0.04, "above 0 and at most 0.04")
        expect(self, "floor", 0 <= self.floor < np.inf, "0 or more")

    def sigma(self, flux: Float32Array, depth_flux: Float32Array) -> Float32Array:
        """Standard deviation [nJy]."""
        bright = np.maximum(flux, np.float32(0))
        variance = np.float32(self.gamma) * np.square(depth_flux)
        variance += bright * np.float32(0.04 - self.gamma) * depth_flux
        variance += np.square(bright * np.float32(self.floor))
        return np.sqrt(variance)


@dataclass(frozen=True)
class Scatter:
    """What changes from visit to visit and no model of depth foretells.

    Parameters
    ----------
    depth
        Standard deviation [mag] of the depth reached around that of the pointing history.
    error
        Standard deviation of ln σ around the noise model.
    outliers, outlier_scale
        Share of measurements whose noise is `outlier_scale` times larger than their error says.
    unreported
        Relative scatter of bright fluxes that their errors leave out: flat fields, zeropoints,
        galaxies behind. Reported errors are too small where it dominates.
    lost
        Share of visits that yield nothing: chip edges, masks, failed subtractions.
    evenness
        a + b of the beta distribution with mean `lost` that the share follows from object to
        object; None if it is the same for all.
    raised
        Scale of the exponential distribution of 1 less than the factor by which an object's
        detection threshold is raised in all its visits: a bright galaxy beneath, a bad reference,
        the edge of a chip.
    ends_after
        Median days after t0 at which a history ends for good though visits go on, if it does: the
        times are lognormal with a scatter of 0.9 in ln.

    Raises
    ------
    LcfmError
        A scatter is negative or a share not one.
    """

    depth: float = 0.0
    error: float = 0.0
    outliers: float = 0.0
    outlier_scale: float = 4.0
    unreported: float = 0.0
    lost: float = 0.0
    evenness: float | None = None
    raised: float = 0.0
    ends_after: float | None = None

    def __post_init__(self) -> None:
        for name in ("depth", "error", "unreported", "raised"):
            expect(self, name, 0 <= getattr(self, name) < np.inf, "0 or more")
        expect(self, "outliers", 0 <= self.outliers <= 1, "a share from 0 to 1")
        expect(self, "outlier_scale", 0 < self.outlier_scale < np.inf, "above 0")
        expect(self, "lost", 0 <= self.lost < 1, "a share of at least 0 and below 1")
        for name in ("evenness", "ends_after"):
            value = getattr(self, name)
            expect(self, name, value is None or 0 < value < np.inf, "above 0, or None")
