"""A dense branch for numbers known per object: Milky Way extinction, a photometric redshift.

Transfer learning, figure 2. Missing values enter as 0 with a mask beside them. Use the branch only
where missingness alone does not tell the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from lcfm.encoders.base import Encoder


@dataclass(frozen=True, kw_only=True)
class MetadataSettings:
    """Sizes of :class:`Metadata`."""

    kind: ClassVar[str] = "metadata"
    hidden: int = 16
    latent: int = 16


class Metadata(Encoder):
    """A two-layer network on [values, mask].

    One object is a sequence of one token per number: values of shape (batch, n_numbers, 1).
    """

    def __init__(self, settings: MetadataSettings, channels: int) -> None:
        super().__init__()
        self.latent_size = settings.latent
        self.layers = nn.Sequential(
            nn.Linear(2 * channels, settings.hidden),
            nn.ReLU(),
            nn.Linear(settings.hidden, settings.latent),
            nn.ReLU(),
        )

    def encode(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Map (batch, 1, channels); a channel that is missing is NaN in `values`."""
        numbers = values[:, 0, :]
        known = torch.isfinite(numbers)
        filled = torch.where(known, numbers, torch.zeros_like(numbers))
        out: torch.Tensor = self.layers(torch.cat([filled, known.to(filled.dtype)], dim=-1))
        return out

    def first_layer(self) -> list[nn.Parameter]:
        """Parameters of the first dense layer."""
        return list(self.layers[0].parameters())
