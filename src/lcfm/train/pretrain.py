"""Pretrain a model from a table: preprocessing, split, network, objective, loop, checkpoint."""

from __future__ import annotations

import copy
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import lcfm
from lcfm import config
from lcfm.atomic import refuse_existing, refuse_file
from lcfm.encoders import SETTINGS as ENCODER_SETTINGS
from lcfm.encoders.bigru import BiGRUSettings
from lcfm.encoders.metadata import MetadataSettings
from lcfm.encoders.network import LIGHTCURVE, METADATA, Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives import OBJECTIVES
from lcfm.objectives.classify import ClassifySettings
from lcfm.objectives.named import Settings as ObjectiveSettings
from lcfm.objectives.named import named_objective
from lcfm.prepare.augment import AUGMENTATIONS, Augmentation, AugmentedSet
from lcfm.prepare.batch import DataSet
from lcfm.prepare.metadata import MetadataColumns
from lcfm.prepare.preprocess import SHIPPED, Preprocess
from lcfm.prepare.split import EventSet, is_validation
from lcfm.readers import read
from lcfm.readers.source import TableSource
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from lcfm.train.loop import train
from lcfm.train.settings import CosineRate, FullLength, TrainSettings

ENCODER = "encoder"
"""Before the settings of the encoder on the command line."""

RECIPE = TrainSettings(
    epochs=6, batch_size=64, learning_rate=4e-3, rate=CosineRate(), stopping=FullLength()
)
"""Small batches and a high rate: on the same curves, far below large batches (docs/log.md)."""


@dataclass(frozen=True, kw_only=True)
class PretrainSettings:
    """Everything that a pretraining needs besides data and seed.

    Attributes
    ----------
    encoder
        Settings of the light-curve encoder; its type chooses the encoder.
    objective
        Settings of the objective; its type chooses the objective.
    preprocess
        Tokens.
    training
        Length and rate.
    augment
        What is done at random to training light curves, in this order.
    metadata
        Object columns that enter a metadata branch; empty for none.
    """

    encoder: Any = BiGRUSettings(hidden=64, layers=2)
    objective: ObjectiveSettings = ClassifySettings()
    preprocess: Preprocess = SHIPPED
    training: TrainSettings = RECIPE
    augment: tuple[Augmentation, ...] = ()
    metadata: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.encoder, MetadataSettings):
            others = [name for name in ENCODER_SETTINGS if name != MetadataSettings.kind]
            raise LcfmError(
                "encoder 'metadata' reads object columns and no light curve; choose an encoder of "
                f"light curves ({', '.join(others)}), and name the columns with --metadata"
            )


def pretrain(
    lcs: LightCurves,
    settings: PretrainSettings | None = None,
    *,
    start: Model | None = None,
    seed: int = 0,
    folder: Path | None = None,
    resume: bool = False,
    progress: bool = False,
    command: str = "",
) -> Model:
    """Train a new model on a table of light curves.

    Parameters
    ----------
    lcs
        Simulated or real objects with the objective's target column; objects without are left out
        by the caller. 20 % of the events, chosen by the hash of their name, validate.
    settings
        Encoder, objective, tokens and recipe.
    start
        Model to continue from: its network, tokens and, where the classes are the same, its head;
        encoder, tokens and metadata columns of `settings` are then not asked for.
    seed
        For initial weights and the order of batches.
    folder, resume, progress
        As in :func:`lcfm.train.loop.train`.
    command
        The command line, for the provenance.
    """
    settings = settings or PretrainSettings()
    validating = is_validation(lcs.column("event_id"))
    if validating.all() or not validating.any():
        raise LcfmError(f"{len(lcs)} objects are too few to split into training and validation")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _untrained(lcs[~validating], settings) if start is None else _continued(start)
        network = model.network
        objective = OBJECTIVES[settings.objective.kind](
            settings.objective, network.latent_size, lcs
        )
    model.heads = dict(objective.served())
    if start is not None:
        _take_head(model, start)
    data = DataSet(model.inputs(lcs), objective.columns(lcs))
    training = data.take(np.flatnonzero(~validating))
    if settings.augment:
        training = AugmentedSet(
            training.tokens, training.columns, lcs[~validating], model.inputs, settings.augment
        )
    history = train(
        network,
        objective,
        training,
        data.take(np.flatnonzero(validating)),
        settings.training,
        seed=seed,
        folder=folder,
        resume=resume,
        progress=progress,
    )
    model.provenance = {
        "command": command,
        "seed": seed,
        "objective": config.to_dict(settings.objective),
        "training": config.to_dict(settings.training),
        "augment": [config.to_dict(step) for step in settings.augment],
        "data": {
            "fingerprint": lcs.fingerprint(),
            "objects": len(lcs),
            "surveys": sorted(set(lcs.column("survey"))),
        },
        "events": _events_seen(lcs, start).to_dict(),
        "epochs": len(history.epochs),
        "last_epoch": history.epochs[-1],
        "convergence": history.convergence(),
        "best_valid_loss": history.epochs[history.best_epoch].get("valid_loss"),
        "versions": versions(),
        "device": device_name(settings.training.device, settings.training.threads),
    }
    if start is not None:
        model.provenance["started_from"] = {
            "model": start.fingerprint(),
            **{k: v for k, v in start.provenance.items() if k != "events"},
        }
    return model


