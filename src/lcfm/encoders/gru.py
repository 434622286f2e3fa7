"""The papers' encoder: stacked GRUs, the last state, a dense latent layer.

Simulation-pretrained FM, B.5, and transfer learning, figure 2. The texts give no sizes; two layers
of 100 and a latent of 100 are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from lcfm.encoders.base import Encoder, last_valid


@dataclass(frozen=True, kw_only=True)
class GRUSettings:
    """Sizes of :class:`GRU`."""

    kind: ClassVar[str] = "gru"
    hidden: int = 100
    layers: int = 2
    latent: int = 100


class GRU(Encoder):
    """Causal recurrent encoder."""

    causal = True

    def __init__(self, settings: GRUSettings, channels: int) -> None:
        super().__init__()
        self.latent_size = settings.latent
        self.recurrent = nn.GRU(channels, settings.hidden, settings.layers, batch_first=True)
        self.dense = nn.Linear(settings.hidden, settings.latent)

    def encode(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Map (batch, length, channels) and its mask to (batch, latent_size)."""
        states, _ = self.recurrent(values)  # padding is on the right: it cannot reach the past
        return torch.relu(self.dense(last_valid(states, mask)))

    def first_layer(self) -> list[nn.Parameter]:
        """Parameters of the lowest recurrent layer."""
        return [p for name, p in self.recurrent.named_parameters() if name.endswith("_l0")]
