"""Dust: extinction per E(B-V) against wavelength.

Cardelli, Clayton & Mathis (1989, ApJ 345, 245) in the infrared and ultraviolet, O'Donnell (1994,
ApJ 422, 158) in the optical. The law is linear in R_V, A(lambda) = E(B-V) (R_V a + b), so that two
curves of ln flux serve every R_V.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from lcfm.sources.base import WAVELENGTH

FloatArray = NDArray[np.float64]

MILKY_WAY_R_V = 3.1
HOST_R_V = 3.1
PIVOT = 5500.0
"""Å; a slope of colour leaves the flux here unchanged."""
LN_PER_MAGNITUDE = -0.4 * np.log(10.0)
"""Change of ln flux per magnitude."""

_OPTICAL_A = Polynomial([1, 0.104, -0.609, 0.701, 1.137, -1.718, -0.827, 1.647, -0.505])
_OPTICAL_B = Polynomial([0, 1.952, 2.908, -3.989, -7.985, 11.102, 5.491, -10.805, 3.347])
_FAR_UV_A = Polynomial([-1.073, -0.628, 0.137, -0.070])
_FAR_UV_B = Polynomial([13.670, 4.257, -0.420, 0.374])


def coefficients(wavelength: FloatArray) -> tuple[FloatArray, FloatArray]:
    """CCM's a and b at wavelengths [Å] from 909 to 33,000; the nearest of these beyond."""
    x = np.clip(1e4 / np.asarray(wavelength, dtype=np.float64), 0.3, 11.0)
    beyond = np.clip(x - 5.9, 0, None)
    uv_a = 1.752 - 0.316 * x - 0.104 / ((x - 4.67) ** 2 + 0.341)
    uv_b = -3.090 + 1.825 * x + 1.206 / ((x - 4.62) ** 2 + 0.263)
    uv_a += -0.04473 * beyond**2 - 0.009779 * beyond**3
    uv_b += 0.2130 * beyond**2 + 0.1207 * beyond**3
    ranges = [x < 1.1, x < 3.3, x < 8.0]
    y, far = x - 1.82, x - 8.0
    a = np.select(ranges, [0.574 * x**1.61, _OPTICAL_A(y), uv_a], _FAR_UV_A(far))
    b = np.select(ranges, [-0.527 * x**1.61, _OPTICAL_B(y), uv_b], _FAR_UV_B(far))
    return a, b


def extinction_per_ebv(wavelength: FloatArray, r_v: float = MILKY_WAY_R_V) -> FloatArray:
    """Extinction [mag] for E(B-V) = 1 at wavelengths [Å]."""
    a, b = coefficients(wavelength)
    return np.asarray(r_v * a + b)


@cache
def host_dust() -> NDArray[np.float32]:
    """Curves a and b on the atlas grid, shape (2, n_wave): a source's colour basis."""
    return np.stack(coefficients(WAVELENGTH)).astype(np.float32)


@cache
def dust_and_slope() -> NDArray[np.float32]:
    """As `host_dust`, and ln(wavelength / PIVOT), whose weight is a power of wavelength."""
    slope = np.log(WAVELENGTH / PIVOT).astype(np.float32)
    return np.concatenate([host_dust(), slope[None, :]])
