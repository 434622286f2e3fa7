"""What a calibration error means, in words: is a model surer than it is right, or less so?"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lcfm.encoders.heads import ClassHead, MappedHead
from lcfm.evaluate.metrics import expected_calibration_error
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model

SAID_ABOVE = 0.05
"""Expected calibration error from which on a report speaks of it."""

CLEAR = 2.0
"""Standard errors by which mean confidence and accuracy must differ for a direction."""


def calibration_words(
    labels: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]
) -> str | None:
    """A sentence on probabilities that do not mean what they say; None if they about do.

    Parameters
    ----------
    labels : array_like of str, shape (n,)
    probabilities : array_like, shape (n, k)
    classes
        Names of the columns.

    Notes
    -----
    The direction is the sign of mean confidence − accuracy. Its standard error, if the model were
    calibrated, is that of a sum of n binary outcomes with the stated probabilities.
    """
    names, table = np.asarray(labels).astype(str), np.asarray(probabilities, dtype=np.float64)
    sure = table.max(axis=1)
    right = np.asarray(classes)[table.argmax(axis=1)] == names
    error = expected_calibration_error(right, sure)
    if error <= SAID_ABOVE:
        return None
    gap = float(sure.mean() - right.mean())
    noise = float(np.sqrt((sure * (1 - sure)).sum())) / len(sure)
    figures = (
        f"on average it is {sure.mean():.0%} sure of its class and right for {right.mean():.0%} of "
        f"the objects (expected calibration error {error:.3f}, above {SAID_ABOVE})"
    )
    if abs(gap) <= CLEAR * noise:
        return (
            "The probabilities of this model differ from frequencies in no clear direction: "
            f"{figures}. With {len(sure):,} test objects part of that is chance."
        )
    if gap > 0:
        return (
            f"This model is overconfident: {figures}. Its ranking of objects can be used, its "
            "probabilities are too close to 0 and 1."
        )
    return (
        f"This model is underconfident: {figures}. It is right more often than its probabilities "
        "say."
    )


def before_temperature(model: Model, test: LightCurves, truth: ArrayLike) -> dict[str, float]:
    """What the temperature did: scores of the same model without it.

    Parameters
    ----------
    model
        Its temperature is 1 until a calibration sets it.
    test
        Test objects.
    truth : array_like of str, shape (n_test,)

    Returns
    -------
    dict of str to float
        ``temperature``, and ``ece_before_temperature``, the expected calibration error with a
        temperature of 1. Empty for a model without classes.
    """
    head = copy.copy(model.head)
    if not isinstance(head, (ClassHead, MappedHead)):
        return {}
    temperature, head.temperature = head.temperature, 1.0
    plain = copy.copy(model)
    plain.heads = {"plain": head}
    table = plain.predict_proba(test)
    right = np.asarray(plain.classes_)[table.argmax(axis=1)] == np.asarray(truth).astype(str)
    error = expected_calibration_error(right, table.max(axis=1))
    return {"temperature": temperature, "ece_before_temperature": error}
