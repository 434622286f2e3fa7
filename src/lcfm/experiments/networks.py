"""Networks that experiments train on simulations of their own, taken up again by a later run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lcfm.errors import LcfmError
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate
from lcfm.train.pretrain import RECIPE, PretrainSettings, pretrain


def pretrained_network(
    surveys: Sequence[str],
    n: int,
    epochs: int,
    *,
    seed: int,
    simulation_seed: int,
    folder: Path,
    say: Callable[[str], None],
) -> Model:
    """Simulate and pretrain, or take up what an earlier run left.

    Parameters
    ----------
    surveys, n
        What is simulated: `n` light curves of each survey.
    epochs
        Passes over them.
    seed, simulation_seed
        Of the pretraining and of the simulation.
    folder
        Holds a model ``fm-<seed>`` for each seed, and trainings that were stopped.

    Raises
    ------
    LcfmError
        The model that lies there was pretrained otherwise.
    """
    checkpoint = folder / f"fm-{seed}"
    if checkpoint.is_dir():
        return _taken_up(checkpoint, n * len(surveys), epochs)
    say(f"simulating {n:,} light curves of each of {', '.join(surveys)}, {seed=}")
    simulated = simulate(list(surveys), n=n, seed=simulation_seed, progress=True)
    say(f"pretraining {epochs} epochs")
    model = pretrain(
        simulated,
        PretrainSettings(training=replace(RECIPE, epochs=epochs)),
        seed=seed,
        folder=folder / f"training-{seed}",
        resume=True,
        progress=True,
    )
    model.save(checkpoint)
    return model


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
