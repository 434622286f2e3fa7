"""The contract of an encoder: padded sequences in, one latent vector per object out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import nn

from lcfm.prepare.batch import Padded


class Encoder(nn.Module, ABC):
    """One modality to one latent vector.

    A subclass states its settings in a frozen dataclass with a ``kind``, takes ``(settings,
    channels)``, and writes :meth:`encode`. Contract tests hold each entry of the shelf to: padding
    changes nothing; the order of a batch does not matter; one observation works; every parameter
    gets a gradient; a `causal` encoder is blind to later observations.
    """

    latent_size: int
    causal: ClassVar[bool] = False
    """True if the state after k observations depends on these alone, so that it can stream."""

    @abstractmethod
    def encode(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Map (batch, length, channels) and its mask to (batch, latent_size)."""

    @abstractmethod
    def first_layer(self) -> list[nn.Parameter]:
        """Parameters next to the input, which the policy ``first+head`` trains."""

    def forward(self, padded: Padded) -> torch.Tensor:
        """Latent vectors, shape (batch, latent_size)."""
        return self.encode(padded.values, padded.mask)


def last_valid(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """State at the last token of each sequence: (batch, length, size) to (batch, size)."""
    last = mask.sum(dim=1).clamp(min=1) - 1  # (batch,)
    index = last.view(-1, 1, 1).expand(-1, 1, states.shape[-1])
    return states.gather(1, index).squeeze(1)


def reverse_valid(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Reverse the tokens of each sequence and leave its padding on the right."""
    length = mask.sum(dim=1, keepdim=True)  # (batch, 1)
    position = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
    index = torch.where(mask, length - 1 - position, position)
    return values.gather(1, index.unsqueeze(-1).expand_as(values))
