"""A checkpoint rebuilds its content or refuses with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from lcfm import checkpoint
from lcfm.errors import CheckpointError, LcfmError

WEIGHTS = {"a": torch.arange(6.0).reshape(2, 3)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    checkpoint.save(tmp_path / "model", WEIGHTS, {"note": "µ", "rate": 0.1}, "card")
    return tmp_path / "model"


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(bytes(data))


def test_round_trip(folder: Path) -> None:
    weights, config = checkpoint.load(folder)
    assert torch.equal(weights["a"], WEIGHTS["a"])
    assert (config["note"], config["rate"]) == ("µ", 0.1)
    assert sorted(p.name for p in folder.glob("[!.]*")) == [
        "README.md",
        "config.json",
        "model.safetensors",
    ]


def test_every_flipped_byte_of_the_weights_is_found(folder: Path) -> None:
    path = folder / checkpoint.WEIGHTS
    for position in range(path.stat().st_size):
        flip(path, position)
        with pytest.raises(CheckpointError, match="damaged"):
            checkpoint.load(folder)
        flip(path, position)
    checkpoint.load(folder)


def test_every_flipped_letter_of_the_config_is_found(folder: Path) -> None:
    path = folder / checkpoint.CONFIG
    for position, byte in enumerate(path.read_bytes()):
        if bytes([byte]).isspace():
            continue  # layout, not content
        flip(path, position)
        with pytest.raises(CheckpointError):
            checkpoint.load(folder)
        flip(path, position)


def test_truncated_weights(folder: Path) -> None:
    path = folder / checkpoint.WEIGHTS
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(folder)


def test_another_format_version_is_named(folder: Path) -> None:
    path = folder / checkpoint.CONFIG
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "format": 99}))
    with pytest.raises(CheckpointError, match="format 99"):
        checkpoint.load(folder)


@pytest.mark.parametrize("name", [checkpoint.WEIGHTS, checkpoint.CONFIG])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        checkpoint.load(folder)


def test_an_existing_folder_is_kept_unless_asked(folder: Path) -> None:
    with pytest.raises(LcfmError, match="exists already"):
        checkpoint.save(folder, {}, {}, "")
    checkpoint.save(folder, {"b": torch.ones(1)}, {}, "", overwrite=True)
    assert set(checkpoint.load(folder)[0]) == {"b"}


def test_ctrl_c_during_saving_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", interrupt)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(tmp_path / "model", WEIGHTS, {}, "")
    assert list(tmp_path.iterdir()) == []
