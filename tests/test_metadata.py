"""What the metadata branch brings, on toys: where it is off, what stands for redshift, resuming."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcfm.adapt.policies import PAPER_RECIPE, Head, Map
from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate import baselines
from lcfm.evaluate.protocols import summarise
from lcfm.experiments import metadata
from lcfm.experiments.asked import Asked
from lcfm.experiments.metadata_targets import ALONE, INPUTS, Known
from lcfm.lightcurves import LightCurves
from toy import toy_lightcurves

RESULT = Path(__file__).parents[1] / "results" / "metadata.json"
CONSTANT, DUST, BOTH = list(INPUTS)[1:]


def dusty(n: int, seed: int, **columns: Any) -> LightCurves:
    """Toy objects with extinction."""
    dust = np.random.default_rng(seed).uniform(0.01, 0.2, n)
    return toy_lightcurves(n, seed=seed).with_columns(mwebv=dust, **columns)


def of_others(seed: int = 3, n: int = 160) -> LightCurves:
    """A table as PLAsTiCC is: classes in ``label5``, photometric redshifts, extinction."""
    lcs = dusty(n, seed, survey=["LSST"] * n)
    guess = lcs.numbers("redshift") * 1.1
    return lcs.with_columns(label5=lcs.column("label").astype(str), host_photoz=guess)


def looked_up_by_class(seed: int = 4, n: int = 160) -> LightCurves:
    """A table as the ZTF transients are: whether extinction is known goes by class."""
    lcs = dusty(n, seed, survey=["ZTF"] * n)
    types = lcs.column("label").astype(str)
    unknown = types == "SNII"
    return lcs.with_columns(
        label5=types,
        mwebv=np.where(unknown, np.nan, 0.05),
        redshift=np.where(unknown, np.nan, 0.1),
    )


def asked(data: LightCurves, folder: Path, lines: list[str]) -> Asked:
    return Asked(
        data, folder / "out", scale="small", work=folder / "work", model=None,
        command="lcfm reproduce metadata", say=lines.append,
    )  # fmt: skip


def test_a_photometric_redshift_stands_for_the_redshift_and_complete_columns_are_on() -> None:
    lcs = of_others()
    known = Known.of("others", lcs, "label5", most=120)
    assert known.redshift == "host_photoz"
    assert known.left_out == {"no class": 0, "too many": 40}
    assert known.inputs == (ALONE, CONSTANT, DUST, BOTH)
    train = known.curve.task.train
    assert train.numbers("redshift") == pytest.approx(train.numbers("host_photoz"))
    spectroscopic = Known.of("others", lcs.with_columns(host_photoz=[np.nan] * len(lcs)), "label5")
    assert spectroscopic.redshift == "redshift"


def test_a_branch_is_off_where_its_mask_tells_classes() -> None:
    assert Known.of("real", looked_up_by_class(), "label5").inputs == ()
    lcs = looked_up_by_class().with_columns(mwebv=[0.05] * 160)
    assert Known.of("real", lcs, "label5").inputs == (ALONE, CONSTANT, DUST)


def test_a_table_without_numbers_is_refused() -> None:
    with pytest.raises(LcfmError, match=r"bare needs columns mwebv and redshift .* got redshift"):
        Known.of("bare", toy_lightcurves(90), "label")


def test_the_experiment_pairs_networks_and_draws_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = metadata.Scale(simulated=90, epochs=1, pretrainings=2, labels=(40, None), most=120)
    monkeypatch.setitem(metadata.SCALES, "small", size)
    monkeypatch.setattr(metadata, "ENCODER", GRUSettings(hidden=8, layers=2, latent=8))
    monkeypatch.setattr(
        metadata, "simulate", lambda surveys, *, n, seed, population: dusty(n, seed)
    )
    monkeypatch.setattr(metadata, "lsst_simulations", lambda n: dusty(n, 8))
    short = replace(PAPER_RECIPE, epochs=2, device="cpu")
    monkeypatch.setattr(metadata, "ADAPTED", {"head": Head(training=short), "map": Map(folds=2)})
    monkeypatch.setitem(baselines.FOREST, "n_estimators", 5)
    data = LightCurves.concat([of_others(), looked_up_by_class()])
    lines: list[str] = []
    table = metadata.main(asked(data, tmp_path, lines))
    result = json.loads((tmp_path / "out" / "metadata.json").read_text())

    assert [t["inputs"] for t in result["targets"]] == [[*INPUTS], [*INPUTS], []]
    assert {r["target"] for r in result["runs"]} == {metadata.OURS, "plasticc"}
    assert [m["branch"] for m in result["targets"][2]["masks"]] == ["off", "off"]
    assert len(result["networks"]) == 4 * 2 == len({n["fingerprint"] for n in result["networks"]})
    counts = {(r["policy"], r["labels"], r["seed"]) for r in result["runs"]}
    assert counts == {
        *((policy, n, seed) for policy in ("head", "map", "numbers alone") for n in (40, "all")
          for seed in (0, 1)),
        ("no labels", 0, 0), ("no labels", 0, 1),
    }  # fmt: skip
    assert result["summary"] == json.loads(json.dumps(summarise(result["runs"])))
    assert result["differences"] == json.loads(json.dumps(table))
    assert {(r["inputs"], r["draws"], r["branch"]) for r in table} == {
        (CONSTANT, 2, "unclear"), (DUST, 2, "unclear"), (BOTH, 2, "unclear"),
    }  # fmt: skip
    assert (tmp_path / "out" / "metadata.png").stat().st_size > 10_000

    again: list[str] = []
    assert metadata.main(asked(data, tmp_path, again)) == table
    assert not [line for line in again if " draw " in line]


def test_differences_are_of_the_same_draw() -> None:
    runs = [
        {"target": "t", "policy": "map", "labels": 128, "inputs": inputs, "seed": seed,
         "method": metadata.named("map", inputs), "macro_auroc": 0.8 + 0.01 * seed + gain}
        for inputs, gain in ((ALONE, 0.01), (CONSTANT, 0.0), (DUST, 0.03), (BOTH, -0.02))
        for seed in range(5)
    ]  # fmt: skip
    rows = metadata.differences(runs)
    assert [(r["inputs"], r["branch"]) for r in rows] == [
        (CONSTANT, "costs"), (DUST, "brings"), (BOTH, "costs"),
    ]  # fmt: skip
    assert [r["mean"] for r in rows] == pytest.approx([-0.01, 0.03, -0.02])
    assert [r["without"] for r in rows] == pytest.approx([0.83, 0.82, 0.82])
    assert rows[0]["two_standard_errors"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.skipif(not RESULT.exists(), reason="lcfm reproduce metadata has not been run")
def test_the_result_follows_from_its_runs() -> None:
    result = json.loads(RESULT.read_text())
    for key, again in (
        ("differences", metadata.differences(result["runs"])),
        ("summary", summarise(result["runs"])),
    ):
        for now, then in zip(again, result[key], strict=True):
            assert now == pytest.approx(then)
