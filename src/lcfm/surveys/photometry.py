"""Photometry: what of the measurements reaches the user: alerts, forced, or detections alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


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

    def reaches(self, flux: Float32Array, flux_err: Float32Array, detected: BoolArray) -> BoolArray:
        """Say which of the measurements reach the user at all, shape (n_points,)."""


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

    def reaches(self, flux: Float32Array, flux_err: Float32Array, detected: BoolArray) -> BoolArray:
        """All: what is not detected is a limit."""
        return np.ones(len(flux), dtype=bool)


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

    def reaches(self, flux: Float32Array, flux_err: Float32Array, detected: BoolArray) -> BoolArray:
        """All, detected or not."""
        return np.ones(len(flux), dtype=bool)


@dataclass(frozen=True)
class DetectionsOnly:
    """Forced photometry of which only clear measurements were published: no limits, no negatives.

    Parameters
    ----------
    signal_to_noise
        Least flux over its reported error.
    before, after
        Days before the first and after the last detection that are measured.
    """

    kind: ClassVar[str] = "detections"
    signal_to_noise: float = 4.0
    before: float = 30.0
    after: float = 30.0

    def deliver(
        self, flux: Float32Array, flux_err: Float32Array, sky: Float32Array, detected: BoolArray
    ) -> tuple[Float32Array, Float32Array, BoolArray]:
        """Return flux, flux_err and limit."""
        return flux, flux_err, np.zeros(len(flux), dtype=bool)

    def reaches(self, flux: Float32Array, flux_err: Float32Array, detected: BoolArray) -> BoolArray:
        """Detections above the least signal-to-noise."""
        return np.asarray(detected & (flux >= np.float32(self.signal_to_noise) * flux_err))
