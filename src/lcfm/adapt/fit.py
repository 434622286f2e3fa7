"""Labels to an adapted model: one function, the policy decides what moves."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from lcfm import config, taxonomy
from lcfm.adapt.mapping import mapped_head, refine
from lcfm.adapt.policies import All, FirstAndHead, Head, HeadMLP, Map, MapAll, Policy
from lcfm.encoders.heads import ClassHead, MappedHead, MLPHead
from lcfm.encoders.network import Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Objective
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.objectives.regress import Regress, RegressSettings
from lcfm.prepare.batch import DataSet
from lcfm.prepare.split import EventSet, is_validation
from lcfm.serve.model import Model
from lcfm.train.loop import train
from lcfm.train.settings import TrainSettings

TARGET = "target"

log = logging.getLogger("lcfm")


def fit(
    model: Model,
    lcs: LightCurves,
    labels: ArrayLike,
    *,
    policy: Policy | None = None,
    classes: Sequence[str] | None = None,
    seed: int = 0,
) -> Model:
    """Adapt a model to labelled light curves; the given model stays as it is.

    Parameters
    ----------
    model
        Pretrained model.
    lcs
        Labelled objects.
    labels : array_like, shape (n_objects,)
        Class names (text), or numbers for a regression.
    policy
        By default :class:`~lcfm.adapt.policies.Map` where the taxonomy knows every class among
        those pretrained, and :class:`~lcfm.adapt.policies.HeadMLP` otherwise, which is logged.
    classes
        Names of all target classes, also those without a label; by default those in `labels`.
    seed
        For new weights, batches and folds.

    Raises
    ------
    LcfmError
        Labels are missing, are one class only, or do not match the objects in number.
    """
    values = np.asarray(labels)
    if len(values) != len(lcs):
        raise LcfmError(f"{len(values)} labels for {len(lcs)} objects; give one label per object")
    if not len(values):
        raise LcfmError("no labelled object to adapt to; give at least two labels")
    numeric = values.dtype.kind in "fiu"
    if numeric:
        chosen = policy or HeadMLP()
        adapted = _regression(model, lcs, values.astype(np.float64), chosen, seed)
    else:
        names = _class_names(lcs, values, classes)
        chosen = policy or default_policy(model, names)
        adapted = _classification(chosen, model, lcs, values.astype(object), names, seed)
    seen = EventSet.of(lcs.column("event_id"))
    if "events" in model.provenance:
        seen = seen | EventSet.from_dict(model.provenance["events"])
    adapted.provenance = {
        **model.provenance,
        "events": seen.to_dict(),
        "adapted": {
            "policy": config.to_dict(chosen),
            "labels": len(lcs),
            "seed": seed,
            "data": lcs.fingerprint(),
        },
    }
    return adapted


def default_policy(model: Model, classes: Sequence[str]) -> Policy:
    """``map`` where every class has a pretrained counterpart, else a new head with a hidden layer.

    A class that the pretraining did not know has nothing to map: with labels of one's own making,
    a new head does better (docs/log.md).
    """
    if not _is_linear(model):
        return HeadMLP()
    unknown = [c for c, sources in taxonomy.group(model.classes_, classes).items() if not sources]
    if not unknown:
        return Map()
    log.warning(
        "class %s has no counterpart among the pretrained %s; a new head is trained instead of "
        "mapping them (policy head+mlp)",
        ", ".join(map(repr, unknown)),
        ", ".join(model.classes_),
    )
    return HeadMLP()


def _is_linear(model: Model) -> bool:
    """True for a class head whose weights act on the latent itself; an MLPHead's do not."""
    return isinstance(model.head, ClassHead) and not isinstance(model.head, MLPHead)


def zero_label(model: Model, classes: Sequence[str]) -> Model:
    """The model on a target's classes without any label, prior flat."""
    head = _mapped(model, tuple(classes))
    return _with_head(model, copy.deepcopy(model.network), TARGET, head)


@singledispatch
def _classification(
    policy: Policy,
    model: Model,
    lcs: LightCurves,
    labels: NDArray[Any],
    classes: tuple[str, ...],
    seed: int,
) -> Model:
    raise TypeError(f"no rule to adapt with {policy!r}")


@_classification.register
def _(
    policy: Map,
    model: Model,
    lcs: LightCurves,
    labels: NDArray[Any],
    classes: tuple[str, ...],
    seed: int,
) -> Model:
    head = _mapped(model, classes)
    refine(head, model.embed(lcs), _codes(labels, classes), policy, seed=seed)
    return _with_head(model, copy.deepcopy(model.network), TARGET, head)


@_classification.register
def _(
    policy: MapAll,
    model: Model,
    lcs: LightCurves,
    labels: NDArray[Any],
    classes: tuple[str, ...],
    seed: int,
) -> Model:
    started = _classification(policy.start, model, lcs, labels, classes, seed)
    head = started.head
    assert isinstance(head, MappedHead)
    return _train(started, started.network, head, lcs, labels, policy.training, seed)


