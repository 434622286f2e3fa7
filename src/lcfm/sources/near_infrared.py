"""Where a template's near infrared is no longer that of its supernova, and what stands instead.

Templates were measured to about 9,000 Å and extended by their makers with splines through colours.
Far from the phases that had such colours the extension is an extrapolation: it jumps at a seam
(`sncosmo_pierel2018`, at 9,050 Å, up to 50 times at early phases), falls to nothing
(`sncosmo_snana`), or ends in zeros (`sncosmo_vincenzi2019`, at 10,200 Å).

Each spectrum is therefore believed only as far as it stays within `FARTHEST` of a continuum from
its own flux just short of `JOIN` and takes no step above `LARGEST_STEP` from one cell of the grid
to the next, as no line does whose width is that of a supernova. From there on, the continuum
follows on from the last flux believed. It is that of a blackbody of 6,500 K at 1 micrometre,
d ln F_lambda / d ln lambda = -5 + x / (1 - exp(-x)) = -2.5 with x = hc / (lambda k T) = 2.2, about
the photosphere of SNe II on their plateau and of stripped SNe around their peak.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcfm.sources.base import WAVELENGTH

FloatArray = NDArray[np.float64]

JOIN = 9000.0
"""Å. No seam lies below it; redward of the emission of the Ca II triplet."""
ANCHOR_CELLS = 3
"""Cells short of `JOIN` whose mean the continuum starts from."""
CONTINUUM_SLOPE = -2.5
"""F_lambda goes as this power of lambda."""
FARTHEST = 3.5
"""Factor from the continuum; SNe Ia, known well at 1 micrometre, reach 3.2 (Hsiao's series)."""
LARGEST_STEP = 1.35
"""Factor between cells, 1,500 km/s apart."""


def believed(flux: FloatArray, first_cell: int) -> NDArray[np.int64]:
    """How many cells of each spectrum, from its blue end, are that of the supernova.

    Parameters
    ----------
    flux : ndarray, shape (n_states, n_cells)
        F_lambda on the cells of the atlas grid from `first_cell` on.
    first_cell
        Cell of the grid where `flux` begins.

    Returns
    -------
    ndarray of int, shape (n_states,)
    """
    count = flux.shape[1]
    wavelength = WAVELENGTH[first_cell : first_cell + count]
    join = int(np.searchsorted(wavelength, JOIN))
    if not ANCHOR_CELLS <= join < count:
        return np.full(len(flux), count)
    anchor = slice(join - ANCHOR_CELLS, join)
    level = flux[:, anchor].mean(axis=1, keepdims=True)
    continuum = level * (wavelength / wavelength[anchor].mean()) ** CONTINUUM_SLOPE
    with np.errstate(divide="ignore", invalid="ignore"):  # zeros are not believed
        distance = np.log(flux / continuum)[:, join - 1 :]
        near = np.abs(distance[:, 1:]) <= np.log(FARTHEST)
        smooth = np.abs(np.diff(distance, axis=1)) <= np.log(LARGEST_STEP)
    doubtful = ~(near & smooth)
    doubted = doubtful.any(axis=1)
    return np.asarray(np.where(doubted, join + doubtful.argmax(axis=1), count))


def repair(flux: FloatArray, first_cell: int) -> FloatArray:
    """Spectra whose near infrared is continued from where it is no longer believed.

    Parameters and shape as in `believed`; cells that are believed stay as they are.
    """
    count = believed(flux, first_cell)[:, None]
    wavelength = WAVELENGTH[first_cell : first_cell + flux.shape[1]]
    last = np.take_along_axis(flux, count - 1, axis=1)
    continued = last * (wavelength / wavelength[count - 1]) ** CONTINUUM_SLOPE
    return np.where(np.arange(flux.shape[1]) < count, flux, continued)
