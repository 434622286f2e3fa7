"""A small transformer: attention among all observations, which need no order.

Pre-norm layers (Xiong et al. 2020, "On layer normalization in the transformer architecture"), each
a self-attention and a dense layer of twice the width. Time and wavelength enter as Fourier features
beside flux and error, as in Maven (section 3.1), whose sizes our budget of a CPU does not reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import nn

from lcfm.encoders.base import Encoder
from lcfm.encoders.fourier import FourierInput, Inputs
from lcfm.encoders.pooling import MeanMaxPool, Pool
from lcfm.expect import expect


@dataclass(frozen=True, kw_only=True)
class TransformerSettings:
    """Sizes of :class:`Transformer`, what it reads of a token and how it pools."""

    kind: ClassVar[str] = "transformer"
    width: int = 64
    layers: int = 3
    heads: int = 4
    latent: int = 100
    dropout: float = 0.0
    inputs: Inputs = FourierInput()
    pool: Pool = MeanMaxPool()

    def __post_init__(self) -> None:
        expect(self, "heads", self.width % self.heads == 0, f"a divisor of width ({self.width})")


class Transformer(Encoder):
    """Self-attention over the observations, pooled."""

    def __init__(self, settings: TransformerSettings, channels: int) -> None:
        super().__init__()
        self.latent_size = settings.latent
        self.inputs = settings.inputs.build(channels)
        self.embed = nn.Linear(settings.inputs.width(channels), settings.width)
        self.layers = nn.ModuleList(
            Layer(settings.width, settings.heads, settings.dropout) for _ in range(settings.layers)
        )
        self.norm = nn.LayerNorm(settings.width)
        self.pool = settings.pool.build(settings.width)
        self.dense = nn.Linear(settings.pool.width(settings.width), settings.latent)

    def encode(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Map (batch, length, channels) and its mask to (batch, latent_size)."""
        states = self.embed(self.inputs(values))
        for layer in self.layers:
            states = layer(states, mask)
        return torch.relu(self.dense(self.pool(self.norm(states), mask)))

    def first_layer(self) -> list[nn.Parameter]:
        """Parameters of the embedding of a token."""
        return list(self.embed.parameters())


class Layer(nn.Module):
    """Self-attention and a dense layer, each added to what came in."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm, self.dense_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.question, self.answer = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(batch, length, width) to the same shape."""
        batch, length, width = states.shape
        split = (batch, length, 3, self.heads, width // self.heads)
        query, key, value = self.question(self.attention_norm(states)).view(split).unbind(2)
        among = F.scaled_dot_product_attention(
            query.transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            attn_mask=mask[:, None, None, :],
        )  # (batch, heads, length, width / heads)
        together = among.transpose(1, 2).reshape(batch, length, width)
        states = states + self.dropout(self.answer(together))
        out: torch.Tensor = states + self.dropout(self.dense(self.dense_norm(states)))
        return out
