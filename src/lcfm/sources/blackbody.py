"""Blackbodies as an atlas: the state is ln T, the amplitude a luminosity.

One path holds Planck spectra, the other the same with the ultraviolet suppressed below 3000 Å as in
SLSNe (Nicholl, Guillochon & Berger 2017, ApJ 850, 55, eq. 12: flux times lambda / 3000 Å), both
for unit bolometric luminosity.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lcfm.sources.base import WAVELENGTH, ZERO_MAGNITUDE_NJY, Atlas, Float32Array, rest_band_flux

FloatArray = NDArray[np.float64]

STEFAN_BOLTZMANN = 5.670374e-5  # erg / s / cm² / K⁴
HC_OVER_K = 1.438776877e8  # Å K
TWO_H_C_SQUARED = 1.191042972e27  # erg / s / cm² / sr Å⁴, so that B_lambda is per Å
TEN_PARSEC_AREA = 4 * np.pi * (3.0856775814913673e19) ** 2  # cm²
ULTRAVIOLET_CUT = 3000.0

LN_T_MIN, LN_T_STEP, N_TEMPERATURES = np.log(2500.0), 0.02, 166
PLANCK, SUPPRESSED = 0, 1


def planck(wavelength: FloatArray, temperature: float) -> FloatArray:
    """Fraction of a blackbody's luminosity per Å: pi B_lambda / (sigma T⁴)."""
    exponent = np.minimum(HC_OVER_K / (wavelength * temperature), 500.0)
    radiance = TWO_H_C_SQUARED / wavelength**5 / np.expm1(exponent)
    return np.asarray(np.pi * radiance / (STEFAN_BOLTZMANN * temperature**4))


def suppressed(wavelength: FloatArray, temperature: float) -> FloatArray:
    """Planck's fraction per Å with the ultraviolet suppressed and the total kept at 1."""
    total = np.geomspace(300.0, 2e5, 4000)
    factor = np.minimum(total / ULTRAVIOLET_CUT, 1.0)
    norm = np.trapezoid(planck(total, temperature) * factor, total)
    return planck(wavelength, temperature) * np.minimum(wavelength / ULTRAVIOLET_CUT, 1.0) / norm


@cache
def atlas() -> Atlas:
    """Path `PLANCK` and path `SUPPRESSED`, 2500 to 68,000 K, for 1e40 erg / s at 10 pc."""
    temperatures = np.exp(LN_T_MIN + LN_T_STEP * np.arange(N_TEMPERATURES))
    rows = [planck(WAVELENGTH, t) for t in temperatures]
    rows += [suppressed(WAVELENGTH, t) for t in temperatures]
    flux = np.array(rows) * (1e40 / TEN_PARSEC_AREA)
    return Atlas(flux.astype(np.float32), N_TEMPERATURES * np.arange(3))


def state(temperature: NDArray[np.floating]) -> Float32Array:
    """State coordinate of temperatures [K], clipped to the atlas."""
    coordinate = (np.log(temperature) - LN_T_MIN) / LN_T_STEP
    return np.asarray(np.clip(coordinate, 0, N_TEMPERATURES - 1.001), dtype=np.float32)


def absolute_magnitude(
    luminosity: FloatArray, temperature: FloatArray, path: int, band: str = "bessellb"
) -> FloatArray:
    """Rest-frame AB magnitude of blackbodies of `luminosity` [erg / s]."""
    of_state = _band_flux(band)[path * N_TEMPERATURES : (path + 1) * N_TEMPERATURES]
    flux = np.interp(state(temperature), np.arange(N_TEMPERATURES), of_state)
    return np.asarray(-2.5 * np.log10(flux * luminosity / 1e40 / ZERO_MAGNITUDE_NJY))


@cache
def _band_flux(band: str) -> FloatArray:
    return rest_band_flux(atlas().flux, band)
