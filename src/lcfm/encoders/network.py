"""A network: named encoders, one for each modality, joined into one latent vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from lcfm import config
from lcfm.encoders import ENCODERS, SETTINGS
from lcfm.encoders.base import Encoder
from lcfm.prepare.batch import Padded

LIGHTCURVE = "lightcurve"
METADATA = "metadata"


class Network(nn.Module):
    """Encoders by modality; several are joined by a dense layer.

    Parameters
    ----------
    settings : mapping of str to settings
        Settings of the encoder of each modality.
    channels : mapping of str to int
        Numbers per token of each modality.
    """

    def __init__(self, settings: Mapping[str, Any], channels: Mapping[str, int]) -> None:
        super().__init__()
        self.settings, self.channels = dict(settings), dict(channels)
        built = {name: ENCODERS[s.kind](s, channels[name]) for name, s in settings.items()}
        self.encoders = nn.ModuleDict(built)
        sizes = [encoder.latent_size for encoder in built.values()]
        self.latent_size = sizes[0]
        self.join: nn.Module = nn.Identity()
        if len(sizes) > 1:
            self.join = nn.Sequential(nn.Linear(sum(sizes), self.latent_size), nn.ReLU())

    def forward(self, inputs: Mapping[str, Padded]) -> torch.Tensor:
        """Latent vectors, shape (batch, latent_size)."""
        parts = [encoder(inputs[name]) for name, encoder in self.encoders.items()]
        out: torch.Tensor = self.join(torch.cat(parts, dim=-1) if len(parts) > 1 else parts[0])
        return out

    def first_layer(self) -> list[nn.Parameter]:
        """Parameters next to the light curve, which the policy ``first+head`` trains."""
        encoder = self.encoders[LIGHTCURVE]
        assert isinstance(encoder, Encoder)
        return encoder.first_layer()

    def to_dict(self) -> dict[str, Any]:
        """Settings and channels as plain values."""
        settings = {name: config.to_dict(s) for name, s in self.settings.items()}
        return {"encoders": settings, "channels": self.channels}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Network:
        """Rebuild from :meth:`to_dict`, with new weights."""
        settings: dict[str, Any] = {
            name: config.choose(SETTINGS, s, what="encoder")
            for name, s in values["encoders"].items()
        }
        return cls(settings, values["channels"])
