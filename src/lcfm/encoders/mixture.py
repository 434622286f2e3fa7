"""Mixtures of normal distributions: what a network says of a number when it is not sure.

Bishop (1994, "Mixture density networks", Aston NCRG/94/004, eq. 22 to 26): the network gives
weights α, means μ and deviations σ of k normal distributions, and the density of the target y is
Σ α_k N(y; μ_k, σ_k²). A supernova of one light curve may be a near faint one or a far luminous one,
so that one normal distribution is not enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

STEPS = 40
"""Halvings of the interval in which a quantile lies: 2⁻⁴⁰ of it is left."""

REACH = 8.0
"""Deviations around the components within which quantiles are sought."""

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class NormalMixture:
    """One mixture for each object of a batch.

    Attributes
    ----------
    log_weight : Tensor, shape (batch, components)
        Logarithms of the weights, which sum to one.
    mean, std : Tensor, shape (batch, components)
    """

    log_weight: torch.Tensor
    mean: torch.Tensor
    std: torch.Tensor

    def log_prob(self, values: torch.Tensor) -> torch.Tensor:
        """Log density at one value per object: shape (batch,) to (batch,)."""
        off = (values.unsqueeze(-1) - self.mean) / self.std
        each = self.log_weight - 0.5 * off.square() - self.std.log() - _HALF_LOG_TWO_PI
        return torch.logsumexp(each, dim=-1)

    def cdf(self, values: torch.Tensor) -> torch.Tensor:
        """Probability below each value: shape (batch, n) to (batch, n)."""
        off = (values.unsqueeze(-1) - self.mean.unsqueeze(1)) / self.std.unsqueeze(1)
        out: torch.Tensor = (self.log_weight.exp().unsqueeze(1) * torch.special.ndtr(off)).sum(-1)
        return out

    def quantiles(self, levels: torch.Tensor) -> torch.Tensor:
        """Values below which the share `levels` (n,) of each object lies, shape (batch, n).

        By bisection, as a mixture's quantile has no formula.
        """
        low = (self.mean - REACH * self.std).amin(dim=-1, keepdim=True).expand(-1, len(levels))
        high = (self.mean + REACH * self.std).amax(dim=-1, keepdim=True).expand(-1, len(levels))
        for _ in range(STEPS):
            middle = 0.5 * (low + high)
            above = self.cdf(middle) < levels
            low, high = torch.where(above, middle, low), torch.where(above, high, middle)
        return 0.5 * (low + high)

    def centre(self) -> torch.Tensor:
        """Mean of the mixture, shape (batch,)."""
        return (self.log_weight.exp() * self.mean).sum(dim=-1)


def mixture_of(raw: torch.Tensor, narrowest: float) -> NormalMixture:
    """Mixtures from 3 k numbers per object that may have any value.

    Parameters
    ----------
    raw : Tensor, shape (batch, 3 * components)
        Weights before a softmax, means, deviations before a softplus.
    narrowest
        Smallest deviation: without one, the likelihood of a repeated target grows without end.
    """
    weight, mean, std = raw.chunk(3, dim=-1)
    return NormalMixture(weight.log_softmax(dim=-1), mean, F.softplus(std) + narrowest)
