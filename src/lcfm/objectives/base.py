"""The contract of an objective: it owns heads and loss; the training loop knows neither.

An objective declares what it needs (columns, and later modalities or a sampler), adds heads to a
network, and returns its loss terms by name. Updates that alternate (a discriminator against a
classifier) are several :class:`Step`; most objectives have one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lcfm.encoders.heads import Head
from lcfm.encoders.network import Network
from lcfm.lightcurves import LightCurves
from lcfm.prepare.batch import Batch

Terms = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Step:
    """One kind of update: its name and the parameters that it moves."""

    name: str
    parameters: tuple[nn.Parameter, ...]


class Objective(nn.Module, ABC):
    """Heads and loss on top of a network."""

    @abstractmethod
    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Numeric columns that the loss needs, each of shape (n_objects,), from the table."""

    @abstractmethod
    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Loss terms by name for one step; ``loss`` is the one that is minimised."""

    def steps(self, network: Network) -> tuple[Step, ...]:
        """Updates of one batch, in order."""
        return (Step("all", (*network.parameters(), *self.parameters())),)

    @abstractmethod
    def served(self) -> Mapping[str, Head]:
        """The heads that a served model keeps, by target column."""
