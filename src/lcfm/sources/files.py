"""Reading the spectral templates inside the package, and continuing them where they end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.sources.base import LN_STEP, LN_WAVELENGTH

FloatArray = NDArray[np.float64]

ULTRAVIOLET_SLOPE, INFRARED_SLOPE = 5.0, -4.0
"""F_lambda goes as lambda^5 below a template (line-blanketed Wien tail), as lambda^-4 above."""
EDGE_CELLS = 6


@dataclass(frozen=True, eq=False)
class Template:
    """One spectral series: phases [d] and F_lambda on the atlas grid (any scale)."""

    name: str
    supernova: str
    label: str
    phase: FloatArray
    flux: FloatArray


@cache
def load(name: str) -> dict[str, NDArray[Any]]:
    """Arrays of one packed file of `lcfm/data/seds`."""
    folder = resources.files("lcfm") / "data" / "seds"
    with resources.as_file(folder / f"{name}.npz") as path, np.load(path) as data:
        return dict(data)


@cache
def templates(name: str) -> tuple[Template, ...]:
    """Read all templates of one packed set."""
    data = load(name)
    out = []
    for number, title in enumerate(data["name"]):
        flux = data[f"{number}/flux"].astype(float) * data[f"{number}/scale"][:, None]
        flux = extend_in_wavelength(flux, int(data[f"{number}/first_cell"]))
        phase = data[f"{number}/phase"].astype(float)
        who, label = str(data["supernova"][number]), str(data["label"][number])
        out.append(Template(str(title), who, label, phase, flux))
    return tuple(out)


def extend_in_wavelength(flux: FloatArray, first_cell: int) -> FloatArray:
    """Continue spectra to the whole grid by power laws from the mean of their edges."""
    n_inside = flux.shape[1]
    low = flux[:, :EDGE_CELLS].mean(axis=1, keepdims=True)
    high = flux[:, -EDGE_CELLS:].mean(axis=1, keepdims=True)
    cells = np.arange(len(LN_WAVELENGTH))
    middle = (EDGE_CELLS - 1) / 2
    below = (cells[:first_cell] - first_cell - middle) * LN_STEP
    above = (cells[first_cell + n_inside :] - (first_cell + n_inside - 1) + middle) * LN_STEP
    return np.concatenate(
        [low * np.exp(ULTRAVIOLET_SLOPE * below), flux, high * np.exp(INFRARED_SLOPE * above)],
        axis=1,
    )
