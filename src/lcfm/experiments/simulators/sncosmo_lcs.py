"""`sncosmo.realize_lcs` on the events of a task."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import sncosmo
from astropy.table import Table
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
EVENTS_AT_ONCE = 1000


class Simulator:
    """SALT3 behind Milky Way dust, a table of observations, and parameters of each event."""

    packages = ("sncosmo", "astropy", "numpy", "scipy")

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        self.task = task
        dust = sncosmo.CCM89Dust()
        source = salt3(task)
        self.model = sncosmo.Model(source, [dust], effect_names=["mw"], effect_frames=["obs"])
        self.bands = [
            sncosmo.Bandpass(task[f"{name}_wavelength"], task[f"{name}_transmission"], name=name)
            for name in task["bands"].tolist()
        ]
        n_epochs, n_bands = len(task["epochs"]), len(self.bands)
        rows = n_epochs * n_bands
        self.observations = Table({
            "time": np.repeat(task["epochs"], n_bands),
            "band": np.array(self.bands * n_epochs, dtype=object),
            "gain": np.full(rows, 1 / float(task["source_noise"])),
            "skynoise": np.full(rows, float(task["sky_noise"])),
            "zp": np.full(rows, 31.4),
            "zpsys": np.full(rows, "ab"),
        })  # fmt: skip

    def run(self, first: int, stop: int, seed: int) -> int:
        """Realise events. The seed is not used: sncosmo takes its noise from global state."""
        points = 0
        for start in range(first, stop, EVENTS_AT_ONCE):
            rows = range(start, min(start + EVENTS_AT_ONCE, stop))
            parameters = [self._parameters(row) for row in rows]
            made = sncosmo.realize_lcs(self.observations, self.model, parameters)
            points += sum(len(lc) for lc in made)
        return points

    def fluxes(self) -> FloatArray:
        """Noiseless fluxes [nJy]."""
        task = self.task
        flux = np.empty((int(task["n_compared"]), len(self.bands), len(task["compared_days"])))
        for event, band in np.ndindex(flux.shape[:2]):
            self.model.set(**self._parameters(event))
            days = task["compared_days"]
            flux[event, band] = self.model.bandflux(self.bands[band], days, zp=31.4, zpsys="ab")
        return flux

    def _parameters(self, row: int) -> dict[str, float]:
        named = {"z": "redshift", "x0": "x0", "x1": "x1", "c": "c", "mwebv": "mwebv"}
        return {"t0": 0.0} | {ours: float(self.task[key][row]) for ours, key in named.items()}


def salt3(task: Mapping[str, NDArray[Any]]) -> Any:
    """The task's spectral components and colour law as a source of sncosmo."""
    phase, wavelength = task["phase"], task["wavelength"]
    law, (low, high) = task["colour_law"], task["colour_range"]
    terms = [str(len(law)), *(repr(float(x)) for x in law), "Salt2ExtinctionLaw.version 1"]
    terms += [f"Salt2ExtinctionLaw.min_lambda {low}", f"Salt2ExtinctionLaw.max_lambda {high}"]
    ends = phase[[0, -1]], wavelength[[0, -1]], np.zeros((2, 2))
    return sncosmo.SALT3Source(
        m0file=_grid(phase, wavelength, task["m0"]),
        m1file=_grid(phase, wavelength, task["m1"]),
        clfile=io.StringIO("\n".join(terms)),
        cdfile=io.StringIO("2000 0\n9200 0\n"),
        lcrv00file=_grid(*ends),
        lcrv11file=_grid(*ends),
        lcrv01file=_grid(*ends),
    )


def _grid(phase: FloatArray, wavelength: FloatArray, values: FloatArray) -> io.StringIO:
    """Phase, wavelength and value in three columns, as sncosmo reads them."""
    first, second = np.meshgrid(phase, wavelength, indexing="ij")
    text = io.StringIO()
    np.savetxt(text, np.stack([first.ravel(), second.ravel(), values.ravel()], axis=1))
    text.seek(0)
    return text
