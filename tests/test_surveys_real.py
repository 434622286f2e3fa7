"""YSE, DES and PLAsTiCC simulated beside real training objects: points, gaps, noise, peaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lcfm.prepare.split import is_test
from lcfm.simulate import simulate
from lcfm.simulate.population import Population
from lcfm.surveys import get_survey

SETS = {"yse": "yse_dr1", "des": "spcc", "plasticc": "plasticc"}


def _real(folder: Path, label: str) -> pd.DataFrame:
    objects = pd.read_parquet(folder / "objects.parquet")
    points = pd.read_parquet(folder / "points.parquet")
    training = ~is_test(objects["event_id"].to_numpy(dtype=object))
    objects = objects[training & (objects["label3"] == label)]
    return points[points["object_id"].isin(objects["object_id"])]


def _simulated(key: str, label: str) -> pd.DataFrame:
    survey = get_survey(key)
    # Enough for DES; elsewhere medians of 300 scatter between seeds by 0.1 mag in the peak and by
    # 15 % in the clear points.
    n = 300 if key == "des" else 1000
    lcs = simulate([survey], n, seed=0, population=Population({label: 1.0}, survey.faintest_peak))
    points = pd.DataFrame({name: lcs.points[name] for name in ("mjd", "flux", "flux_err")})
    band = np.array(lcs.bands, dtype=object)[lcs.points["band"]]
    return points.assign(object_id=lcs.owner, band=band)


def _summary(points: pd.DataFrame) -> dict[str, Any]:
    points = points.sort_values(["object_id", "mjd"])
    ratio = points["flux"] / points["flux_err"]
    clear = points[ratio >= 4]
    gaps = points.groupby(["object_id", "band"])["mjd"].diff()
    days = clear.groupby("object_id")["mjd"].agg(["min", "max"])
    return {
        "points": points.groupby("object_id").size().median(),
        "clear points": clear.groupby("object_id").size().median(),
        "days from first to last": (days["max"] - days["min"]).median(),
        "gap between nights": gaps[gaps > 0.3].median(),
        "error of faint points": points.loc[ratio.abs() < 6, "flux_err"].median(),
        "peak magnitude": 31.4 - 2.5 * np.log10(clear.groupby("object_id")["flux"].max().median()),
    }


@pytest.mark.shared
@pytest.mark.parametrize("label", ["SNIa", "SNII"])
@pytest.mark.parametrize("key", sorted(SETS))
def test_simulated_medians_are_near_the_real_ones(shared_data: Path, key: str, label: str) -> None:
    real = _summary(_real(shared_data / SETS[key], label))
    simulated = _summary(_simulated(key, label))
    for name, value in real.items():
        if name == "peak magnitude":
            assert abs(simulated[name] - value) < 0.4, (name, value, simulated[name])
        else:
            # SNe II of PLAsTiCC are those of another simulator and leave their plateau earlier:
            # clear points of ours, which follow ZTF's real ones, are 1.5 of theirs.
            most = 1.65 if (key, label) == ("plasticc", "SNII") else 1.4
            assert 0.71 < simulated[name] / value < most, (name, value, simulated[name])
