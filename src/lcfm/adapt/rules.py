"""What each policy does: which weights move, from where, and by which fit.

Nothing here touches the given model: networks are copied, heads are new.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm import taxonomy
from lcfm.adapt.calibrate import fitted_stretch, fitted_temperature
from lcfm.adapt.mapping import mapped_head, refine
from lcfm.adapt.policies import (
    FIRM,
    FREE,
    All,
    FirstAndHead,
    Head,
    HeadMLP,
    Map,
    MapAll,
    Policy,
    Refine,
    RefineAll,
)
from lcfm.adapt.refining import refine_density
from lcfm.encoders.heads import ClassHead, DensityHead, MappedHead, MLPHead
from lcfm.encoders.heads import Head as AnyHead
from lcfm.encoders.network import Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Objective
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.objectives.density import Density, DensitySettings
from lcfm.objectives.regress import Regress, RegressSettings
from lcfm.prepare.batch import DataSet
from lcfm.prepare.split import is_validation
from lcfm.serve.model import Model
from lcfm.train.loop import train
from lcfm.train.settings import TrainSettings

TARGET = "target"
CONVERGENCE = "adapted_convergence"
"""Where an adapted model says what its training took; :mod:`lcfm.adapt.fit` takes it from there."""


@dataclass(frozen=True)
class Job:
    """What there is to learn, and how it is run.

    Attributes
    ----------
    lcs
        Labelled objects.
    labels : ndarray, shape (n_objects,)
        Class names, or numbers.
    classes
        All target classes; empty for a regression.
    weights : ndarray, shape (n_objects,), or None
        How much each label counts, with mean 1; None for each alike.
    seed, device, progress
        As in :func:`lcfm.adapt.fit.fit`.
    """

    lcs: LightCurves
    labels: NDArray[Any]
    classes: tuple[str, ...]
    seed: int
    device: str
    progress: bool
    weights: NDArray[np.float64] | None = None

    @property
    def table(self) -> LightCurves:
        """Objects with their labels as a column."""
        return self.lcs.with_columns(**{TARGET: self.labels})

    @property
    def codes(self) -> NDArray[np.int64]:
        """Index of each label among the classes, shape (n_objects,)."""
        code = {name: i for i, name in enumerate(self.classes)}
        return np.array([code[label] for label in self.labels], dtype=np.int64)


def is_linear(model: Model) -> bool:
    """True for a class head whose weights act on the latent itself; an MLPHead's do not."""
    return isinstance(model.head, ClassHead) and not isinstance(model.head, MLPHead)


def mapped(model: Model, classes: tuple[str, ...]) -> Model:
    """The model on the target's classes, as the taxonomy maps them, before any label.

    Raises
    ------
    LcfmError
        The model has no linear head of classes.
    """
    head = model.head
    if not isinstance(head, ClassHead) or not is_linear(model):
        raise LcfmError(
            "policy 'map' needs a linear head of pretrained classes; choose head+mlp instead"
        )
    new = mapped_head(head, taxonomy.group(head.classes, classes))
    return _rebuilt(model, _copied(model), new)


@singledispatch
def adapted_to_classes(policy: Policy, model: Model, job: Job) -> Model:
    """Adapt to class names by the rule of the policy."""
    raise LcfmError(
        f"policy {policy.kind!r} refines a number; for classes choose map, head+mlp or all"
    )


@adapted_to_classes.register
def _(policy: Map, model: Model, job: Job) -> Model:
    started = mapped(model, job.classes)
    head = started.head
    assert isinstance(head, MappedHead)
    if policy.strengths is None:
        known = all(taxonomy.group(model.classes_, job.classes).values())
        policy = replace(policy, strengths=FIRM if known else FREE)
    latent = started.to(job.device).embed(job.lcs)
    started.to("cpu")
    refine(head, latent, job.codes, policy, seed=job.seed, weights=job.weights)
    return started


@adapted_to_classes.register
def _(policy: MapAll, model: Model, job: Job) -> Model:
    started = adapted_to_classes(policy.start, model, job)
    head = started.head
    assert isinstance(head, MappedHead)
    # a mapped head states its prior, so that its loss needs no class weights
    settings = ClassifySettings(column=TARGET, weights="none")
    objective = Classify(settings, started.network.latent_size, job.table, head)
    return _trained(started, started.network, objective, policy.training, job)


