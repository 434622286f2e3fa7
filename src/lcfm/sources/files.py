"""Reading the spectral templates inside the package, and continuing them where they end.

Where a template has no spectrum, nothing is clamped or set to zero: F_lambda continues from the
mean of its six outermost cells (3 % in wavelength) as lambda^5 towards the ultraviolet, steeper
than any blackbody as line-blanketed spectra are (such as those of Bufano et al. 2009, ApJ 700,
1456; the power is our choice), and from the mean of three as the Rayleigh-Jeans lambda^-4 towards
the infrared. Below 900 Å, the first cell of the grid, no light is left: neutral hydrogen absorbs
it.

Before that, the near infrared that makers of templates extrapolated is mended, on reading; see
`lcfm.sources.near_infrared`. The packed files hold what was published.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.sources import near_infrared
from lcfm.sources.base import LN_STEP, LN_WAVELENGTH

FloatArray = NDArray[np.float64]

ULTRAVIOLET_SLOPE, INFRARED_SLOPE = 5.0, -4.0
"""F_lambda goes as lambda^5 below a template (line-blanketed Wien tail), as lambda^-4 above."""
EDGE_CELLS, INFRARED_EDGE_CELLS = 6, 3


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
    """Arrays of one packed file of `lcfm/data/seds`.

    Raises
    ------
    LcfmError
        The file is missing or damaged.
    """
    folder = resources.files("lcfm") / "data" / "seds"
    try:
        with (folder / f"{name}.npz").open("rb") as file, np.load(file) as data:
            return dict(data)
    except FileNotFoundError as error:
        known = sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".npz"))
        raise LcfmError(
            f"no packed spectra named {name!r} in the package, only {', '.join(known)}; name one "
            "of these, or install lcfm again if a file was lost"
        ) from error
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise LcfmError(
            f"the packed spectra {name!r} of the package are damaged ({error}); install lcfm again"
        ) from error


@cache
def templates(name: str) -> tuple[Template, ...]:
    """Read all templates of one packed set."""
    data = load(name)
    out = []
    for number, title in enumerate(data["name"]):
        flux = data[f"{number}/flux"].astype(float) * data[f"{number}/scale"][:, None]
        first_cell = int(data[f"{number}/first_cell"])
        flux = extend_in_wavelength(near_infrared.repair(flux, first_cell), first_cell)
        phase = data[f"{number}/phase"].astype(float)
        who, label = str(data["supernova"][number]), str(data["label"][number])
        out.append(Template(str(title), who, label, phase, flux))
    return tuple(out)


def extend_in_wavelength(flux: FloatArray, first_cell: int) -> FloatArray:
    """Continue spectra to the whole grid by power laws from the mean of their edges."""
    n_inside = flux.shape[1]
    low = flux[:, :EDGE_CELLS].mean(axis=1, keepdims=True)
    high = flux[:, -INFRARED_EDGE_CELLS:].mean(axis=1, keepdims=True)
    cells = np.arange(len(LN_WAVELENGTH))
    below = (cells[:first_cell] - first_cell - (EDGE_CELLS - 1) / 2) * LN_STEP
    end = first_cell + n_inside
    above = (cells[end:] - (end - 1) + (INFRARED_EDGE_CELLS - 1) / 2) * LN_STEP
    return np.concatenate(
        [low * np.exp(ULTRAVIOLET_SLOPE * below), flux, high * np.exp(INFRARED_SLOPE * above)],
        axis=1,
    )