@_classification.register(Head)
@_classification.register(HeadMLP)
@_classification.register(FirstAndHead)
@_classification.register(All)
def _(
    policy: Head | HeadMLP | FirstAndHead | All,
    model: Model,
    lcs: LightCurves,
    labels: NDArray[Any],
    classes: tuple[str, ...],
    seed: int,
) -> Model:
    network = copy.deepcopy(model.network)
    _freeze(network, policy)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = MLPHead if isinstance(policy, HeadMLP) else ClassHead
        head = new(network.latent_size, classes)
    return _train(model, network, head, lcs, labels, policy.training, seed)


def _regression(
    model: Model, lcs: LightCurves, values: NDArray[np.float64], policy: Policy, seed: int
) -> Model:
    if isinstance(policy, (Map, MapAll)):
        raise LcfmError(
            "policy 'map' maps classes; for a number choose head+mlp, first+head or all"
        )
    network = copy.deepcopy(model.network)
    _freeze(network, policy)
    table = lcs.with_columns(**{TARGET: values})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        objective = Regress(RegressSettings(column=TARGET), network.latent_size, table)
    return _train_objective(model, network, objective, table, policy.training, seed)


def _train(
    model: Model,
    network: Network,
    head: ClassHead | MappedHead,
    lcs: LightCurves,
    labels: NDArray[Any],
    training: TrainSettings,
    seed: int,
) -> Model:
    table = lcs.with_columns(**{TARGET: labels})
    settings = ClassifySettings(column=TARGET, weights=_weighting(head))
    objective = Classify(settings, network.latent_size, table, head)
    return _train_objective(model, network, objective, table, training, seed)


def _weighting(head: ClassHead | MappedHead) -> Any:
    """A mapped head states its prior, so that its loss needs no class weights."""
    return "none" if isinstance(head, MappedHead) else "balanced"


def _train_objective(
    model: Model,
    network: Network,
    objective: Objective,
    table: LightCurves,
    training: TrainSettings,
    seed: int,
) -> Model:
    """Train on 80 % of the labels and validate on the rest (protocols)."""
    adapted = Model(
        network, objective.served(), model.preprocess, model.state, model.provenance, model.metadata
    )
    data = DataSet(model.inputs(table), objective.columns(table))
    validating = is_validation(table.column("event_id"))
    if validating.all():
        validating = np.zeros(len(table), dtype=bool)
    train(
        network,
        objective,
        data.take(np.flatnonzero(~validating)),
        data.take(np.flatnonzero(validating)) if validating.any() else None,
        training,
        seed=seed,
    )
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    return adapted


def _freeze(network: Network, policy: Head | HeadMLP | FirstAndHead | All) -> None:
    """Leave a gradient only to what the policy trains; the head is new and always trained."""
    moving: set[int] = set()
    if isinstance(policy, All):
        moving = {id(p) for p in network.parameters()}
    elif isinstance(policy, FirstAndHead):
        moving = {id(p) for p in network.first_layer()}
    for parameter in network.parameters():
        parameter.requires_grad_(id(parameter) in moving)


def _mapped(model: Model, classes: tuple[str, ...]) -> MappedHead:
    head = model.head
    if not isinstance(head, ClassHead) or not _is_linear(model):
        raise LcfmError(
            "policy 'map' needs a linear head of pretrained classes; choose head+mlp instead"
        )
    return mapped_head(head, taxonomy.group(head.classes, classes))


def _with_head(model: Model, network: Network, name: str, head: MappedHead) -> Model:
    return Model(
        network, {name: head}, model.preprocess, model.state, model.provenance, model.metadata
    )


def _codes(labels: NDArray[Any], classes: tuple[str, ...]) -> NDArray[np.int64]:
    code = {name: i for i, name in enumerate(classes)}
    return np.array([code[label] for label in labels], dtype=np.int64)


def _class_names(
    lcs: LightCurves, labels: NDArray[Any], classes: Sequence[str] | None
) -> tuple[str, ...]:
    missing = [i for i, label in enumerate(labels) if label is None or str(label) == ""]
    if missing:
        raise LcfmError(
            f"object {lcs.object_id[missing[0]]!r} has no label; leave out objects without one "
            f"({len(missing)} of {len(labels)})"
        )
    found = sorted({str(label) for label in labels})
    if classes is not None:
        unknown = sorted(set(found) - set(classes))
        if unknown:
            raise LcfmError(f"label {unknown[0]!r} is not among the classes {', '.join(classes)}")
    if len(found if classes is None else classes) < 2:
        raise LcfmError(
            f"all {len(labels)} labels are {found[0]!r}; at least two classes are needed"
        )
    return tuple(found if classes is None else classes)
