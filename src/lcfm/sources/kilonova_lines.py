"""Spectra of kilonovae: strontium's P Cygni profile, and lanthanides that blanket the red cloud.

Both clouds, once cool, show Sr II: from the lines at 10,037, 10,327 and 10,915 Å a trough about
8000 Å and emission about 10,000 Å (Watson et al. 2019, Nature 574, 497: from day 1.5, near 4500 K,
0.2 to 0.3 c), and a trough about 3500 to 4000 Å from 4078 and 4216 Å. The red cloud shows the
humps of lanthanide opacity at 1.07, 1.55 and 2.1 micron (Kasen et al. 2017, Nature 551, 80; Pian
et al. 2017, Nature 551, 67) and little light below 5000 Å. Depths are ours, chosen by eye. Light
that a trough takes comes back nearby, since the clouds were fitted to broad bands.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcfm.sources.base import WAVELENGTH
from lcfm.sources.lines import about_its_mean, bump

FloatArray = NDArray[np.float64]

STRONTIUM = (
    (3700.0, 45000.0, -0.35),
    (4300.0, 45000.0, 0.15),
    (8000.0, 40000.0, -0.35),
    (10000.0, 50000.0, 0.10),
)
LANTHANIDES = (
    (10700.0, 40000.0, 0.30),
    (12700.0, 35000.0, -0.25),
    (15500.0, 40000.0, 0.35),
    (18200.0, 35000.0, -0.25),
    (21000.0, 40000.0, 0.30),
)
"""Wavelength [Å], FWHM [km / s] and change of ln flux."""
FEATURES = {"blue": STRONTIUM, "red": STRONTIUM + LANTHANIDES}
BLANKETED, BLANKETING_POWER = 5000.0, {"blue": 0.0, "red": 2.0}
"""Å below which a cloud is dimmed, and the power of wavelength by which."""
COOL_BELOW, TRANSITION = 5500.0, 0.1
"""K, and the scale of the logistic transition in ln T."""
MEAN_WIDTH = 0.12
"""Of `about_its_mean`: the width of a band in ln wavelength."""
STRENGTHS: FloatArray = np.array([0.6, 1.0, 1.4])
"""Factors of the features."""


def draw(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw rows of `STRENGTHS`, shape (n,)."""
    return rng.integers(0, len(STRENGTHS), n)


def factors(ln_temperature: FloatArray, strength: float, cloud: str) -> FloatArray:
    """What lines of a strength do to the blackbodies of a cloud, shape (n_states, n_wave)."""
    cool = strength / (1 + np.exp((ln_temperature - np.log(COOL_BELOW)) / TRANSITION))
    shape = np.zeros(len(WAVELENGTH))
    for centre, fwhm, change in FEATURES[cloud]:
        shape += change * bump(centre, fwhm)
    lined = about_its_mean(cool[:, None] * shape, MEAN_WIDTH)
    blanketing = BLANKETING_POWER[cloud] * np.log(np.minimum(WAVELENGTH / BLANKETED, 1.0))
    return np.asarray(lined * np.exp(cool[:, None] * blanketing))
