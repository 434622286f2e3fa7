"""Simulated against real: pairs, AUROC of telling apart, distributions, and the experiment."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lcfm.errors import LcfmError
from lcfm.evaluate import distributions, told_apart
from lcfm.evaluate.features import feature_names
from lcfm.evaluate.told_apart import Side
from lcfm.experiments import acid_test, realism
from lcfm.experiments.asked import Asked
from lcfm.lightcurves import LightCurves
from lcfm.serve.shipped import load
from lcfm.simulate.run import simulate


def side(n: int, rng: np.random.Generator, shift: float = 0.0) -> Side:
    table = rng.normal(size=(n, len(feature_names())))
    table[:, 3] += shift
    return Side(table, 0.05 * np.exp(0.3 * rng.normal(size=n)), 20 * np.exp(rng.normal(size=n)))


def test_pairs_are_near_and_used_once() -> None:
    rng = np.random.default_rng(0)
    real, simulated = side(40, rng), side(400, rng)
    real.redshift[:3] = np.nan
    mine, theirs = told_apart.match(real, simulated, rng)
    assert len(set(mine)) == len(set(theirs)) == len(mine) == 37
    assert np.abs(np.log(real.redshift[mine] / simulated.redshift[theirs])).max() < 0.3
    none = Side(real.features[:0], real.redshift[:0], real.peak_snr[:0])
    assert len(told_apart.match(none, simulated, rng)[0]) == 0


def test_what_is_alike_cannot_be_told_apart_and_what_differs_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(told_apart, "FOLDS", 2)
    rng = np.random.default_rng(1)
    real = side(80, rng)
    alike = told_apart.told_apart(real, side(300, rng), seed=0)
    other = told_apart.told_apart(real, side(300, rng, shift=4.0), seed=0)
    assert alike is not None
    assert other is not None
    assert alike["auroc"] < 0.7
    assert other["auroc"] > 0.95
    assert other["betrayed_by"][0]["feature"] == feature_names()[3]
    assert told_apart.told_apart(side(5, rng), side(50, rng), seed=0) is None


def test_quantities_of_a_light_curve_worked_out_by_hand() -> None:
    objects = pa.table({"object_id": ["a", "b"], "redshift": [0.1, None]})
    points = {
        "mjd": np.array([0.0, 1.0, 2.0, 0.0]),
        "band": np.array([0, 0, 0, 0]),
        "flux": np.array([100.0, 400.0, 0.0, 250.0]),
        "flux_err": np.array([10.0, 20.0, 30.0, 50.0]),
        "limit": np.array([False, False, True, False]),
    }
    lcs = LightCurves(objects, np.array([0, 3, 4]), points, bands=("ztfr",))
    found = distributions.measure(lcs)
    np.testing.assert_array_equal(found["points"], [2, 1])
    np.testing.assert_allclose(found["peak_snr"], [20, 5])
    np.testing.assert_allclose(found["median_snr"], [15, 5])
    np.testing.assert_allclose(found["peak_magnitude"][0], 31.4 - 2.5 * np.log10(400.0))
    # distance modulus 38.31 at z = 0.1 for H0 = 70 and Omega_m = 0.3
    np.testing.assert_allclose(
        found["absolute_magnitude"],
        [found["peak_magnitude"][0] - 38.31 + 2.5 * np.log10(1.1), np.nan],
        atol=0.01,
    )


def test_one_sample_against_itself() -> None:
    values = {q.name: np.linspace(1, 2, 50) for q in distributions.QUANTITIES}
    rows = distributions.compare(values, values)
    assert len(rows) == len(distributions.QUANTITIES)
    assert all(row["ks"] == 0 and row["real"] == row["simulated"] for row in rows)


def test_a_table_of_unknown_origin_is_refused() -> None:
    lcs = simulate(["lsst"], 8, seed=0).with_columns(survey=pa.array(["Gaia"] * 8))
    with pytest.raises(LcfmError, match="no simulated survey stands beside gaia"):
        realism.real_set(lcs)


def test_the_experiment_writes_its_part_and_keeps_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realism, "COMPARED_PER_CLASS", 15)
    monkeypatch.setattr(told_apart, "FEWEST_REAL", 4)
    monkeypatch.setattr(told_apart, "FOLDS", 2)
    stand_in = simulate(["ztf"], 400, seed=3)
    label = stand_in.column("label")
    known = np.isin(label, realism.REAL_SETS[0].compared)
    stand_in = stand_in.with_columns(label5=np.where(known, label, ""))
    kept = {"kept": True}
    (tmp_path / realism.FILE).write_text(json.dumps({"sets": {"yse": kept}}))
    said: list[str] = []
    rows = realism.main(
        Asked(
            stand_in,
            tmp_path,
            scale="small",
            work=tmp_path / "work",
            model=load("transients-ztf"),
            command="lcfm reproduce realism",
            say=said.append,
        )
    )
    assert [row["class"] for row in rows] == list(realism.REAL_SETS[0].compared)
    document = json.loads((tmp_path / realism.FILE).read_text())
    assert document["sets"]["yse"] == kept
    acid = document["sets"]["ztf"]["acid_test"]
    assert acid["part"] == "training"
    assert acid["mean"] > 0.9
    for name in ("realism_ztf.png", "realism.png"):
        assert (tmp_path / name).stat().st_size > 10_000


def test_networks_are_trained_once_for_all_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acid_test, "SURVEYS", ("ztf",))
    size = acid_test.Scale(n_simulated=160, epochs=1, pretrainings=2, reads_test=True)
    part = simulate(["ztf"], 80, seed=4)
    part = part.with_columns(label5=part.column("label"))
    said: list[str] = []
    for name in ("one", "other"):
        found = acid_test.acid_test(
            part, "label5", size, tmp_path, name, model=None, say=said.append
        )
        assert found["part"] == "test"
        assert len(found["runs"]) == 2
        scores = [run["macro_auroc"] for run in found["runs"]]
        assert found["std"] == pytest.approx(np.std(scores, ddof=1))
    assert sum(": simulating" in text for text in said) == 2
