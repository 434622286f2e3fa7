"""A linear recurrence read in both directions: gates from the input alone.

minGRU (Feng et al. 2024, "Were RNNs all we needed?", section 3.1):
h_t = (1 − z_t) h_{t−1} + z_t c_t, with z and c dense layers of the input. What a GRU computes step
by step, a product of a matrix with the state, is done for all steps at once; only a weighted mean
is left to walk along the sequence. Each layer is added to what came in, after a layer norm, as in a
transformer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import nn

from lcfm.encoders.base import Encoder
from lcfm.encoders.fourier import FourierInput, Inputs
from lcfm.encoders.pooling import MeanMaxPool, Pool


@dataclass(frozen=True, kw_only=True)
class ScanSettings:
    """Sizes of :class:`Scan`, what it reads of a token and how it pools."""

    kind: ClassVar[str] = "scan"
    width: int = 64
    hidden: int = 64
    layers: int = 3
    latent: int = 100
    inputs: Inputs = FourierInput()
    pool: Pool = MeanMaxPool()


class Scan(Encoder):
    """Stacked linear recurrences, pooled over all their states."""

    def __init__(self, settings: ScanSettings, channels: int) -> None:
        super().__init__()
        self.latent_size = settings.latent
        self.inputs = settings.inputs.build(channels)
        self.embed = nn.Linear(settings.inputs.width(channels), settings.width)
        self.layers = nn.ModuleList(
            Layer(settings.width, settings.hidden) for _ in range(settings.layers)
        )
        self.norm = nn.LayerNorm(settings.width)
        self.pool = settings.pool.build(settings.width)
        self.dense = nn.Linear(settings.pool.width(settings.width), settings.latent)

    def encode(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Map (batch, length, channels) and its mask to (batch, latent_size)."""
        # Time first: each step of the recurrence then reads one block of memory.
        states = self.embed(self.inputs(values.transpose(0, 1).contiguous()))
        there = mask.transpose(0, 1).unsqueeze(-1).to(states.dtype)
        for layer in self.layers:
            states = layer(states, there)
        return torch.relu(self.dense(self.pool(self.norm(states).transpose(0, 1), mask)))

    def first_layer(self) -> list[nn.Parameter]:
        """Parameters of the embedding of a token."""
        return list(self.embed.parameters())


class Layer(nn.Module):
    """One recurrence in each direction, added to what came in."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gates, self.candidates = nn.Linear(width, 2 * hidden), nn.Linear(width, 2 * hidden)
        self.out = nn.Linear(2 * hidden, width)

    def forward(self, states: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """(length, batch, width) to the same; `there` is 0 in the padding, which then adds nothing.

        The second half of the channels runs from the end: through the padding first, where its
        gates are closed.
        """
        normed = self.norm(states)
        gate = both_ways(torch.sigmoid(self.gates(normed)) * there)
        running = both_ways(weighted_mean(gate, both_ways(self.candidates(normed))))
        out: torch.Tensor = states + self.out(F.silu(running))
        return out


def both_ways(values: torch.Tensor) -> torch.Tensor:
    """Turn the second half of the channels around in time: (length, batch, 2 n)."""
    ahead, behind = values.chunk(2, dim=-1)
    return torch.cat([ahead, behind.flip(0)], dim=-1)


def weighted_mean(gate: torch.Tensor, candidate: torch.Tensor) -> torch.Tensor:
    """h_t = (1 − z_t) h_{t−1} + z_t c_t from h = 0, each (length, batch, n)."""
    if torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
        return by_doubling(gate, candidate)
    out: torch.Tensor = _Recurrence.apply(gate, candidate)  # type: ignore[no-untyped-call]
    return out


DOUBLINGS = 13
"""A traced network reads sequences of up to 2¹³ observations."""


def by_doubling(gate: torch.Tensor, candidate: torch.Tensor) -> torch.Tensor:
    """:func:`weighted_mean` without a loop over time, for graphs whose length stays free.

    Hillis & Steele (1986, "Data parallel algorithms"): after k rounds h_t holds the last 2^k steps.
    """
    keep, running, length = 1.0 - gate, gate * candidate, gate.shape[0]
    for round_ in range(DOUBLINGS):
        step = 2**round_
        before = F.pad(running, (0, 0, 0, 0, step, 0))[:length]
        kept = F.pad(keep, (0, 0, 0, 0, step, 0), value=1.0)[:length]
        running, keep = running + keep * before, keep * kept
    return running


class _Recurrence(torch.autograd.Function):
    """The recurrence as a loop over time, and its gradient as a loop back.

    A graph of one node: autograd's own, of a node per step, takes several times as long.
    """

    @staticmethod
    def forward(ctx: Any, gate: torch.Tensor, candidate: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(candidate)
        state = torch.zeros_like(candidate[0])
        for z, c, here in zip(gate.unbind(0), candidate.unbind(0), out.unbind(0), strict=True):
            state = torch.lerp(state, c, z, out=here)
        ctx.save_for_backward(gate, candidate, out)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        gate, candidate, out = ctx.saved_tensors
        total = torch.empty_like(candidate)
        total[-1] = grads[0][-1]
        keep = 1.0 - gate
        for t in range(len(gate) - 2, -1, -1):
            torch.addcmul(grads[0][t], total[t + 1], keep[t + 1], out=total[t])
        before = F.pad(out, (0, 0, 0, 0, 1, 0))[:-1]
        return total * (candidate - before), total * gate
