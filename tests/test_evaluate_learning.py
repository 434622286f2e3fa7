"""The learning curve: who is drawn, who tests, and what stands at 0."""

from __future__ import annotations

import pytest
import torch

from lcfm.adapt.policies import Map
from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate.learning import TUNED, curve_inputs, learning_curve
from lcfm.evaluate.methods import from_scratch
from lcfm.evaluate.report import Report
from lcfm.prepare.split import is_test
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import TrainSettings
from toy import toy_lightcurves as draw_toy


@pytest.fixture(scope="module")
def model() -> Model:
    """Two epochs on toy light curves."""
    training = TrainSettings(epochs=2, batch_size=16, learning_rate=1e-2, device="cpu")
    return pretrain(
        draw_toy(120), PretrainSettings(encoder=GRUSettings(hidden=8), training=training)
    )


def test_more_and_more_labels_on_one_test_part(model: Model) -> None:
    lcs = draw_toy(200, seed=1)
    lines: list[str] = []
    curve = learning_curve(
        model, lcs, "label", policy=Map(), counts=(20, 40, 900), baselines=False, say=lines.append
    )
    testing = is_test(lcs.column("event_id"))
    n_train = int((~testing).sum())
    scores = curve.scores()
    assert {n: len(s) for n, s in scores[TUNED].items()} == {0: 1, 20: 3, 40: 3, n_train: 1}
    assert curve.n_test == testing.sum()
    assert all(record["n_test"] == curve.n_test for record in curve.records)
    assert scores[TUNED][n_train][0] > 0.8
    assert len(lines) == 7
    assert [row["labels"] for row in curve.table().rows] == [0, 20, 40, n_train]
    report = curve.added_to(Report(title="t", summary=[]))
    assert [figure.name for figure in report.figures] == ["learning_curve"]
    assert len(report.results["learning_curve"]) == 8
    assert (report.summary, report.results["label_efficiency"]) == ([], [])  # nothing beside it


def test_baselines_stand_beside_it(model: Model) -> None:
    lcs = draw_toy(200, seed=1)
    curve = learning_curve(model, lcs, "label", policy=Map(), counts=(20,), everything=False)
    assert set(curve.scores()) == {TUNED, "features + forest", "no pretraining"}
    assert all(len(scores[20]) == 3 for scores in curve.scores().values())
    report = curve.added_to(Report(title="t", summary=["first"]))
    assert report.summary[0] == "first"
    assert "With 20 labels the pretrained model reaches" in report.summary[1]
    assert [table.title for table in report.tables][1] == "Labels saved"
    rows = report.results["label_efficiency"]
    assert {(row["labels"], row["against"]) for row in rows} == {
        (n, name) for n in (0, 20) for name in ("features + forest", "no pretraining")
    }
    assert {row["model"] for row in rows} == {model.fingerprint()}


def test_events_of_the_pretraining_do_not_count(model: Model) -> None:
    with pytest.raises(LcfmError, match="the training part has 0 objects"):
        learning_curve(model, draw_toy(120), "label")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_the_curve_is_computed_where_asked(model: Model) -> None:
    lcs = draw_toy(200, seed=1)
    with pytest.raises(LcfmError, match="no CUDA device found"):
        learning_curve(model, lcs, "label", policy=Map(), counts=(20,), device="cuda")
    settings = PretrainSettings(encoder=GRUSettings(hidden=8))
    scratch = from_scratch(settings, (1e-3,), "cuda")
    with pytest.raises(LcfmError, match="no CUDA device found"):
        scratch(lcs, lcs.column("label"), model.classes_, 0)
    curve = learning_curve(
        model, lcs, "label", counts=(20,), baselines=False, everything=False, device="cpu"
    )
    assert len(curve.records) == 4


def test_the_curve_starts_before_the_fine_tuning_and_adapts_alike(model: Model) -> None:
    lcs = draw_toy(60, seed=2)
    policy = Map(prior="flat")
    tuned = model.fit(lcs, lcs.column("label"), policy=policy)
    assert curve_inputs(model, None) == (model, None)
    assert curve_inputs(tuned, model) == (model, policy)
    with pytest.raises(LcfmError, match="--pretrained"):
        curve_inputs(tuned, None)
