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
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Objective, Terms
from lcfm.prepare.batch import Batch

CODE = "class_code"
WEIGHT = "class_weight"


@dataclass(frozen=True, kw_only=True)
class ClassifySettings:
    """Target column and class weights.

    Attributes
    ----------
    column
        Object column with the class names.
    weights
        ``balanced``: each class weighs alike (papers); ``none``: each object does.
    classes
        Names of all classes, also those without an object; empty: those in the table.
    """

    kind: ClassVar[str] = "classifier"
    column: str = "label"
    weights: Literal["balanced", "none"] = "balanced"
    classes: tuple[str, ...] = ()


class Classify(Objective):
    """Cross-entropy on a linear layer over the latent vector."""

    def __init__(
        self,
        settings: ClassifySettings,
        latent: int,
        lcs: LightCurves,
        head: ClassHead | MappedHead | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        labels = lcs.column(settings.column)
        names, counts = np.unique(labels[labels != ""].astype(str), return_counts=True)
        if len(names) < 2:
            raise LcfmError(
                f"column {settings.column!r} holds {len(names)} class(es); "
                "a classifier needs at least two"
            )
        self.head: ClassHead | MappedHead = head or ClassHead(
            latent, settings.classes or tuple(map(str, names))
        )
        found = dict(zip(map(str, names), counts, strict=True))
        per_class = np.array([found.get(c, 0) for c in self.head.classes], dtype=np.float64)
        weights = np.ones(len(per_class))
        if settings.weights == "balanced":
            weights = counts.sum() / np.maximum(per_class, 1) / len(names)
        self.register_buffer("class_weights", torch.tensor(weights, dtype=torch.float32))

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Class codes; an object without a label is an error, since it would be lost in silence."""
        code = {name: i for i, name in enumerate(self.head.classes)}
        labels = lcs.column(self.settings.column)
        unknown = [i for i, label in enumerate(labels) if label not in code]
        if unknown:
            raise LcfmError(
                f"object {lcs.object_id[unknown[0]]!r} has {self.settings.column} "
                f"{labels[unknown[0]]!r}, which is not one of {', '.join(self.head.classes)}"
            )
        return {CODE: np.array([code[label] for label in labels], dtype=np.int64)}

    def served(self) -> Mapping[str, Head]:
        """The class head."""
        return {self.settings.column: self.head}

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Weighted cross-entropy and accuracy."""
        logits = self.head(latent)
        target = batch.columns[CODE]
        weight = self.class_weights
        assert isinstance(weight, torch.Tensor)
        loss = F.cross_entropy(logits, target, weight=weight)
        return {"loss": loss, "accuracy": (logits.argmax(-1) == target).float().mean()}
