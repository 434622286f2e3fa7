"""Weighted cross-entropy over classes: the papers' classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from lcfm.encoders.heads import ClassHead, Head, MappedHead
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Objective, Terms
from lcfm.objectives.codes import codes, names_and_counts
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import Balanced, ByLength, Sampler, Samplers

CODE = "class_code"


@dataclass(frozen=True, kw_only=True)
class ClassifySettings:
    """Target column, class weights and sampler.

    Attributes
    ----------
    column
        Object column with the class names.
    weights
        ``balanced``: each class weighs alike (papers); ``none``: each object does.
    classes
        Names of all classes, also those without an object; empty: those in the table.
    sampler
        Who shares a batch. :class:`~lcfm.prepare.samplers.Balanced` makes classes and surveys alike
        by drawing, so that batches drawn by it get no weights on top.
    weight
        Of the loss beside other tasks'.
    """

    kind: ClassVar[str] = "classifier"
    column: str = "label"
    weights: Literal["balanced", "none"] = "balanced"
    classes: tuple[str, ...] = ()
    sampler: Samplers = ByLength()
    weight: float = 1.0


class Classify(Objective):
    """Cross-entropy on a linear layer over the latent vector."""

    settings: ClassifySettings
    class_weights: torch.Tensor

    def __init__(
        self,
        settings: ClassifySettings,
        latent: int,
        lcs: LightCurves,
        head: ClassHead | MappedHead | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        names, counts = names_and_counts(lcs, settings.column, what="a classifier")
        self.head: ClassHead | MappedHead = head or ClassHead(latent, settings.classes or names)
        found = dict(zip(names, counts, strict=True))
        per_class = np.array([found.get(c, 0) for c in self.head.classes], dtype=np.float64)
        weights = np.ones(len(per_class))
        if settings.weights == "balanced":
            weights = counts.sum() / np.maximum(per_class, 1) / len(names)
        self.register_buffer("class_weights", torch.tensor(weights, dtype=torch.float32))

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Class codes; an object without a label is an error, since it would be lost in silence."""
        code = codes(lcs, self.settings.column, self.head.classes)
        return {CODE: code, **self.settings.sampler.columns(lcs, self.settings.column)}

    def sampler(self) -> Sampler:
        """As set."""
        return self.settings.sampler

    def served(self) -> Mapping[str, Head]:
        """The class head."""
        return {self.settings.column: self.head}

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Weighted cross-entropy and accuracy."""
        logits = self.head(latent)
        target = batch.columns[CODE]
        # validation, which sees each object once, keeps the weights
        drawn_alike = self.training and isinstance(self.settings.sampler, Balanced)
        weight = None if drawn_alike else self.class_weights
        loss = F.cross_entropy(logits, target, weight=weight)
        return {"loss": loss, "accuracy": (logits.argmax(-1) == target).float().mean()}
