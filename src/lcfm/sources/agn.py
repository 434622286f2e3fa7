"""AGN: a damped random walk of a power-law disc, seen in difference imaging.

Magnitudes follow a damped random walk (Kelly, Bechtold & Siemiginowska 2009, ApJ 698, 895) whose
amplitude and time scale depend on luminosity and black-hole mass, and whose amplitude falls with
wavelength as lambda^-0.479 (MacLeod et al. 2010, ApJ 721, 1014, eq. 7 and table 1). What a survey
sees is flux minus the reference image's, so it may be negative. Lines are those of `agn_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.sources import agn_lines
from lcfm.sources.base import (
    WAVELENGTH,
    ZERO_MAGNITUDE_NJY,
    Atlas,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
    rest_band_flux,
)
from lcfm.sources.dust import HOST_R_V, LN_PER_MAGNITUDE, coefficients, host_dust

HALF_RANGE = 1400.0
"""Rest-frame days from the walk's middle to its ends: years of forced photometry around a peak."""
FINE_RANGE, STEP, COARSE_STEP = 600.0, 4.0, 16.0
"""Days around the middle that surveys with short windows see, steps there, and steps beyond."""
PEAK_RANGE = 300.0
"""Days around the middle among which the brightest is phase 0."""
MAX_OFFSET, OFFSET_STEP = 3.0, 0.05  # mag at 4000 Å
VARIABILITY_SLOPE = -0.479
CONTINUUM_SLOPE = -1.54  # F_lambda; alpha_nu = -0.46 of Vanden Berk et al. (2001)


class ActiveNucleus(Source):
    """AGN; phase 0 is the brightest day within `PEAK_RANGE` of the walk's middle."""

    label = "AGN"
    dust_scale = 0.05
    is_difference = True

    @property
    def atlas(self) -> Atlas:
        """Spectra by magnitude offset, one path for each strength of the lines."""
        return _atlas()

    @property
    def colour_basis(self) -> Float32Array:
        """Curves that `colour` weights."""
        return host_dust()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw luminosity, amplitude and time scale, lines, and walk."""
        magnitude = np.clip(rng.normal(-21.8, 1.2, n), -25.5, -18.5)
        log_mass = 8.0 - 0.3 * (magnitude + 22.5) + rng.normal(0, 0.4, n)
        size = 10 ** (
            -0.51 + 0.131 * (magnitude + 23) + 0.18 * (log_mass - 9) + rng.normal(0, 0.2, n)
        )
        tau = 10 ** (2.4 + 0.03 * (magnitude + 23) + 0.21 * (log_mass - 9) + rng.normal(0, 0.2, n))
        sigma = np.clip(size / np.sqrt(2), 0.03, 0.6)
        days = walk_days()
        walk = damped_random_walk(sigma, tau, days, rng)
        reference = sigma * rng.normal(0, 1, n)
        host_ebv = rng.exponential(self.dust_scale, n)
        a, b = coefficients(np.array([4400.0]))
        low, high = np.searchsorted(days, [-PEAK_RANGE, PEAK_RANGE + STEP])
        peak = low + walk[:, low:high].argmin(axis=1)
        brightest = walk[np.arange(n), peak]
        rise = np.maximum(10 ** (-0.4 * brightest) - 10 ** (-0.4 * reference), 1e-3)
        return {
            "magnitude": magnitude,
            "drw_sigma": sigma,
            "drw_tau": tau,
            "reference_offset": reference,
            "peak_day": days[peak],
            "walk": walk,
            "host_ebv": host_ebv,
            "line_path": agn_lines.draw(n, rng),
            "peak_abs_mag": magnitude - 2.5 * np.log10(rise) + host_ebv * (HOST_R_V * a + b),
        }

    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of `colour_basis` per event."""
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        return np.stack([dust * HOST_R_V, dust], axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """The path of an event's line strength, for the walk and for the reference image."""
        return np.tile(parameters["line_path"], (2, 1))

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Flux of the walk minus that of the reference image."""
        walk = parameters["walk"]
        day = phase + parameters["peak_day"][owner]
        near = np.clip(day, -FINE_RANGE, FINE_RANGE)
        place = near / STEP + (day - near) / COARSE_STEP + (walk.shape[1] - 1) / 2
        np.clip(place, 0, walk.shape[1] - 1.001, out=place)
        below = place.astype(np.int64)
        left, right = walk[owner, below], walk[owner, below + 1]
        offset = left + (place - below).astype(np.float32) * (right - left)
        luminosity = np.exp(LN_PER_MAGNITUDE * parameters["magnitude"]).astype(np.float32)[owner]
        yield _state(offset), luminosity
        yield _state(parameters["reference_offset"].astype(np.float32)[owner]), -luminosity

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase with flux."""
        return -HALF_RANGE - parameters["peak_day"], HALF_RANGE - parameters["peak_day"]


@cache
def walk_days() -> FloatArray:
    """Days of a walk's values, from its middle: `STEP` apart, `COARSE_STEP` far out."""
    far = np.arange(FINE_RANGE + COARSE_STEP, HALF_RANGE + COARSE_STEP / 2, COARSE_STEP)
    return np.concatenate([-far[::-1], np.arange(-FINE_RANGE, FINE_RANGE + STEP / 2, STEP), far])


def damped_random_walk(
    sigma: FloatArray, tau: FloatArray, day: FloatArray, rng: np.random.Generator
) -> Float32Array:
    """Stationary walks of variance sigma² and time scale tau on ascending days, (n, n_days).

    Exact for any steps: an autoregressive process of order 1 (Kelly et al. 2009, eq. A4-A5).
    """
    gap = np.diff(day)
    kept = {step: np.exp(-step / tau).astype(np.float32) for step in np.unique(gap)}
    kick = {step: (sigma * np.sqrt(-np.expm1(-2 * step / tau))).astype(np.float32) for step in kept}
    walk = rng.standard_normal((len(day), len(sigma)), dtype=np.float32)
    walk[0] *= sigma.astype(np.float32)
    for i, step in enumerate(gap, 1):
        walk[i] *= kick[step]
        walk[i] += kept[step] * walk[i - 1]
    return walk.T


def _state(offset: Float32Array) -> Float32Array:
    coordinate = (offset + np.float32(MAX_OFFSET)) / np.float32(OFFSET_STEP)
    limit = 2 * MAX_OFFSET / OFFSET_STEP - 1e-3
    return np.asarray(np.clip(coordinate, 0, limit), dtype=np.float32)


@cache
def _atlas() -> Atlas:
    """Spectra by the disc's magnitude offset at 4000 Å; at offset 0 it is of magnitude 0 in B."""
    offset = np.arange(-MAX_OFFSET, MAX_OFFSET + OFFSET_STEP / 2, OFFSET_STEP)
    continuum = (WAVELENGTH / 4000.0) ** CONTINUUM_SLOPE
    change = offset[:, None] * (WAVELENGTH / 4000.0) ** VARIABILITY_SLOPE
    disc = continuum * np.exp(LN_PER_MAGNITUDE * change)
    response = np.exp(LN_PER_MAGNITUDE * agn_lines.RESPONSE * offset)
    lines = response[:, None] * agn_lines.spectrum(continuum)
    flux = np.concatenate([disc + s * lines for s in agn_lines.STRENGTHS]).astype(np.float32)
    middle = disc[[len(offset) // 2]].astype(np.float32)
    flux *= np.float32(ZERO_MAGNITUDE_NJY / rest_band_flux(middle, "bessellb")[0])
    return Atlas(flux, len(offset) * np.arange(len(agn_lines.STRENGTHS) + 1))
