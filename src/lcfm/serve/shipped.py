"""Models by name: a checkpoint folder, or one that ships with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from lcfm.errors import CheckpointError
from lcfm.serve.model import Model

DEFAULT = "transients"
"""The shipped model for whoever names none."""


def load(name: str | Path) -> Model:
    """Load a checkpoint folder, or a model shipped with the package by its name.

    Raises
    ------
    CheckpointError
        Neither a folder nor a shipped model has this name, or the checkpoint is damaged.
    """
    folder = Path(name)
    if folder.is_dir():
        return Model.load(folder)
    shipped = resources.files("lcfm") / "data" / "models"
    known = sorted(p.name for p in shipped.iterdir()) if shipped.is_dir() else []
    if str(name) in known:
        with resources.as_file(shipped / str(name)) as path:
            return Model.load(path)
    raise CheckpointError(
        f"no checkpoint folder {str(name)!r}, and no shipped model of this name; "
        f"shipped: {', '.join(known) or 'none'}"
    )
