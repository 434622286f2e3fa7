"""The strength of a penalty, chosen by cross-validation over all labels.

A validation set of a few labels cannot choose (docs/log.md); every label takes its turn here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

DoubleArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NONE_AT_ALL = float("inf")
"""Strength that leaves what was pretrained as it is; it always competes."""


def held_out(n: int, folds: int, seed: int) -> list[BoolArray]:
    """Masks of the labels that each fold leaves out, each of shape (n,); none below two folds."""
    folds = min(folds, n)
    if folds < 2:
        return []
    fold = np.random.default_rng(seed).permutation(n) % folds
    return [fold == k for k in range(folds)]


def strongest_alike(
    strengths: Sequence[float],
    parts: Sequence[BoolArray],
    losses_of: Callable[[BoolArray, Sequence[float]], DoubleArray],
) -> float:
    """Strongest penalty that cross-validation cannot tell from the best; infinity is none at all.

    Of the candidates whose loss exceeds the lowest by no more than one standard error of the paired
    difference, the strongest is taken (the one-standard-error rule of Breiman et al. 1984): with
    128 labels the lowest loss alone chooses too weak a penalty now and then (docs/log.md).

    Parameters
    ----------
    strengths
        Finite candidates.
    parts
        As `held_out` gives them.
    losses_of
        From a mask of labels left out and the candidates, strongest first, to the losses of those
        labels, shape (n_candidates, n_left_out).
    """
    if not parts:
        return NONE_AT_ALL
    candidates = [NONE_AT_ALL, *sorted(strengths, reverse=True)]
    losses = np.zeros((len(candidates), len(parts[0])))
    for part in parts:
        losses[:, part] = losses_of(part, candidates)
    excess = losses - losses[losses.mean(axis=1).argmin()]
    alike = excess.mean(axis=1) <= excess.std(axis=1) / np.sqrt(losses.shape[1])
    return candidates[int(np.flatnonzero(alike)[0])]
