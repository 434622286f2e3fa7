"""What a survey is: bands, cadence, noise, detection, photometry as its users get it, selection.

A survey knows nothing of the physics: it takes true band fluxes and says what reaches the user.

    visits -> true flux -> noise -> detection -> photometry (alerts or forced) -> selection

Each step is a frozen type of its own, so another behaviour is another type, not a flag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.surveys.cadence import Cadence, load_cadence

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


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
    """

    kind: ClassVar[str] = "difference"
    sky: float = 1.0
    source: float = 0.0
    floor: float = 0.0

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
    """

    kind: ClassVar[str] = "reference-depth"
    gamma: float = 0.039
    floor: float = 0.005

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
    lost
        Share of visits that yield nothing: chip edges, masks, failed subtractions.
    ends_after
        Mean days after t0 at which a history ends for good though visits go on, if it does: the
        times follow a gamma distribution of shape 2.
    """

    depth: float = 0.0
    error: float = 0.0
    outliers: float = 0.0
    outlier_scale: float = 4.0
    lost: float = 0.0
    ends_after: float | None = None


class Detection(Protocol):
    """Which measurements the survey's pipeline reports as detections."""

    def detect(self, signal_to_noise: Float32Array, rng: np.random.Generator) -> BoolArray:
        """Decide from |flux| over the 1-sigma error of an empty position, shape (n_points,)."""


@dataclass(frozen=True)
class SharpThreshold:
    """All above `threshold`, none below."""

    kind: ClassVar[str] = "sharp"
    threshold: float = 5.0

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
    """

    kind: ClassVar[str] = "soft"
    half: float = 4.0
    slope: float = 4.0
    minimum: float = 2.5
    missed: float = 0.0

    def detect(self, signal_to_noise: Float32Array, rng: np.random.Generator) -> BoolArray:
        """Draw detections."""
        out = np.zeros(len(signal_to_noise), dtype=bool)
        rows = np.flatnonzero(signal_to_noise >= np.float32(self.minimum))
        ratio = np.float32(self.half) / signal_to_noise[rows]
        chance = np.float32(1 - self.missed) / (1 + ratio ** np.float32(self.slope))
        out[rows] = rng.random(len(rows), dtype=np.float32) < chance
        return out


class Photometry(Protocol):
    """Photometry as the users of a survey get it."""

    @property
    def before(self) -> float:
        """Days before the first detection that a user sees."""

    @property
    def after(self) -> float:
        """Days after the last detection that a user sees."""

    def deliver(
        self, flux: Float32Array, flux_err: Float32Array, sky: Float32Array, detected: BoolArray
    ) -> tuple[Float32Array, Float32Array, BoolArray]:
        """Turn measurements into what a user sees.

        Parameters
        ----------
        flux, flux_err, sky : ndarray, shape (n_points,)
            Measured flux, its true 1-sigma scatter, and that of an empty position [nJy].
        detected : ndarray of bool, shape (n_points,)

        Returns
        -------
        flux, flux_err : ndarray, shape (n_points,)
            nJy.
        limit : ndarray of bool, shape (n_points,)
        """


@dataclass(frozen=True)
class Alerts:
    """Alert histories: only detections carry a flux, the rest are limits.

    Non-detections from `before` days before the first detection up to the last detection become
    limits (flux 0, flux_err a fifth of the limiting flux). Brokers hand alert magnitudes on, which
    lose the sign of the difference: a source fainter than in the reference image shows |flux|, and
    so it does here.

    Parameters
    ----------
    before
        Days of limits before the first detection; ZTF alerts carry 30.
    error_inflation
        Reported error over true scatter.
    """

    kind: ClassVar[str] = "alerts"
    after: ClassVar[float] = 0.0
    before: float = 30.0
    error_inflation: float = 1.0

    def deliver(
        self, flux: Float32Array, flux_err: Float32Array, sky: Float32Array, detected: BoolArray
    ) -> tuple[Float32Array, Float32Array, BoolArray]:
        """Return flux, flux_err and limit."""
        seen = np.where(detected, np.abs(flux), np.float32(0))
        error = np.where(detected, flux_err * np.float32(self.error_inflation), sky)
        return seen, error, ~detected


@dataclass(frozen=True)
class Forced:
    """Forced photometry: a flux, perhaps negative, at every visit.

    Parameters
    ----------
    before, after
        Days before the first and after the last detection that are measured.
    """

    kind: ClassVar[str] = "forced"
    before: float = 30.0
    after: float = 30.0

    def deliver(
        self, flux: Float32Array, flux_err: Float32Array, sky: Float32Array, detected: BoolArray
    ) -> tuple[Float32Array, Float32Array, BoolArray]:
        """Return flux, flux_err and limit."""
        return flux, flux_err, np.zeros(len(flux), dtype=bool)


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


@dataclass(frozen=True)
class Trigger:
    """An object exists once `detections` of them fall within `days`."""

    detections: int = 2
    days: float = 30.0

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


@dataclass(frozen=True)
class Survey:
    """A telescope, its pipeline and the sample its users learn from.

    Parameters
    ----------
    name
        As in the ``survey`` column.
    bands
        Registry names, by ascending wavelength.
    cadence_name
        Pointing histories that ship with the package.
    noise, scatter
        Errors of a flux measurement.
    detection
        Which measurements are detections.
    trigger, photometry, selection
        What counts as an object, how its photometry is delivered, which objects enter.
    minimum_detections
        Objects with fewer are left out.
    window
        Days around the brightest detection that are kept.
    """

    name: str
    bands: tuple[str, ...]
    cadence_name: str
    noise: DifferenceNoise | ReferenceDepthNoise
    scatter: Scatter = Scatter()
    detection: SharpThreshold | SoftThreshold = SharpThreshold()
    trigger: Trigger = Trigger()
    photometry: Alerts | Forced = Alerts()
    selection: SpectroscopicSelection | Everything = Everything()
    minimum_detections: int = 2
    window: tuple[float, float] = (-100.0, 300.0)

    @property
    def cadence(self) -> Cadence:
        """Pointing histories in this survey's bands."""
        return load_cadence(self.cadence_name, self.bands)

    @property
    def faintest_peak(self) -> float:
        """Peak magnitude beyond which no object is expected in the sample."""
        if self.selection.faintest is not None:
            return self.selection.faintest
        return float(np.percentile(self.cadence.depth, 99))
