"""A GRU read in both directions, pooled by mean and maximum over the observations.

The whole light curve is known when an object is classified after the fact; reading it backwards as
well and pooling over all states keeps what the last state alone forgets (docs/log.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from lcfm.encoders.base import Encoder, reverse_valid


@dataclass(frozen=True, kw_only=True)
class BiGRUSettings:
    """Sizes of :class:`BiGRU`."""

    kind: ClassVar[str] = "bigru"
    hidden: int = 96
    layers: int = 1
    latent: int = 100
    dropout: float = 0.0


class BiGRU(Encoder):
    """Bidirectional recurrent encoder with mean and maximum pooling."""

    def __init__(self, settings: BiGRUSettings, channels: int) -> None:
        super().__init__()
        self.latent_size = settings.latent
        sizes = [channels] + [2 * settings.hidden] * (settings.layers - 1)
        self.forwards = nn.ModuleList(nn.GRU(s, settings.hidden, batch_first=True) for s in sizes)
        self.backwards = nn.ModuleList(nn.GRU(s, settings.hidden, batch_first=True) for s in sizes)
        self.dropout = nn.Dropout(settings.dropout)
        self.dense = nn.Linear(4 * settings.hidden, settings.latent)

    def encode(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Map (batch, length, channels) and its mask to (batch, latent_size)."""
        for forwards, backwards in zip(self.forwards, self.backwards, strict=True):
            ahead, _ = forwards(values)
            behind, _ = backwards(reverse_valid(values, mask))
            values = torch.cat([ahead, reverse_valid(behind, mask)], dim=-1)
        outside = ~mask.unsqueeze(-1)
        count = mask.sum(dim=1, keepdim=True).clamp(min=1)
        mean = values.masked_fill(outside, 0.0).sum(dim=1) / count
        highest = values.masked_fill(outside, -1.0).amax(dim=1)  # GRU states lie in (-1, 1)
        pooled = torch.cat([mean, highest], dim=-1)
        return torch.relu(self.dense(self.dropout(pooled)))

    def first_layer(self) -> list[nn.Parameter]:
        """Parameters of the lowest recurrent layer, both directions."""
        return [*self.forwards[0].parameters(), *self.backwards[0].parameters()]
