"""A checkpoint folder: it rebuilds the model or refuses with a reason.

::

    model.safetensors   weights, no pickle
    config.json         network, heads, preprocess and its state, split, provenance, digests
    README.md           model card

The layout is what the Hugging Face hub expects. `config.json` holds the sha256 of the weights and
of itself, so that a damaged byte in either is found at loading and not in the results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from lcfm.atomic import new_folder
from lcfm.errors import CheckpointError

FORMAT = 1
"""Version of the layout; a checkpoint of another version is refused."""

WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"


def save(
    folder: str | Path,
    weights: Mapping[str, torch.Tensor],
    config: Mapping[str, Any],
    card: str,
    *,
    overwrite: bool = False,
) -> None:
    """Write a checkpoint, whole or not at all.

    Raises
    ------
    LcfmError
        The folder exists and `overwrite` is false, or the disk is full.
    """
    data = save_tensors({k: v.detach().cpu().contiguous() for k, v in weights.items()})
    document = {"format": FORMAT, **config, "weights_sha256": hashlib.sha256(data).hexdigest()}
    document["config_sha256"] = _digest(document)
    with new_folder(folder, overwrite=overwrite) as temporary:
        (temporary / WEIGHTS).write_bytes(data)
        text = json.dumps(document, indent=1, ensure_ascii=False)
        (temporary / CONFIG).write_text(text + "\n", encoding="utf-8")
        (temporary / CARD).write_text(card, encoding="utf-8")


def load(folder: str | Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Read and verify a checkpoint.

    Returns
    -------
    weights : dict of str to Tensor
    config : dict

    Raises
    ------
    CheckpointError
        A file is missing, damaged, or of another version.
    """
    folder = Path(folder)
    config = _read_config(folder)
    path = folder / WEIGHTS
    if not path.is_file():
        raise CheckpointError(f"{folder} has no {WEIGHTS}; copy the whole checkpoint folder")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != config["weights_sha256"]:
        raise CheckpointError(
            f"{path} is damaged: its sha256 is not the one in {CONFIG}; copy it again"
        )
    try:
        return load_tensors(data), config
    except SafetensorError as error:
        raise CheckpointError(f"{path} is not a safetensors file: {error}") from error


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        raise CheckpointError(f"{folder} is not a checkpoint: it has no {CONFIG}")
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version, digest = config["format"], config.pop("config_sha256")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} is damaged: {error}; copy the checkpoint again") from error
    if version != FORMAT:
        raise CheckpointError(
            f"{folder} has checkpoint format {version}, this lcfm reads {FORMAT}; "
            "install the version of lcfm named in its README.md, or pretrain again"
        )
    if _digest(config) != digest:
        raise CheckpointError(f"{path} was changed after it was written; copy the checkpoint again")
    return config


def _digest(config: Mapping[str, Any]) -> str:
    text = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
