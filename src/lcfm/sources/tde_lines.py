"""Broad lines of TDEs: hydrogen, and helium with Bowen's nitrogen, echoes of the continuum.

Subtypes are those of the 30 events of Hammerstein et al. (2023, ApJ 942, 9, table 3): 6 with
hydrogen, 17 with hydrogen and helium, 3 with helium, and 4 without lines, which are the most
luminous (their sec. 4); definitions are those of van Velzen et al. (2021, ApJ 908, 4, sec. 3).
Widths of about 10,000 to 20,000 km / s, narrower H alpha in events with Bowen lines, and H alpha
that peaks 7 to 45 days after the continuum: Charalampopoulos et al. (2022, A&A 659, A34,
abstract). Ours are the equivalent widths, tens to a few hundred Å, and that half of a line follows
the continuum at once and half as an echo.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.sources import blackbody
from lcfm.sources.base import WAVELENGTH, Atlas, Float32Array, FloatArray
from lcfm.sources.lines import emission

SUBTYPES = ("H", "H+He", "He")
SHARES = np.array([6, 17, 3]) / 26
FEATURELESS_FROM, FEATURELESS_RANGE = 44.5, 0.1
"""log10 of the peak luminosity [erg / s] above which most events have no lines, and the scale of
the logistic transition."""
HYDROGEN, HELIUM = 2, 3
"""Paths of lines of unit flux in the leading line, after those of `blackbody.atlas`; the state is
ln of the width."""
LEADING: dict[int, float] = {HYDROGEN: 6562.8, HELIUM: 4686.0}
"""Å: H alpha, He II."""
BLENDS = {
    HYDROGEN: ((6562.8, 1.0), (4861.3, 0.35), (4340.5, 0.12)),
    HELIUM: ((4686.0, 1.0), (4640.0, 0.5), (4100.0, 0.25)),
}
"""Wavelength [Å] and relative flux of each line: Balmer; He II, N III 4640 and 4100."""
LN_FWHM_MIN, LN_FWHM_STEP, N_WIDTHS = np.log(5000.0), 0.1, 18


def draw(peak_luminosity: FloatArray, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Draw the lines of events.

    Parameters
    ----------
    peak_luminosity : ndarray, shape (n,)
        erg / s.

    Returns
    -------
    dict of ndarray, shape (n,)
        ``hydrogen_width`` and ``helium_width``, equivalent widths [Å] of H alpha and He II on a
        continuum that does not change; ``line_fwhm`` [km / s]; ``line_lag`` [d].
    """
    n = len(peak_luminosity)
    subtype = rng.choice(len(SUBTYPES), n, p=SHARES)
    excess = (np.log10(peak_luminosity) - FEATURELESS_FROM) / FEATURELESS_RANGE
    seen = rng.random(n) > 1 / (1 + np.exp(-excess))
    hydrogen = seen & (subtype != SUBTYPES.index("He"))
    helium = seen & (subtype != SUBTYPES.index("H"))
    typical = np.where(hydrogen & helium, 12500.0, 16000.0)
    return {
        "hydrogen_width": hydrogen * np.clip(140.0 * np.exp(rng.normal(0, 0.5, n)), 0, 500),
        "helium_width": helium * np.clip(40.0 * np.exp(rng.normal(0, 0.5, n)), 0, 150),
        "line_fwhm": np.clip(typical * np.exp(rng.normal(0, 0.25, n)), 6000.0, 25000.0),
        "line_lag": rng.uniform(7.0, 45.0, n),
    }


def state(fwhm: FloatArray) -> Float32Array:
    """State coordinate of widths [km / s], clipped to the atlas."""
    coordinate = (np.log(fwhm) - LN_FWHM_MIN) / LN_FWHM_STEP
    return np.asarray(np.clip(coordinate, 0, N_WIDTHS - 1.001), dtype=np.float32)


@cache
def atlas() -> Atlas:
    """`blackbody.atlas`, and as two paths more the lines by width."""
    photospheres = blackbody.atlas()
    widths = np.exp(LN_FWHM_MIN + LN_FWHM_STEP * np.arange(N_WIDTHS))
    rows = [
        sum(share * emission(centre, fwhm) for centre, share in BLENDS[path])
        for path in (HYDROGEN, HELIUM)
        for fwhm in widths
    ]
    flux = np.concatenate([photospheres.flux, np.array(rows, dtype=np.float32)])
    last = photospheres.start[-1]
    return Atlas(flux, np.append(photospheres.start, last + N_WIDTHS * np.arange(1, 3)))


def continuum(path: int, state: Float32Array) -> FloatArray:
    """F_lambda of Planck's path under the leading line of `path` at state coordinates."""
    return np.interp(state, np.arange(blackbody.N_TEMPERATURES), _by_state(path))


@cache
def _by_state(path: int) -> FloatArray:
    start, stop = blackbody.atlas().start[blackbody.PLANCK : blackbody.PLANCK + 2]
    cell = int(np.abs(WAVELENGTH - LEADING[path]).argmin())
    return blackbody.atlas().flux[start:stop, cell].astype(float)
