"""Rows of table 1: a pretrained network by several policies, and what knows no pretraining.

A row's name is ``pretraining | adapted by``. The paper freezes the network and trains an MLP
(``head+mlp``; simulation-pretrained FM, B.4.1); ``map`` keeps the pretrained class head, and
``all`` moves every weight for a number. An anomaly is what isolation forests find odd on the
penultimate layer of the classifier that the same labels of normal objects taught (B.4.2): one
forest as in the paper, or one for each class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcfm.adapt.policies import All, HeadMLP, Map, Policy, Refine, RefineAll
from lcfm.adapt.rules import density_head
from lcfm.evaluate.baselines import FeatureBoosting, FeatureTable, SamplingOnly
from lcfm.evaluate.estimates import Estimator, NumberMethod
from lcfm.evaluate.features import features, sampling_features
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.methods import (
    Remembered,
    baseline,
    finetuned,
    finetuned_number,
    from_scratch,
    number_baseline,
    number_from_scratch,
)
from lcfm.evaluate.oddities import OddMethod, forest_on_classifier, forest_on_features
from lcfm.evaluate.protocols import Method
from lcfm.evaluate.regressors import FeatureBoostingRegressor, FeatureForestRegressor
from lcfm.experiments.pretrainings import ENCODER, TOKENS
from lcfm.experiments.table1_tasks import N_LABELS, Methods
from lcfm.experiments.zero_shot import DIRECT, FEW
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings

NONE = "none"
"""The pretraining of rows that have none."""
NETWORK, BOOSTING, SAMPLING = "network", "features + boosting", "sampling only"
PER_CLASS = ", forest per class"
"""End of the name of a row with a forest for each class."""
CLASS_POLICIES: tuple[Policy, ...] = (HeadMLP(), Map())
"""The paper's, and ours."""


def named(pretraining: str, by: str) -> str:
    """Name of a row in records."""
    return f"{pretraining} | {by}"


def parts(name: str) -> tuple[str, str]:
    """Pretraining and what adapts, from the name of a row."""
    pretraining, by = name.split(" | ")
    return pretraining, by


def with_network(
    pretraining: str, model: Model, objects: LightCurves, number_policies: Sequence[Policy]
) -> Methods:
    """Rows of a pretrained network.

    Parameters
    ----------
    pretraining
        Its name in the table.
    objects
        All that it will be asked for: its latent vectors are computed once.
    number_policies
        How it is adapted to redshifts.
    """
    frozen = looked_up(model, objects)
    classes: dict[str, Method] = {
        named(pretraining, policy.kind): Remembered(finetuned(frozen, policy))
        for policy in CLASS_POLICIES
    }
    numbers = {
        named(pretraining, policy.kind): (
            every_weight(model)
            if isinstance(policy, All)
            else finetuned_number(model if isinstance(policy, RefineAll) else frozen, policy)
        )
        for policy in number_policies
    }
    return Methods(classes, numbers, _forests(classes), numbers)


def number_policies_of(model: Model) -> tuple[Policy, ...]:
    """How a given model is adapted to redshifts: by its density, if it learned one."""
    return (HeadMLP(),) if density_head(model) is None else (Refine(), RefineAll())


def every_weight(model: Model) -> NumberMethod:
    """The whole network learns on, with as many updates as in table 2."""

    def method(lcs: LightCurves, values: NDArray[np.float64], seed: int) -> Estimator:
        training = FEW if len(lcs) <= N_LABELS else DIRECT
        return finetuned_number(model, All(training=training))(lcs, values, seed)

    return method


@dataclass(frozen=True)
class FeatureTables:
    """Features of all objects of the table, computed once.

    Attributes
    ----------
    real, sampling
        Of the real objects: hand-crafted ones, and those of the sampling alone.
    simulated, simulated_sampling
        The same of the simulations.
    """

    real: FeatureTable
    sampling: FeatureTable
    simulated: FeatureTable
    simulated_sampling: FeatureTable

    @classmethod
    def of(cls, data: LightCurves, simulations: LightCurves) -> FeatureTables:
        """Compute them."""
        return cls(
            FeatureTable(data, features),
            FeatureTable(data, sampling_features),
            FeatureTable(simulations, features),
            FeatureTable(simulations, sampling_features),
        )


def without_network(tables: FeatureTables, rates: Sequence[float]) -> Methods:
    """Rows that know nothing of any pretraining.

    Parameters
    ----------
    rates
        Learning rates that the same network without pretraining may choose from.
    """
    untrained = PretrainSettings(encoder=ENCODER, preprocess=TOKENS)
    network, boosting, sampling = (named(NONE, by) for by in (NETWORK, BOOSTING, SAMPLING))
    scratch: dict[str, Method] = {network: Remembered(from_scratch(untrained, rates))}
    number = number_from_scratch(untrained, rates)
    return Methods(
        {
            **scratch,
            boosting: baseline(FeatureBoosting, tables.real),
            sampling: baseline(SamplingOnly, tables.sampling),
        },
        {
            network: number,
            boosting: number_baseline(FeatureBoostingRegressor, tables.real),
            sampling: number_baseline(FeatureForestRegressor, tables.sampling),
        },
        {
            **_forests(scratch),
            named(NONE, "features + forest"): forest_on_features(tables.real),
            sampling: forest_on_features(tables.sampling),
        },
        {
            network: number,
            boosting: number_baseline(FeatureBoostingRegressor, tables.simulated),
            sampling: number_baseline(FeatureForestRegressor, tables.simulated_sampling),
        },
    )


def _forests(classes: dict[str, Method]) -> dict[str, OddMethod]:
    """Both kinds of forest on each classifier."""
    return {
        name: method
        for row, classify in classes.items()
        for name, method in (
            (row, forest_on_classifier(classify, "one")),
            (f"{row}{PER_CLASS}", forest_on_classifier(classify, "per-class")),
        )
    }
