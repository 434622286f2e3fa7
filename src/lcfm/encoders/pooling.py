"""States of all observations to one vector: mean and maximum, or attention with learned queries.

Attention lets the network weigh observations by what they say (Maven, section 3.1: learned queries
against keys and values of the encoded sequence).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from lcfm.errors import LcfmError


@dataclass(frozen=True, kw_only=True)
class MeanPool:
    """Mean over the observations."""

    kind: ClassVar[str] = "mean"

    def build(self, size: int) -> nn.Module:
        """Module from states (batch, length, size) and mask to (batch, width)."""
        return Mean()

    def width(self, size: int) -> int:
        """Length of the pooled vector."""
        return size


@dataclass(frozen=True, kw_only=True)
class MeanMaxPool:
    """Mean and maximum over the observations."""

    kind: ClassVar[str] = "mean_max"

    def build(self, size: int) -> nn.Module:
        """Module from states (batch, length, size) and mask to (batch, width)."""
        return MeanMax()

    def width(self, size: int) -> int:
        """Length of the pooled vector."""
        return 2 * size


@dataclass(frozen=True, kw_only=True)
class AttentionPool:
    """Mean and maximum, and means weighted by `heads` learned queries, a part of the state each."""

    kind: ClassVar[str] = "attention"
    heads: int = 4

    def build(self, size: int) -> nn.Module:
        """Module from states (batch, length, size) and mask to (batch, width)."""
        return Attention(size, self.heads)

    def width(self, size: int) -> int:
        """Length of the pooled vector."""
        return 3 * size


Pool = MeanPool | MeanMaxPool | AttentionPool


class Mean(nn.Module):
    """Mean of the states of the observations."""

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, length, size) to (batch, size)."""
        count = mask.sum(dim=1, keepdim=True).clamp(min=1)
        return states.masked_fill(~mask.unsqueeze(-1), 0.0).sum(dim=1) / count


class MeanMax(nn.Module):
    """Mean and maximum of the states of the observations."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = Mean()

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, length, size) to (batch, 2 size)."""
        lowest = torch.finfo(states.dtype).min
        highest = states.masked_fill(~mask.unsqueeze(-1), lowest).amax(dim=1)
        return torch.cat([self.mean(states, mask), highest], dim=-1)


class Attention(nn.Module):
    """Mean and maximum, and a weighted mean whose weights each head reads off the states."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        if size % heads:
            raise LcfmError(f"heads of attention must divide the states ({size}), got {heads}")
        self.heads = heads
        self.score = nn.Linear(size, heads, bias=False)  # queries times keys, as one matrix
        self.plain = MeanMax()

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, length, size) to (batch, 3 size)."""
        batch, length, size = states.shape
        lowest = torch.finfo(states.dtype).min
        score = self.score(states) * math.sqrt(1.0 / size)
        weight = score.masked_fill(~mask.unsqueeze(-1), lowest).softmax(dim=1)
        parts = states.view(batch, length, self.heads, size // self.heads)
        weighted = (parts * weight.unsqueeze(-1)).sum(dim=1).reshape(batch, size)
        return torch.cat([self.plain(states, mask), weighted], dim=-1)
