"""How long and how fast to train: settings of the loop, each choice a type."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from lcfm.errors import LcfmError
from lcfm.expect import expect


@dataclass(frozen=True, kw_only=True)
class EarlyStopping:
    """Stop when the validation loss has not fallen for `patience` epochs; keep the best weights.

    The papers' rule (simulation-pretrained FM, B.5).
    """

    kind: ClassVar[str] = "early_stopping"
    patience: int = 5


@dataclass(frozen=True, kw_only=True)
class FullLength:
    """Train all epochs and keep the last weights: for recipes that a small set cannot choose."""

    kind: ClassVar[str] = "full_length"


@dataclass(frozen=True, kw_only=True)
class ConstantRate:
    """The learning rate stays as it is (papers)."""

    kind: ClassVar[str] = "constant"

    def factor(self, progress: float) -> float:
        """Multiplier of the learning rate at this part of the training, 0 … 1."""
        return 1.0


@dataclass(frozen=True, kw_only=True)
class CosineRate:
    """Linear warm-up, then half a cosine down to `final` of the learning rate."""

    kind: ClassVar[str] = "cosine"
    warmup: float = 0.05
    final: float = 0.01

    def factor(self, progress: float) -> float:
        """Multiplier of the learning rate at this part of the training, 0 … 1."""
        if progress < self.warmup:
            return progress / self.warmup
        part = (progress - self.warmup) / max(1.0 - self.warmup, 1e-9)
        return self.final + (1.0 - self.final) * 0.5 * (1.0 + math.cos(math.pi * min(part, 1.0)))


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Settings of the training loop; the defaults are the papers' where they say.

    Attributes
    ----------
    epochs
        At most this many passes over the training data.
    batch_size, learning_rate, weight_decay
        Adam (Kingma & Ba 2017) with decoupled weight decay.
    momentum
        β1 of Adam: how much of the direction of a step is that of the steps before. An adversary
        wants less of it, 0.5 or none, or the game goes in circles (Radford et al. 2016, section 3).
    clip
        Largest norm of the gradient.
    rate
        Course of the learning rate over the training.
    stopping
        When to end and which weights to keep.
    device, precision
        As lightning-fabric names them: ``auto``, ``cpu``, ``cuda``; ``32-true``, ``bf16-mixed``.
    threads
        Of the CPU. Recurrent networks on small batches gain nothing from a second one and lose
        everything if another program wants it (docs/log.md).
    """

    epochs: int = 100
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    momentum: float = 0.9
    clip: float = 1.0
    rate: ConstantRate | CosineRate = ConstantRate()
    stopping: EarlyStopping | FullLength = EarlyStopping()
    device: str = "auto"
    precision: str = "32-true"
    threads: int = 1

    def __post_init__(self) -> None:
        expect(self, "momentum", 0.0 <= self.momentum < 1.0, "0 or above and below 1")
        for name in ("epochs", "batch_size", "learning_rate", "clip", "threads"):
            if getattr(self, name) <= 0:
                raise LcfmError(
                    f"training setting {name} must be positive, got {getattr(self, name)}"
                )
