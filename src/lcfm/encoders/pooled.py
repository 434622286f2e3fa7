"""A bidirectional GRU with a choice of input features and of pooling; else as `bigru`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from lcfm.encoders.base import Encoder, reverse_valid
from lcfm.encoders.fourier import Inputs, PlainInput
from lcfm.encoders.pooling import AttentionPool, Pool


@dataclass(frozen=True, kw_only=True)
class PooledGRUSettings:
    """Sizes of :class:`PooledGRU`, what it reads of a token and how it pools."""

    kind: ClassVar[str] = "pooled_gru"
    hidden: int = 64
    layers: int = 2
    latent: int = 100
    inputs: Inputs = PlainInput()
    pool: Pool = AttentionPool()


class PooledGRU(Encoder):
    """Bidirectional recurrent encoder, pooled over all its states."""

    def __init__(self, settings: PooledGRUSettings, channels: int) -> None:
        super().__init__()
        self.latent_size = settings.latent
        wide = 2 * settings.hidden
        sizes = [settings.inputs.width(channels)] + [wide] * (settings.layers - 1)
        self.inputs = settings.inputs.build(channels)
        self.forwards = nn.ModuleList(nn.GRU(s, settings.hidden, batch_first=True) for s in sizes)
        self.backwards = nn.ModuleList(nn.GRU(s, settings.hidden, batch_first=True) for s in sizes)
        self.pool = settings.pool.build(wide)
        self.dense = nn.Linear(settings.pool.width(wide), settings.latent)

    def encode(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Map (batch, length, channels) and its mask to (batch, latent_size)."""
        values = self.inputs(values)
        for forwards, backwards in zip(self.forwards, self.backwards, strict=True):
            ahead, _ = forwards(values)
            behind, _ = backwards(reverse_valid(values, mask))
            values = torch.cat([ahead, reverse_valid(behind, mask)], dim=-1)
        return torch.relu(self.dense(self.pool(values, mask)))

    def first_layer(self) -> list[nn.Parameter]:
        """Parameters of the lowest recurrent layer, both directions."""
        return [*self.forwards[0].parameters(), *self.backwards[0].parameters()]
