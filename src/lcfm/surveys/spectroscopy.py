"""How a spectrograph is used: resolution, time, exposure, noise, unit of flux; each a type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from lcfm.units import AB_ZEROPOINT_NJY

FloatArray = NDArray[np.float64]

SPEED_OF_LIGHT = 2.99792458e18  # Å / s
CGS_PER_NJY = 1e-32
"""erg / s / cm² / Hz in 1 nJy."""


@dataclass(frozen=True)
class ResolvingPower:
    """R = wavelength / FWHM is the same everywhere."""

    kind: ClassVar[str] = "resolving-power"
    value: float = 100.0

    def fwhm(self, wavelength: FloatArray) -> FloatArray:
        """Full width at half maximum [Å] of an unresolved line."""
        return wavelength / self.value


@dataclass(frozen=True)
class ConstantWidth:
    """The FWHM in Å is the same everywhere, as behind a grating."""

    kind: ClassVar[str] = "constant-width"
    value: float = 10.0

    def fwhm(self, wavelength: FloatArray) -> FloatArray:
        """Full width at half maximum [Å] of an unresolved line."""
        return np.full(len(wavelength), self.value)


@dataclass(frozen=True)
class ExplosionToPeak:
    """Any time between explosion and peak alike, as in Maven (appendix A.1.1).

    Parameters
    ----------
    earliest
        At most so many observer-frame days before the peak: nobody knows of a tidal disruption, and
        an AGN has no explosion, long before.
    """

    kind: ClassVar[str] = "explosion-to-peak"
    earliest: float = 60.0

    def draw(
        self, first_day: FloatArray, last_day: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Observer-frame days since the peak of events with flux between two days, shape (n,)."""
        first = np.minimum(np.maximum(first_day, -self.earliest), 0.0)
        return first * rng.random(len(first))


@dataclass(frozen=True)
class AroundPeak:
    """A Gaussian in time about the peak, cut where an event has no flux.

    Parameters
    ----------
    mean, scatter
        Observer-frame days since the peak.
    """

    kind: ClassVar[str] = "around-peak"
    mean: float = 0.0
    scatter: float = 7.0

    def draw(
        self, first_day: FloatArray, last_day: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Observer-frame days since the peak of events with flux between two days, shape (n,)."""
        low, high = (ndtr((day - self.mean) / self.scatter) for day in (first_day, last_day))
        share = np.clip(low + rng.random(len(low)) * (high - low), 1e-9, 1 - 1e-9)
        day = self.mean + self.scatter * ndtri(share)
        return np.asarray(np.clip(day, first_day, last_day))


@dataclass(frozen=True)
class TargetSNR:
    """Exposed until the median pixel has this ratio of signal to noise.

    Parameters
    ----------
    median
        Median of the targets.
    scatter
        Standard deviation of ln target from spectrum to spectrum.
    """

    median: float = 5.0
    scatter: float = 0.0

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Targets, shape (n,)."""
        return np.asarray(self.median * np.exp(self.scatter * rng.standard_normal(n)))


@dataclass(frozen=True)
class PhotonNoise:
    """Poisson noise of source and sky behind a throughput that falls at both edges.

    Parameters
    ----------
    sky
        AB magnitude of the sky in the aperture, at the middle of the range; flat in F_lambda.
    blue, red
        Wavelength [Å] where the throughput falls to a half, and the width [Å] of the logistic edge.
    """

    sky: float = 18.5
    blue: tuple[float, float] = (3500.0, 200.0)
    red: tuple[float, float] = (9500.0, 200.0)

    def throughput(self, wavelength: FloatArray) -> FloatArray:
        """Throughput [any scale] at wavelengths [Å]."""
        rise = (wavelength - self.blue[0]) / self.blue[1]
        fall = (self.red[0] - wavelength) / self.red[1]
        return np.asarray(1 / ((1 + np.exp(-rise)) * (1 + np.exp(-fall))))

    def variance(self, flux: FloatArray, wavelength: FloatArray) -> FloatArray:
        """Variance of F_lambda [erg / s / cm² / Å], any scale, shape (n, n_pixels).

        Photons are counted: N ~ (F + F_sky) lambda T, so the variance of F is (F + F_sky) /
        (lambda T).
        """
        middle = (wavelength[0] + wavelength[-1]) / 2
        sky = 10 ** (0.4 * (AB_ZEROPOINT_NJY - self.sky)) * CGS_PER_NJY * SPEED_OF_LIGHT / middle**2
        return np.asarray((np.maximum(flux, 0) + sky) / (wavelength * self.throughput(wavelength)))


@dataclass(frozen=True)
class MedianFlux:
    """Flux in units of the median of its absolute values: shapes alone, as archives are used."""

    kind: ClassVar[str] = "median"

    def scale(self, flux: FloatArray) -> FloatArray:
        """Unit [erg / s / cm² / Å] of each spectrum, shape (n,)."""
        return np.asarray(np.median(np.abs(flux), axis=1))


@dataclass(frozen=True)
class FixedUnit:
    """Flux in the same unit [erg / s / cm² / Å] for all."""

    kind: ClassVar[str] = "fixed"
    value: float = 1e-16

    def scale(self, flux: FloatArray) -> FloatArray:
        """Unit [erg / s / cm² / Å] of each spectrum, shape (n,)."""
        return np.full(len(flux), self.value)
