"""TDE: a hot blackbody that rises as a Gaussian and fades as a power law.

The empirical model of van Velzen et al. (2021, ApJ 908, 4, sec. 4): L rises with a Gaussian, decays
as ((t + t0) / t0)^p with p near -5/3 (fallback, Mockler et al. 2019), and temperature changes
linearly with time; prior ranges are those of its 17 and of Hammerstein et al.'s (2023) 30 events.
Lines are those of `tde_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.sources import blackbody, tde_lines
from lcfm.sources.base import (
    LAST_PHASE,
    Atlas,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
)
from lcfm.sources.dust import HOST_R_V, LN_PER_MAGNITUDE, coefficients, host_dust

ROUNDING = 0.1
"""Fraction of the decay time over which the peak is round."""


class TidalDisruption(Source):
    """Tidal disruption event; phase 0 is the peak of luminosity."""

    label = "TDE"
    dust_scale = 0.03

    @property
    def atlas(self) -> Atlas:
        """Blackbodies by temperature, and lines by width."""
        return tde_lines.atlas()

    @property
    def colour_basis(self) -> Float32Array:
        """Curves that `colour` weights."""
        return host_dust()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw luminosity, temperature, time scales and lines."""
        drawn = {
            "peak_luminosity": 10 ** np.minimum(43.1 + rng.exponential(0.25, n), 45.3),  # erg / s
            "temperature": 10 ** np.clip(rng.normal(4.26, 0.11, n), 4.0, 4.65),  # K
            "heating": rng.normal(25.0, 50.0, n),  # K / d
            "rise_time": 10 ** np.clip(rng.normal(1.22, 0.2, n), 0.6, 1.7),  # d, Gaussian sigma
            "decay_time": 10 ** np.clip(rng.normal(1.95, 0.25, n), 1.0, 2.7),  # d
            "decay_power": rng.normal(-1.9, 0.4, n).clip(-3.5, -0.9),
            "host_ebv": rng.exponential(self.dust_scale, n),
        }
        magnitude = blackbody.absolute_magnitude(
            drawn["peak_luminosity"], drawn["temperature"], blackbody.PLANCK
        )
        a, b = coefficients(np.array([4400.0]))
        drawn["peak_abs_mag"] = magnitude + drawn["host_ebv"] * (HOST_R_V * a + b)
        return drawn | tde_lines.draw(drawn["peak_luminosity"], rng)

    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of `colour_basis` per event."""
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        return np.stack([dust * HOST_R_V, dust], axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """Continuum, hydrogen and helium."""
        components = np.array([[blackbody.PLANCK], [tde_lines.HYDROGEN], [tde_lines.HELIUM]])
        return np.tile(components, len(parameters["host_ebv"]))

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Temperature and luminosity by the empirical model, then the lines' width and flux."""
        state, luminosity = photosphere(parameters, owner, phase)
        yield state, luminosity.astype(np.float32)
        earlier = photosphere(parameters, owner, phase - parameters["line_lag"][owner])
        width = tde_lines.state(parameters["line_fwhm"])[owner]
        for path, name in (
            (tde_lines.HYDROGEN, "hydrogen_width"),
            (tde_lines.HELIUM, "helium_width"),
        ):
            below = luminosity * tde_lines.continuum(path, state)
            echo = earlier[1] * tde_lines.continuum(path, earlier[0])
            yield width, ((below + echo) / 2 * parameters[name][owner]).astype(np.float32)

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase with flux."""
        first = -4.0 * parameters["rise_time"]
        return first, np.full(len(first), LAST_PHASE)


def photosphere(
    parameters: Parameters, owner: IntArray, phase: FloatArray
) -> tuple[Float32Array, FloatArray]:
    """State of `blackbody.atlas` and luminosity [1e40 erg / s] at each point."""
    start = parameters["temperature"]
    warmer = start[owner] + parameters["heating"][owner] * np.clip(phase, -50, 300)
    rise = -0.5 * (np.minimum(phase, 0) / parameters["rise_time"][owner]) ** 2
    elapsed = np.maximum(phase, 0) / parameters["decay_time"][owner]
    # a round peak: quadratic at first, then the power law
    decay = parameters["decay_power"][owner] * np.log1p(elapsed**2 / (elapsed + ROUNDING))
    luminosity = (parameters["peak_luminosity"] / 1e40)[owner] * np.exp(rise + decay)
    return blackbody.state(np.clip(warmer, 9000.0, 60000.0)), luminosity
