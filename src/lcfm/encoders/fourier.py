"""What an encoder sees of a token: itself, or Fourier features of time and wavelength too.

A dense layer on time and wavelength as single numbers bends slowly in both; sines and cosines of
several frequencies let it tell two nights or two bands apart at once (Tancik et al. 2020, "Fourier
features let networks learn high frequency functions in low dimensional domains", section 5). Maven
(Zhang et al. 2024, section 3.1) encodes times in the same way. Every encoder with a field `inputs`
takes either.

Frequencies are in cycles per unit of the token, whose channels are standardised over the training
set: a unit of time is about 40 d, of wavelength about 0.1 µm. There a logarithm of the wavelength
would be nearly a straight line, so that none is taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

WAVELENGTH, TIME = 0, 1
"""Places of the two channels in a token (`lcfm.prepare.preprocess.Preprocess.channels`)."""


@dataclass(frozen=True, kw_only=True)
class PlainInput:
    """The token as it is."""

    kind: ClassVar[str] = "plain"

    def build(self, channels: int) -> nn.Module:
        """Module from (…, channels) to (…, channels)."""
        return nn.Identity()

    def width(self, channels: int) -> int:
        """Numbers per token after it."""
        return channels


@dataclass(frozen=True, kw_only=True)
class FourierInput:
    """The token, and sines and cosines of its time and wavelength.

    Attributes
    ----------
    time, wavelength
        How many frequencies of each; each is twice the one before.
    slowest
        The lowest frequency, in cycles per unit of the token.
    """

    kind: ClassVar[str] = "fourier"
    time: int = 6
    wavelength: int = 4
    slowest: float = 0.125

    def build(self, channels: int) -> nn.Module:
        """Module from (…, channels) to (…, width)."""
        return Fourier(self)

    def width(self, channels: int) -> int:
        """Numbers per token after it."""
        return channels + 2 * (self.time + self.wavelength)


Inputs = PlainInput | FourierInput


class Fourier(nn.Module):
    """Appends Fourier features to each token."""

    times: torch.Tensor
    wavelengths: torch.Tensor

    def __init__(self, settings: FourierInput) -> None:
        super().__init__()
        for name, count in (("times", settings.time), ("wavelengths", settings.wavelength)):
            frequency = 2.0 * math.pi * settings.slowest * 2.0 ** torch.arange(count)
            self.register_buffer(name, frequency, persistent=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Map (…, channels) to (…, channels + 2 frequencies)."""
        phase = torch.cat(
            [
                values[..., TIME, None] * self.times,
                values[..., WAVELENGTH, None] * self.wavelengths,
            ],
            dim=-1,
        )
        return torch.cat([values, phase.sin(), phase.cos()], dim=-1)
