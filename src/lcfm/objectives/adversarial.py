"""Adversarial training by alternating updates: simulation-pretrained FM, Algorithm 1.

For each batch, first the discriminator D learns the domain O from the latent vectors L, the
classifier C frozen; then C is updated with D frozen::

    L_D = H(D(L), O)
    L_C = H(C(X), c) - H(D(L), O)

As printed there is no λ and no warm-up; both are settings here, off by default. So is a learning
rate of its own for D, of which the paper says nothing. As printed, the network learns to hide the
domain from this D, and a fresh discriminator finds it again. With a D five times as fast (two time
scales: Heusel et al. 2017), a warm-up, and half the momentum in
:class:`~lcfm.train.settings.TrainSettings`, a fresh one is at chance as well (docs/log.md).

L_C is one side of a game: it has no lower bound, and it rises whenever D catches up. Early stopping
therefore watches H(C(X), c) alone, never the second part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lcfm.expect import expect
from lcfm.lightcurves import LightCurves
from lcfm.objectives.auxiliary import Auxiliary
from lcfm.objectives.base import Step, Terms
from lcfm.objectives.discriminator import Discriminator, Strength
from lcfm.prepare.batch import Batch

STEP = "discriminator"


@dataclass(frozen=True, kw_only=True)
class AdversarialSettings:
    """What the latent vector shall not tell, and how strongly.

    Attributes
    ----------
    column
        Object column with the domains.
    weight
        λ of the discriminator's loss in that of the network (paper: 1).
    warmup
        Updates over which λ rises from 0 (paper: none).
    rate
        Learning rate of the discriminator in units of the network's (paper: not said).
    """

    kind: ClassVar[str] = "adversarial"
    column: str = "survey"
    weight: float = 1.0
    warmup: int = 0
    rate: float = 1.0

    def __post_init__(self) -> None:
        expect(self, "weight", self.weight >= 0, "0 or above")
        expect(self, "warmup", self.warmup >= 0, "0 or above")
        expect(self, "rate", self.rate > 0, "above 0")


class Adversarial(Auxiliary):
    """Minus the loss of a discriminator that is trained in a step of its own."""

    plays_against = True

    def __init__(self, settings: AdversarialSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.settings = settings
        self.discriminator = Discriminator(settings.column, latent, lcs)
        self.strength = Strength(settings.weight, settings.warmup)

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Code of the domain."""
        return self.discriminator.columns(lcs)

    def steps(self) -> tuple[Step, ...]:
        """Lines 3 to 7: the discriminator alone."""
        moved = tuple(self.discriminator.parameters())
        return (Step(STEP, moved, minimises="discriminator_loss", rate=self.settings.rate),)

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """``L_D`` on latent vectors without gradient."""
        loss, accuracy = self.discriminator(latent.detach(), batch)
        return {"discriminator_loss": loss, "discriminator_accuracy": accuracy}

    def moved(self) -> tuple[nn.Parameter, ...]:
        """Line 9: nothing, the discriminator is frozen."""
        return ()

    def addend(self, latent: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, Terms]:
        """Line 10: ``-λ H(D(L), O)``, by the discriminator as it is after its own step."""
        loss, _ = self.discriminator(latent, batch)
        return -self.strength() * loss, {}
