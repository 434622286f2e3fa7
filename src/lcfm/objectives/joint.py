"""Class and redshift at once: one latent vector that knows what an object is and how far away.

A supernova's redshift is told by how bright it looks and by what it is, so that the two questions
share most of their answer. A simulation knows both for every object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm.encoders.heads import Head
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Objective, Terms
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.objectives.density import Density, DensitySettings
from lcfm.prepare.batch import Batch


@dataclass(frozen=True, kw_only=True)
class JointSettings:
    """Class column, density of a number, and how much the second counts.

    Attributes
    ----------
    column
        Object column with the class names.
    density
        Which number, and on what scale.
    weight
        Of the density's term beside the cross-entropy.
    """

    kind: ClassVar[str] = "classifier+redshift"
    column: str = "label"
    density: DensitySettings = DensitySettings()
    weight: float = 0.3

    def __post_init__(self) -> None:
        if not self.weight > 0:
            raise LcfmError(f"the density's weight must be above 0, got {self.weight}")


class Joint(Objective):
    """Cross-entropy on the class and likelihood of the redshift, from one latent vector."""

    def __init__(self, settings: JointSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.settings = settings
        self.classify = Classify(ClassifySettings(column=settings.column), latent, lcs)
        self.density = Density(settings.density, latent, lcs)

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Class codes and the number on its scale."""
        return {**self.classify.columns(lcs), **self.density.columns(lcs)}

    def served(self) -> Mapping[str, Head]:
        """Both heads."""
        return {**self.classify.served(), **self.density.served()}

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """The weighted sum, and each part by name."""
        classes = self.classify.terms(latent, batch, step)
        density = self.density.terms(latent, batch, step)
        return {
            "loss": classes["loss"] + self.settings.weight * density["loss"],
            "cross_entropy": classes["loss"].detach(),
            "accuracy": classes["accuracy"],
            "density": density["loss"].detach(),
            "squared": density["squared"],
        }
