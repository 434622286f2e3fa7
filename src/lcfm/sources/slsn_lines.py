"""Spectra of SLSN-I: ionised oxygen while hot, iron, magnesium and calcium as in SN Ic when cool.

Troughs of O II at 3500 to 4500 Å while the photosphere exceeds about 12,000 K, and ultraviolet
troughs of C III, Ti III, Si III and Mg II (Quimby et al. 2018, ApJ 855, 2, sec. 4, fig. 5; Gal-Yam
2019, ARA&A 57, 305, sec. 3.1); after a month, cooler, lines of SN Ic at peak: Ca II, Mg II 4481,
the Fe II triplet about 5000 Å, Si II 6355, O I 7774 (Pastorello et al. 2010, ApJ 724, L16; Inserra
et al. 2013, ApJ 770, 128). Depths are ours, chosen by eye; troughs stand at
10,000 to 12,000 km / s. Light that they take comes back nearby, since the light curves' slope was
fitted to broad bands that hold these lines.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lcfm.sources import blackbody
from lcfm.sources.base import WAVELENGTH, Atlas
from lcfm.sources.lines import about_its_mean, bump

FloatArray = NDArray[np.float64]

HOT = (
    (2200.0, 14000.0, -0.30),  # C II, Ti III
    (2430.0, 14000.0, -0.25),  # Si III, Ti III
    (2670.0, 14000.0, -0.35),  # Mg II, C II
    (3520.0, 9000.0, -0.06),  # O II from here
    (3720.0, 9000.0, -0.10),
    (3930.0, 9000.0, -0.12),
    (4190.0, 8000.0, -0.20),
    (4450.0, 8000.0, -0.25),
)
COOL = (
    (2670.0, 16000.0, -0.45),  # Mg II
    (3050.0, 16000.0, -0.25),  # Fe III, Si III
    (3790.0, 13000.0, -0.40),  # Ca II H and K
    (4050.0, 8000.0, 0.15),
    (4310.0, 12000.0, -0.35),  # Mg II 4481, Fe II
    (4600.0, 10000.0, 0.20),
    (4930.0, 14000.0, -0.40),  # Fe II 4924, 5018, 5169
    (5350.0, 14000.0, 0.15),
    (6130.0, 10000.0, -0.18),  # Si II 6355
    (7490.0, 11000.0, -0.25),  # O I 7774
    (8250.0, 12000.0, -0.25),  # Ca II, near-infrared
    (8700.0, 12000.0, 0.15),
)
"""Wavelength [Å], FWHM [km / s] and change of ln flux."""
OXYGEN_FROM, IRON_UNTIL, TRANSITION = 12000.0, 10000.0, 0.08
"""K; and the scale of the logistic transition in ln T."""
MEAN_WIDTH = 0.12
"""Of `about_its_mean`: the width of a band in ln wavelength."""
STRENGTHS: FloatArray = np.array([0.4, 0.7, 1.0, 1.3, 1.6])
"""Factors of `HOT` and `COOL`, one path of the atlas each."""
STRENGTH_SCATTER = 0.4


def draw(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw rows of `STRENGTHS`, which are paths of the atlas, shape (n,)."""
    place = (rng.normal(1.0, STRENGTH_SCATTER, n) - STRENGTHS[0]) / (STRENGTHS[1] - STRENGTHS[0])
    return np.asarray(np.clip(np.rint(place), 0, len(STRENGTHS) - 1), dtype=np.int64)


@cache
def atlas() -> Atlas:
    """`blackbody.SUPPRESSED` with lines: states by temperature, paths by strength."""
    start, stop = blackbody.atlas().start[blackbody.SUPPRESSED : blackbody.SUPPRESSED + 2]
    continuum = blackbody.atlas().flux[start:stop].astype(float)
    ln_t = blackbody.LN_T_MIN + blackbody.LN_T_STEP * np.arange(blackbody.N_TEMPERATURES)
    hot = 1 / (1 + np.exp(-(ln_t - np.log(OXYGEN_FROM)) / TRANSITION))
    cool = 1 / (1 + np.exp((ln_t - np.log(IRON_UNTIL)) / TRANSITION))
    shape = hot[:, None] * _sum(HOT) + cool[:, None] * _sum(COOL)
    flux = np.concatenate([continuum * about_its_mean(s * shape, MEAN_WIDTH) for s in STRENGTHS])
    return Atlas(flux.astype(np.float32), blackbody.N_TEMPERATURES * np.arange(len(STRENGTHS) + 1))


def _sum(features: tuple[tuple[float, float, float], ...]) -> FloatArray:
    total = np.zeros(len(WAVELENGTH))
    for centre, fwhm, change in features:
        total += change * bump(centre, fwhm)
    return total
