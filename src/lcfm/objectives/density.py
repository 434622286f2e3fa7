"""A number as a probability: the likelihood of a mixture density, for redshifts as a rule.

Mean squared error asks for one number and rules by the farthest objects; the likelihood asks how
sure the network may be (Bishop 1994, eq. 27), and its mean is as good a guess (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm.encoders.heads import DensityHead, Head
from lcfm.encoders.scales import LinearScale, LogOnePlusScale, LogScale
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Objective, Terms
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import ByLength, Sampler, Samplers

SCALED = "scaled_value"


@dataclass(frozen=True, kw_only=True)
class DensitySettings:
    """Target column, form of the density and sampler.

    Attributes
    ----------
    column
        Object column with the number.
    scale
        On which the mixture is normal.
    components
        Normal distributions in the mixture.
    sampler
        Who shares a batch; the groups of a balanced one are surveys.
    weight
        Of the loss beside other tasks': a classifier beside it loses nothing at 0.3.
    """

    kind: ClassVar[str] = "density"
    column: str = "redshift"
    scale: LogScale | LogOnePlusScale | LinearScale = LogScale()
    components: int = 4
    sampler: Samplers = ByLength()
    weight: float = 0.3

    def __post_init__(self) -> None:
        if self.components < 1:
            raise LcfmError(f"a density needs at least one component, got {self.components}")


class Density(Objective):
    """Negative log likelihood of the standardised target under a mixture of normal distributions.

    Raises
    ------
    LcfmError
        An object has no target, or one that has no place on the scale.
    """

    settings: DensitySettings

    def __init__(
        self,
        settings: DensitySettings,
        latent: int,
        lcs: LightCurves,
        head: DensityHead | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        scaled = _scaled(settings, lcs)
        if head is None:
            head = DensityHead(latent, settings.column, settings.scale.kind, settings.components)
            head.mean.fill_(float(scaled.mean()))
            head.std.fill_(max(float(scaled.std()), 1e-6))
        self.head = head

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """The target on its scale."""
        scaled = _scaled(self.settings, lcs).astype(np.float32)
        return {SCALED: scaled, **self.settings.sampler.columns(lcs, None)}

    def sampler(self) -> Sampler:
        """That of the settings."""
        return self.settings.sampler

    def served(self) -> Mapping[str, Head]:
        """The density head."""
        return {self.settings.column: self.head}

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Negative log likelihood, and the squared error of the mixture's mean on the scale."""
        target = (batch.columns[SCALED] - self.head.mean) / self.head.std
        mixture = self.head(latent)
        return {
            "loss": -mixture.log_prob(target).mean(),
            "squared": (mixture.centre() - target).detach().square().mean(),
        }


def _scaled(settings: DensitySettings, lcs: LightCurves) -> NDArray[np.float64]:
    values = lcs.numbers(settings.column)
    scaled = settings.scale.forward(values)
    bad = np.flatnonzero(~np.isfinite(scaled))
    if len(bad):
        raise LcfmError(
            f"object {lcs.object_id[bad[0]]!r} has {settings.column} {values[bad[0]]}, which has "
            f"no place on the scale {settings.scale.kind!r} ({len(bad)} of {len(lcs)} objects); "
            "leave such objects out"
        )
    return scaled
