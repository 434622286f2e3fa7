"""Kilonova: two clouds of ejecta heated by r-process decay, a blue and a red one.

    P(t) = 4e18 (M / g) eps(t) [0.5 - arctan((t - 1.3 s) / 0.11 s) / pi]^1.3 erg / s
    L(t) = exp(-t² / t_d²) integral of P(t') exp(t'² / t_d²) 2 t' dt' / t_d²,
    t_d = sqrt(2 kappa M / (13.4 c v)),   T = max((L / (4 pi sigma v² t²))^(1/4), T_c)

Villar et al. (2017, ApJ 851, L21, eq. 1-5): heating of Korobkin et al. (2012), thermalisation eps
of Barnes et al. (2016, ApJ 829, 110, eq. 34, table 1), diffusion of Arnett (1982). The clouds are
drawn around the two-component fit to AT2017gfo of Villar et al. (table 2): blue 0.023 solar
masses, 0.256 c, 0.5 cm² / g, 3983 K; red 0.050, 0.149 c, 3.65, 1151 K. The scatter is ours: one
event is well observed. Lines are those of `kilonova_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands
from lcfm.sources import blackbody, kilonova_lines
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

BAND = "bessellr"
DAY, SOLAR_MASS, LIGHT = 86400.0, 1.989e33, 2.99792458e10
BETA = 13.4
AGE: FloatArray = np.geomspace(0.03, 30.0, 120)
"""Rest-frame days since the merger on which light curves are computed."""
LN_T_MIN, LN_T_STEP, N_TEMPERATURES = np.log(900.0), 0.03, 128
CLOUDS = ("blue", "red")

MASSES, SPEEDS = np.array([5e-3, 1e-2, 5e-2]), np.array([0.1, 0.2, 0.3])
"""Solar masses and c of `THERMALISATION`."""
THERMALISATION: FloatArray = np.array(
    [
        [[0.81, 0.19, 0.86], [1.90, 0.28, 1.21], [3.20, 0.45, 1.39]],
        [[0.56, 0.17, 0.74], [1.31, 0.21, 1.13], [2.19, 0.31, 1.32]],
        [[0.27, 0.10, 0.60], [0.55, 0.13, 0.90], [0.95, 0.15, 1.13]],
    ]
)
"""a, b and d of Barnes et al. (2016, table 1, random fields), shape (mass, speed, 3)."""


class Kilonova(Source):
    """Kilonova of two neutron stars; phase 0 is the peak in R."""

    label = "KN"
    dust_scale = 0.05

    @property
    def atlas(self) -> Atlas:
        """Spectra down to 900 K, a path for each cloud and strength of the lines."""
        return _atlas()

    @property
    def colour_basis(self) -> Float32Array:
        """Curves that `colour` weights."""
        return host_dust()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw both clouds and their lines, and compute the light curves."""
        drawn: dict[str, NDArray[Any]] = {
            "blue_mass": np.clip(0.023 * np.exp(rng.normal(0, 0.5, n)), 0.002, 0.08),  # solar
            "blue_velocity": np.clip(rng.normal(0.256, 0.04, n), 0.12, 0.35),  # c
            "blue_opacity": np.full(n, 0.5),  # cm² / g
            "blue_floor": np.clip(rng.normal(3983.0, 400.0, n), 2500.0, 6000.0),  # K
            "red_mass": np.clip(0.050 * np.exp(rng.normal(0, 0.5, n)), 0.005, 0.15),
            "red_velocity": np.clip(rng.normal(0.149, 0.03, n), 0.06, 0.25),
            "red_opacity": np.clip(3.65 * np.exp(rng.normal(0, 0.4, n)), 1.5, 10.0),
            "red_floor": np.clip(rng.normal(1151.0, 150.0, n), 950.0, 2000.0),
            "host_ebv": rng.exponential(self.dust_scale, n),
        }
        drawn["line_strength"] = kilonova_lines.draw(n, rng)
        total = np.zeros((n, len(AGE)))
        of_state = _band_flux()
        for cloud in CLOUDS:
            luminosity, kelvin = light_curve(drawn, cloud)
            state = (np.log(kelvin) - LN_T_MIN) / LN_T_STEP
            state = np.clip(state, 0, N_TEMPERATURES - 1.001)
            drawn[f"{cloud}_state"] = state.astype(np.float32)
            drawn[f"{cloud}_luminosity"] = (luminosity / 1e40).astype(np.float32)
            total += luminosity / 1e40 * np.interp(state, np.arange(N_TEMPERATURES), of_state)
        peak = total.argmax(axis=1)
        a, b = coefficients(np.array([bands.get(BAND).mean_wavelength]))
        drawn["peak_age"] = AGE[peak]
        bright = -2.5 * np.log10(total[np.arange(n), peak] / ZERO_MAGNITUDE_NJY)
        drawn["peak_abs_mag"] = bright + drawn["host_ebv"] * (HOST_R_V * a + b)
        return drawn

    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of `colour_basis` per event."""
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        return np.stack([dust * HOST_R_V, dust], axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """Path of each cloud at an event's line strength."""
        clouds = np.arange(len(CLOUDS))[:, None]
        return np.asarray(len(CLOUDS) * parameters["line_strength"] + clouds, dtype=np.int64)

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Temperature and luminosity of each cloud, interpolated in age."""
        age = phase + parameters["peak_age"][owner]
        place = np.interp(age, AGE, np.arange(len(AGE)))
        below = np.minimum(place.astype(np.int64), len(AGE) - 2)
        share = (place - below).astype(np.float32)
        early = np.clip(age / AGE[0], 0, 1).astype(np.float32)  # no light before the merger
        for cloud in CLOUDS:
            values = []
            for name in ("state", "luminosity"):
                curve = parameters[f"{cloud}_{name}"]
                left, right = curve[owner, below], curve[owner, below + 1]
                values.append(left + share * (right - left))
            yield values[0], values[1] * early

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase with flux."""
        return -parameters["peak_age"], AGE[-1] - parameters["peak_age"]


