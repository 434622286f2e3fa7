"""The training loop: the only one.

It knows batches, steps and epochs, and neither encoders nor losses. Device, precision and several
processes are lightning-fabric's. Every epoch ends with a line of metrics and, if a run folder is
given, with the whole state on disk, so that Ctrl-C or a killed machine loses one epoch at most.
All chance in epoch k comes from (seed, k): a resumed run continues bit for bit on the same CPU.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn

from lcfm import config
from lcfm.atomic import new_file
from lcfm.encoders.network import Network
from lcfm.errors import LcfmError
from lcfm.objectives.base import Objective, Step, Terms
from lcfm.prepare.batch import Batch, DataSet
from lcfm.progress import Bar, progress_bar
from lcfm.train.history import History, Means
from lcfm.train.settings import EarlyStopping, TrainSettings

STATE = "training.pt"
METRICS = "metrics.jsonl"


class _Task(nn.Module):
    """Network and objective as one module, so that fabric wraps one forward.

    A step that moves no weight of the network needs no gradient through it.
    """

    def __init__(self, network: Network, objective: Objective, steps: tuple[Step, ...]) -> None:
        super().__init__()
        self.network, self.objective = network, objective
        own = {id(p) for p in network.parameters()}
        self.through = {step.name: any(id(p) in own for p in step.parameters) for step in steps}

    def forward(self, batch: Batch, step: str) -> Terms:
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.through[step]):
            latent = self.network(batch.inputs)
        return self.objective.terms(latent, batch, step)


class _Trainer:
    """One training: everything that must survive an interruption."""

    def __init__(
        self,
        network: Network,
        objective: Objective,
        settings: TrainSettings,
        steps: tuple[Step, ...],
    ) -> None:
        self.settings, self.steps, self.sampler = settings, steps, objective.sampler()
        self.fabric = Fabric(
            accelerator=_accelerator(settings.device),
            devices=1,
            precision=cast(Any, settings.precision),
        )
        self.optimizers: list[Any] = [
            torch.optim.AdamW(
                [p for p in step.parameters if p.requires_grad],
                lr=settings.learning_rate,
                betas=(settings.momentum, 0.999),
                weight_decay=settings.weight_decay,
            )
            for step in steps
        ]
        task = _Task(network, objective, steps)
        self.task, *self.optimizers = self.fabric.setup(task, *self.optimizers)
        self.history = History()
        self.best_loss = float("inf")
        self.best: dict[str, torch.Tensor] = {}

    def train_epoch(self, data: DataSet, epoch: int, seed: int, bar: Bar) -> dict[str, float]:
        """One pass over the training data."""
        self.task.train()
        rng = np.random.default_rng([seed, epoch])
        sums, seen = Means(), 0
        for batch in self._batches(data, rng):
            progress = (epoch + seen / len(data)) / self.settings.epochs
            for step, optimizer in zip(self.steps, self.optimizers, strict=True):
                factor = step.rate * self.settings.rate.factor(progress)
                for group in optimizer.param_groups:
                    group["lr"] = self.settings.learning_rate * factor
                optimizer.zero_grad(set_to_none=True)
                terms = self.task(batch, step.name)
                self.fabric.backward(terms[step.minimises])
                nn.utils.clip_grad_norm_(step.parameters, self.settings.clip)
                optimizer.step()
                sums.add(terms, len(batch.rows))
            seen += len(batch.rows)
            bar.update(len(batch.rows))
        return sums.means("train_")

    @torch.no_grad()
    def validate(self, data: DataSet) -> dict[str, float]:
        """Mean terms over validation data."""
        self.task.eval()
        sums = Means()
        for batch in self._batches(data, None):
            for step in self.steps:
                sums.add(self.task(batch, step.name), len(batch.rows))
        return sums.means("valid_")

    def _batches(self, data: DataSet, rng: np.random.Generator | None) -> Iterator[Batch]:
        for rows in self.sampler.batches(data, self.settings.batch_size, rng):
            batch = data.batch(rows) if rng is None else data.training_batch(rows, rng)
            yield batch.to(self.fabric.device)

    def keep_if_best(self, metrics: dict[str, float], epoch: int) -> None:
        """Remember the weights of the lowest validation loss, or simply the last ones."""
        choosing = isinstance(self.settings.stopping, EarlyStopping) and "valid_loss" in metrics
        if choosing and metrics["valid_loss"] >= self.best_loss:
            return
        self.best_loss = metrics.get("valid_loss", self.best_loss)
        self.history.best_epoch = epoch
        self.best = {k: v.detach().clone() for k, v in self.task.module.state_dict().items()}

    def finished(self, epoch: int) -> bool:
        """True if no epoch should follow `epoch`."""
        stopping = self.settings.stopping
        waited = epoch - self.history.best_epoch
        stopped = isinstance(stopping, EarlyStopping) and waited >= stopping.patience
        return stopped or epoch + 1 >= self.settings.epochs

    def state(self, epoch: int, identity: str) -> dict[str, Any]:
        """All that a resumed run needs."""
        return {
            "epoch": epoch,
            "identity": identity,
            "task": self.task.module.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "best": self.best,
            "best_loss": self.best_loss,
            "best_epoch": self.history.best_epoch,
            "epochs": self.history.epochs,
        }

    def restore(self, state: dict[str, Any]) -> int:
        """Take up a saved state and return the next epoch."""
        self.task.module.load_state_dict(state["task"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.best, self.best_loss = state["best"], state["best_loss"]
        self.history = History(list(state["epochs"]), state["best_epoch"])
        return int(state["epoch"]) + 1


@contextmanager
def _threads(n: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(
    network: Network,
    objective: Objective,
    data: DataSet,
    validation: DataSet | None,
    settings: TrainSettings,
    *,
    seed: int,
    folder: Path | None = None,
    resume: bool = False,
    progress: bool = False,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> History:
    """Train network and heads in place and leave the chosen weights in them.

    Parameters
    ----------
    network, objective
        Trained in place; parameters without gradient stay as they are.
    data, validation
        Training and validation objects; without validation, early stopping watches nothing and all
        epochs are trained.
    settings, seed
        The recipe and its chance.
    folder
        For metrics (JSON lines) and the state after each epoch.
    resume
        Continue from the state in `folder`, if there is one.
    progress
        Show a bar with rate and remaining time.
    on_epoch
        Called with the metrics of each epoch.

    Raises
    ------
    LcfmError
        The data are empty, the loss is not finite, or the state in `folder` is of another run.
    """
    if not len(data):
        raise LcfmError("no object to train on; check the target column and the split")
    identity = config.fingerprint(
        {
            **config.to_dict(settings),
            **network.to_dict(),
            "objective": config.to_dict(objective.settings),
            "seed": seed,
            "data": data.checksum(),
        }
    )
    epoch = 0
    with torch.random.fork_rng(devices=[]), _threads(settings.threads):
        trainer = _Trainer(network, objective, settings, objective.steps(network))
        if resume and folder is not None and (folder / STATE).exists():
            epoch = trainer.restore(_read_state(folder / STATE, identity))
        with progress_bar(
            " curves",
            total=settings.epochs * len(data),
            done=epoch * len(data),
            scaled=True,
            shown=progress,
        ) as bar:
            while epoch < settings.epochs and not (epoch and trainer.finished(epoch - 1)):
                torch.manual_seed(seed * 100_003 + epoch)
                start = time.perf_counter()
                metrics = trainer.train_epoch(data, epoch, seed, bar)
                metrics["sequences_per_second"] = len(data) / (time.perf_counter() - start)
                if validation is not None and len(validation):
                    metrics |= trainer.validate(validation)
                metrics = {"epoch": float(epoch), **metrics}
                if not np.isfinite(list(metrics.values())).all():
                    raise LcfmError(
                        f"the loss is not finite in epoch {epoch}; lower the learning rate"
                    )
                trainer.history.epochs.append(metrics)
                trainer.keep_if_best(metrics, epoch)
                shown = {
                    k.removesuffix("_loss"): f"{v:.4f}"
                    for k, v in metrics.items()
                    if k.endswith("_loss")
                }
                bar.set_postfix(epoch=epoch + 1, **shown)
                if folder is not None:
                    _record(folder, trainer.state(epoch, identity))
                if on_epoch is not None:
                    on_epoch(metrics)
                epoch += 1
    trainer.task.module.load_state_dict(trainer.best)
    trainer.history.objects = len(data)
    trainer.history.parameters = _trained(trainer.task)
    network.cpu().eval()
    objective.cpu().eval()
    return trainer.history


def _trained(task: nn.Module) -> int:
    """Number of weights that move."""
    return sum(p.numel() for p in task.parameters() if p.requires_grad)


def _accelerator(device: str) -> str:
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise LcfmError("no CUDA device found; choose --device cpu")
    return ("cuda" if there else "cpu") if device == "auto" else device


def _record(folder: Path, state: dict[str, Any]) -> None:
    """Write the state, then the metrics of all its epochs, so that both tell of the same ones."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()  # torch writes a full disk as an error of its own kind
    torch.save(state, buffer)
    with new_file(folder / STATE) as temporary:
        temporary.write_bytes(buffer.getbuffer())
    lines = "".join(json.dumps(metrics) + "\n" for metrics in state["epochs"])
    with new_file(folder / METRICS) as temporary:
        temporary.write_text(lines)


def _read_state(path: Path, identity: str) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, weights_only=True)
    if state["identity"] != identity:
        raise LcfmError(
            f"{path} belongs to another recipe, seed or table; "
            "choose another folder or do not resume"
        )
    return state
