"""What every source gives: a path through an atlas of rest-frame spectra.

All spectra lie on one grid, uniform in log wavelength, so that a redshift is a shift and a band
integral a dot product. A source draws parameters, and says for any rest-frame phase where on its
path an event stands (state coordinate) and how bright it is (amplitude). It may add up several
such components.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lcfm import bands

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
Parameters = Mapping[str, NDArray[Any]]

LAST_PHASE = 1500.0
"""Rest-frame day after the peak to which laws of decline are continued: beyond any survey's window,
for light that is cut while forced photometry still sees it would betray its class."""

LN_STEP = 0.005
"""Step of the grid in natural log of wavelength: 1500 km/s."""

LN_WAVELENGTH: FloatArray = np.log(900.0) + LN_STEP * np.arange(666)
WAVELENGTH: FloatArray = np.exp(LN_WAVELENGTH)
"""Grid of all atlases [Å], about 900 to 25,000."""

SPEED_OF_LIGHT = 2.99792458e18
"""Å / s."""

NJY_PER_CGS = 1e32
"""nJy in 1 erg / s / cm² / Hz."""


@dataclass(frozen=True, eq=False)
class Atlas:
    """Rest-frame spectra of many states, cut into paths.

    Attributes
    ----------
    flux : ndarray of float32, shape (n_states, len(WAVELENGTH))
        F_lambda [erg / s / cm² / Å] at 10 pc for amplitude 1.
    start : ndarray of int, shape (n_paths + 1,)
        Path k consists of the states ``start[k]:start[k + 1]``.
    """

    flux: Float32Array
    start: IntArray

    def __post_init__(self) -> None:
        self.flux.flags.writeable = False


class Source(ABC):
    """One type of events.

    Attributes
    ----------
    label
        Type, as in `lcfm.taxonomy`.
    dust_scale
        Mean of the exponential distribution of host E(B-V) [mag].
    is_difference
        Flux is relative to a reference image, so that negative values are real; otherwise they are
        artefacts of a spectral model (SALT far from peak) and become 0.
    """

    label: str
    dust_scale: float = 0.0
    is_difference: ClassVar[bool] = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    @abstractmethod
    def atlas(self) -> Atlas:
        """The spectra, loaded or computed once."""

    @property
    @abstractmethod
    def colour_basis(self) -> Float32Array:
        """Curves of ln flux against `WAVELENGTH`, shape (k, n_wave), weighted by `colour`."""

    @abstractmethod
    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw n events; every array has n rows, and ``peak_abs_mag`` is among them."""

    def abundance(self, parameters: Parameters, redshift: FloatArray) -> FloatArray:
        """How common events with these parameters are at these redshifts, 0 to 1, shape (n,).

        `draw` knows no redshift: a source whose population evolves draws from all that occur, and
        says here which share of each to keep. By default nothing evolves.
        """
        return np.ones(len(redshift))

    @abstractmethod
    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of `colour_basis` per event, shape (n, k)."""

    @abstractmethod
    def paths(self, parameters: Parameters) -> IntArray:
        """Path of each component of each event, shape (n_components, n)."""

    @abstractmethod
    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Yield (state coordinate, amplitude) of each component at each point.

        Parameters
        ----------
        parameters
            As drawn.
        owner : ndarray of int, shape (n_points,)
            Row of the event that a point belongs to.
        phase : ndarray, shape (n_points,)
            Rest-frame days since t0.
        """

    def steady_amplitudes(self, parameters: Parameters) -> Float32Array | None:
        """Amplitudes of the components, shape (n_components, n), if no time enters them.

        If all components also share path lengths and one state coordinate, their band fluxes can be
        added up by state instead of by point. None, by default, where that is not so. A subclass
        that overrides `trace` but not this goes by its `trace`.
        """
        return None

    @abstractmethod
    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase [d] with flux, each of shape (n,)."""

    def spectrum(
        self, parameters: Parameters, event: int, phase: float, wavelength: FloatArray
    ) -> FloatArray:
        """Rest-frame F_lambda at 10 pc of one event, evaluated directly: slow and explicit.

        Parameters
        ----------
        event
            Row in `parameters`.
        phase
            Rest-frame days since t0.
        wavelength : ndarray
            Å; zero flux is returned outside `WAVELENGTH`.
        """
        first, last = self.phase_range(parameters)
        total = np.zeros(len(WAVELENGTH))
        if first[event] <= phase <= last[event]:
            points = self.trace(parameters, np.array([event]), np.array([float(phase)]))
            for path, (state, amplitude) in zip(
                self.paths(parameters)[:, event], points, strict=True
            ):
                rows = self.atlas.flux[self.atlas.start[path] : self.atlas.start[path + 1]]
                below = min(int(state[0]), len(rows) - 2)
                share = float(state[0]) - below
                total += float(amplitude[0]) * ((1 - share) * rows[below] + share * rows[below + 1])
        total *= np.exp(self.colour(parameters)[event].astype(float) @ self.colour_basis)
        return np.interp(np.log(wavelength), LN_WAVELENGTH, total, left=0.0, right=0.0)


def band_weights(band: str) -> tuple[FloatArray, int]:
    """Weights that turn F_lambda in grid cells into nJy, and the first cell that they belong to.

    The photon-counting mean of F_nu is the sum of F_lambda lambda² T / c over the sum of T, both in
    equal steps of ln(lambda) (Bessell & Murphy 2012, eq. A12 and A21).
    """
    curve = bands.get(band)
    ln_curve = np.log(curve.wavelength)
    low = int(np.floor((ln_curve[0] - LN_WAVELENGTH[0]) / LN_STEP - 0.5))
    high = int(np.ceil((ln_curve[-1] - LN_WAVELENGTH[0]) / LN_STEP + 0.5))
    # cell averages of T, from 32 samples in each
    fine = (np.arange(low * 32, (high + 1) * 32) + 0.5) / 32 - 0.5
    wavelength = np.exp(LN_WAVELENGTH[0] + LN_STEP * fine)
    transmission = np.interp(wavelength, curve.wavelength, curve.transmission, left=0, right=0)
    cells = (transmission * wavelength**2).reshape(-1, 32).mean(axis=1)
    return cells * NJY_PER_CGS / (SPEED_OF_LIGHT * transmission.mean() * len(cells)), low


def rest_band_flux(flux: Float32Array, band: str) -> FloatArray:
    """Flux [nJy] of rest-frame spectra on the grid, shape (n_states,)."""
    weights, low = band_weights(band)
    return np.asarray(flux[:, low : low + len(weights)].astype(float) @ weights)


ZERO_MAGNITUDE_NJY = 3630780547701.0
"""AB magnitude 0 in nJy."""
