"""The methods that stand beside one another in every table, each a function of labelled objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.adapt.answering import answering
from lcfm.adapt.fit import fit
from lcfm.adapt.policies import Policy
from lcfm.adapt.unlabelled import expecting_mix_of
from lcfm.errors import LcfmError
from lcfm.evaluate.baselines import Chance, Extract, FeatureClassifier
from lcfm.evaluate.estimates import Estimator, NumberMethod
from lcfm.evaluate.protocols import Classifier, Method
from lcfm.evaluate.regressors import FeatureRegressor
from lcfm.lightcurves import LightCurves
from lcfm.objectives.classify import ClassifySettings
from lcfm.objectives.regress import RegressSettings
from lcfm.serve.guard import Guard
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import ConstantRate, EarlyStopping, TrainSettings

TARGET = "target"

SCRATCH_RATES = (3e-4, 1e-3, 3e-3)
"""Learning rates that the network without pretraining may choose from."""

SCRATCH_RECIPE = TrainSettings(
    epochs=100, batch_size=32, rate=ConstantRate(), stopping=EarlyStopping(patience=5)
)


def finetuned(model: Model, policy: Policy, device: str = "auto") -> Method:
    """The pretrained model, adapted by this policy on this device."""

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        return fit(model, lcs, labels, policy=policy, classes=classes, seed=seed, device=device)

    return method


def without_labels(model: Model) -> Method:
    """The pretrained model on the target's classes, flat prior; the labels are not looked at."""

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        return answering(model, classes)

    return method


def without_labels_in_their_mix(model: Model) -> Method:
    """The pretrained model, its prior the class mix estimated from the light curves alone.

    It is estimated from the objects that others see the labels of, so that the test objects stay
    unread.
    """

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        return expecting_mix_of(answering(model, classes), [lcs], Guard())[0]

    return method


def baseline(estimator: type[FeatureClassifier], extract: Extract) -> Method:
    """A baseline on features that were computed once for all draws."""

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        return estimator(classes, seed=seed, extract=extract).fit(lcs, labels)

    return method


def chance(
    lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
) -> Classifier:
    """The class frequencies of the labels, for every object alike."""
    return Chance(classes, seed=seed).fit(lcs, labels)


def from_scratch(
    settings: PretrainSettings,
    rates: Sequence[float] = SCRATCH_RATES,
    device: str = "auto",
    *,
    recipe: TrainSettings | None = None,
) -> Method:
    """The same network without pretraining; the learning rate with the best validation loss.

    The recipe is :data:`SCRATCH_RECIPE` unless one is given; its rate is not used.
    """

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        objective = ClassifySettings(column=TARGET, classes=classes)
        table = lcs.with_columns(**{TARGET: labels})
        chosen = replace(settings, objective=objective, training=recipe or SCRATCH_RECIPE)
        return _best_of(table, chosen, rates, seed, device)

    return method


def finetuned_number(model: Model, policy: Policy, device: str = "auto") -> NumberMethod:
    """The pretrained model, adapted to a number by this policy on this device."""

    def method(lcs: LightCurves, values: NDArray[np.float64], seed: int) -> Estimator:
        return fit(model, lcs, values, policy=policy, seed=seed, device=device)

    return method


def number_baseline(estimator: type[FeatureRegressor], extract: Extract) -> NumberMethod:
    """A baseline on features that were computed once for all draws."""

    def method(lcs: LightCurves, values: NDArray[np.float64], seed: int) -> Estimator:
        return estimator(seed=seed, extract=extract).fit(lcs, values)

    return method


def number_from_scratch(
    settings: PretrainSettings, rates: Sequence[float] = SCRATCH_RATES, device: str = "auto"
) -> NumberMethod:
    """The same network on a number, without pretraining; rates as in :func:`from_scratch`."""

    def method(lcs: LightCurves, values: NDArray[np.float64], seed: int) -> Estimator:
        table = lcs.with_columns(**{TARGET: values})
        chosen = replace(
            settings, objective=RegressSettings(column=TARGET), training=SCRATCH_RECIPE
        )
        return _best_of(table, chosen, rates, seed, device)

    return method


class Remembered:
    """A method that fits the same labels and seed once, for tasks that share a classifier.

    Parameters
    ----------
    method
        What is fitted.
    """

    def __init__(self, method: Method) -> None:
        self.method = method
        self._fitted: dict[tuple[str, tuple[str, ...], tuple[str, ...], int], Classifier] = {}

    def __call__(
        self, lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        """The classifier fitted before, or a new one."""
        key = (lcs.fingerprint(), tuple(map(str, labels)), classes, seed)
        if key not in self._fitted:
            self._fitted[key] = self.method(lcs, labels, classes, seed)
        return self._fitted[key]


def _best_of(
    lcs: LightCurves, settings: PretrainSettings, rates: Sequence[float], seed: int, device: str
) -> Model:
    """A new network for each learning rate of the recipe; the one with the lowest loss."""
    best: Model | None = None
    best_loss = float("inf")
    for rate in rates:
        recipe = replace(settings.training, learning_rate=rate, device=device)
        model = pretrain(lcs, replace(settings, training=recipe), seed=seed)
        loss = model.provenance["best_valid_loss"]
        if loss < best_loss:
            best, best_loss = model, loss
    if best is None:
        raise LcfmError("no learning rate gave a finite validation loss")
    return best