def light_curve(parameters: Parameters, cloud: str) -> tuple[FloatArray, FloatArray]:
    """Luminosity [erg / s] and temperature [K] of one cloud on `AGE`, each (n, len(AGE))."""
    mass, velocity = parameters[f"{cloud}_mass"], parameters[f"{cloud}_velocity"]
    grams, speed = mass * SOLAR_MASS, velocity * LIGHT
    time = AGE * DAY
    shape = 0.5 - np.arctan((time - 1.3) / 0.11) / np.pi
    power = 4e18 * grams[:, None] * shape**1.3 * thermalisation(mass, velocity)
    opacity = parameters[f"{cloud}_opacity"]
    diffusion = np.sqrt(2 * opacity * grams / (BETA * LIGHT * speed))
    luminosity = np.empty_like(power)
    previous = power[:, 0] * -np.expm1(-((time[0] / diffusion) ** 2))
    luminosity[:, 0] = previous
    for i in range(1, len(time)):  # exact where P is constant within a step
        decay = np.exp(-(time[i] ** 2 - time[i - 1] ** 2) / diffusion**2)
        previous = previous * decay + (power[:, i] + power[:, i - 1]) / 2 * (1 - decay)
        luminosity[:, i] = previous
    radius = speed[:, None] * time
    kelvin = (luminosity / (4 * np.pi * blackbody.STEFAN_BOLTZMANN * radius**2)) ** 0.25
    return luminosity, np.maximum(kelvin, parameters[f"{cloud}_floor"][:, None])


def thermalisation(mass: FloatArray, velocity: FloatArray) -> FloatArray:
    """Share of the heat that stays in the ejecta on `AGE` (Barnes et al. 2016, eq. 34)."""
    row = np.interp(np.log(mass), np.log(MASSES), np.arange(len(MASSES)))
    column = np.interp(velocity, SPEEDS, np.arange(len(SPEEDS)))
    i, j = np.minimum(row.astype(int), 1), np.minimum(column.astype(int), 1)
    u, v = (row - i)[:, None], (column - j)[:, None]
    low = (1 - v) * THERMALISATION[i, j] + v * THERMALISATION[i, j + 1]
    high = (1 - v) * THERMALISATION[i + 1, j] + v * THERMALISATION[i + 1, j + 1]
    a, b, d = ((1 - u) * low + u * high).T[:, :, None]
    term = 2 * b * AGE**d
    return np.asarray(0.36 * (np.exp(-a * AGE) + np.log1p(term) / term))


@cache
def _photospheres() -> FloatArray:
    """Blackbodies of 1e40 erg / s at 10 pc, shape (N_TEMPERATURES, n_wave)."""
    temperatures = np.exp(LN_T_MIN + LN_T_STEP * np.arange(N_TEMPERATURES))
    flux = np.array([blackbody.planck(WAVELENGTH, t) for t in temperatures])
    return flux * (1e40 / blackbody.TEN_PARSEC_AREA)


@cache
def _atlas() -> Atlas:
    """Photospheres with lines; path i len(CLOUDS) + j is cloud j at strength i."""
    ln_temperature = LN_T_MIN + LN_T_STEP * np.arange(N_TEMPERATURES)
    rows = [
        _photospheres() * kilonova_lines.factors(ln_temperature, strength, cloud)
        for strength in kilonova_lines.STRENGTHS
        for cloud in CLOUDS
    ]
    flux = np.concatenate(rows).astype(np.float32)
    return Atlas(flux, N_TEMPERATURES * np.arange(len(rows) + 1))


@cache
def _band_flux() -> FloatArray:
    """Flux in `BAND` by state, without the lines, which leave it nearly as it is."""
    return rest_band_flux(_photospheres().astype(np.float32), BAND)
