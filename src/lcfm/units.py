"""Units of flux and time: nJy, AB magnitudes, FLUXCAL, zeropoints, ppm; MJD, JD, BKJD, BTJD.

Flux inside lcfm is nanojansky in the AB system, Rubin's unit (Oke & Gunn 1983; 1 nJy has AB
magnitude 31.4). Relative photometry (Kepler, TESS) is parts per million about zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

AB_ZEROPOINT_NJY = 31.4
"""AB magnitude of 1 nJy."""

FLUXCAL_ZEROPOINT = 27.5
"""AB magnitude of one unit of SNANA's FLUXCAL."""

NJY_PER_FLUXCAL = 10 ** (0.4 * (AB_ZEROPOINT_NJY - FLUXCAL_ZEROPOINT))
"""36.308 nJy in one unit of FLUXCAL."""

MJD_OF_JD_ZERO = -2400000.5
MJD_OF_BKJD_ZERO = 54832.5
"""MJD of Barycentric Kepler Julian Date 0 (BJD 2454833)."""
MJD_OF_BTJD_ZERO = 56999.5
"""MJD of Barycentric TESS Julian Date 0 (BJD 2457000)."""

_LN10_OVER_2P5 = 0.4 * np.log(10.0)

FloatArray = NDArray[np.float64]


def njy_from_zeropoint(flux: ArrayLike, zeropoint: ArrayLike) -> FloatArray:
    """Convert flux with an AB zeropoint [mag] to nJy; the error converts alike."""
    scale = 10 ** (0.4 * (AB_ZEROPOINT_NJY - np.asarray(zeropoint, dtype=np.float64)))
    return np.asarray(np.asarray(flux, dtype=np.float64) * scale, dtype=np.float64)


def njy_from_magnitude(magnitude: ArrayLike) -> FloatArray:
    """Convert AB magnitudes to nJy."""
    return np.asarray(
        10 ** (0.4 * (AB_ZEROPOINT_NJY - np.asarray(magnitude, dtype=np.float64))), dtype=np.float64
    )


def njy_error_from_magnitude(flux_njy: ArrayLike, magnitude_err: ArrayLike) -> FloatArray:
    """Propagate a magnitude error to a flux error [nJy] to first order."""
    flux: FloatArray = np.abs(np.asarray(flux_njy, dtype=np.float64))
    out: FloatArray = flux * _LN10_OVER_2P5 * np.asarray(magnitude_err, dtype=np.float64)
    return out


def magnitude_from_njy(flux_njy: ArrayLike) -> FloatArray:
    """Convert flux [nJy] to AB magnitudes; NaN where flux is not positive."""
    flux = np.asarray(flux_njy, dtype=np.float64)
    out = np.full(flux.shape, np.nan)
    positive = flux > 0
    np.log10(flux, out=out, where=positive)
    return np.where(positive, AB_ZEROPOINT_NJY - 2.5 * out, np.nan)


def magnitude_error_from_njy(flux_njy: ArrayLike, flux_err_njy: ArrayLike) -> FloatArray:
    """Propagate a flux error [nJy] to magnitudes to first order; NaN where flux is not positive."""
    flux = np.asarray(flux_njy, dtype=np.float64)
    safe = np.where(flux > 0, flux, np.nan)
    flux_err: FloatArray = np.asarray(flux_err_njy, dtype=np.float64)
    out: FloatArray = flux_err / (_LN10_OVER_2P5 * safe)
    return out


def ppm_from_relative(flux: ArrayLike) -> FloatArray:
    """Convert flux relative to its median (about one) to parts per million about zero."""
    return (np.asarray(flux, dtype=np.float64) - 1.0) * 1e6


def mjd_from_jd(jd: ArrayLike) -> FloatArray:
    """Convert Julian dates to Modified Julian Dates."""
    return np.asarray(jd, dtype=np.float64) + MJD_OF_JD_ZERO


def mjd_from_bkjd(bkjd: ArrayLike) -> FloatArray:
    """Convert Barycentric Kepler Julian Dates to MJD (barycentric, TDB)."""
    return np.asarray(bkjd, dtype=np.float64) + MJD_OF_BKJD_ZERO


def mjd_from_btjd(btjd: ArrayLike) -> FloatArray:
    """Convert Barycentric TESS Julian Dates to MJD (barycentric, TDB)."""
    return np.asarray(btjd, dtype=np.float64) + MJD_OF_BTJD_ZERO
