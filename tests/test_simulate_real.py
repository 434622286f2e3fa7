"""Simulated ZTF samples beside real ones: how often, how deep, how long objects are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.simulate import simulate
from lcfm.simulate.population import Population


def _real(folder: Path, label: str) -> LightCurves:
    objects = pd.read_parquet(folder / "ztf_transients" / "objects.parquet")
    points = pd.read_parquet(folder / "ztf_transients" / "points.parquet")
    used = (objects["label5"] == label) & objects["phot_source"].str.startswith("ALeRCE")
    objects = objects[used & ~is_test(objects["event_id"].to_numpy(dtype=object))]
    row = pd.Series(np.arange(len(objects)), index=objects["object_id"])
    points = points[points["object_id"].isin(row.index)]
    columns = {k: points[k].to_numpy() for k in ("mjd", "flux", "flux_err", "detected", "limit")}
    names = {"object_id": objects["object_id"].tolist(), "survey": ["ztf"] * len(objects)}
    owner = points["object_id"].map(row).to_numpy()
    return LightCurves.from_rows(names, owner, columns, points["band"].to_numpy(dtype=object))[0]


def _summary(lcs: LightCurves) -> dict[str, Any]:
    detected = lcs.points["detected"]
    owner = lcs.owner[detected]
    days = pd.Series(lcs.points["mjd"][detected]).groupby(owner)
    ratio = lcs.points["flux"][detected] / lcs.points["flux_err"][detected]
    return {
        "detections": float(np.median(np.bincount(owner, minlength=len(lcs)))),
        "days from first to last": float((days.max() - days.min()).median()),
        "median signal-to-noise": float(np.median(ratio)),
        "95 % signal-to-noise": float(np.quantile(ratio, 0.95)),
        "share of limits": float(lcs.points["limit"].mean()),
    }


@pytest.mark.shared
@pytest.mark.parametrize("label", ["SNIa", "SNII", "SNIb/c", "SLSN-I"])
def test_simulated_sampling_and_noise_are_within_a_third_of_real(
    shared_data: Path, label: str
) -> None:
    real = _summary(_real(shared_data, label))
    lcs = simulate(["ztf"], 400, seed=0, population=Population({label: 1.0}, 19.8))
    simulated = _summary(lcs)
    for name, value in real.items():
        assert 0.67 < simulated[name] / value < 1.5, (name, value, simulated[name])
