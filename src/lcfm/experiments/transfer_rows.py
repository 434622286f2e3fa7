"""Rows of the transfer experiments: a pretrained network by several policies, and what knows none.

Freeze policies are the papers' (a new head on the frozen network; with the first recurrent layer;
every weight) and ours, ``map``. Whatever trains by epochs has one recipe of fixed length. To
compare epochs and seconds, the same stand there once more with the papers' recipe, which stops
early, at all labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lcfm.adapt.policies import PAPER_RECIPE, All, FirstAndHead, Head, HeadMLP, Map, Policy
from lcfm.evaluate.baselines import (
    FeatureBoosting,
    FeatureForest,
    FeatureTable,
    SamplingOnly,
)
from lcfm.evaluate.features import features, sampling_features
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.methods import baseline, finetuned, from_scratch
from lcfm.evaluate.protocols import Method
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings
from lcfm.train.settings import CosineRate, FullLength, TrainSettings

FIXED_LENGTH, STOPPED_EARLY = "from scratch, fixed length", "from scratch, stopped early"
NO_LABELS = "transferred, no labels"
NO_LABELS_MIX = "transferred, no labels, class mix estimated"
BOOSTING, FOREST, SAMPLING = "features + boosting", "features + forest", "sampling only"
STOPPED: TrainSettings = PAPER_RECIPE
"""The papers' recipe, which ends by the loss of the validation labels."""
WHOLE: TrainSettings = replace(PAPER_RECIPE, epochs=30, rate=CosineRate(), stopping=FullLength())
"""A recipe of fixed length: with a few validation objects of rare classes their loss may stop a new
network after its first epochs (docs/log.md)."""
POLICIES: tuple[Policy, ...] = (
    Head(training=replace(WHOLE, epochs=100)), FirstAndHead(training=WHOLE), All(training=WHOLE),
    Map(),
)  # fmt: skip
"""A head alone takes small steps and costs little: it gets more epochs."""
TIMED: tuple[Policy, ...] = (
    Head(training=STOPPED), FirstAndHead(training=STOPPED), All(training=STOPPED),
)  # fmt: skip
"""Policies whose training time is compared, at all labels."""
FROZEN = (Head, HeadMLP, Map)
"""Policies that leave the network as it is, so that its latent vectors are looked up."""


def transferred(policy: str) -> str:
    """Name of a row in records."""
    return f"transferred, {policy}"


def stopped(policy: str) -> str:
    """Name of the row of a policy whose training time is compared."""
    return f"{transferred(policy)}, stopped early"


def with_network(
    model: Model, objects: LightCurves, policies: Mapping[str, Policy]
) -> dict[str, Method]:
    """Rows of a pretrained network.

    Parameters
    ----------
    objects
        All that it will be asked for: its latent vectors are computed once.
    policies
        By the name of the row.
    """
    table = looked_up(model, objects)
    return {
        name: finetuned(table if isinstance(policy, FROZEN) else model, policy)
        for name, policy in policies.items()
    }


def without_network(
    model: Model, objects: LightCurves, rates: Sequence[float]
) -> dict[str, Method]:
    """Rows that know nothing of any pretraining.

    Parameters
    ----------
    model
        Whose encoder and tokens the network from scratch has.
    objects
        All that they will be asked for: their features are computed once.
    rates
        Learning rates that the network from scratch may choose from.
    """
    scratch = PretrainSettings(
        encoder=model.network.settings["lightcurve"], preprocess=model.preprocess
    )
    table = FeatureTable(objects, features)
    return {
        FIXED_LENGTH: from_scratch(scratch, rates, recipe=WHOLE),
        STOPPED_EARLY: from_scratch(scratch, (STOPPED.learning_rate,), recipe=STOPPED),
        BOOSTING: baseline(FeatureBoosting, table),
        FOREST: baseline(FeatureForest, table),
        SAMPLING: baseline(SamplingOnly, FeatureTable(objects, sampling_features)),
    }
