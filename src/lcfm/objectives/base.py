"""The contract of an objective: it owns heads and loss; the training loop knows neither.

An objective declares what it needs (columns, a sampler), adds heads to a network, and returns its
loss terms by name. Updates that alternate (a discriminator against a classifier) are several
:class:`Step`; most objectives have one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lcfm.encoders.heads import Head
from lcfm.encoders.network import Network
from lcfm.lightcurves import LightCurves
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import ByLength, Sampler

Terms = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Step:
    """One kind of update.

    Attributes
    ----------
    name
        Handed to :meth:`Objective.terms`.
    parameters
        What it moves.
    minimises
        The term that it makes small.
    rate
        Its learning rate in units of the training's.
    """

    name: str
    parameters: tuple[nn.Parameter, ...]
    minimises: str = "loss"
    rate: float = 1.0


class Objective(nn.Module, ABC):
    """Heads and loss on top of a network.

    Attributes
    ----------
    settings
        The frozen dataclass that built it; a training resumes only with the same ones.
    """

    settings: Any

    @abstractmethod
    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Numeric columns that loss and sampler need, each of shape (n_objects,)."""

    @abstractmethod
    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Loss terms by name for one step.

        ``loss`` is what the training is judged by: shown, and watched by early stopping on
        validation data. A step minimises it unless it names another term, for instance one that an
        adversary works against, which need not fall when the training goes well.
        """

    def steps(self, network: Network) -> tuple[Step, ...]:
        """Updates of one batch, in order."""
        return (Step("all", (*network.parameters(), *self.parameters())),)

    def sampler(self) -> Sampler:
        """Which objects share a batch."""
        return ByLength()

    @abstractmethod
    def served(self) -> Mapping[str, Head]:
        """The heads that a served model keeps, by target column."""
