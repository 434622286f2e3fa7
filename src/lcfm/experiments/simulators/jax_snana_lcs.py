"""jax-snana's compiled pipeline: SALT3 (K21) in the bands, epochs and noise of a task.

It draws its own events, of the redshifts, stretches and colours of the task's in the mean, applies
Milky Way dust, adds noise and runs its trigger and cuts. It wants four files in the formats of
SNANA: observing log, calibration, list of surveys, flat spectrum. `build_sbi_pipeline` compiles on
the first call, which is counted as start-up.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax_snlc_core
import numpy as np
from jax_snlc_sim import prepare
from jax_snlc_sim.run import build_sbi_pipeline, finish_batch
from numpy.typing import NDArray

FIRST_MJD = 60000.0
ZEROPOINT_NJY = 31.4
EVENTS_AT_ONCE = 1000
MODEL = Path(jax_snlc_core.__file__).parent / "data" / "models" / "SALT3.K21"


class Simulator:
    """The compiled function for batches of `EVENTS_AT_ONCE` events."""

    packages = ("jax-snana", "jax", "jaxlib", "numpyro", "astropy", "numpy", "scipy")

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            os.environ["SNDATA_ROOT"] = str(folder)
            write_inputs(task, folder)
            self.simulator = prepare(str(folder / "sim.input"))
        self.pipeline = jax.jit(build_sbi_pipeline(self.simulator))
        self.points = 2 * len(task["epochs"])
        self.run(0, EVENTS_AT_ONCE, 0)  # compiles

    def run(self, first: int, stop: int, seed: int) -> int:
        """Generate events, in whole batches."""
        if (stop - first) % EVENTS_AT_ONCE:
            raise ValueError(f"expected a multiple of {EVENTS_AT_ONCE} events, got {stop - first}")
        key = jax.random.key(seed)
        batches = (stop - first) // EVENTS_AT_ONCE
        for part in jax.random.split(key, batches):
            results, _, record = jax.block_until_ready(self.pipeline(part))
            finish_batch(self.simulator, results, record, 0, EVENTS_AT_ONCE)
        return self.points * EVENTS_AT_ONCE * batches

    def fluxes(self) -> NDArray[Any]:
        """Not asked for: its events are its own."""
        raise NotImplementedError


def write_inputs(task: Mapping[str, NDArray[Any]], folder: Path) -> None:
    """Write what jax-snana reads."""
    letters = "gr"
    (folder / "SURVEY.DEF").write_text("SURVEY: BENCH 1\n")
    wavelength = np.arange(1000.0, 12000.0, 10.0)
    (folder / "standards").mkdir()
    flat = 0.10885 / wavelength**2  # AB magnitude 0: F_lambda of 3631 Jy
    np.savetxt(folder / "standards" / "flatnu.dat", np.stack([wavelength, flat], axis=1))
    curves = folder / "filters" / "bench"
    curves.mkdir(parents=True)
    lines = ["MAGSYSTEM: AB", "FILTSYSTEM: COUNT", "SURVEY: BENCH", "FILTPATH: bench"]
    for letter, name in zip(letters, task["bands"].tolist(), strict=True):
        table = np.stack([task[f"{name}_wavelength"], task[f"{name}_transmission"]], axis=1)
        np.savetxt(curves / f"{letter}.dat", table)
        lines.append(f"FILTER: BENCH-{letter} {letter}.dat 0.0")
    (folder / "calibration.input").write_text("\n".join(lines) + "\n")
    (folder / "bench.simlib").write_text(observing_log(task, letters))
    (folder / "sim.input").write_text(settings(task, folder, letters))


def observing_log(task: Mapping[str, NDArray[Any]], letters: str) -> str:
    """One pointing; sky noise and photons per unit of flux as in the task."""
    # `source_noise` nJy make one electron, so the zero point in electrons is
    zeropoint = ZEROPOINT_NJY - 2.5 * np.log10(float(task["source_noise"]))
    sky = float(task["sky_noise"]) / float(task["source_noise"])  # electrons in the aperture
    rows = [
        f"S: {FIRST_MJD + day:.4f} {i} {letter} 1.0 0.0 {sky:.4f} 1.0 {zeropoint:.4f} 0.0 99.0"
        for i, (day, letter) in enumerate(
            (day + 1e-3 * letters.index(letter), letter)
            for day in task["epochs"]
            for letter in letters
        )
    ]
    head = [
        "DOCUMENTATION:", "  PURPOSE: benchmark", "DOCUMENTATION_END:",
        f"SURVEY: BENCH  FILTERS: {letters}", "PIXSIZE: 1.0", "PSF_UNIT: NEA_PIXEL", "BEGIN LIBGEN",
        f"LIBID: 1 RA: 30.0 DEC: -20.0 NOBS: {len(rows)} MWEBV: 0.05 PIXSIZE: 1.0",
    ]  # fmt: skip
    return "\n".join([*head, *rows, "END_LIBID: 1", "END_OF_SIMLIB:", ""])


def settings(task: Mapping[str, NDArray[Any]], folder: Path, letters: str) -> str:
    """The input of a simulation: Gaussians of the task's x1 and c, t0 on the day that it has."""
    x1, c, redshift = task["x1"], task["c"], task["redshift"]
    values = {
        "NGENTOT_LC": EVENTS_AT_ONCE,
        "RANSEED": 1,
        "SIMLIB_FILE": folder / "bench.simlib",
        "KCOR_FILE": folder / "calibration.input",
        "GENVERSION": "BENCH",
        "GENSOURCE": "RANDOM",
        "GENMODEL": MODEL,
        "GENFILTERS": letters,
        "GENRANGE_REDSHIFT": f"{max(redshift.min(), 0.01):.4f} {redshift.max():.4f}",
        "GENRANGE_PEAKMJD": f"{FIRST_MJD - 1:.1f} {FIRST_MJD + 1:.1f}",
        "GENRANGE_TREST": "-19 49",
        "DNDZ": "POWERLAW 2.6E-5 1.5",
        "GENPEAK_SALT2x1": f"{x1.mean():.3f}",
        "GENSIGMA_SALT2x1": f"{x1.std():.3f} {x1.std():.3f}",
        "GENRANGE_SALT2x1": "-3 3",
        "GENPEAK_SALT2c": f"{c.mean():.3f}",
        "GENSIGMA_SALT2c": f"{c.std():.3f} {c.std():.3f}",
        "GENRANGE_SALT2c": "-0.3 0.5",
        "GENALPHA_SALT2": 0.14,
        "GENBETA_SALT2": 3.1,
        "OPT_MWEBV": 1,
        "GENSIGMA_MWEBV_RATIO": 0.0,
        "SMEARFLAG_FLUX": 1,
        "SMEARFLAG_ZEROPT": 0,
    }
    return "".join(f"{name}: {value}\n" for name, value in values.items())
