"""Map a pretrained class head onto a target's classes and refine it with a penalty.

Scores of the pretrained classes are grouped by the taxonomy into the target's classes, with a
stated prior. The refinement moves the linear layer by a step d on the standardised latent z,

    minimise  Σ_i −log p(y_i | (W + d) z_i)  +  strength · |d|² / 2,

so that with few labels the pretrained head stays, and with many it is free. The strength is chosen
by cross-validation of the log loss over all labels: a validation set of 25 objects cannot choose
(findings 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from lcfm.adapt.policies import Map
from lcfm.encoders.heads import ClassHead, MappedHead
from lcfm.errors import LcfmError

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


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


def label_prior(codes: IntArray, n_classes: int) -> FloatArray:
    """Class frequencies of the labels with one pseudo-count per class, shape (n_classes,)."""
    counts = np.bincount(codes, minlength=n_classes) + 1.0
    return np.asarray(counts / counts.sum(), dtype=np.float32)


def refine(
    head: MappedHead, latent: FloatArray, codes: IntArray, policy: Map, *, seed: int
) -> float:
    """Set prior and weights of `head` from labels, in place; return the strength chosen.

    Parameters
    ----------
    latent : ndarray, shape (n_labels, latent_size)
    codes : ndarray of int, shape (n_labels,)
        Class codes in the order of ``head.classes``.

    Raises
    ------
    LcfmError
        There is no label.
    """
    if not len(codes):
        raise LcfmError("no labelled object to adapt to; give labels or use the model as it is")
    z = torch.from_numpy(np.asarray(latent, dtype=np.float32))
    y = torch.from_numpy(codes)
    if policy.prior == "labels":
        head.log_prior.copy_(torch.log(torch.from_numpy(label_prior(codes, len(head.classes)))))
    scale = _Standard.of(z)
    strength = _choose_strength(head, scale, z, y, policy, seed)
    if np.isfinite(strength):
        _apply(head, scale, *_fit(head, scale(z), z, y, strength))
    return strength


class _Standard:
    """Mean and deviation of the latent, so that one penalty suits every dimension."""

    def __init__(self, mean: torch.Tensor, std: torch.Tensor) -> None:
        self.mean, self.std = mean, std

    @classmethod
    def of(cls, z: torch.Tensor) -> _Standard:
        return cls(z.mean(0), z.std(0, unbiased=False).clamp(min=1e-3))

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        return (z - self.mean) / self.std


def _choose_strength(
    head: MappedHead, scale: _Standard, z: torch.Tensor, y: torch.Tensor, policy: Map, seed: int
) -> float:
    """Penalty with the lowest cross-validated log loss; infinity leaves the head alone."""
    candidates = [float("inf"), *sorted(policy.strengths, reverse=True)]
    folds = min(policy.folds, len(y))
    if folds < 2:
        return float("inf")
    fold = np.random.default_rng(seed).permutation(len(y)) % folds
    losses = np.zeros(len(candidates))
    for k in range(folds):
        inside, outside = torch.from_numpy(fold != k), torch.from_numpy(fold == k)
        step: tuple[torch.Tensor, torch.Tensor] | None = None
        for i, strength in enumerate(candidates):
            if np.isfinite(strength):
                step = _fit(head, scale(z[inside]), z[inside], y[inside], strength, start=step)
            scores = _scores(head, scale(z[outside]), z[outside], step)
            losses[i] += float(F.cross_entropy(head.combine(scores), y[outside], reduction="sum"))
    return candidates[int(losses.argmin())]


def _scores(
    head: MappedHead,
    standard: torch.Tensor,
    z: torch.Tensor,
    step: tuple[torch.Tensor, torch.Tensor] | None,
) -> torch.Tensor:
    with torch.no_grad():
        base: torch.Tensor = head.linear(z)
        return base if step is None else base + standard @ step[0].T + step[1]


def _fit(
    head: MappedHead,
    standard: torch.Tensor,
    z: torch.Tensor,
    y: torch.Tensor,
    strength: float,
    start: tuple[torch.Tensor, torch.Tensor] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Penalised step of weights (n_sources, latent) and biases (n_sources,) by L-BFGS."""
    with torch.no_grad():
        base = head.linear(z)
    n_sources, size = head.n_sources, z.shape[1]
    weight = torch.zeros(n_sources, size) if start is None else start[0].clone()
    bias = torch.zeros(n_sources) if start is None else start[1].clone()
    weight.requires_grad_()
    bias.requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = head.combine(base + standard @ weight.T + bias)
        loss = F.cross_entropy(logits, y, reduction="sum")
        loss = loss + 0.5 * strength * (weight.square().sum() + bias.square().sum())
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return weight.detach(), bias.detach()


def _apply(head: MappedHead, scale: _Standard, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Add the step, given on the standardised latent, to the head's own layer."""
    with torch.no_grad():
        step = weight / scale.std
        head.linear.weight.add_(step)
        head.linear.bias.add_(bias - step @ scale.mean)
