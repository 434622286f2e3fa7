"""Networks that experiments train on simulations of their own, taken up again by a later run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.loop import METRICS
from lcfm.train.pretrain import PretrainSettings, pretrain


@dataclass(frozen=True)
class Simulated:
    """Light curves that are made only if a network has yet to be trained on them.

    Attributes
    ----------
    objects
        How many there are.
    make
        Simulates them.
    """

    objects: int
    make: Callable[[], LightCurves]


def pretrained_network(
    simulated: Simulated,
    settings: PretrainSettings,
    *,
    seed: int,
    checkpoint: Path,
    say: Callable[[str], None],
) -> Model:
    """Simulate and pretrain, or take up what an earlier run left.

    Parameters
    ----------
    simulated
        What to learn from.
    settings
        Network, objective and length.
    seed
        Of the pretraining.
    checkpoint
        Folder of the model; a training that was stopped lies beside it.

    Raises
    ------
    LcfmError
        The model that lies there was pretrained otherwise.
    """
    if checkpoint.is_dir():
        return _taken_up(checkpoint, simulated.objects, settings.training.epochs)
    say(f"{checkpoint.name}: simulating {simulated.objects:,} light curves, {seed=}")
    table = simulated.make()
    say(f"{checkpoint.name}: pretraining {settings.training.epochs} epochs")
    model = pretrain(
        table,
        settings,
        seed=seed,
        folder=_training(checkpoint),
        resume=True,
        progress=True,
    )
    model.save(checkpoint)
    return model


def training_history(checkpoint: Path) -> list[dict[str, Any]]:
    """Losses of a network's training, a record per epoch; empty if they were removed."""
    path = _training(checkpoint) / METRICS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _training(checkpoint: Path) -> Path:
    """Where a training keeps its state and losses."""
    return checkpoint.with_name(f"{checkpoint.name}.training")


def _taken_up(checkpoint: Path, objects: int, epochs: int) -> Model:
    """The model of an earlier run, if it was pretrained as this scale asks."""
    model = Model.load(checkpoint)
    made = (model.provenance["data"]["objects"], model.provenance["epochs"])
    if made != (objects, epochs):
        raise LcfmError(
            f"{checkpoint} was pretrained on {made[0]:,} curves for {made[1]} epochs, this scale "
            f"asks for {objects:,} and {epochs}; remove it, or give another --work"
        )
    return model
