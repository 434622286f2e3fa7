"""On which scale a number is estimated: as it is, by its logarithm, or as log (1 + z).

A redshift follows from the ratio of two fluxes, so that its errors are those of a logarithm: log z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LinearScale:
    """The number as it is."""

    kind: ClassVar[str] = "linear"

    def forward(self, values: FloatArray) -> FloatArray:
        """The number on the scale; NaN where it has no place there."""
        return values

    def inverse(self, scaled: torch.Tensor) -> torch.Tensor:
        """The number itself."""
        return scaled


@dataclass(frozen=True)
class LogScale:
    """Natural logarithm: numbers above zero, such as redshifts and luminosities."""

    kind: ClassVar[str] = "log"

    def forward(self, values: FloatArray) -> FloatArray:
        """The number on the scale; NaN where it has no place there."""
        return np.log(np.where(values > 0, values, np.nan))

    def inverse(self, scaled: torch.Tensor) -> torch.Tensor:
        """The number itself."""
        return scaled.exp()


@dataclass(frozen=True)
class LogOnePlusScale:
    """log (1 + z): numbers above −1, such as redshifts of blueshifted galaxies too."""

    kind: ClassVar[str] = "log1p"

    def forward(self, values: FloatArray) -> FloatArray:
        """The number on the scale; NaN where it has no place there."""
        return np.log1p(np.where(values > -1, values, np.nan))

    def inverse(self, scaled: torch.Tensor) -> torch.Tensor:
        """The number itself."""
        return scaled.expm1()


Scale = LinearScale | LogScale | LogOnePlusScale

SCALES: dict[str, type[Scale]] = {s.kind: s for s in (LinearScale, LogScale, LogOnePlusScale)}
