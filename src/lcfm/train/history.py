"""History: what a training measured, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass
class History:
    """What the loop measured.

    Attributes
    ----------
    epochs : list of dict
        Mean of each loss term over the epoch (``train_loss``, ``valid_loss``, …), sequences/s.
    best_epoch
        The epoch whose weights were kept.
    objects
        Number of training objects.
    parameters
        Number of weights that were trained.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    objects: int = 0
    parameters: int = 0

    def convergence(self) -> dict[str, Any]:
        """What it took to get to the weights that were kept.

        Returns
        -------
        dict
            ``epochs`` up to them, ``seconds`` of these without validation, ``parameters`` trained.
        """
        kept = self.epochs[: self.best_epoch + 1]
        seconds = sum(self.objects / epoch["sequences_per_second"] for epoch in kept)
        return {"epochs": len(kept), "seconds": round(seconds, 3), "parameters": self.parameters}


class Means:
    """Running means of named terms, weighted by batch size."""

    def __init__(self) -> None:
        self.sums: dict[str, torch.Tensor] = {}
        self.counts: dict[str, int] = {}  # by name: a term may belong to one of several steps

    def add(self, terms: Mapping[str, torch.Tensor], n: int) -> None:
        """Take in the terms of a batch of `n` objects, each a scalar."""
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, torch.zeros(())) + value.detach().cpu() * n
            self.counts[name] = self.counts.get(name, 0) + n

    def means(self, prefix: str) -> dict[str, float]:
        """Mean of each term, its name behind `prefix`."""
        return {
            prefix + name: float(value) / self.counts[name] for name, value in self.sums.items()
        }
