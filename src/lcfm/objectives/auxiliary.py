"""The contract of an auxiliary loss: an addend beside a task, on the same latent vector.

It serves no head. What it wants is that the latent vector be alike for objects that are alike, and
silent about the telescope; :class:`lcfm.objectives.joint.Joint` trains it together with a task.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Step, Terms
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import Sampler


class Auxiliary(nn.Module, ABC):
    """An addend to the loss of a task, built from ``(settings, latent, lcs)``."""

    plays_against: ClassVar[bool] = False
    """True if the addend is one side of a game.

    It falls when the other side gets worse, and rises when that one learns: it says nothing about
    how well the training goes, and early stopping does not watch it.
    """

    @abstractmethod
    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Numeric columns that it needs, each of shape (n_objects,)."""

    @abstractmethod
    def addend(self, latent: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, Terms]:
        """What the network minimises besides the task's loss (a scalar), and terms to show."""

    def moved(self) -> tuple[nn.Parameter, ...]:
        """Parameters of its own that the network's step moves as well."""
        return tuple(self.parameters())

    def steps(self) -> tuple[Step, ...]:
        """Updates of its own that come before that of the network, in order."""
        return ()

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Terms of one of its own steps."""
        raise NotImplementedError(f"{type(self).__name__} has no step {step!r}")

    def sampler(self) -> Sampler | None:
        """The only sampler with which the loss means anything; none if any will do."""
        return None
