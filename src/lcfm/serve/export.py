"""A model as one ONNX file, for programs that have no PyTorch.

The file holds network and heads, not the preprocessing: it takes tokens, as
:meth:`lcfm.serve.model.Model.inputs` makes them, padded on the right by
:func:`lcfm.prepare.batch.pad`. For each modality there are the inputs ``<modality>_values`` (batch,
length, channels; float32) and ``<modality>_mask`` (batch, length; bool); the outputs are ``latent``
(batch, size) and, for each head, its target column: probabilities (batch, classes) or the value
(batch, 1). Batch and length may be any.
"""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import torch
from torch import nn

from lcfm.atomic import new_file, refuse_existing
from lcfm.errors import LcfmError
from lcfm.prepare.batch import Padded
from lcfm.serve.model import Model

OPSET = 17
"""Version of the ONNX operators: any onnxruntime since 1.12 (2022) knows it."""

EXAMPLE = (2, 3)
"""Batch and length that the network is traced with; both are left free in the file."""


class Served(nn.Module):
    """Network and heads as one function of tensors, which is what can be traced."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.network, self.heads = model.network, nn.ModuleList(model.heads.values())
        self.answers = [head.predict for head in model.heads.values()]
        self.modalities = tuple(model.network.encoders)

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Values and mask of each modality in turn, to the latent and each head's answer."""
        padded = {
            name: Padded(tensors[2 * i], tensors[2 * i + 1])
            for i, name in enumerate(self.modalities)
        }
        latent = self.network(padded)
        return (latent, *(answer(latent) for answer in self.answers))


def example_inputs(model: Model) -> tuple[torch.Tensor, ...]:
    """Zeros of the right shapes, values and mask of each modality in turn."""
    batch, length = EXAMPLE
    out: list[torch.Tensor] = []
    for name in model.network.encoders:
        out.append(torch.zeros(batch, length, model.network.channels[name]))
        out.append(torch.ones(batch, length, dtype=torch.bool))
    return tuple(out)


def export_onnx(model: Model, out: str | Path, *, overwrite: bool = False) -> None:
    """Write network and heads as an ONNX file.

    Raises
    ------
    LcfmError
        The package ``onnx`` is not installed, or `out` exists and `overwrite` is false.
    """
    refuse_existing(out, overwrite=overwrite)
    if importlib.util.find_spec("onnx") is None:
        raise LcfmError(
            "ONNX files need the package onnx, which is not installed; run: "
            "pip install 'lcfm[onnx]'"
        )
    served = Served(model.to("cpu")).eval()
    inputs = [f"{name}_{part}" for name in served.modalities for part in ("values", "mask")]
    outputs = ["latent", *model.heads]
    axes = {name: {0: "batch", 1: "length"} for name in inputs}
    axes |= {name: {0: "batch"} for name in outputs}
    with new_file(out) as temporary, warnings.catch_warnings():
        # The exporter by tracing is the one that leaves the length of a GRU free; PyTorch warns
        # that it is the older of two, and of every shape that becomes a constant.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            served,
            example_inputs(model),
            str(temporary),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
