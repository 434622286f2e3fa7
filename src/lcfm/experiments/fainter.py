"""Simulated faint counterparts: what an object would look like farther away.

Fluxes are dimmed and the noise of the sky stays: a flux f with error s becomes a f + noise of
deviation s √(1 − a²), so that its error is s again. Detections that fall below the threshold of
the alerts are lost, as they would be. Left out: redshift stretches time and shifts the spectrum,
by a few percent over the magnitude or two that is asked for here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcfm.lightcurves import DETECTION_SNR, LightCurves

FEWEST = 3
"""Detections that a counterpart needs."""


def fainter(
    lcs: LightCurves, by: NDArray[np.float64], rng: np.random.Generator
) -> tuple[LightCurves, NDArray[np.int64]]:
    """Dim each object by so many magnitudes, shape (n_objects,), none of them negative.

    Returns
    -------
    lcs
        Counterparts with `FEWEST` detections at least; their names end in ``-fainter``.
    rows : ndarray of int
        The object that each is made from.
    """
    measured = lcs.select_points(~lcs.points["limit"])
    share = 10 ** (-0.4 * by)[measured.owner]
    error = measured.points["flux_err"].astype(np.float64)
    noise = rng.normal(size=len(error)) * error * np.sqrt(1 - share**2)
    flux = share * measured.points["flux"] + noise
    points = {**measured.points, "flux": flux}
    names = [f"{name}-fainter" for name in lcs.object_id]
    dimmed = LightCurves(measured.objects, measured.offsets, points, measured.bands)
    seen = dimmed.with_columns(object_id=names).select_points(flux >= DETECTION_SNR * error)
    rows = np.flatnonzero(seen.lengths >= FEWEST)
    return seen[rows], rows
