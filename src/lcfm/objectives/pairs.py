"""The same event through two telescopes attracts: pairs that only a simulation has in plenty.

Class-level positives (:mod:`lcfm.objectives.supcon`) pull all supernovae of a type together and
with it throw away what tells them apart: redshift, stretch, colour. Here the positives of a light
curve are the other light curves of the same event, and everything else in the batch, of its class
too, is pushed away: InfoNCE (van den Oord et al. 2018, eq. 4) in the form of SimCLR (Chen et al.
2020, eq. 1), the second telescope in place of an augmentation. What is left in the latent vector is
what both telescopes see. Ours; in no paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.expect import expect
from lcfm.lightcurves import LightCurves
from lcfm.objectives.auxiliary import Auxiliary
from lcfm.objectives.base import Terms
from lcfm.objectives.supcon import attraction
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import EVENT, ByEvent, Sampler


@dataclass(frozen=True, kw_only=True)
class PairsSettings:
    """Which rows belong together, at which temperature, and how strongly.

    Attributes
    ----------
    column
        Object column with the names of events.
    temperature
        τ of the similarities.
    weight
        Of the loss beside the task's.
    """

    kind: ClassVar[str] = "pairs"
    column: str = "event_id"
    temperature: float = 0.5
    weight: float = 1.0

    def __post_init__(self) -> None:
        expect(self, "temperature", self.temperature > 0, "above 0")
        expect(self, "weight", self.weight >= 0, "0 or above")


class Pairs(Auxiliary):
    """Rows of one event attract."""

    def __init__(self, settings: PairsSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.settings = settings
        if len(set(lcs.column(settings.column))) == len(lcs):
            raise LcfmError(
                f"no two of the {len(lcs):,} objects share their {settings.column}; pairs need the "
                "same events through several telescopes: simulate them with --together"
            )

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Code of the event."""
        return self.sampler().columns(lcs, None)

    def sampler(self) -> Sampler:
        """Whole events: rows that never meet could not attract."""
        return ByEvent(column=self.settings.column)

    def addend(self, latent: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, Terms]:
        """Mean over the pairs of rows of one event."""
        loss = attraction(latent, batch.columns[EVENT], batch.rows, self.settings.temperature)
        return self.settings.weight * loss, {"pairs_loss": loss}
