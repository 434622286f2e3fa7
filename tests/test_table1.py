"""Table 1 on toys: every cell has its runs, a killed experiment resumes, claims follow the runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from lcfm.adapt.fit import fit
from lcfm.adapt.policies import PAPER_RECIPE, Head, HeadMLP, Map
from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate import baselines, methods, regressors
from lcfm.evaluate.baselines import Chance
from lcfm.evaluate.estimates import NumberTask
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.methods import Remembered
from lcfm.evaluate.oddities import OddTask, penultimate
from lcfm.evaluate.protocols import ALL, Classifier, Task, run, summarise
from lcfm.evaluate.regressors import MeanRegressor
from lcfm.experiments import pretrainings, table1, table1_figure, table1_rows, table2
from lcfm.experiments.asked import Asked
from lcfm.experiments.table1_claims import claims
from lcfm.experiments.table1_paper import PAPER, paper_number
from lcfm.experiments.table1_tasks import METRICS, N_LABELS, REAL
from lcfm.experiments.zero_shot import GIVEN
from lcfm.lightcurves import LightCurves
from lcfm.objectives.named import named_objective
from lcfm.serve import anomaly
from lcfm.serve.model import Model
from lcfm.train.pretrain import RECIPE, PretrainSettings, pretrain
from lcfm.train.settings import TrainSettings
from toy import toy_lightcurves


def transients(n: int = 320) -> LightCurves:
    """Toy objects with the columns of the real table: every other SLSN-I is a TDE."""
    lcs = toy_lightcurves(n)
    types = lcs.column("label").copy()
    types[5::6] = "TDE"
    normal = np.isin(types.astype(str), ("SNIa", "SNII"))
    return lcs.with_columns(
        label5=types, label3=np.where(normal, types, ""), anomaly=[str(odd) for odd in ~normal]
    )


@pytest.fixture(scope="module")
def model() -> Model:
    """One epoch on toy light curves."""
    settings = PretrainSettings(
        encoder=GRUSettings(hidden=8), training=TrainSettings(epochs=1, device="cpu")
    )
    return pretrain(toy_lightcurves(), settings)


# -- protocols ------------------------------------------------------------------------------------


def test_numbers_are_drawn_and_split_as_classes_are() -> None:
    lcs = transients()
    redshift = lcs.numbers("redshift").copy()
    redshift[:10] = np.nan
    some = lcs.with_columns(redshift=redshift, label5=np.where(np.arange(320) < 20, "", "SNIa"))
    task = NumberTask.of(some, "redshift", among="label5")
    assert (task.left_out, len(task.train) + len(task.test)) == (20, 300)
    rest = some[20:].with_columns(label=transients()[20:].column("label"))
    classes = Task.of(rest, "label")
    assert list(task.draw(30, 3).object_id) == list(classes.draw(30, 3).object_id)
    assert set(task.test.object_id) == set(classes.test.object_id)


def test_runs_of_numbers_have_scores_of_numbers() -> None:
    task = NumberTask.of(transients(), "redshift", name="z")

    def mean(lcs: LightCurves, values: NDArray[np.float64], seed: int) -> MeanRegressor:
        return MeanRegressor(seed=seed).fit(lcs, values)

    (record,) = run(task, {"mean": mean}, n_labels=None, seeds=[0])
    expected = ((task.test.numbers("redshift") - task.train.numbers("redshift").mean()) ** 2).mean()
    assert record["mse"] == pytest.approx(expected)
    assert (record["target"], record["labels"], record["n_train"]) == ("z", "all", len(task.train))


def test_a_number_that_nobody_knows_is_refused() -> None:
    lcs = toy_lightcurves(20)
    with pytest.raises(LcfmError, match=r"training part has 0 objects with a finite 'redshift'"):
        NumberTask.of(lcs.with_columns(redshift=np.full(20, np.nan)), "redshift")


def test_anomalies_are_in_the_test_alone_and_tdes_are_set_apart() -> None:
    lcs = transients()
    task = OddTask.of(lcs)
    assert set(task.train.column("label5")) == {"SNIa", "SNII"}
    assert set(task.test.column("label5")[task.odd]) == {"SLSN-I", "TDE"}
    draws = Task.of(lcs, "label3")
    assert list(task.draw(50, 1).object_id) == list(draws.draw(50, 1).object_id)
    assert len(lcs) == len(task.train) + len(task.test) + task.left_out

    tde = task.test.column("label5") == "TDE"
    finds_tde = task.scores(lambda table: tde.astype(np.float64))
    assert finds_tde["macro_auroc_without"] == 0.5  # nothing left that it would tell
    assert 0.5 < finds_tde["macro_auroc"] < 1.0
    assert task.scores(lambda table: task.odd.astype(np.float64))["macro_auroc_without"] == 1.0


def test_an_object_is_normal_or_odd_and_both_kinds_are_needed() -> None:
    lcs = transients()
    with pytest.raises(LcfmError, match=r"anomalous by 'anomaly' and normal by 'label3'"):
        OddTask.of(lcs.with_columns(anomaly=["True"] * len(lcs)))
    with pytest.raises(LcfmError, match=r"test part has 0 anomalous"):
        OddTask.of(lcs.with_columns(anomaly=["False"] * len(lcs)))


def test_a_classifier_is_fitted_once_for_the_same_labels() -> None:
    calls = []

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        calls.append(seed)
        return Chance(classes, seed=seed).fit(lcs, labels)

    lcs, classes = toy_lightcurves(), ("SLSN-I", "SNII", "SNIa")
    kept = Remembered(method)
    first = kept(lcs, lcs.column("label"), classes, 0)
    assert kept(lcs, lcs.column("label"), classes, 0) is first
    kept(lcs, lcs.column("label"), classes, 1)
    kept(lcs[:30], lcs.column("label")[:30], classes, 0)
    kept(lcs, lcs.column("label")[::-1], classes, 0)
    assert calls == [0, 1, 0, 0]


@pytest.mark.parametrize("policy", [Map(), HeadMLP(), Head()], ids=lambda p: p.kind)
def test_latent_vectors_looked_up_are_those_of_the_network(
    model: Model, policy: Map | HeadMLP | Head
) -> None:
    lcs = toy_lightcurves(80)
    table = looked_up(model, lcs)
    np.testing.assert_allclose(table.embed(lcs), model.embed(lcs), atol=1e-6)
    adapted = fit(table, lcs[:60], lcs[:60].column("label"), policy=policy)
    rest = adapted.predict_proba(lcs[60:])
    assert rest.shape == (20, 3)
    if isinstance(policy, Map):  # no batches, so that nothing else may differ
        direct = fit(model, lcs[:60], lcs[:60].column("label"), policy=policy)
        np.testing.assert_allclose(rest, direct.predict_proba(lcs[60:]), atol=1e-4)
    with pytest.raises(LcfmError, match="has no row in the feature table"):
        table.embed(toy_lightcurves(seed=1))


def test_the_layer_before_the_scores_knows_the_labels(model: Model) -> None:
    lcs = toy_lightcurves(60)
    assert penultimate(model)(lcs) == pytest.approx(model.embed(lcs))
    adapted = fit(model, lcs, lcs.column("label"), policy=HeadMLP())
    hidden = penultimate(adapted)(lcs)
    assert hidden.shape == (60, 100)
    assert (hidden >= 0).all()


# -- the experiment -------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything as small as it goes."""
    size = pretrainings.Size(ztf=80, lsst=48, pairs=32, epochs=1, pretrainings=1)
    monkeypatch.setitem(pretrainings.SIZES, "small", size)
    monkeypatch.setattr(pretrainings, "ENCODER", GRUSettings(hidden=8))
    monkeypatch.setattr(table1_rows, "ENCODER", GRUSettings(hidden=8))
    monkeypatch.setattr(methods, "SCRATCH_RECIPE", replace(methods.SCRATCH_RECIPE, epochs=1))
    short = HeadMLP(training=replace(PAPER_RECIPE, epochs=3))
    monkeypatch.setattr(table1_rows, "CLASS_POLICIES", (short, Map(folds=2)))
    monkeypatch.setitem(baselines.BOOSTING, "max_iter", 5)
    monkeypatch.setitem(baselines.FOREST, "n_estimators", 10)
    monkeypatch.setitem(regressors.FOREST, "n_estimators", 10)

    def few_trees(*, n_estimators: int, random_state: int) -> IsolationForest:
        return IsolationForest(n_estimators=10, random_state=random_state)

    monkeypatch.setattr(anomaly, "IsolationForest", few_trees)
    monkeypatch.setitem(table2.SCALES, "small", table2.Scale(ztf=80, lsst=80, others=80, draws=1))
    scale = replace(
        table1.SCALES["small"],
        draws=2,
        rows=("classifier", "classifier without anomalous types"),
        numbers=(short,),
    )
    monkeypatch.setitem(table1.SCALES, "small", scale)


