"""Transfer experiments on toys: curves, what is taken up, what follows from runs, the claims."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from lcfm.adapt.policies import PAPER_RECIPE, All, Head, Map
from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate import baselines
from lcfm.experiments import (
    transfer,
    transfer_claims,
    transfer_figure,
    transfer_lsst,
    transfer_real,
    transfer_rows,
)
from lcfm.experiments.asked import Asked
from lcfm.experiments.runs import RunKey, RunLog
from lcfm.experiments.transfer_rows import (
    FIXED_LENGTH,
    FOREST,
    NO_LABELS,
    STOPPED_EARLY,
    stopped,
    transferred,
)
from lcfm.experiments.transfer_runs import CurveTask, Runner, counts
from lcfm.experiments.transfer_summary import Curves, summarised
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import TrainSettings
from toy import toy_lightcurves

RESULTS = Path(__file__).parents[1] / "results"
ONCE = TrainSettings(epochs=1, batch_size=64, device="cpu")
N_LABELS = (0, 32, 64)


def transients(n: int = 160, seed: int = 0, survey: str = "ZTF") -> LightCurves:
    """Toy objects with ``label5``: every other SLSN-I is a TDE, some have no class."""
    lcs = toy_lightcurves(n, seed=seed)
    types = lcs.column("label").astype(str).copy()
    types[5::6] = "SNIb/c"
    types[:4] = ""
    dust = np.where(types == "SLSN-I", np.nan, 0.05)
    return lcs.with_columns(label5=types, mwebv=dust, survey=[survey] * n)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything as small as it goes, in this process."""
    monkeypatch.setattr(joblib, "cpu_count", lambda **_: 1)
    size = replace(
        transfer.SCALES["small"], simulated=90, epochs=1, draws=2, lsst=160, rates=(1e-3,)
    )
    monkeypatch.setitem(transfer.SCALES, "small", size)
    monkeypatch.setattr(transfer, "ENCODER", GRUSettings(hidden=8, layers=2, latent=8))
    monkeypatch.setattr(transfer, "simulate", simulated)
    monkeypatch.setattr(transfer_lsst, "lsst_simulations", lambda n: toy_lightcurves(n, seed=8))
    short = replace(PAPER_RECIPE, epochs=2, device="cpu")
    policies = [
        replace(p, folds=2) if p.kind == "map" else replace(p, training=short)  # type: ignore[call-arg]
        for p in transfer_rows.POLICIES
    ]
    for module in (transfer_real, transfer_lsst):
        monkeypatch.setattr(module, "POLICIES", tuple(policies))
        monkeypatch.setattr(module, "TIMED", tuple(policies[:-1]))
    monkeypatch.setattr(transfer_rows, "STOPPED", short)
    monkeypatch.setattr(transfer_rows, "WHOLE", replace(transfer_rows.WHOLE, epochs=2))
    monkeypatch.setitem(baselines.BOOSTING, "max_iter", 3)
    monkeypatch.setitem(baselines.FOREST, "n_estimators", 5)


def simulated(surveys: list[str], *, n: int, seed: int, population: Any) -> LightCurves:
    assert surveys == ["ztf"]
    return toy_lightcurves(n, seed=seed)


