"""Weights for labels that are a biased sample: bright objects get spectra, faint ones do not.

An object of peak magnitude m is labelled with a probability e(m), its propensity (Rosenbaum & Rubin
1983, Biometrika 70, 41). Labels with weights 1 / e(m) stand for the whole table (Horvitz & Thompson
1952), as far as labels reach: where no object is labelled, no weight helps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.units import magnitude_from_njy

FloatArray = NDArray[np.float64]

LARGEST = 10.0
"""Weight, in units of the median one, at which weights are cut: few labels must not rule all."""


def peak_magnitude(lcs: LightCurves) -> FloatArray:
    """Brightest measurement of each object [AB mag], shape (n_objects,).

    NaN for an object without a positive flux; limits are not measurements.
    """
    flux = np.where(lcs.points["limit"], 0.0, lcs.points["flux"].astype(np.float64))
    brightest = np.zeros(len(lcs))
    np.maximum.at(brightest, lcs.owner, flux)
    out = np.full(len(lcs), np.nan)
    out[brightest > 0] = magnitude_from_njy(brightest[brightest > 0])
    return out


def propensity_weights(
    labelled: ArrayLike, table: ArrayLike, *, largest: float = LARGEST
) -> FloatArray:
    """Weights of labels with which they stand for a whole table, shape (n_labelled,), mean 1.

    The propensity is a logistic regression on the magnitude and its square.

    Parameters
    ----------
    labelled : array_like, shape (n_labelled,)
        Peak magnitude of each labelled object.
    table : array_like, shape (n_objects,)
        Peak magnitudes of all objects that the model is meant for, labelled or not.
    largest
        Weights above so many times the median are cut.

    Raises
    ------
    LcfmError
        A magnitude is not finite, or either side is empty.
    """
    from sklearn.linear_model import LogisticRegression

    mine, all_of = (np.asarray(v, dtype=np.float64) for v in (labelled, table))
    for values, name in ((mine, "labelled objects"), (all_of, "objects of the table")):
        if not len(values) or not np.isfinite(values).all():
            raise LcfmError(
                f"{len(values)} {name} with {int((~np.isfinite(values)).sum())} unknown "
                "magnitudes; leave out objects without one"
            )
    mean, std = all_of.mean(), max(float(all_of.std()), 1e-6)

    def inputs(magnitude: FloatArray) -> FloatArray:
        scaled = (magnitude - mean) / std
        return np.stack([scaled, scaled**2], axis=1)

    both = np.concatenate([inputs(mine), inputs(all_of)])
    is_labelled = np.arange(len(both)) < len(mine)
    odds = LogisticRegression(C=10.0, max_iter=1000).fit(both, is_labelled)
    weights = np.exp(-odds.decision_function(inputs(mine)))
    weights = np.minimum(weights, largest * np.median(weights))
    return np.asarray(weights / weights.mean(), dtype=np.float64)
