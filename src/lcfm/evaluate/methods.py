"""The methods that stand beside one another in every table, each a function of labelled objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from lcfm.adapt.fit import fit, zero_label
from lcfm.adapt.policies import Policy
from lcfm.errors import LcfmError
from lcfm.evaluate.baselines import Chance, Extract, FeatureClassifier
from lcfm.evaluate.protocols import Classifier, Method
from lcfm.lightcurves import LightCurves
from lcfm.objectives.classify import ClassifySettings
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
        return zero_label(model, classes)

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
    settings: PretrainSettings, rates: Sequence[float] = SCRATCH_RATES, device: str = "auto"
) -> Method:
    """The same network without pretraining; the learning rate with the best validation loss."""

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        table = lcs.with_columns(**{TARGET: labels})
        best: Model | None = None
        best_loss = float("inf")
        for rate in rates:
            recipe = replace(SCRATCH_RECIPE, learning_rate=rate, device=device)
            objective = ClassifySettings(column=TARGET, classes=classes)
            chosen = replace(settings, objective=objective, training=recipe)
            model = pretrain(table, chosen, seed=seed)
            loss = model.provenance["best_valid_loss"]
            if loss < best_loss:
                best, best_loss = model, loss
        if best is None:
            raise LcfmError("no learning rate gave a finite validation loss")
        return best

    return method
