"""Shapes of broad lines on the grid of the atlases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcfm.sources.base import LN_STEP, LN_WAVELENGTH, WAVELENGTH

FloatArray = NDArray[np.float64]

LIGHT_KM_S = 299792.458
FWHM_PER_SIGMA = 2.354820045


def bump(centre: float, fwhm: float) -> FloatArray:
    """Gaussian in ln wavelength of height 1, shape (n_wave,).

    Parameters
    ----------
    centre
        Å.
    fwhm
        km / s; the grid's step is 1500 km / s, so that less than 3000 is poorly sampled.
    """
    sigma = fwhm / LIGHT_KM_S / FWHM_PER_SIGMA
    return np.asarray(np.exp(-0.5 * (np.log(WAVELENGTH / centre) / sigma) ** 2))


def emission(centre: float, fwhm: float) -> FloatArray:
    """Emission line [1 / Å] of unit flux, hence of 1 Å equivalent width on a continuum of 1."""
    shape = bump(centre, fwhm)
    return shape / np.sum(shape * WAVELENGTH * LN_STEP)


def about_its_mean(ln_factor: FloatArray, width: float) -> FloatArray:
    """Remove from ln of a spectral factor, in place of which flux is redistributed, its running
    mean, so that lines leave broad-band colours nearly as they were.

    Parameters
    ----------
    ln_factor : ndarray, shape (.., n_wave)
        ln of what lines do to a continuum.
    width
        Standard deviation of the Gaussian mean in ln wavelength: about that of a band or more.

    Returns
    -------
    ndarray, shape (.., n_wave)
        The factor, not its logarithm.
    """
    reach = int(3 * width / LN_STEP)
    kernel = np.exp(-0.5 * (LN_STEP * np.arange(-reach, reach + 1) / width) ** 2)
    kernel /= kernel.sum()
    rows = ln_factor.reshape(-1, len(LN_WAVELENGTH))
    padded = np.pad(rows, ((0, 0), (reach, reach)), mode="edge")
    mean = np.array([np.convolve(row, kernel, mode="valid") for row in padded])
    return np.asarray(np.exp(rows - mean).reshape(ln_factor.shape))
