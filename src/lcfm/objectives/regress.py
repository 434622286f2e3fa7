"""Mean squared error on one standardised column: redshift, luminosity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from lcfm.encoders.heads import Head, ValueHead
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Objective, Terms
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import ByLength, Sampler, Samplers

VALUE = "value"


@dataclass(frozen=True, kw_only=True)
class RegressSettings:
    """Target column and sampler.

    Attributes
    ----------
    column
        Object column with the number.
    sampler
        Who shares a batch; the groups of a balanced one are surveys.
    weight
        Of the loss beside other tasks'.
    """

    kind: ClassVar[str] = "regression"
    column: str = "redshift"
    sampler: Samplers = ByLength()
    weight: float = 1.0


class Regress(Objective):
    """Mean squared error in units of the training deviation."""

    settings: RegressSettings

    def __init__(self, settings: RegressSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.settings = settings
        values = lcs.numbers(settings.column)
        if not np.isfinite(values).all():
            bad = lcs.object_id[np.flatnonzero(~np.isfinite(values))[0]]
            raise LcfmError(
                f"object {bad!r} has no finite {settings.column}; leave such objects out"
            )
        self.head = ValueHead(latent, settings.column)
        self.head.mean.fill_(float(values.mean()))
        self.head.std.fill_(max(float(values.std()), 1e-6))

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Values in units of the target."""
        values = lcs.column(self.settings.column).astype(np.float32)
        return {VALUE: values, **self.settings.sampler.columns(lcs, None)}

    def sampler(self) -> Sampler:
        """As set."""
        return self.settings.sampler

    def served(self) -> Mapping[str, Head]:
        """The value head."""
        return {self.settings.column: self.head}

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Mean squared error of the standardised value."""
        target = (batch.columns[VALUE] - self.head.mean) / self.head.std
        return {"loss": F.mse_loss(self.head(latent)[:, 0], target)}
