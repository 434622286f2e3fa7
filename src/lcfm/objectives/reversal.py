"""Adversarial training by gradient reversal: one update instead of two.

The discriminator stands behind a layer that is the identity forwards and multiplies the gradient by
-λ backwards (Ganin et al. 2016, "Domain-adversarial training of neural networks", JMLR 17, section
4.2, eq. 18). Discriminator and network learn from the same forward pass: the game of Algorithm 1
played simultaneously, at half the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm.expect import expect
from lcfm.lightcurves import LightCurves
from lcfm.objectives.auxiliary import Auxiliary
from lcfm.objectives.base import Terms
from lcfm.objectives.discriminator import Discriminator, Strength
from lcfm.prepare.batch import Batch


@dataclass(frozen=True, kw_only=True)
class ReversalSettings:
    """What the latent vector shall not tell, and how strongly.

    Attributes
    ----------
    column
        Object column with the domains.
    weight
        λ of the reversed gradient.
    warmup
        Updates over which λ rises from 0; the discriminator learns at full rate meanwhile.
    """

    kind: ClassVar[str] = "reversal"
    column: str = "survey"
    weight: float = 1.0
    warmup: int = 0

    def __post_init__(self) -> None:
        expect(self, "weight", self.weight >= 0, "0 or above")
        expect(self, "warmup", self.warmup >= 0, "0 or above")


class Reversal(Auxiliary):
    """The loss of a discriminator, whose gradient is turned round below it."""

    plays_against = True

    def __init__(self, settings: ReversalSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.discriminator = Discriminator(settings.column, latent, lcs)
        self.strength = Strength(settings.weight, settings.warmup)

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Code of the domain."""
        return self.discriminator.columns(lcs)

    def addend(self, latent: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, Terms]:
        """``H(D(R(L)), O)``, R the reversal."""
        turned: torch.Tensor = _Reversed.apply(latent, self.strength())  # type: ignore[no-untyped-call]
        loss, accuracy = self.discriminator(turned, batch)
        return loss, {"reversal_loss": loss, "reversal_accuracy": accuracy}


class _Reversed(torch.autograd.Function):
    """Identity forwards, -λ backwards."""

    @staticmethod
    def forward(ctx: Any, latent: torch.Tensor, strength: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(strength)
        return latent.view_as(latent)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        (strength,) = ctx.saved_tensors
        return -strength * gradients[0], None
