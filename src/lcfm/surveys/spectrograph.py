"""Spectrographs: from the true flux on their pixels to the spectrum that a user gets.

As with surveys, each step is a frozen type of its own, in `lcfm.surveys.spectroscopy`:

    when -> (true flux, blurred to the resolution) -> signal to noise -> noise -> normalisation

Your own instrument is one line: ``Spectrograph("mine", first=4000, last=8000, pixel=5,
resolution=ConstantWidth(12))``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError, UnknownNameError
from lcfm.surveys.spectroscopy import (
    AroundPeak,
    ConstantWidth,
    ExplosionToPeak,
    FixedUnit,
    MedianFlux,
    PhotonNoise,
    ResolvingPower,
    TargetSNR,
)

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Exposures:
    """Measured spectra of one spectrograph.

    Attributes
    ----------
    flux, flux_err : ndarray of float32, shape (n, n_pixels)
        In units of `flux_scale`.
    flux_scale : ndarray, shape (n,)
        erg / s / cm² / Å.
    snr : ndarray, shape (n,)
        Signal to noise of the median pixel, as targeted.
    """

    flux: Float32Array
    flux_err: Float32Array
    flux_scale: FloatArray
    snr: FloatArray


@dataclass(frozen=True)
class Spectrograph:
    """An instrument that disperses light, and how it is used.

    Parameters
    ----------
    name
        As in the columns ``survey`` and ``instrument``.
    first, last
        Centres [Å] of the first and, at most, the last pixel.
    pixel
        Å per pixel.
    resolution
        Width of an unresolved line. (The simulator's spectra have cells of 1,500 km/s: R beyond 200
        shows nothing more of them.)
    when
        Time of a spectrum relative to the peak.
    snr, noise
        How long it is exposed, and how the noise depends on wavelength.
    normalisation
        Unit of flux.
    per_event
        Spectra of each event.

    Raises
    ------
    LcfmError
        The range, pixel or resolution is impossible.
    """

    name: str
    first: float = 3500.0
    last: float = 9500.0
    pixel: float = 10.0
    resolution: ResolvingPower | ConstantWidth = ResolvingPower(500.0)
    when: ExplosionToPeak | AroundPeak = AroundPeak()
    snr: TargetSNR = TargetSNR(20.0, 0.5)
    noise: PhotonNoise = PhotonNoise()
    normalisation: MedianFlux | FixedUnit = MedianFlux()
    per_event: int = 1

    def __post_init__(self) -> None:
        if not 1000 <= self.first < self.last <= 25000:
            raise LcfmError(
                f"spectrograph {self.name!r}: expected a range inside 1,000 to 25,000 Å, got "
                f"{self.first:g} to {self.last:g}"
            )
        if not 0 < self.pixel <= (self.last - self.first) / 2:
            raise LcfmError(
                f"spectrograph {self.name!r}: pixel must be positive and the range hold three or "
                f"more, got {self.pixel:g} Å"
            )
        if not (self.resolution.value > 0 and self.snr.median > 0 and self.per_event >= 1):
            raise LcfmError(
                f"spectrograph {self.name!r}: resolution, signal to noise and spectra per event "
                "must be positive"
            )

    @property
    def wavelength(self) -> FloatArray:
        """Centres of the pixels [Å], shape (n_pixels,)."""
        n = int((self.last - self.first) / self.pixel + 1e-9) + 1
        return np.asarray(self.first + self.pixel * np.arange(n), dtype=np.float64)

    def expose(self, flux: FloatArray, rng: np.random.Generator) -> Exposures:
        """Add noise to true flux so that the median pixel has the signal to noise wanted.

        Parameters
        ----------
        flux : ndarray, shape (n, n_pixels)
            True F_lambda [erg / s / cm² / Å] on the pixels.

        Raises
        ------
        LcfmError
            A spectrum has no flux in half of its pixels: no exposure is long enough.
        """
        flux = np.asarray(flux, dtype=np.float64)
        sigma = np.sqrt(self.noise.variance(flux, self.wavelength))
        ratio = np.median(flux / sigma, axis=1)
        if not (ratio > 0).all():
            raise LcfmError(
                f"{int((~(ratio > 0)).sum())} spectra have no flux in half of {self.name}'s range; "
                "take them nearer to the peak or choose a range further to the red"
            )
        target = self.snr.draw(len(flux), rng)
        sigma *= (ratio / target)[:, None]
        measured = flux + sigma * rng.standard_normal(flux.shape)
        scale = self.normalisation.scale(measured)
        measured /= scale[:, None]
        sigma /= scale[:, None]
        return Exposures(measured.astype(np.float32), sigma.astype(np.float32), scale, target)


SEDM = Spectrograph(
    "SEDM", first=3780.0, last=9220.0, pixel=25.0, resolution=ResolvingPower(100.0),
    when=AroundPeak(-5.0, 6.5), snr=TargetSNR(38.0, 0.55),
    noise=PhotonNoise(18.5, blue=(5600.0, 450.0), red=(8900.0, 450.0)),
)  # fmt: skip
"""ZTF's SED Machine (Blagorodnova et al. 2018, PASP 130, 035003): R about 100 in an integral-field
unit; range of its pipeline's spectra (Rigault et al. 2019, A&A 627, A115). Times are those of 26
public spectra of training events; signal to noise and its fall at the edges are such that third
differences over 25 Å scatter as in 36 of them (median and 16 to 84 % over the spectra: 62, 31 to
103; by wavelength a third of it at 3950 Å, 1.4 times at 7000 Å, 0.65 at 8950 Å)."""

SEDM_MAVEN = replace(SEDM, when=ExplosionToPeak(), snr=TargetSNR(5.0))
"""As Maven simulates it (appendix A.1.1): signal to noise of 5, any time from explosion to peak."""

LONG_SLIT = Spectrograph("LONGSLIT")
"""A generic long-slit spectrograph of a 2 to 4 m telescope."""

SPECTROGRAPHS: Mapping[str, Spectrograph] = {
    "sedm": SEDM,
    "sedm-maven": SEDM_MAVEN,
    "longslit": LONG_SLIT,
}
"""Name -> spectrograph."""


def get_spectrograph(spectrograph: str | Spectrograph) -> Spectrograph:
    """Return a spectrograph by its name, or as given.

    Raises
    ------
    UnknownNameError
        No spectrograph has this name; the text lists those that do.
    """
    if isinstance(spectrograph, Spectrograph):
        return spectrograph
    if spectrograph.lower() not in SPECTROGRAPHS:
        raise UnknownNameError.of("spectrograph", spectrograph, SPECTROGRAPHS)
    return SPECTROGRAPHS[spectrograph.lower()]
