"""A number as a probability: mixtures against scipy, learning, refinement, storage, tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import norm

from lcfm.adapt.calibrate import fitted_stretch, fitted_temperature
from lcfm.adapt.finetune import choose_labelled, finetune
from lcfm.adapt.fit import MANY, default_number_policy, fit
from lcfm.adapt.policies import HeadMLP, Map, Refine, RefineAll
from lcfm.adapt.refining import PSEUDO_COUNT, STIFF, _Problem
from lcfm.encoders.heads import DensityHead
from lcfm.encoders.mixture import NormalMixture, mixture_of
from lcfm.encoders.scales import LinearScale, LogOnePlusScale, LogScale
from lcfm.errors import LcfmError
from lcfm.evaluate.evaluation import evaluate
from lcfm.lightcurves import LightCurves
from lcfm.objectives.classify import ClassifySettings
from lcfm.objectives.density import DensitySettings
from lcfm.objectives.joint import JointSettings
from lcfm.objectives.named import named_objective
from lcfm.serve.model import Model
from lcfm.serve.tables import prediction_table
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import FullLength, TrainSettings
from toy import toy_lightcurves as draw_toy

BRIEF = TrainSettings(
    epochs=15, batch_size=16, learning_rate=5e-3, stopping=FullLength(), device="cpu"
)


@pytest.fixture
def mixture() -> NormalMixture:
    raw = torch.randn(5, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return mixture_of(raw, 0.02)


@pytest.fixture(scope="module")
def model() -> Model:
    settings = PretrainSettings(
        objective=named_objective("classifier+density", given={"density": {"weight": 1.0}}),
        training=BRIEF,
    )
    return pretrain(draw_toy(120, seed=3), settings)


def test_mixtures_agree_with_sums_over_scipy(mixture: NormalMixture) -> None:
    weight, mean, std = (t.numpy() for t in (mixture.log_weight.exp(), mixture.mean, mixture.std))
    values = np.linspace(-1, 1, 5)
    expected = [
        sum(w * norm.pdf(v, m, s) for w, m, s in zip(*row, strict=True))
        for v, row in zip(values, zip(weight, mean, std, strict=True), strict=True)
    ]
    np.testing.assert_allclose(mixture.log_prob(torch.from_numpy(values)).exp(), expected)
    levels = torch.tensor([0.01, 0.3, 0.5, 0.99], dtype=torch.float64)
    below = mixture.cdf(mixture.quantiles(levels))
    np.testing.assert_allclose(below, levels.expand(5, -1), atol=1e-9)


@pytest.mark.parametrize("scale", [LogScale(), LogOnePlusScale(), LinearScale()])
def test_scales_go_there_and_back(scale: LogScale | LogOnePlusScale | LinearScale) -> None:
    values = np.array([0.01, 0.5, 3.0])
    back = scale.inverse(torch.from_numpy(scale.forward(values)))
    np.testing.assert_allclose(back, values)
    outside = scale.forward(np.array([-2.0]))
    assert np.isnan(outside[0]) == (not isinstance(scale, LinearScale))


def test_a_joint_pretraining_learns_both_and_states_quantiles(model: Model) -> None:
    table = draw_toy(60, seed=9)
    z = table.numbers("redshift")
    assert set(model.heads) == {"label", "redshift"}
    assert (model.predict(table) == table.column("label")).mean() > 0.6  # chance: a third
    guess = model.predict(table, "redshift")
    assert np.corrcoef(guess, z)[0, 1] > 0.8
    stated = model.predict_quantiles(table, [0.05, 0.5, 0.95], "redshift")
    assert (np.diff(stated, axis=1) > 0).all()
    columns = prediction_table(model, table).column_names
    assert columns[-3:] == ["redshift", "redshift_p16", "redshift_p84"]
    assert "prob_SNIa" in columns


def test_errors_of_a_model_with_two_heads(model: Model, toy_lightcurves: LightCurves) -> None:
    with pytest.raises(LcfmError, match="no head 'mass'; it has label, redshift"):
        model.predict(toy_lightcurves, "mass")
    with pytest.raises(LcfmError, match="states no density"):
        model.predict_quantiles(toy_lightcurves, [0.5])
    with pytest.raises(LcfmError, match="between 0 and 1"):
        model.predict_quantiles(toy_lightcurves, [1.5], "redshift")


def test_a_report_states_how_calibrated_a_density_is(model: Model) -> None:
    report = evaluate(model, draw_toy(50, seed=8), target="redshift", baselines=False)
    scores = report.results["scores"]["this model"]
    assert scores["r2"] > 0.5
    assert scores["crps"] < 0.05
    assert sum(scores["pit_histogram"]) == pytest.approx(1.0)
    assert {"crps", "pit_distance", "coverage_68"} <= set(report.tables[0].rows[0])


def test_storage_keeps_a_refined_head(model: Model, tmp_path: Path) -> None:
    table = draw_toy(40, seed=4)
    refined = fit(model, table, table.numbers("redshift"), policy=Refine(strengths=(30.0,)))
    refined.save(tmp_path / "m")
    again = Model.load(tmp_path / "m")
    np.testing.assert_array_equal(again.predict(table), refined.predict(table))


def test_refinement_undoes_a_change_of_brightness_scale(model: Model) -> None:
    """Redshifts that are all 1.5 times as large are a shift of log z."""
    table, test = draw_toy(60, seed=5), draw_toy(60, seed=6)
    z = table.numbers("redshift")
    plain, refined = (fit(model, table, factor * z, policy=Refine()) for factor in (1.0, 1.5))
    ratio = np.log(refined.predict(test) / plain.predict(test))
    np.testing.assert_allclose(ratio, np.log(1.5), atol=0.08)
    assert refined.provenance["adapted"]["policy"]["kind"] == "refine"


def test_the_refinement_is_the_optimum_of_what_is_written() -> None:
    rng = np.random.default_rng(0)
    head = DensityHead(3, "redshift", components=2)
    latent = rng.normal(size=(25, 3)).astype(np.float32)
    target = rng.normal(size=25)
    problem = _Problem.of(head, latent, target)
    z = (latent - latent.mean(axis=0)) / latent.std(axis=0)
    plain = problem.plain

    def explicit(x: np.ndarray) -> float:
        b, a, c, t, d = x[:2] - x[:2].mean(), 1 + x[2], x[3], np.exp(x[4]), x[5:]
        total = -PSEUDO_COUNT * float(np.log(np.exp(b) / np.exp(b).sum()).sum())
        total += 0.5 * STIFF * (x[2] ** 2 + x[4] ** 2) + 0.5 * 7.0 * float(d @ d)
        for i in range(25):
            weight = np.exp(plain.log_weight[i].numpy() + b)
            weight /= weight.sum()
            mean = a * plain.mean[i].numpy() + c + z[i] @ d
            total -= np.log((weight * norm.pdf(target[i], mean, t * plain.std[i].numpy())).sum())
        return total

    found = explicit(problem.solve(7.0))
    best = minimize(explicit, np.zeros(8)).fun
    assert found == pytest.approx(best, abs=1e-3)


def test_every_weight_can_move_and_the_original_stays(model: Model) -> None:
    table = draw_toy(60, seed=7)
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    policy = RefineAll(start=Refine(strengths=()), training=replace(BRIEF, epochs=1))
    moved = fit(model, table, table.numbers("redshift"), policy=policy)
    assert all(torch.equal(before[k], v) for k, v in model.network.state_dict().items())
    assert any(not torch.equal(before[k], v) for k, v in moved.network.state_dict().items())


def test_the_default_for_numbers_follows_the_model_and_the_labels(model: Model) -> None:
    assert isinstance(default_number_policy(model, MANY - 1), Refine)
    assert isinstance(default_number_policy(model, MANY), RefineAll)
    bare = Model(model.network, {"label": model.heads["label"]}, model.preprocess, model.state, {})
    assert isinstance(default_number_policy(bare, 128), HeadMLP)
    table = draw_toy(10)
    with pytest.raises(LcfmError, match="pretrained with one density"):
        fit(bare, table, table.numbers("redshift"), policy=Refine())
    with pytest.raises(LcfmError, match="maps classes"):
        fit(model, table, table.numbers("redshift"), policy=Map())
    with pytest.raises(LcfmError, match="refines a number"):
        fit(model, table, table.column("label"), policy=Refine())
    with pytest.raises(LcfmError, match="no place on the scale 'log'"):
        fit(model, table, -table.numbers("redshift"), policy=Refine())


def test_a_density_of_another_column_is_said(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    table = draw_toy(40, seed=4)
    table = table.with_columns(mass=1 + table.numbers("redshift"))
    labelled = choose_labelled(table, "mass", task="regress")
    with caplog.at_level("WARNING", logger="lcfm"):
        finetune(model, labelled, target="mass")
    assert "a density of 'redshift', which is now refined to 'mass'" in caplog.text


def test_a_redshift_below_zero_is_named(toy_lightcurves: LightCurves) -> None:
    z = toy_lightcurves.numbers("redshift").copy()
    z[3] = -0.001
    with pytest.raises(LcfmError, match=r"'toy-0-3' has redshift -0\.001"):
        pretrain(
            toy_lightcurves.with_columns(redshift=z), PretrainSettings(objective=DensitySettings())
        )
    with pytest.raises(LcfmError, match="at least one component"):
        DensitySettings(components=0)
    with pytest.raises(LcfmError, match="above 0"):
        JointSettings(tasks=(ClassifySettings(), DensitySettings(weight=0.0)))


def test_a_temperature_and_a_stretch_are_found_again() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 3)) * 2
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = (rng.random((20_000, 1)) > p.cumsum(axis=1)).sum(axis=1)
    assert fitted_temperature(2.5 * logits, codes) == pytest.approx(2.5, rel=0.05)
    with pytest.raises(LcfmError, match="validation objects"):
        fitted_temperature(np.zeros((0, 3)), codes[:0])

    head = DensityHead(2, "x", scale="linear", components=1)
    latent = rng.normal(size=(20_000, 2)).astype(np.float32)
    with torch.no_grad():
        mixture = head(torch.from_numpy(latent))
    values = mixture.mean[:, 0].numpy() + 1.7 * mixture.std[:, 0].numpy() * rng.normal(size=20_000)
    assert fitted_stretch(head, latent, values) == pytest.approx(1.7, rel=0.03)
