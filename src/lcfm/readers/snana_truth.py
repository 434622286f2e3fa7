"""Truth of simulations in the HEAD files of SNANA: what is written there, and read back.

SNANA itself knows SIM_MODEL_NAME, SIM_REDSHIFT_*, SIM_MWEBV, SIM_PEAKMJD, SIM_AV and SIM_RV; it
passes over SIM_PEAK_ABS_MAG and SIM_SEED. The model is ``lcfm.`` and the type, such as
``lcfm.SNIc-BL`` where SIM_TYPE_NAME is the class SNIb/c.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.lightcurves import LightCurves
from lcfm.readers.snana_values import known_numbers

MODEL, SEED = "SIM_MODEL_NAME", "SIM_SEED"
AV, RV = "SIM_AV", "SIM_RV"
OURS = "lcfm."
UNKNOWN = -9

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "redshift": ("SIM_REDSHIFT_HELIO", "SIM_REDSHIFT_CMB"),
    "mwebv": ("SIM_MWEBV",),
    "sim_t0_mjd": ("SIM_PEAKMJD",),
    "sim_peak_abs_mag": ("SIM_PEAK_ABS_MAG",),
}
"""Column of lcfm: the SNANA keys that are written."""

NUMBER_KEYS = ("SIM_PEAKMJD", AV, RV, "SIM_PEAK_ABS_MAG")
"""Keys of numbers that `read_truth` reads."""

TEXT_KEYS = (MODEL, SEED)
"""Keys that FITS files hold beside them."""

DUST_R_V = 3.1
"""Of host and Milky Way in simulations of lcfm."""

HEADER: Mapping[str, str | int | float] = {
    "DATATYPE": "SIM_SNANA",
    "HIERARCH SIMOPT_MWCOLORLAW": 94,  # O'Donnell (1994)
    "HIERARCH SIMOPT_MWEBV": 1,
    "SIM_MWRV": DUST_R_V,
}
"""What SNANA wants to know of a simulation; without these keys it reads none."""


def header_of(lcs: LightCurves) -> Mapping[str, str | int | float]:
    """`HEADER` for what lcfm simulated; of other simulations the dust laws are not known."""
    return HEADER if "sim_seed" in lcs.columns else {"DATATYPE": "DATA"}


def truth_columns(lcs: LightCurves) -> dict[str, NDArray[Any]]:
    """Columns of HEAD with the truth, each of shape (n_objects,); -9 where unknown.

    None without the time origin of a simulation, ``sim_t0_mjd``.
    """
    if "sim_t0_mjd" not in lcs.columns:
        return {}
    out: dict[str, NDArray[Any]] = {}
    if "type" in lcs.columns:
        out[MODEL] = np.array([f"{OURS}{v}" if v else "NULL" for v in lcs.column("type")])
    for name, keys in NUMBERS.items():
        if name in lcs.columns:
            out |= dict.fromkeys(keys, _filled(lcs.numbers(name)))
    if "sim_host_ebv" in lcs.columns:
        ebv = lcs.numbers("sim_host_ebv")
        out[AV], out[RV] = _filled(DUST_R_V * ebv), np.full(len(lcs), DUST_R_V)
    if "sim_seed" in lcs.columns:
        seeds = lcs.objects["sim_seed"].fill_null(UNKNOWN)
        out[SEED] = np.asarray(seeds.to_numpy(), dtype=np.int64)
    return out


def read_truth(columns: Mapping[str, Any], n: int) -> dict[str, NDArray[Any]]:
    """Columns of lcfm with the truth, each of shape (n,); none of which nothing is known."""
    ratio = known_numbers(columns, RV, n)
    numbers = {
        "sim_t0_mjd": known_numbers(columns, "SIM_PEAKMJD", n),
        "sim_host_ebv": known_numbers(columns, AV, n) / np.where(ratio > 0, ratio, np.nan),
        "sim_peak_abs_mag": known_numbers(columns, "SIM_PEAK_ABS_MAG", n),
    }
    out: dict[str, NDArray[Any]] = {k: v for k, v in numbers.items() if np.isfinite(v).any()}
    models = [str(v).strip() for v in columns.get(MODEL, ())]
    if any(model.startswith(OURS) for model in models):
        types = [model.removeprefix(OURS) if model.startswith(OURS) else "" for model in models]
        out["type"] = np.array(types, dtype=str)
    seeds = np.asarray(columns.get(SEED, ()))
    if seeds.dtype.kind == "i" and len(seeds) and (seeds >= 0).all():
        out["sim_seed"] = seeds.astype(np.int64)
    return out


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), UNKNOWN, values)
