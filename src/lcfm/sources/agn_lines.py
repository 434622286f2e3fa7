"""Emission lines of AGN on the power law, as strong as in the composite of quasars.

Wavelengths, equivalent widths and widths are those of Vanden Berk et al. (2001, AJ 122, 549,
table 2). Lines answer to about half of a change of the continuum (Korista & Goad 2004, ApJ 606,
749), here at once; their strength differs from one nucleus to another by some 0.2 dex.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcfm.sources.base import WAVELENGTH
from lcfm.sources.lines import FWHM_PER_SIGMA, LIGHT_KM_S, emission

FloatArray = NDArray[np.float64]

LINES = (
    (1215.7, 92.9, 19.5),  # Ly alpha
    (1396.8, 8.1, 14.3),  # Si IV + O IV]
    (1549.1, 23.8, 14.3),  # C IV
    (1908.7, 21.2, 23.6),  # C III]
    (2798.8, 32.3, 34.9),  # Mg II
    (4102.9, 5.1, 18.6),  # H delta
    (4341.7, 12.6, 20.3),  # H gamma
    (4862.7, 46.2, 40.4),  # H beta
    (4958.9, 3.5, 3.9),  # [O III]
    (5006.8, 13.2, 6.0),  # [O III]
    (6564.6, 194.5, 47.4),  # H alpha
)
"""Wavelength, equivalent width and Gaussian sigma [Å]."""
NARROWEST = 3000.0
"""km / s: what the grid can hold."""
STRENGTHS: FloatArray = 10 ** np.linspace(-0.4, 0.4, 5)
"""Equivalent widths relative to `LINES`, one path of the atlas each."""
STRENGTH_SCATTER = 0.2
"""dex"""
RESPONSE = 0.5
"""Power of the continuum's change that the lines follow."""


def draw(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw rows of `STRENGTHS`, which are paths of the atlas, shape (n,)."""
    dex = np.log10(STRENGTHS)
    place = (rng.normal(0, STRENGTH_SCATTER, n) - dex[0]) / (dex[1] - dex[0])
    return np.asarray(np.clip(np.rint(place), 0, len(STRENGTHS) - 1), dtype=np.int64)


def spectrum(continuum: FloatArray) -> FloatArray:
    """F_lambda of the lines of strength 1 on a continuum, both of shape (n_wave,)."""
    total = np.zeros(len(WAVELENGTH))
    for centre, width, sigma in LINES:
        fwhm = max(FWHM_PER_SIGMA * sigma / centre * LIGHT_KM_S, NARROWEST)
        below = np.interp(centre, WAVELENGTH, continuum)
        total += below * width * emission(centre, fwhm)
    return total