@pytest.mark.slow
def test_every_cell_has_its_runs_and_a_killed_experiment_resumes(
    small: None, tmp_path: Path
) -> None:
    lines: list[str] = []

    def once(model: Model | None = None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        lines.clear()
        rows = table1.main(Asked(
            transients(), tmp_path / "out", scale="small", work=tmp_path / "work", model=model,
            command="lcfm reproduce table1", say=lines.append,
        ))  # fmt: skip
        return rows, json.loads((tmp_path / "out" / "table1.json").read_text())

    rows, result = once()
    assert sum("draw" in line for line in lines) == len(result["runs"])
    assert {row["pretraining"] for row in rows} == {"none", *table1.SCALES["small"].rows}
    for key in ("command", "seeds", "data", "device", "versions", "claims", "differs"):
        assert result[key], key
    assert [n["row"] for n in result["networks"]] == list(table1.SCALES["small"].rows)
    assert all({"pretraining", "seed", "seconds"} <= set(r) for r in result["runs"])
    cells = {(r["method"], r["target"], r["labels"], r["metric"]) for r in result["summary"]}
    for target, metrics in METRICS.items():
        for labels in (N_LABELS, "all") if target in REAL else ("all",):
            for metric in metrics:
                for method in ("classifier | head+mlp", "none | network", "none | sampling only"):
                    assert (method, target, labels, metric) in cells
    again = summarise([r for r in result["runs"] if r["target"] == "redshift"], "r2")
    kept = [r for r in result["summary"] if r["metric"] == "r2" and r["target"] == "redshift"]
    assert [r["mean"] for r in kept] == [pytest.approx(r["mean"]) for r in again]
    assert (tmp_path / "out" / "table1.png").stat().st_size > 10_000

    log = tmp_path / "work" / "table1" / "small" / "runs.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-3]))
    _, resumed = once()
    assert sum("draw" in line for line in lines) == 3
    assert len(resumed["runs"]) == len(result["runs"])
    assert not any("simulating" in line and "curves" in line for line in lines)

    recipe = replace(RECIPE, epochs=1, device="cpu")
    goal = named_objective("classifier+density")
    settings = PretrainSettings(encoder=GRUSettings(hidden=8), objective=goal, training=recipe)
    rows, _ = once(pretrain(toy_lightcurves(seed=7), settings))
    given = {row["adapted by"] for row in rows if row["pretraining"] == GIVEN}
    assert given >= {"map", "refine", "refine+all"}


def test_the_figure_has_a_line_for_each_network_and_names_the_model() -> None:
    forests = f"{GIVEN} | map{table1_rows.PER_CLASS}"
    summary = [
        {"method": method, "target": "anomaly", "metric": "macro_auroc", "labels": labels,
         "mean": 0.7, "std": None, "paper": paper}
        for method, paper in (("none | network", 0.5), (f"{GIVEN} | map", None), (forests, None))
        for labels in (N_LABELS, ALL)
    ]  # fmt: skip
    figure = table1_figure.draw(summary, "transients")
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["none, network", "transients, map"]
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 5  # two of labels, two of forests, the paper


def test_scales_that_the_table_does_not_know(tmp_path: Path) -> None:
    asked = Asked(
        transients(), tmp_path, scale="huge", work=tmp_path, model=None, command="", say=print
    )
    with pytest.raises(LcfmError, match="unknown scale 'huge'; known: small, medium, full"):
        table1.main(asked)


def test_a_network_that_knows_the_objects_is_refused(small: None, model: Model) -> None:
    lcs = transients()
    tasks = table1.Tasks.of(lcs, "small")
    tasks.refuse_seen(pretrain(toy_lightcurves(seed=5)), "strange")
    with pytest.raises(LcfmError, match=r"'classifier' was pretrained on \d+ of the"):
        tasks.refuse_seen(model, "classifier")


# -- the paper ------------------------------------------------------------------------------------


def runs(scores: dict[str, dict[tuple[str, int | str], float]]) -> list[dict[str, Any]]:
    """Five draws of each score, a little apart."""
    return [
        {
            "method": method, "target": target, "labels": labels, "seed": seed, "pretraining": 0,
            "macro_auroc": score + 0.001 * seed, "r2": score + 0.001 * seed,
        }
        for method, cells in scores.items()
        for (target, labels), score in cells.items()
        for seed in range(5)
    ]  # fmt: skip


def as_published() -> dict[str, dict[tuple[str, int | str], float]]:
    """Scores in the order of the paper's."""
    height = {"none | network": 0.5, "contrastive + adversarial | head+mlp": 0.6}
    names = ("classifier (ZTF)", "classifier", "contrastive", "adversarial")
    height |= {f"{name} | head+mlp": 0.6 for name in names}
    return {
        row: {(t, n): h + (0.1 if n == "all" and t != "anomaly" else 0.0)
              for t in REAL for n in (N_LABELS, "all")}
        for row, h in height.items()
    }  # fmt: skip


def held(scores: dict[str, dict[tuple[str, int | str], float]]) -> list[bool | None]:
    return [claim["holds"] for claim in claims(runs(scores), [])]


def test_claims_hold_on_scores_like_the_papers() -> None:
    assert held(as_published()) == [True, True, True, True, None]


def test_claims_fail_where_scores_say_so() -> None:
    scores = as_published()
    scores["adversarial | head+mlp"]["redshift", N_LABELS] = 0.4  # below none
    assert held(scores)[0] is False
    networks = [{"row": "adversarial", "pretraining": 0, "simulated_auroc": 0.7}]
    assert claims(runs(scores), networks)[0]["cause"] == (
        "adversarial | head+mlp: redshift (class AUROC of its networks on simulations 0.700)"
    )
    scores = as_published()
    scores["contrastive | head+mlp"]["anomaly", "all"] = 0.7
    assert held(scores)[1] is False
    scores = as_published()
    scores["contrastive | head+mlp"]["label3", N_LABELS] = 0.8
    assert held(scores)[2:4] == [False, True]
    scores = as_published()
    scores["contrastive + adversarial | head+mlp"]["label5", N_LABELS] = 0.8
    assert held(scores)[3] is False


def test_claims_without_runs_are_left_open() -> None:
    assert [claim["holds"] for claim in claims([], [])] == [None] * 5
    scores = as_published()
    del scores["adversarial | head+mlp"]
    assert held(scores) == [None, None, None, True, None]


@pytest.mark.parametrize(("sign", "expected"), [(-1, True), (1, False)])
def test_pretraining_scores_are_compared_with_downstream_scores(sign: int, expected: bool) -> None:
    networks, records = [], []
    for number in range(4):
        for name, step in (("classifier", 0.01 * number), ("contrastive", sign * 0.01 * number)):
            networks.append(
                {"row": name, "pretraining": number, "simulated_auroc": 0.9 + 0.01 * number}
            )
            cells = {(target, N_LABELS): 0.6 + step for target in REAL}
            records += [r | {"pretraining": number} for r in runs({f"{name} | head+mlp": cells})]
    found = claims(records, networks)[-1]
    assert found["holds"] is expected
    assert found["ours"]["classifiers"]["label3"] == pytest.approx(1.0)
    assert found["ours"]["others"]["anomaly"] == pytest.approx(sign)


def test_the_papers_numbers_stand_with_its_measure() -> None:
    assert all(len(cells) == 8 for cells in PAPER.values())
    row = "classifier | head+mlp"
    assert paper_number(row, "label3", N_LABELS, "macro_auroc") == (0.879, 0.011)
    assert paper_number(row, "redshift", "all", "mse") == (0.00382, 0.00039)
    for nothing in (
        (row, "redshift", "all", "r2"),
        (row, "anomaly", "all", "macro_auroc_without"),
        ("classifier | map", "label3", N_LABELS, "macro_auroc"),
        (row, "label5", N_LABELS, "macro_auroc"),
    ):
        assert np.isnan(paper_number(*nothing)[0])