def _untrained(lcs: LightCurves, settings: PretrainSettings) -> Model:
    """A network with new weights, its tokens fitted to the training objects."""
    preprocess = settings.preprocess
    metadata = MetadataColumns(settings.metadata).fit(lcs) if settings.metadata else None
    encoders: dict[str, Any] = {LIGHTCURVE: settings.encoder}
    channels = {LIGHTCURVE: len(preprocess.channels)}
    if metadata is not None:
        encoders[METADATA] = MetadataSettings()
        channels[METADATA] = len(metadata.columns)
    return Model(Network(encoders, channels), {}, preprocess, preprocess.fit(lcs), {}, metadata)


def _continued(start: Model) -> Model:
    """A copy of the network of a model, with its tokens."""
    network = copy.deepcopy(start.network)
    return Model(network, {}, start.preprocess, start.state, {}, start.metadata)


def _take_head(model: Model, start: Model) -> None:
    """Take over each head too that answers the same question."""
    for name, head in model.heads.items():
        if name in start.heads and start.heads[name].settings() == head.settings():
            head.load_state_dict(start.heads[name].state_dict())


def _events_seen(lcs: LightCurves, start: Model | None) -> EventSet:
    seen = EventSet.of(lcs.column("event_id"))
    if start is None or "events" not in start.provenance:
        return seen
    return seen | EventSet.from_dict(start.provenance["events"])


def pretrain_command(
    data: Sequence[TableSource],
    objective: str,
    out: Path,
    *,
    target: str | None,
    sampler: str | None,
    given: Mapping[str, Mapping[str, Any]],
    encoder: str | None,
    augment: tuple[str, ...],
    metadata: tuple[str, ...],
    start: str | None,
    epochs: int | None,
    batch_size: int | None,
    learning_rate: float | None,
    momentum: float | None,
    seed: int,
    device: str,
    resume: bool,
    overwrite: bool,
    progress: bool,
    command: str,
) -> Model:
    """Read tables, one after another, pretrain, write the checkpoint.

    Parameters are those of the command line (``lcfm pretrain --help``); `objective`, `target`,
    `sampler` and `given` as in :func:`lcfm.objectives.named.named_objective`. Metrics and the state
    after each epoch are kept in ``<out>.training`` until the checkpoint is written.
    """
    refuse_existing(out, overwrite=overwrite)
    refuse_file(out)
    if start is not None and (encoder is not None or ENCODER in given or metadata):
        raise LcfmError(
            "--start continues the network of a model as it is; leave out --encoder, its "
            "settings, and --metadata"
        )
    steps = tuple(
        config.choose(AUGMENTATIONS, {"kind": name}, what="augmentation") for name in augment
    )
    parts = {part: values for part, values in given.items() if part != ENCODER}
    settings = PretrainSettings(augment=steps, metadata=metadata)
    goal = named_objective(objective, target=target, sampler=sampler, given=parts)
    network = settings.encoder
    if encoder is not None or ENCODER in given:
        chosen = {} if encoder is not None else config.to_dict(network)
        chosen |= {"kind": encoder or network.kind, **given.get(ENCODER, {})}
        network = config.choose(ENCODER_SETTINGS, chosen, what="encoder")
    training = replace(settings.training, device=device)
    if epochs is not None:
        training = replace(training, epochs=epochs)
    if batch_size is not None:
        training = replace(training, batch_size=batch_size)
    if learning_rate is not None:
        training = replace(training, learning_rate=learning_rate)
    if momentum is not None:
        training = replace(training, momentum=momentum)
    folder = out.with_name(out.name + ".training")
    if folder.exists() and not resume:
        if not overwrite:
            raise LcfmError(
                f"{folder} holds an interrupted training; add --resume to continue it, or "
                "--overwrite to begin again"
            )
        shutil.rmtree(folder)
    model = pretrain(
        read(data[0]) if len(data) == 1 else LightCurves.concat(read(one) for one in data),
        replace(settings, objective=goal, encoder=network, training=training),
        start=None if start is None else load(start),
        seed=seed,
        folder=folder,
        resume=resume,
        progress=progress,
        command=command,
    )
    model.save(out, overwrite=overwrite)
    shutil.rmtree(folder, ignore_errors=True)
    return model


def device_name(device: str, threads: int | None = None) -> str:
    """The machine that trains, in words."""
    if device != "cpu" and torch.cuda.is_available():
        return torch.cuda.get_device_name()
    used = threads or torch.get_num_threads()
    return f"{platform.machine()} CPU, {used} thread{'s' * (used > 1)}"


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    return {
        "lcfm": lcfm.__version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
