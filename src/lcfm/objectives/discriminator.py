"""The discriminator: it tells from the latent vector which telescope looked.

Two auxiliary losses work against it: alternating updates (:mod:`lcfm.objectives.adversarial`) and
gradient reversal (:mod:`lcfm.objectives.reversal`).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from lcfm.lightcurves import LightCurves
from lcfm.objectives.codes import codes, names_and_counts
from lcfm.prepare.batch import Batch

DOMAIN = "domain_code"


class Discriminator(nn.Module):
    """Two hidden layers and a softmax over the domains of an object column.

    Simulation-pretrained FM, B.2: ``D(L)`` with ``H(D(L), O)``, the categorical cross-entropy. The
    paper gives no sizes; two hidden layers of 100 follow the network somewhat better than one
    (docs/log.md). Domains have no weights, as printed.
    """

    def __init__(self, column: str, latent: int, lcs: LightCurves, hidden: int = 100) -> None:
        super().__init__()
        self.column = column
        self.domains, _ = names_and_counts(lcs, column, what="a discriminator")
        self.layers = nn.Sequential(
            nn.Linear(latent, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, len(self.domains)),
        )

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Code of each object's domain."""
        return {DOMAIN: codes(lcs, self.column, self.domains)}

    def forward(self, latent: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Cross-entropy and accuracy, both scalars."""
        logits = self.layers(latent)
        target = batch.columns[DOMAIN]
        accuracy = (logits.argmax(-1) == target).float().mean()
        return F.cross_entropy(logits, target), accuracy


class Strength(nn.Module):
    """How strongly the network works against the discriminator: λ and its warm-up.

    The papers have neither (λ = 1 from the first update). A warm-up, as in Ganin et al. (2016,
    section 5.2.2), lets classes form before the game begins; ours is linear in updates, which are
    counted in a buffer, so that a resumed training knows where it was.
    """

    updates: torch.Tensor

    def __init__(self, weight: float, warmup: int) -> None:
        super().__init__()
        self.weight, self.warmup = weight, warmup
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def forward(self) -> torch.Tensor:
        """λ of this update, a scalar; in training mode the update is counted."""
        share = (self.updates / max(self.warmup, 1)).clamp(max=1.0)
        if self.training:
            self.updates += 1
        return self.weight * (share if self.warmup else torch.ones_like(share))
