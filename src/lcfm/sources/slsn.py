"""SLSN-I: a magnetar inside an expanding, cooling photosphere.

Spin-down power (Kasen & Bildsten 2010, ApJ 717, 245) diffuses as in Arnett (1982); temperature
falls with the expanding photosphere until a floor, then the photosphere recedes (Inserra et al.
2013; Nicholl, Guillochon & Berger 2017, ApJ 850, 55, eq. 1-12). Parameters are drawn near the
posteriors of that paper's 38 events, with a warmer floor and a slight red slope, which colours of
SLSNe in ZTF ask for, and slower spins (3.9 in place of 2.4 ms): a sample limited in magnitude then
peaks at a median of -21.5, as ZTF's does (Chen et al. 2023, ApJ 943, 41), in place of -22.0. Lines
are those of `slsn_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.sources import blackbody, slsn_lines
from lcfm.sources.base import Atlas, Float32Array, FloatArray, IntArray, Parameters, Source
from lcfm.sources.dust import HOST_R_V, LN_PER_MAGNITUDE, coefficients, dust_and_slope

DAY = 86400.0
SOLAR_MASS = 1.989e33
AGE: FloatArray = np.concatenate([np.arange(1.0, 40.0), np.geomspace(40.0, 1600.0, 96)])
"""Rest-frame days since explosion on which light curves are computed: years, for with leaking gamma
rays the power goes on as t^-4, as SN 2015bn did to 1,000 d (Nicholl et al. 2018, ApJ 866, L24)."""


class MagnetarSLSN(Source):
    """SLSN-I powered by a magnetar; phase 0 is the peak of luminosity."""

    label = "SLSN-I"
    dust_scale = 0.05

    @property
    def atlas(self) -> Atlas:
        """Spectra by temperature, one path for each strength of the lines."""
        return slsn_lines.atlas()

    @property
    def colour_basis(self) -> Float32Array:
        """Curves that `colour` weights."""
        return dust_and_slope()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw magnetar, ejecta and lines, and compute the light curves."""
        drawn: dict[str, NDArray[Any]] = {
            "spin_period": np.clip(rng.normal(3.9, 1.2, n), 1.0, 8.0),  # ms
            "magnetic_field": 0.8 * np.exp(rng.normal(0, 0.6, n)),  # 1e14 G
            "ejecta_mass": np.clip(6.5 * np.exp(rng.normal(0, 0.75, n)), 1.0, 40.0),  # solar
            "velocity": np.clip(rng.normal(10500.0, 3000.0, n), 5000.0, 18000.0),  # km / s
            "opacity": rng.uniform(0.08, 0.2, n),  # cm² / g
            "gamma_opacity": 10 ** rng.uniform(-2.0, -0.5, n),  # cm² / g
            "floor_temperature": np.clip(rng.normal(7800.0, 1900.0, n), 5000.0, 13000.0),
            "slope": rng.normal(0.14, 0.25, n),  # lines on the continuum: redder than a blackbody
            "host_ebv": rng.exponential(self.dust_scale, n),
        }
        drawn["line_path"] = slsn_lines.draw(n, rng)
        luminosity = light_curve(drawn)
        peak = luminosity.argmax(axis=1)
        temperature = photosphere(luminosity, drawn)
        rows = np.arange(n)
        magnitude = blackbody.absolute_magnitude(
            luminosity[rows, peak], temperature[rows, peak], blackbody.SUPPRESSED
        )
        a, b = coefficients(np.array([4400.0]))
        drawn["peak_age"] = AGE[peak]
        drawn["luminosity_curve"] = (luminosity / 1e40).astype(np.float32)
        drawn["state_curve"] = blackbody.state(temperature)
        drawn["peak_abs_mag"] = magnitude + drawn["host_ebv"] * (HOST_R_V * a + b)
        return drawn

    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of `colour_basis` per event."""
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        return np.stack([dust * HOST_R_V, dust, parameters["slope"]], axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """The path of an event's line strength."""
        return np.asarray(parameters["line_path"])[None, :]

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Temperature and luminosity, interpolated in age."""
        age = phase + parameters["peak_age"][owner]
        place = np.interp(age, AGE, np.arange(len(AGE)))
        below = np.minimum(place.astype(np.int64), len(AGE) - 2)
        share = (place - below).astype(np.float32)
        values = []
        for name in ("state_curve", "luminosity_curve"):
            curve = parameters[name]
            left, right = curve[owner, below], curve[owner, below + 1]
            values.append(left + share * (right - left))
        # before the first age computed, the fireball's t²
        yield values[0], values[1] * np.clip(age / AGE[0], 0, 1).astype(np.float32) ** 2

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase with flux."""
        return -parameters["peak_age"], AGE[-1] - parameters["peak_age"]


def light_curve(parameters: Parameters) -> FloatArray:
    """Luminosity [erg / s] on `AGE`, shape (n, len(AGE)): Nicholl et al. 2017, eq. 2-6."""
    period = parameters["spin_period"][:, None]
    field = parameters["magnetic_field"][:, None]
    mass = parameters["ejecta_mass"][:, None] * SOLAR_MASS
    velocity = parameters["velocity"][:, None] * 1e5
    energy = 2.6e52 / period**2
    spin_down = 1.3e5 * period**2 / field**2
    diffusion = np.sqrt(2 * parameters["opacity"][:, None] * mass / (13.7 * 2.998e10 * velocity))
    leakage = 3 * parameters["gamma_opacity"][:, None] * mass / (4 * np.pi * velocity**2)
    time = AGE * DAY
    power = energy / spin_down / (1 + time / spin_down) ** 2
    # d/dt(L exp((t/td)²)) = 2 P t/td² exp((t/td)²), stepped exactly for P constant in a step:
    # unlike the integral as written this cannot overflow at late times
    luminosity = np.empty((len(mass), len(time)))
    previous = power[:, 0] * -np.expm1(-((time[0] / diffusion[:, 0]) ** 2))
    luminosity[:, 0] = previous
    for i in range(1, len(time)):
        decay = np.exp(-(time[i] ** 2 - time[i - 1] ** 2) / diffusion[:, 0] ** 2)
        middle = (power[:, i] + power[:, i - 1]) / 2
        previous = previous * decay + middle * (1 - decay)
        luminosity[:, i] = previous
    return luminosity * -np.expm1(-leakage / time**2)


def photosphere(luminosity: FloatArray, parameters: Parameters) -> FloatArray:
    """Temperature [K] on `AGE`: expansion at constant velocity down to a floor (eq. 9-10)."""
    radius = parameters["velocity"][:, None] * 1e5 * AGE * DAY
    temperature = (luminosity / (4 * np.pi * blackbody.STEFAN_BOLTZMANN * radius**2)) ** 0.25
    return np.asarray(np.maximum(temperature, parameters["floor_temperature"][:, None]))
