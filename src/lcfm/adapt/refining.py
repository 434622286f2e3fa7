"""Refine a pretrained density of a number with labels: what `map` is for classes.

The pretrained mixture of each object (weights α_k, means μ_k, deviations σ_k on the standardised
scale) is moved as a whole,

    α_k → α_k e^{b_k},    μ_k → a μ_k + c + d·z,    σ_k → t σ_k,

by the b, a, c, d, t that minimise the negative log likelihood of the labels plus penalties, where z
is the standardised latent. The b answer another mix of objects, as a class prior does; a, c and t
another brightness scale and noise; d what the simulations got wrong, with a strength chosen by
cross-validation over all labels, infinite (d = 0) among the candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from lcfm.adapt.penalty import BoolArray, held_out, strongest_alike
from lcfm.adapt.policies import Refine
from lcfm.encoders.heads import DensityHead
from lcfm.encoders.mixture import NormalMixture
from lcfm.errors import LcfmError

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]

PSEUDO_COUNT = 1.0
"""Objects that each component is given beside the labels: a mix from few labels leans on alike."""

STIFF = 10.0
"""Penalty on a − 1 and on log t: as ten labels that ask for no change."""

_OPTIONS = {"maxiter": 100, "ftol": 1e-7}


def refine_density(
    head: DensityHead, latent: FloatArray, values: DoubleArray, policy: Refine, *, seed: int
) -> float:
    """Move `head` by labels, in place; return the strength chosen for d.

    Parameters
    ----------
    latent : ndarray, shape (n_labels, latent_size)
    values : ndarray, shape (n_labels,)
        In the units of the target.

    Raises
    ------
    LcfmError
        A value has no place on the scale of the head, such as a redshift below zero on log z.
    """
    scaled = (head.scale.forward(values) - head.mean.item()) / head.std.item()
    bad = int((~np.isfinite(scaled)).sum())
    if bad:
        raise LcfmError(
            f"{bad} of {len(values)} labels have no place on the scale {head.scale.kind!r} of the "
            "pretrained head; leave such objects out, or choose policy head+mlp"
        )
    problem = _Problem.of(head, latent, scaled)
    strength = _choose_strength(problem, policy, seed)
    found = problem.unpacked(problem.solve(strength))
    step = found.step.numpy() / problem.std
    head.log_prior.copy_(found.log_prior)
    head.slope.copy_(found.slope)
    head.stretch.copy_(found.stretch)
    head.step_weight.copy_(torch.from_numpy(step))
    head.step_bias.copy_(found.shift - float(step @ problem.mean))
    return strength


@dataclass(frozen=True)
class _Moves:
    """b (components,), a, c, t (each of shape (1,)) and d (latent_size,)."""

    log_prior: torch.Tensor
    slope: torch.Tensor
    shift: torch.Tensor
    stretch: torch.Tensor
    step: torch.Tensor


@dataclass(frozen=True)
class _Problem:
    """The penalised likelihood on fixed latents, in double precision.

    Attributes
    ----------
    plain : NormalMixture
        Of each labelled object, as pretrained.
    z : Tensor, shape (n, latent_size)
        Standardised latent.
    target : Tensor, shape (n,)
        Standardised value.
    mean, std : ndarray, shape (latent_size,)
        Of the latent.
    """

    plain: NormalMixture
    z: torch.Tensor
    target: torch.Tensor
    mean: DoubleArray
    std: DoubleArray

    @classmethod
    def of(cls, head: DensityHead, latent: FloatArray, scaled: DoubleArray) -> _Problem:
        with torch.no_grad():
            plain = head.pretrained(torch.from_numpy(latent))
        wide = latent.astype(np.float64)
        mean, std = wide.mean(axis=0), np.maximum(wide.std(axis=0), 1e-3)
        return cls(
            NormalMixture(plain.log_weight.double(), plain.mean.double(), plain.std.double()),
            torch.from_numpy((wide - mean) / std),
            torch.from_numpy(scaled),
            mean,
            std,
        )

    def take(self, rows: NDArray[np.bool_]) -> _Problem:
        """The same problem on some of the objects."""
        kept, p = torch.from_numpy(rows), self.plain
        plain = NormalMixture(p.log_weight[kept], p.mean[kept], p.std[kept])
        return replace(self, plain=plain, z=self.z[kept], target=self.target[kept])

    def unpacked(self, flat: DoubleArray | torch.Tensor) -> _Moves:
        """The moves that a vector of parameters means; zero means none."""
        x = torch.as_tensor(flat)
        k = self.plain.mean.shape[1]
        return _Moves(
            x[:k] - x[:k].mean(), 1.0 + x[k : k + 1], x[k + 1 : k + 2], x[k + 2 : k + 3].exp(),
            x[k + 3 :],
        )  # fmt: skip

    def loss(self, moves: _Moves) -> torch.Tensor:
        """Negative log likelihood of each object, shape (n,)."""
        shift = moves.shift + self.z @ moves.step
        moved = NormalMixture(
            (self.plain.log_weight + moves.log_prior).log_softmax(dim=-1),
            self.plain.mean * moves.slope + shift.unsqueeze(-1),
            self.plain.std * moves.stretch,
        )
        return -moved.log_prob(self.target)

    def solve(self, strength: float, start: DoubleArray | None = None) -> DoubleArray:
        """Parameters of the penalised optimum; an infinite strength leaves the step at zero."""
        k, size = self.plain.mean.shape[1], self.z.shape[1]
        free = np.ones(k + 3 + size)
        weight = strength
        if not np.isfinite(strength):
            free[k + 3 :], weight = 0.0, 0.0

        def objective(flat: DoubleArray) -> tuple[float, DoubleArray]:
            x = torch.from_numpy(flat * free).requires_grad_(True)
            moves = self.unpacked(x)
            penalty = -PSEUDO_COUNT * moves.log_prior.log_softmax(dim=0).sum()
            stiff = x[k].square() + x[k + 2].square()
            penalty = penalty + 0.5 * (STIFF * stiff + weight * moves.step.square().sum())
            total = self.loss(moves).sum() + penalty
            total.backward()  # type: ignore[no-untyped-call]
            assert x.grad is not None
            return total.item(), x.grad.numpy() * free

        first = np.zeros(k + 3 + size) if start is None else start
        found = minimize(objective, first, jac=True, method="L-BFGS-B", options=_OPTIONS)
        return np.asarray(found.x * free)


def _choose_strength(problem: _Problem, policy: Refine, seed: int) -> float:
    """See :func:`lcfm.adapt.penalty.strongest_alike`."""

    def losses_of(part: BoolArray, strengths: Sequence[float]) -> DoubleArray:
        inside, outside = problem.take(~part), problem.take(part)
        found: DoubleArray | None = None
        losses = []
        for strength in strengths:
            found = inside.solve(strength, start=found)
            losses.append(outside.loss(outside.unpacked(found)).numpy())
        return np.stack(losses)

    parts = held_out(len(problem.target), policy.folds, seed)
    return strongest_alike(policy.strengths, parts, losses_of)