@adapted_to_classes.register(Head)
@adapted_to_classes.register(HeadMLP)
@adapted_to_classes.register(FirstAndHead)
@adapted_to_classes.register(All)
def _(policy: Head | HeadMLP | FirstAndHead | All, model: Model, job: Job) -> Model:
    network = _copied(model)
    _freeze(network, policy)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(job.seed)
        new = MLPHead if isinstance(policy, HeadMLP) else ClassHead
        head = new(network.latent_size, job.classes)
    settings = ClassifySettings(column=TARGET, weights="balanced")
    objective = Classify(settings, network.latent_size, job.table, head)
    return _trained(model, network, objective, policy.training, job)


def adapted_to_numbers(policy: Policy, model: Model, job: Job) -> Model:
    """Adapt to a number per object.

    Raises
    ------
    LcfmError
        The policy maps classes, or refines a density that the model does not have.
    """
    if isinstance(policy, (Map, MapAll)):
        raise LcfmError(
            "policy 'map' maps classes; for a number choose head+mlp, first+head or all"
        )
    if isinstance(policy, Refine):
        return _refined(policy, model, job)
    if isinstance(policy, RefineAll):
        return _refined_all(policy, model, job)
    network = _copied(model)
    _freeze(network, policy)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(job.seed)
        objective = Regress(RegressSettings(column=TARGET), network.latent_size, job.table)
    return _trained(model, network, objective, policy.training, job)


def density_head(model: Model) -> DensityHead | None:
    """The density of a number that the model was pretrained with; None without exactly one."""
    found = [head for head in model.heads.values() if isinstance(head, DensityHead)]
    return found[0] if len(found) == 1 else None


def _refined(policy: Refine, model: Model, job: Job) -> Model:
    pretrained = density_head(model)
    if pretrained is None:
        raise LcfmError(
            f"policy {policy.kind!r} needs a model pretrained with one density of a number "
            "(lcfm pretrain classifier+density); choose head+mlp instead"
        )
    head = copy.deepcopy(pretrained).cpu()
    started = _rebuilt(model, _copied(model), head)
    latent = started.to(job.device).embed(job.lcs)
    started.to("cpu")
    refine_density(head, latent, job.labels.astype(np.float64), policy, seed=job.seed)
    return started


def _refined_all(policy: RefineAll, model: Model, job: Job) -> Model:
    started = _refined(policy.start, model, job)
    head = started.head
    assert isinstance(head, DensityHead)
    settings = DensitySettings(column=TARGET, scale=head.scale, components=head.components)
    objective = Density(settings, started.network.latent_size, job.table, head)
    adapted = _trained(started, started.network, objective, policy.training, job)
    held = is_validation(job.lcs.column("event_id"))
    if held.any() and not held.all():  # trained weights are too sure of themselves
        latent = adapted.to("cpu").embed(job.lcs[held])
        head.stretch *= fitted_stretch(head, latent, job.labels[held].astype(np.float64))
    return adapted


def _trained(
    model: Model, network: Network, objective: Objective, training: TrainSettings, job: Job
) -> Model:
    """Train on 80 % of the labels and validate on the rest (protocols)."""
    adapted = Model(
        network, objective.served(), model.preprocess, model.state, model.provenance, model.metadata
    )
    table = job.table
    data = DataSet(model.inputs(table), objective.columns(table))
    validating = is_validation(table.column("event_id"))
    if validating.all():
        validating = np.zeros(len(table), dtype=bool)
    history = train(
        network,
        objective,
        data.take(np.flatnonzero(~validating)),
        data.take(np.flatnonzero(validating)) if validating.any() else None,
        training if job.device == "auto" else replace(training, device=job.device),
        seed=job.seed,
        progress=job.progress,
    )
    adapted.provenance[CONVERGENCE] = history.convergence()
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    head = adapted.head
    if isinstance(head, (ClassHead, MappedHead)) and validating.any():
        latent = torch.from_numpy(adapted.to("cpu").embed(job.lcs[validating]))
        with torch.no_grad():
            logits = head(latent).numpy()
        head.temperature = fitted_temperature(logits, job.codes[validating])
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


def _copied(model: Model) -> Network:
    """A copy of the network on the CPU, where adapted models are handed over."""
    return copy.deepcopy(model.network).cpu()


def _rebuilt(model: Model, network: Network, head: AnyHead) -> Model:
    return Model(
        network, {TARGET: head}, model.preprocess, model.state, model.provenance, model.metadata
    )
