"""Early scores: nothing after the day is seen, nothing is lost, and a killed run resumes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate import baselines
from lcfm.evaluate.early import TRIGGER, EarlyMethod, EarlyTask, OrPrior, as_of, flat, in_full
from lcfm.evaluate.methods import chance
from lcfm.evaluate.protocols import Classifier, Task
from lcfm.experiments import early
from lcfm.experiments.asked import Asked
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import TrainSettings
from toy import TOY_CLASSES, toy_lightcurves

CLASSES = tuple(sorted(TOY_CLASSES))


def labelled(n: int = 120) -> LightCurves:
    """Toy objects that are detected only from ten days after their peak."""
    lcs = toy_lightcurves(n)
    points = {**lcs.points, "detected": lcs.points["detected"] & (lcs.points["mjd"] > 58_010)}
    late = LightCurves(lcs.objects, lcs.offsets, points, lcs.bands)
    return late.with_columns(label5=lcs.column("label"))


@given(st.floats(-40, 100), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_a_cut_ends_on_its_day_and_keeps_all_before(day: float, seed: int) -> None:
    lcs = toy_lightcurves(20, seed=seed)
    cut = as_of(lcs, day)
    t0 = TRIGGER.origin(lcs)
    assert list(cut.column("event_id")) == list(lcs.column("event_id"))
    assert not set(cut.object_id) & set(lcs.object_id)
    for row in range(len(lcs)):
        own = (lcs.owner == row) & (lcs.points["mjd"] <= t0[row] + day)
        np.testing.assert_array_equal(cut[row].points["mjd"], lcs.points["mjd"][own])
    later = as_of(lcs, day + 10.0)
    assert (later.lengths >= cut.lengths).all()


def test_the_trigger_is_that_of_the_whole_light_curve() -> None:
    lcs = labelled()
    task = Task.of(lcs, "label5")
    early_task = EarlyTask.of(task, 0.0)
    assert early_task.left_out == int((~TRIGGER.found(lcs)).sum())
    ends = early_task.test.points["mjd"][early_task.test.offsets[1:] - 1]
    np.testing.assert_array_equal(ends, TRIGGER.origin(early_task.whole.test))


def test_objects_without_a_trigger_are_left_out_and_counted() -> None:
    lcs = labelled()
    faint = np.isin(lcs.owner, [0, 1, 2])
    points = {**lcs.points, "detected": lcs.points["detected"] & ~faint}
    task = Task.of(LightCurves(lcs.objects, lcs.offsets, points, lcs.bands), "label5")
    before, after = EarlyTask.of(Task.of(lcs, "label5"), 5.0), EarlyTask.of(task, 5.0)
    assert after.left_out - before.left_out == 3
    gone = {"toy-0-0", "toy-0-1", "toy-0-2"}
    assert not gone & {*after.whole.train.object_id, *after.whole.test.object_id}


class Remembering:
    """A method that knows what it was fitted to and asked for."""

    classes_ = CLASSES

    def __init__(self) -> None:
        self.fitted: list[LightCurves] = []
        self.asked: list[LightCurves] = []

    def __call__(
        self, lcs: LightCurves, labels: np.ndarray, classes: tuple[str, ...], seed: int
    ) -> Classifier:
        self.fitted.append(lcs)
        return self

    def predict_proba(self, lcs: LightCurves) -> np.ndarray:
        self.asked.append(lcs)
        return np.tile([1.0, 0.0, 0.0], (len(lcs), 1))


@pytest.mark.parametrize("training", [as_of, in_full])
def test_methods_see_the_day_and_the_prior_answers_for_the_rest(training: early.Any) -> None:
    task = EarlyTask.of(Task.of(labelled(), "label5"), -25.0)
    method = Remembering()
    drawn = task.draw(40, 0)
    told = task.fitted(EarlyMethod(method, training, chance), drawn, 0)
    scores = task.scores(told)
    (table,), (asked,) = method.fitted, method.asked
    empty = task.test.lengths == 0
    assert 0 < empty.sum() == scores["without_points"] < len(task.test)
    assert len(asked) == (~empty).sum()
    assert scores["without_points"] <= scores["without_detection"]
    assert (table.lengths > 0).all()
    expected = training(drawn, -25.0)
    assert len(table) == (expected.lengths > 0).sum()
    probabilities = told.predict_proba(task.test)
    frequencies = [(drawn.column("label5") == name).mean() for name in CLASSES]
    np.testing.assert_allclose(probabilities[empty], np.tile(frequencies, (empty.sum(), 1)))
    assert (probabilities[~empty] == [1.0, 0.0, 0.0]).all()


def test_a_day_on_which_nothing_was_seen_gets_the_prior() -> None:
    task = EarlyTask.of(Task.of(labelled(), "label5"), -500.0)
    method = Remembering()
    told = task.fitted(EarlyMethod(method, as_of, chance), task.draw(40, 0), 0)
    assert not method.fitted
    assert task.scores(told)["macro_auroc"] == 0.5
    equal = OrPrior(method, flat(task.test, np.array([]), CLASSES, 0))
    np.testing.assert_allclose(equal.predict_proba(task.test), 1 / 3)


@pytest.fixture(scope="module")
def model() -> Model:
    """One epoch on toy light curves."""
    settings = PretrainSettings(
        encoder=GRUSettings(hidden=8), training=TrainSettings(epochs=1, device="cpu")
    )
    return pretrain(toy_lightcurves(), settings)


def asked(tmp_path: Path, model: Model | None, data: LightCurves | None = None) -> Asked:
    return Asked(
        labelled(240) if data is None else data,
        tmp_path / "out",
        scale="small",
        work=tmp_path / "work",
        model=model,
        command="lcfm reproduce early",
        say=lambda line: None,
    )


def test_the_experiment_runs_and_resumes(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early, "DAYS", (-5, 20))
    monkeypatch.setattr(early, "SCALES", {"small": early.Scale(draws=1)})
    monkeypatch.setitem(baselines.BOOSTING, "max_iter", 30)
    rows = early.main(asked(tmp_path, model))
    result = json.loads((tmp_path / "out" / "early.json").read_text())
    assert (tmp_path / "out" / "early.png").stat().st_size > 10_000
    # on each of two days: no labels, and four methods on a draw and on all
    assert len(result["runs"]) == 2 * (1 + 4 * 2)
    assert len(rows) == 1 + 4 * 2
    for row in result["summary"]:
        runs = [
            run["macro_auroc"]
            for run in result["runs"]
            if early.parts(run["method"]) == (row["method"], row["training"])
            and run["day"] == row["day"]
            and (row["labels"] == 0 or run["labels"] == row["labels"])
        ]
        assert len(runs) == row["runs"]
        assert np.mean(runs) == pytest.approx(row["mean"])
    scores = {(r["method"], r["labels"], r["training"]): r for r in rows}
    full = scores["features + boosting", "all", early.AS_OF]
    assert full["+20 d"] > 0.8  # the toy classes are told apart by eye

    log = tmp_path / "work" / "early" / "runs.jsonl"
    written = log.read_text()
    again = early.main(asked(tmp_path, model))
    assert log.read_text() == written
    assert again == rows


def test_a_model_and_observed_light_curves_are_needed(model: Model, tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match=r"--model"):
        early.main(asked(tmp_path, None))
    lcs = labelled()
    simulated = lcs.with_columns(survey=["DES"] * len(lcs))
    with pytest.raises(LcfmError, match=r"spcc was simulated by others"):
        early.main(asked(tmp_path, model, simulated))
