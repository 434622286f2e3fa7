"""What of a model is stored, and the network and heads rebuilt from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from lcfm import config
from lcfm.encoders.heads import Head, build_head
from lcfm.encoders.network import Network

if TYPE_CHECKING:
    from lcfm.serve.model import Model

Weights = Mapping[str, torch.Tensor]


def weights(model: Model) -> dict[str, torch.Tensor]:
    """Weights of the network and of each head, by names of their own."""
    out = {f"network.{k}": v for k, v in model.network.state_dict().items()}
    for name, head in model.heads.items():
        out |= {f"heads.{name}.{k}": v for k, v in head.state_dict().items()}
    return out


def settings(model: Model) -> dict[str, Any]:
    """All that rebuilds the model around its weights, as plain values."""
    return {
        "network": model.network.to_dict(),
        "heads": {name: head.settings() for name, head in model.heads.items()},
        "preprocess": config.to_dict(model.preprocess),
        "state": config.to_dict(model.state),
        "metadata": None if model.metadata is None else config.to_dict(model.metadata),
    }


def rebuilt(given: Weights, document: Mapping[str, Any]) -> tuple[Network, dict[str, Head]]:
    """Network and heads of :func:`settings`, with their weights.

    Raises
    ------
    KeyError, RuntimeError, TypeError, LcfmError
        Weights and settings do not fit.
    """
    network = Network.from_dict(document["network"])
    heads = {name: build_head(s) for name, s in document["heads"].items()}
    network.load_state_dict(_below(given, "network."), strict=True)
    for name, head in heads.items():
        head.load_state_dict(_below(given, f"heads.{name}."), strict=True)
    return network, heads


def _below(given: Weights, prefix: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(prefix): v for k, v in given.items() if k.startswith(prefix)}
