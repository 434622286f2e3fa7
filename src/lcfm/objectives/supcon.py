"""Supervised contrastive loss: simulation-pretrained FM, eq. 1 and Algorithm 2.

Objects of one class attract, whatever the telescope. With cosine similarity on the latent vectors
themselves (no projection head, unlike Khosla et al. 2020) and a temperature τ::

    l_ij = -log  exp(sim(L_i, L_j) / τ) / Σ_{k≠i} exp(sim(L_i, L_k) / τ)

averaged over all pairs (i, j≠i) of a batch that share their class: Algorithm 2 divides by their
number M, although B.3 says "summing".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from lcfm.expect import expect
from lcfm.lightcurves import LightCurves
from lcfm.objectives.auxiliary import Auxiliary
from lcfm.objectives.base import Terms
from lcfm.objectives.codes import codes, names_and_counts
from lcfm.prepare.batch import Batch

CODE = "contrastive_code"


@dataclass(frozen=True, kw_only=True)
class ContrastiveSettings:
    """What attracts, at which temperature, and how strongly.

    Attributes
    ----------
    column
        Object column whose equal values attract.
    temperature
        τ (paper: 0.5).
    weight
        Of the loss beside the task's (paper: 1).
    """

    kind: ClassVar[str] = "contrastive"
    column: str = "label"
    temperature: float = 0.5
    weight: float = 1.0

    def __post_init__(self) -> None:
        expect(self, "temperature", self.temperature > 0, "above 0")
        expect(self, "weight", self.weight >= 0, "0 or above")


class Contrastive(Auxiliary):
    """Objects of one class attract."""

    def __init__(self, settings: ContrastiveSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.settings = settings
        self.classes, _ = names_and_counts(lcs, settings.column, what="a contrastive loss")

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Code of the class."""
        return {CODE: codes(lcs, self.settings.column, self.classes)}

    def addend(self, latent: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, Terms]:
        """Mean over the positive pairs of the batch."""
        loss = attraction(latent, batch.columns[CODE], batch.rows, self.settings.temperature)
        return self.settings.weight * loss, {"contrastive_loss": loss}


def attraction(
    latent: torch.Tensor, code: torch.Tensor, rows: NDArray[np.int64], temperature: float
) -> torch.Tensor:
    """Mean of ``l_ij`` over all pairs with the same code, a scalar; 0 without any pair.

    Parameters
    ----------
    latent : Tensor, shape (batch, latent_size)
    code : Tensor of int, shape (batch,)
    rows : ndarray of int, shape (batch,)
        Which objects these are. One that was drawn twice is no pair with itself, nor a negative.
    temperature
        τ.
    """
    unit = F.normalize(latent.float(), dim=-1)  # exponents of low precision would not do
    row = torch.from_numpy(rows).to(latent.device)
    itself = row[:, None] == row[None, :]
    similarity = (unit @ unit.T / temperature).masked_fill(itself, -torch.inf)
    # an object that is alone in its batch has no denominator; it has no pair either
    rest = torch.logsumexp(similarity.masked_fill(itself.all(dim=1, keepdim=True), 0.0), dim=1)
    pairs = (code[:, None] == code[None, :]) & ~itself
    pairwise = (rest[:, None] - similarity).masked_fill(~pairs, 0.0)
    return pairwise.sum() / pairs.sum().clamp(min=1)
