"""Map a pretrained class head onto a target's classes and refine it with a penalty.

Scores of the pretrained classes are grouped by the taxonomy into the target's classes, with a
stated prior. The refinement moves the linear layer by a step d on the standardised latent z,

    minimise  Σ_i −w_i log p(y_i | (W + d) z_i)  +  strength · |d|² / 2,

so that with few labels the pretrained head stays, and with many it is free. The strength is chosen
by cross-validation of the log loss over all labels: a validation set of 25 objects cannot choose
(findings 4). The weights w_i are 1 unless the labels are known to be a biased sample; they enter
the prior, the choice of the strength and the temperature too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from lcfm.adapt.calibrate import fitted_temperature
from lcfm.adapt.penalty import BoolArray, held_out, strongest_alike
from lcfm.adapt.policies import FREE, Map
from lcfm.encoders.heads import ClassHead, MappedHead
from lcfm.errors import LcfmError

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_TOLERANCE = {"maxiter": 200, "ftol": 1e-7}


def mapped_head(pretrained: ClassHead, groups: Mapping[str, Sequence[str]]) -> MappedHead:
    """Head for the target's classes that repeats what the pretrained one knows.

    Parameters
    ----------
    pretrained
        Head with the pretrained classes.
    groups
        For each target class the pretrained classes that it is made of; a class without any gets a
        new output that starts at the mean of the others.
    """
    known = {name: i for i, name in enumerate(pretrained.classes)}
    members: list[list[int]] = []
    new = len(known)
    for sources in groups.values():
        found = [known[s] for s in sources if s in known]
        if not found:
            found, new = [new], new + 1
        members.append(found)
    head = MappedHead(pretrained.latent, tuple(groups), members, new)
    with torch.no_grad():
        weight, bias = pretrained.linear.weight, pretrained.linear.bias
        fresh = new - len(known)
        head.linear.weight.copy_(
            torch.cat([weight, weight.mean(0, keepdim=True).expand(fresh, -1)])
        )
        head.linear.bias.copy_(torch.cat([bias, bias.mean().expand(fresh)]))
    return head


def label_prior(codes: IntArray, n_classes: int, weights: DoubleArray | None = None) -> FloatArray:
    """Class frequencies of the labels with one pseudo-count per class, shape (n_classes,)."""
    counts = np.bincount(codes, weights, minlength=n_classes) + 1.0
    return np.asarray(counts / counts.sum(), dtype=np.float32)


def refine(
    head: MappedHead,
    latent: FloatArray,
    codes: IntArray,
    policy: Map,
    *,
    seed: int,
    weights: DoubleArray | None = None,
) -> float:
    """Set prior and weights of `head` from labels, in place; return the strength chosen.

    Parameters
    ----------
    latent : ndarray, shape (n_labels, latent_size)
    codes : ndarray of int, shape (n_labels,)
        Class codes in the order of ``head.classes``.
    weights : ndarray, shape (n_labels,), optional
        How much each label counts, with mean 1; each alike by default.

    Raises
    ------
    LcfmError
        There is no label.
    """
    if not len(codes):
        raise LcfmError("no labelled object to adapt to; give labels or use the model as it is")
    if policy.prior == "labels":
        prior = label_prior(codes, len(head.classes), weights)
        head.log_prior.copy_(torch.log(torch.from_numpy(prior)))
    problem = _Problem.of(head, latent, codes, weights)
    parts = held_out(len(codes), policy.folds, seed)
    strength = _choose_strength(problem, policy, parts)
    head.temperature = _temperature(problem, strength, parts)
    if np.isfinite(strength):
        weight, bias = problem.solve(strength)
        step = weight / problem.std
        with torch.no_grad():
            head.linear.weight.add_(torch.from_numpy(step.astype(np.float32)))
            head.linear.bias.add_(torch.from_numpy((bias - step @ problem.mean).astype(np.float32)))
    return strength


@dataclass(frozen=True)
class _Problem:
    """The penalised fit on fixed latents.

    Attributes
    ----------
    z : ndarray, shape (n, latent_size)
        Standardised latent.
    base : ndarray, shape (n, n_sources)
        Scores of the head as it is.
    codes : ndarray of int, shape (n,)
    weights : ndarray, shape (n,)
        How much each label counts.
    member : ndarray, shape (n_classes, n_sources)
        Log weight of each source in each class; -inf outside.
    log_prior : ndarray, shape (n_classes,)
    mean, std : ndarray, shape (latent_size,)
        Of the latent.
    """

    z: DoubleArray
    base: DoubleArray
    codes: IntArray
    weights: DoubleArray
    member: DoubleArray
    log_prior: DoubleArray
    mean: DoubleArray
    std: DoubleArray

    @classmethod
    def of(
        cls, head: MappedHead, latent: FloatArray, codes: IntArray, weights: DoubleArray | None
    ) -> _Problem:
        wide = latent.astype(np.float64)
        mean, std = wide.mean(axis=0), np.maximum(wide.std(axis=0), 1e-3)
        weight = head.linear.weight.detach().double().numpy()
        bias = head.linear.bias.detach().double().numpy()
        return cls(
            (wide - mean) / std,
            wide @ weight.T + bias,
            codes,
            np.ones(len(codes)) if weights is None else weights,
            head.member.double().numpy(),
            head.log_prior.double().numpy(),
            mean,
            std,
        )

    @property
    def untouched(self) -> tuple[DoubleArray, DoubleArray]:
        """The step that leaves the head as it is: weights and biases of zero."""
        sources = self.base.shape[1]
        return np.zeros((sources, self.z.shape[1])), np.zeros(sources)

    def take(self, rows: NDArray[np.bool_]) -> _Problem:
        """The same problem on some of the objects."""
        return replace(
            self,
            z=self.z[rows],
            base=self.base[rows],
            codes=self.codes[rows],
            weights=self.weights[rows],
        )

    def logits(self, weight: DoubleArray, bias: DoubleArray) -> DoubleArray:
        """Logits of each object for a step, shape (n, n_classes)."""
        joint = (self.base + self.z @ weight.T + bias)[:, None, :] + self.member
        return np.asarray(logsumexp(joint, axis=-1) + self.log_prior)

    def log_loss(self, weight: DoubleArray, bias: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
        """Weighted log loss of each object (n,) for a step, and its derivative by the scores."""
        joint = (self.base + self.z @ weight.T + bias)[:, None, :] + self.member
        grouped = logsumexp(joint, axis=-1)  # (n, n_classes)
        logits = grouped + self.log_prior
        log_p = logits - logsumexp(logits, axis=1, keepdims=True)
        rows = np.arange(len(self.codes))
        residual = np.exp(log_p)
        residual[rows, self.codes] -= 1.0
        share = np.exp(joint - grouped[:, :, None])  # of each source in its class
        loss = -self.weights * log_p[rows, self.codes]
        return loss, self.weights[:, None] * np.einsum("nt,nts->ns", residual, share)

    def solve(
        self, strength: float, start: tuple[DoubleArray, DoubleArray] | None = None
    ) -> tuple[DoubleArray, DoubleArray]:
        """Penalised step of weights (n_sources, latent_size) and biases (n_sources,)."""
        shape = (self.base.shape[1], self.z.shape[1] + 1)

        def objective(flat: DoubleArray) -> tuple[float, DoubleArray]:
            step = flat.reshape(shape)
            loss, by_score = self.log_loss(step[:, :-1], step[:, -1])
            gradient = np.hstack([by_score.T @ self.z, by_score.sum(axis=0)[:, None]])
            penalty = 0.5 * strength * float(flat @ flat)
            return float(loss.sum()) + penalty, gradient.ravel() + strength * flat

        first = np.zeros(shape) if start is None else np.hstack([start[0], start[1][:, None]])
        found = minimize(objective, first.ravel(), jac=True, method="L-BFGS-B", options=_TOLERANCE)
        step = found.x.reshape(shape)
        return step[:, :-1], step[:, -1]


def _choose_strength(problem: _Problem, policy: Map, parts: list[BoolArray]) -> float:
    """See :func:`lcfm.adapt.penalty.strongest_alike`."""

    def losses_of(part: BoolArray, strengths: Sequence[float]) -> DoubleArray:
        inside, outside = problem.take(~part), problem.take(part)
        step = problem.untouched
        losses = []
        for strength in strengths:
            if np.isfinite(strength):
                step = inside.solve(strength, start=step)
            losses.append(outside.log_loss(*step)[0])
        return np.stack(losses)

    return strongest_alike(FREE if policy.strengths is None else policy.strengths, parts, losses_of)


def _temperature(problem: _Problem, strength: float, parts: list[BoolArray]) -> float:
    """Temperature of probabilities that each object gets from the other folds' labels."""
    if not parts:
        return 1.0
    logits = np.zeros((len(problem.codes), len(problem.member)))
    for part in parts:
        step = problem.untouched
        if np.isfinite(strength):
            step = problem.take(~part).solve(strength)
        logits[part] = problem.take(part).logits(*step)
    return fitted_temperature(logits, problem.codes, problem.weights)