def run_of(
    main: Callable[[Asked], Any], tmp_path: Path, data: LightCurves, model: Model | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    lines: list[str] = []
    rows = main(
        Asked(
            data, tmp_path / "out", scale="small", work=tmp_path / "work", model=model,
            command="lcfm reproduce transfer", say=lines.append,
        )
    )  # fmt: skip
    return rows, [line for line in lines if "draw" in line and "labels" in line]


@pytest.mark.usefixtures("toys")
def test_every_point_has_its_runs_and_a_killed_experiment_resumes(tmp_path: Path) -> None:
    rows, lines = run_of(transfer_real.main, tmp_path, transients())
    path = tmp_path / "out" / "transfer_real.json"
    result = json.loads(path.read_text())
    assert len(lines) == len(result["runs"])
    assert [(m["column"], m["branch"]) for m in result["metadata"]] == [("mwebv", "off")]
    for key in ("command", "seeds", "data", "device", "versions", "differs", "networks"):
        assert result[key], key
    five = [r for r in result["runs"] if r["target"] == transfer_real.FIVE]
    most = max(r["labels"] for r in five)
    for method in (
        FIXED_LENGTH,
        *(transferred(p) for p in transfer_claims.POLICIES),
        FOREST,
    ):
        found = {(r["labels"], r["seed"]) for r in five if r["method"] == method}
        assert found == {(n, seed) for n in (32, 64, most) for seed in (0, 1)}, method
    assert [r["labels"] for r in five if r["method"] == NO_LABELS] == [0]
    timed = [stopped(p) for p in ("head", "first+head", "all")]
    for method in (STOPPED_EARLY, *timed):
        assert {r["labels"] for r in five if r["method"] == method} == {most}
    three = [r for r in result["runs"] if r["target"] == transfer_real.THREE]
    assert "SLSN-I" not in three[0]["auroc"]
    assert {r["labels"] for r in three} == {0, 32, max(r["labels"] for r in three)}  # thinned
    took = {r["method"]: r["convergence"] for r in five if r["labels"] == most}
    assert took[transferred("map")] is None
    assert took[FOREST] is None
    weights = [took[row]["parameters"] for row in (transferred("head"), FIXED_LENGTH)]
    assert weights[0] == 4 * (8 + 1) < weights[1]
    assert took[transferred("all")]["parameters"] == weights[1]
    for key, again in summarised(result["runs"]).items():
        assert json.loads(json.dumps(again)) == result[key], key
    assert {row["target"] for row in result["label_efficiency"]} == {
        transfer_real.FIVE, transfer_real.THREE,
    }  # fmt: skip
    assert rows[0]["all"].count("±") == 1
    for name in ("transfer_real", "transfer_real_classes", "transfer_real_classes_2"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 10_000

    log = tmp_path / "work" / "transfer-real" / "small" / "runs.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-3]))
    _, lines = run_of(transfer_real.main, tmp_path, transients())
    assert len(lines) == 3
    resumed = json.loads(path.read_text())
    assert len(resumed["runs"]) == len(result["runs"])


@pytest.mark.usefixtures("toys")
def test_other_telescopes_stand_beside_our_simulations(tmp_path: Path) -> None:
    data = LightCurves.concat([transients(seed=3, survey="DES"), transients(seed=4, survey="LSST")])
    run_of(transfer_lsst.main, tmp_path, data)
    result = json.loads((tmp_path / "out" / "transfer_lsst.json").read_text())
    assert {r["target"] for r in result["runs"]} == {transfer_lsst.OURS, "DES", "LSST"}
    assert len(result["claims"]) == 9
    assert all(isinstance(claim["holds"], bool | None) for claim in result["claims"])
    for key, again in summarised(result["runs"]).items():
        assert json.loads(json.dumps(again)) == result[key], key


@pytest.mark.usefixtures("toys")
def test_a_network_that_knows_the_objects_is_refused(tmp_path: Path) -> None:
    settings = PretrainSettings(encoder=GRUSettings(hidden=4, latent=4), training=ONCE)
    model = pretrain(toy_lightcurves(160), settings)
    with pytest.raises(LcfmError, match=r"the network has seen 156 of the 156 objects of 'label5'"):
        run_of(transfer_real.main, tmp_path, transients(), model)


@pytest.mark.slow
def test_two_processes_make_the_runs_of_one(tmp_path: Path) -> None:
    curve = CurveTask.of("toy", transients(100), "label5")
    model = pretrain(
        toy_lightcurves(90, seed=2),
        PretrainSettings(encoder=GRUSettings(hidden=4, latent=4), training=ONCE),
    )
    short = replace(PAPER_RECIPE, epochs=2, device="cpu")
    methods = transfer_rows.with_network(
        model,
        curve.objects,
        {"head": Head(training=short), "all": All(training=short), "map": Map(folds=2)},
    )
    scale = replace(transfer.SCALES["small"], draws=2)
    key = RunKey("toy")
    made = [
        Runner(
            log=RunLog(tmp_path / f"{workers}.jsonl"), scale=scale, workers=workers, say=print
        ).curve(curve, methods, key, pretraining=0)
        for workers in (1, 2)
    ]
    scores = [[(r["method"], r["labels"], r["seed"], r["log_loss"]) for r in one] for one in made]
    assert scores[0] == scores[1]


def test_labels_double_until_all() -> None:
    assert counts(33) == (None,)
    assert counts(40) == (32, None)
    assert counts(32) == (None,)
    assert counts(4201) == (32, 64, 128, 256, 512, 1024, 2048, None)
    table = transients()
    whole, cut = (CurveTask.of("t", table, "label5", most) for most in (None, 40))
    assert len(cut.task.train) == 40 < len(whole.task.train)
    assert set(cut.task.train.object_id) < set(whole.task.train.object_id)
    assert list(cut.test.object_id) == list(whole.test.object_id)


# -- claims ---------------------------------------------------------------------------------------

FULL = 1000


def curves(scores: Mapping[str, Mapping[int, float]], seconds: Mapping[str, float]) -> Curves:
    """Five draws of each score, a little apart, and what trainings took."""
    return Curves("t", [
        {
            "target": "t", "method": method, "labels": n, "n_train": n, "seed": seed,
            "macro_auroc": score + 0.001 * seed,
            "convergence": (
                {"epochs": 10, "seconds": seconds[method], "parameters": 3}
                if method in seconds else None
            ),
        }
        for method, points in scores.items() for n, score in points.items() for seed in range(5)
    ])  # fmt: skip


def as_published() -> dict[str, dict[int, float]]:
    """Curves like the paper's."""
    rising = {32: 0.8, 128: 0.9, 250: 0.92, FULL: 0.95}
    rows = {transferred(policy): rising for policy in ("head", "all", "map")}
    rows[transferred("first+head")] = {n: score + 0.01 for n, score in rising.items()}
    return rows | {
        FIXED_LENGTH: {32: 0.5, 128: 0.6, 250: 0.7, FULL: 0.8},
        FOREST: {FULL: 0.85},
        STOPPED_EARLY: {FULL: 0.8},
        stopped("head"): {FULL: 0.7},
    }


def test_claims_hold_on_curves_like_the_papers() -> None:
    took = {STOPPED_EARLY: 10.0, stopped("head"): 7.0}
    one = curves(as_published(), took)
    claims = [
        transfer_claims.share_is_enough(one, "head", 0.05, "abstract"),
        transfer_claims.share_of_score(one, "first+head", 0.3, 0.94),
        transfer_claims.faster(one, "head"),
        transfer_claims.unfreezing_is_alike(one, "head"),
        transfer_claims.gains(one, "head", "D"),
        transfer_claims.head_is_poor(one),
    ]
    assert [claim["holds"] for claim in claims] == [True] * 6
    assert all(claim["rule"] and claim["cause"] is None for claim in claims)
    assert claims[0]["ours"]["share needed"]["head"] == "≤ 3.2%"
    assert claims[2]["ours"]["seconds saved"]["head"] == pytest.approx(0.3)
    json.dumps(claims)


def test_claims_that_fail_name_a_cause() -> None:
    scores = as_published()
    scores[transferred("head")] = {32: 0.5, 128: 0.55, 250: 0.6, FULL: 0.7}
    scores[transferred("first+head")] = scores[transferred("head")]
    one = curves(scores, {STOPPED_EARLY: 10.0, stopped("head"): 8.0})
    enough = transfer_claims.share_is_enough(one, "head", 0.25, "conclusion")
    assert enough["holds"] is False
    assert "is the limit, not the labels" in enough["cause"]
    scores[transferred("head")] = {32: 0.5, 128: 0.55, 250: 0.75, FULL: 0.9}
    later = transfer_claims.share_is_enough(curves(scores, {}), "head", 0.05, "abstract")
    assert later["cause"] == "it takes 39.7% of the labels"
    assert transfer_claims.share_of_score(one, "first+head", 0.3, 0.94)["holds"] is False
    slow = transfer_claims.faster(one, "head")
    assert (slow["holds"], slow["cause"]) == (
        False, "1.00 times as many epochs, each 0.80 times as long",
    )  # fmt: skip
    assert transfer_claims.head_is_poor(one)["holds"] is False
    assert "better at 32, 128" in transfer_claims.unfreezing_is_alike(one, "head")["cause"]
    assert transfer_claims.gains(one, "head", "D")["cause"].startswith("no clear gain at 32, 128")


def test_the_aim_is_the_better_of_both_rivals() -> None:
    scores = as_published()
    short = transfer_claims.few_are_enough(curves(scores, {}))
    assert short["holds"] is False  # below 0.975
    assert short["cause"].startswith("0.073 short: 'map' has no score without labels and 0.952")
    scores[transferred("map")] = {128: 0.98}
    assert transfer_claims.few_are_enough(curves(scores, {}))["holds"] is True
    scores[FOREST] = {FULL: 0.99}
    assert transfer_claims.few_are_enough(curves(scores, {}))["holds"] is False


def test_claims_without_runs_are_left_open() -> None:
    nothing = Curves("t", [])
    for claim in (
        transfer_claims.share_is_enough(nothing, "head", 0.05, "abstract"),
        transfer_claims.share_of_score(nothing, "first+head", 0.3, 0.94),
        transfer_claims.faster(nothing, "head"),
        transfer_claims.unfreezing_is_alike(nothing, "head"),
        transfer_claims.gains(nothing, "head", "D"),
        transfer_claims.head_is_poor(nothing),
        transfer_claims.few_are_enough(nothing),
    ):
        assert claim["holds"] is None
        assert claim["cause"] is None


def test_figures_name_every_row_once() -> None:
    figure = transfer_figure.draw({"t": with_tests(curves(as_published(), {}))})
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert sorted(texts) == sorted(set(texts))
    assert FIXED_LENGTH in texts
    (panel,) = figure.axes
    assert panel.get_xscale() == "log"
    assert np.all(np.asarray(panel.get_ylim()) <= 1.005)


def test_panels_share_a_range_that_holds_every_score() -> None:
    one = with_tests(curves(as_published(), {}))
    low = replace(one, records=[{**r, "macro_auroc": 0.2 * r["macro_auroc"]} for r in one.records])
    figure = transfer_figure.draw({"high": one, "low": low})
    first, second = figure.axes
    assert first.get_ylim() == second.get_ylim()
    for panel in figure.axes:
        drawn = [y for line in panel.lines for y in np.asarray(line.get_ydata(), dtype=float)]
        assert first.get_ylim()[0] < min(drawn) <= max(drawn) < first.get_ylim()[1]


def with_tests(one: Curves) -> Curves:
    return replace(one, records=[{**r, "n_test": 9} for r in one.records])


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested values by the path to them."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    out: dict[str, Any] = {}
    for key, inner in items:
        path = f"{name}/{key}"
        out |= flat(inner, path) if isinstance(inner, (dict, list, tuple)) else {path: inner}
    return out


@pytest.mark.parametrize("path", sorted(RESULTS.glob("transfer_*.json")), ids=lambda p: p.name)
def test_committed_results_follow_from_their_runs(path: Path) -> None:
    result = json.loads(path.read_text())
    module = {"transfer_real": transfer_real, "transfer_lsst": transfer_lsst}[path.stem]
    for key, again in summarised(result["runs"]).items():
        assert flat(again) == pytest.approx(flat(result[key])), key
    claims = json.loads(json.dumps(module.claims(Curves.of(result["runs"]))))
    for now, then in zip(claims, result["claims"], strict=True):
        assert now["holds"] == then["holds"]
