"""Make stated probabilities mean what they say, on objects that the weights were not fitted to.

Temperature scaling (Guo et al. 2017, ICML, section 4.2): logits are divided by one number T, chosen
to minimise the log loss on validation objects; the order of the objects' classes does not change.
The same for a density: its deviations are multiplied by one number.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from lcfm.encoders.heads import DensityHead
from lcfm.encoders.mixture import NormalMixture
from lcfm.errors import LcfmError

DoubleArray = NDArray[np.float64]

STIFF = 10.0
"""Penalty on (log T)²: twenty-five validation objects alone would choose T almost by chance."""

SPAN = 10.0
"""Temperatures and stretches lie between 1/10 and 10."""


def fitted_temperature(
    logits: NDArray[np.floating], codes: NDArray[np.int64], weights: DoubleArray | None = None
) -> float:
    """Temperature with the smallest log loss, leaning on 1 as much as :data:`STIFF` says.

    Parameters
    ----------
    logits : ndarray, shape (n, n_classes)
        Scores, or logarithms of probabilities.
    codes : ndarray of int, shape (n,)
        True classes.
    weights : ndarray, shape (n,), optional
        How much each object counts; each alike by default.

    Raises
    ------
    LcfmError
        There is no object.
    """
    scores = np.asarray(logits, dtype=np.float64)
    if not len(scores) or len(scores) != len(codes):
        raise LcfmError(
            f"a temperature needs validation objects with a class each, got {len(scores)} objects "
            f"and {len(codes)} classes"
        )
    rows = np.arange(len(codes))
    counts = np.ones(len(codes)) if weights is None else weights

    def loss(log_temperature: float) -> float:
        each = log_softmax(scores / np.exp(log_temperature), axis=1)[rows, codes]
        return float(-(counts * each).sum() + 0.5 * STIFF * log_temperature**2)

    return _best(loss)


def fitted_stretch(head: DensityHead, latent: NDArray[np.float32], values: DoubleArray) -> float:
    """Factor on the deviations of `head` with the smallest negative log likelihood of `values`."""
    target = torch.from_numpy(
        (head.scale.forward(values) - head.mean.item()) / head.std.item()
    ).float()
    with torch.no_grad():
        mixture = head(torch.from_numpy(latent))

    def loss(log_stretch: float) -> float:
        wider = NormalMixture(mixture.log_weight, mixture.mean, mixture.std * np.exp(log_stretch))
        return float(-wider.log_prob(target).mean())

    return _best(loss)


def _best(loss: object) -> float:
    found = minimize_scalar(loss, bounds=(-np.log(SPAN), np.log(SPAN)), method="bounded")
    return float(np.exp(found.x))
