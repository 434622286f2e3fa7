"""What all simulators of ``lcfm benchmark simulate`` are given: the same events, visits and noise.

A task is a file of plain arrays, which a process without lcfm can read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands
from lcfm.atomic import new_file
from lcfm.experiments.speed_simulate import BANDS, DEPTH, SOURCE_NOISE, epoch_days
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.population import Population
from lcfm.simulate.propagate import distance_modulus
from lcfm.sources.base import WAVELENGTH, ZERO_MAGNITUDE_NJY, rest_band_flux
from lcfm.sources.files import extend_in_wavelength, load
from lcfm.units import AB_ZEROPOINT_NJY

N_COMPARED = 200
COMPARED_DAYS = np.linspace(-13.0, 41.0, 28)
LIMITING_MAGNITUDE = 19.5
_SALT_UNIT = 1e-12
"""erg / s / cm² / Å, in which files of SALT components are written."""
_DRAWN = ("young", "x1", "c", "peak_abs_mag")
_TRUTH = ("redshift", "mwebv", "host_ebv", "peak_abs_mag")


def make_task(n: int, seed: int, *, n_compared: int = N_COMPARED) -> dict[str, NDArray[Any]]:
    """Draw normal SNe Ia as of a magnitude-limited survey, and say all that fixes their fluxes.

    Parameters
    ----------
    n
        Events.
    seed
        Of the events.
    n_compared
        Of how many, the first, noiseless fluxes are compared.

    Returns
    -------
    dict of ndarray
        Of the events ``redshift``, ``mwebv`` (extinction law CCM89, R_V = 3.1), ``x0`` (of the
        components as given), ``x1``, ``c``, and what `events_of` needs; of SALT3 ``phase``,
        ``wavelength``, ``m0``, ``m1``, ``colour_law``, ``colour_range``; of the survey ``bands``
        with their curves, ``epochs`` [d after t0], ``sky_noise`` [nJy] and ``source_noise``, the
        variance per unit of flux [nJy].
    """
    population = Population(mix={"SNIa": 1.0}, limiting_magnitude=LIMITING_MAGNITUDE)
    events = draw_events(population, max(n, n_compared), np.random.default_rng(seed))
    drawn, truth = events.parameters["SNIa"], events.truth
    data = load("salt3_k21")
    first = int(data["first_cell"])
    m0, m1 = (data[name].astype(float) * data[f"{name}_scale"][:, None] for name in ("m0", "m1"))
    peak = rest_band_flux(extend_in_wavelength(m0, first).astype(np.float32), "bessellb").max()
    magnitude = drawn["peak_abs_mag"] + distance_modulus(truth["redshift"])
    task = {
        **{name: truth[name] for name in _TRUTH},
        **{name: drawn[name] for name in _DRAWN},
        "x0": 10 ** (-0.4 * magnitude) * ZERO_MAGNITUDE_NJY / peak / _SALT_UNIT,
        "first_day": events.first_day,
        "last_day": events.last_day,
        "phase": data["phase"],
        "wavelength": WAVELENGTH[first : first + m0.shape[1]],
        "m0": m0,
        "m1": m1,
        "colour_law": data["colour_law"],
        "colour_range": data["colour_range"],
        "bands": np.array(BANDS),
        "epochs": epoch_days() - 1.0,
        "sky_noise": np.array(10 ** (-0.4 * (DEPTH - AB_ZEROPOINT_NJY)) / 5),
        "source_noise": np.array(SOURCE_NOISE),
        "n_compared": np.array(n_compared),
        "compared_days": COMPARED_DAYS,
        "delta_wave": np.array(5.0),
    }
    for name in BANDS:
        curve = bands.get(name)
        task[f"{name}_wavelength"] = curve.wavelength
        task[f"{name}_transmission"] = curve.transmission
    return task


def events_of(task: Mapping[str, NDArray[Any]], first: int, stop: int) -> Events:
    """Some of the task's events as lcfm has them."""
    rows = slice(first, stop)
    names = np.full(stop - first, "SNIa", dtype=object)
    truth = {"type": names, **{name: task[name][rows] for name in _TRUTH}}
    drawn = {name: task[name][rows] for name in _DRAWN}
    ends = task["first_day"][rows], task["last_day"][rows]
    return Events(names, truth, {"SNIa": drawn}, *ends)


def write_task(task: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write a task to a NumPy archive."""
    with new_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **task)
