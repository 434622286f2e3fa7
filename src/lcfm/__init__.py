"""lcfm: foundation models for light curves.

The public names below are imported when they are first used, so that ``import lcfm`` and
``lcfm --help`` stay quick. Simulation has no short name here, because ``lcfm.simulate`` is the
subpackage: write ``from lcfm.simulate import simulate``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcfm.bands import Band as Band
    from lcfm.lightcurves import LightCurves as LightCurves
    from lcfm.readers import read as read
    from lcfm.serve.embedder import Embedder as Embedder
    from lcfm.serve.model import Model as Model
    from lcfm.serve.shipped import load as load
    from lcfm.train.pretrain import pretrain as pretrain

__version__ = "0.1.0"

# PEP 562: where each public name lives.
_HOMES = {
    "Band": "lcfm.bands",
    "Embedder": "lcfm.serve.embedder",
    "LightCurves": "lcfm.lightcurves",
    "Model": "lcfm.serve.model",
    "load": "lcfm.serve.shipped",
    "pretrain": "lcfm.train.pretrain",
    "read": "lcfm.readers",
}


if not TYPE_CHECKING:  # a type checker must still find names that do not exist

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, and keep it."""
        if name not in _HOMES:
            raise AttributeError(f"module 'lcfm' has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
