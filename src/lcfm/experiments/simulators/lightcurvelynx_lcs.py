"""LightCurveLynx on the events of a task: sncosmo's SALT3 source behind its dust and noise.

Passbands have steps of `delta_wave` Å: 5 is the default, wider ones are faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lightcurvelynx.astro_utils.passbands import Passband, PassbandGroup
from lightcurvelynx.effects.extinction import ExtinctionEffect
from lightcurvelynx.math_nodes.given_sampler import GivenValueList
from lightcurvelynx.models.sncosmo_models import SncosmoWrapperModel
from lightcurvelynx.noise_models.base_noise_models import PoissonFluxNoiseModel
from lightcurvelynx.obstable.fake_obs_table import FakeObsTable
from lightcurvelynx.simulate import simulate_lightcurves
from lightcurvelynx.survey_info import SurveyInfo
from numpy.typing import NDArray
from sncosmo_lcs import salt3  # beside this file

FloatArray = NDArray[np.float64]
T0 = 60000.0
BANDS_APART = 1e-4
"""Days between the bands: LightCurveLynx warns of visits at one time."""


class Simulator:
    """Events by number, one pointing, photon and sky noise as those of the others."""

    packages = (
        "lightcurvelynx", "sncosmo", "extinction", "astropy", "nested-pandas", "pandas", "numpy",
        "scipy",
    )  # fmt: skip

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None:
        self.task = task
        self.names = task["bands"].tolist()
        tables = {
            name: np.stack([task[f"{name}_wavelength"], task[f"{name}_transmission"]], axis=1)
            for name in self.names
        }
        step = float(task["delta_wave"])
        self.passbands = PassbandGroup(
            [Passband(table, "X", name, delta_wave=step) for name, table in tables.items()]
        )
        self.source = salt3(task)
        self.survey = self._survey(task["epochs"])

    def run(self, first: int, stop: int, seed: int) -> int:
        """Simulate events with noise."""
        made = self._simulate(first, stop, self.survey, seed)
        return int(made["nobs"].sum())

    def fluxes(self) -> FloatArray:
        """Noiseless fluxes [nJy], which come with the noisy ones."""
        days = self.task["compared_days"]
        n = int(self.task["n_compared"])
        made = self._simulate(0, n, self._survey(days), 0)
        flat = np.concatenate([lc["flux_perfect"].to_numpy() for lc in made["lightcurve"]])
        table: FloatArray = flat.reshape(n, len(days), len(self.names)).transpose(0, 2, 1)
        return table

    def _simulate(self, first: int, stop: int, survey: SurveyInfo, seed: int) -> Any:
        model = SncosmoWrapperModel(
            self.source,
            t0=T0,
            ra=10.0,
            dec=0.0,
            redshift=self._values("redshift", first, stop),
            x0=self._values("x0", first, stop),
            x1=self._values("x1", first, stop),
            c=self._values("c", first, stop),
            node_label="source",
        )
        dust = self._values("mwebv", first, stop)
        model.add_effect(
            ExtinctionEffect("ccm89", ebv=dust, r_v=3.1, frame="observer", backend="extinction")
        )
        return simulate_lightcurves(
            model, stop - first, survey, rng=np.random.default_rng(seed), progress_bar=False
        )

    def _values(self, name: str, first: int, stop: int) -> GivenValueList:
        return GivenValueList(self.task[name][first:stop], stateful=True)

    def _survey(self, days: FloatArray) -> SurveyInfo:
        """The visits of the task; sky and source are counted in electrons of `source_noise` nJy."""
        rows = len(days) * len(self.names)
        gain = float(self.task["source_noise"])
        visits = {
            "time": T0 + np.repeat(days, len(self.names))
            + np.tile(BANDS_APART * np.arange(len(self.names)), len(days)),
            "ra": np.full(rows, 10.0),
            "dec": np.zeros(rows),
            "filter": np.array(self.names * len(days)),
            "zp": np.full(rows, gain),
            "psf_footprint": np.ones(rows),
            "sky_bg_e": np.full(rows, (float(self.task["sky_noise"]) / gain) ** 2),
        }  # fmt: skip
        table = FakeObsTable(visits, radius=1.0, survey_name="X")
        noise = PoissonFluxNoiseModel()
        return SurveyInfo(table, passbands=self.passbands, noise_model=noise)
