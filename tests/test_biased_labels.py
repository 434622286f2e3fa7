"""Labels of bright objects: weights, counterparts, and the experiment on simulations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lcfm.adapt.fit import fit
from lcfm.adapt.mapping import _Problem, label_prior, mapped_head
from lcfm.adapt.policies import Head, Map
from lcfm.adapt.propensity import LARGEST, peak_magnitude, propensity_weights
from lcfm.encoders.heads import ClassHead
from lcfm.errors import LcfmError
from lcfm.evaluate.protocols import summarise
from lcfm.experiments import biased_labels
from lcfm.experiments.asked import Asked
from lcfm.experiments.fainter import fainter
from lcfm.lightcurves import LightCurves
from lcfm.serve.shipped import load
from lcfm.simulate.run import simulate
from toy import NOISE
from toy import toy_lightcurves as draw_toy

RESULT = Path(__file__).parents[1] / "results" / "biased_labels.json"


def test_peak_magnitude_leaves_limits_out() -> None:
    lcs = draw_toy(6)
    points = {k: v.copy() for k, v in lcs.points.items()}
    points["flux"][lcs.offsets[1]] = 1e6
    points["limit"][lcs.offsets[1]] = True
    points["flux"][lcs.offsets[2] : lcs.offsets[3]] = -1.0
    points["flux"][lcs.offsets[0]] = 10 ** ((31.4 - 15.0) / 2.5)
    found = peak_magnitude(LightCurves(lcs.objects, lcs.offsets, points, lcs.bands))
    assert found[0] == pytest.approx(15.0, abs=1e-5)
    assert found[1] == pytest.approx(peak_magnitude(lcs)[1], abs=0.8)
    assert np.isnan(found[2])


def test_weights_bring_the_labels_back_to_the_table() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(19, 0.5, 4000)
    labelled = table[rng.random(4000) < 1 / (1 + np.exp((table - 18.6) / 0.25))]
    weights = propensity_weights(labelled, table)
    assert weights.mean() == pytest.approx(1)
    assert labelled.mean() < 18.7
    assert np.average(labelled, weights=weights) > labelled.mean() + 0.1
    assert weights.max() <= LARGEST * np.median(weights) * 1.001
    alike = propensity_weights(table[::2], table)
    np.testing.assert_allclose(alike, 1.0, atol=0.15)
    with pytest.raises(LcfmError, match="1 unknown magnitudes"):
        propensity_weights([18.0, np.nan], table)


def test_a_weight_counts_as_so_many_copies() -> None:
    rng = np.random.default_rng(1)
    z, codes = rng.normal(size=(20, 3)).astype(np.float32), rng.integers(0, 2, 20)
    copies = rng.integers(1, 4, 20)
    head = mapped_head(ClassHead(3, ("a", "b")), {"a": ["a"], "b": ["b"]})
    weighted = _Problem.of(head, z, codes, copies.astype(np.float64))
    rows = np.repeat(np.arange(20), copies)
    plain = _Problem.of(head, z, codes, None).take(rows)  # type: ignore[arg-type]
    step = rng.normal(size=(2, 3)), rng.normal(size=2)
    loss, by_score = weighted.log_loss(*step)
    again, by_score_again = plain.log_loss(*step)
    assert loss.sum() == pytest.approx(again.sum())
    np.testing.assert_allclose(by_score.sum(axis=0), by_score_again.sum(axis=0))
    np.testing.assert_allclose(weighted.solve(3.0)[0], plain.solve(3.0)[0], atol=1e-3)
    np.testing.assert_allclose(label_prior(codes, 2, copies), label_prior(codes[rows], 2))


def test_fit_takes_weights_of_any_scale_and_refuses_what_makes_no_sense() -> None:
    model, lcs = load("transients-ztf"), draw_toy(30)
    labels = lcs.column("label")
    weights = np.where(labels == "SNIa", 1.0, 5.0)
    light = fit(model, lcs, labels, weights=weights)
    heavy = fit(model, lcs, labels, weights=100 * weights)
    plain = fit(model, lcs, labels)
    np.testing.assert_allclose(light.predict_proba(lcs), heavy.predict_proba(lcs), rtol=1e-4)
    column = plain.classes_.index("SNIa")
    of_ia = [m.predict_proba(lcs)[:, column].mean() for m in (light, plain)]
    assert of_ia[0] < of_ia[1]
    assert light.provenance["adapted"]["weighted"] is True
    with pytest.raises(LcfmError, match="30 labels need 30 weights"):
        fit(model, lcs, labels, weights=weights[:3])
    with pytest.raises(LcfmError, match="not negative"):
        fit(model, lcs, labels, weights=-weights)
    with pytest.raises(LcfmError, match="policy 'head' takes no weights; choose map"):
        fit(model, lcs, labels, weights=weights, policy=Head())
    assert fit(model, lcs, labels, weights=np.ones(30), policy=Map()).classes_ == plain.classes_


def test_counterparts_are_fainter_with_the_same_error() -> None:
    lcs = draw_toy(400, epochs=40)
    bright = peak_magnitude(lcs)
    by = np.full(400, 2.0)
    dimmed, rows = fainter(lcs, by, np.random.default_rng(0))
    assert len(dimmed) == len(rows) > 100
    assert all(name.endswith("-fainter") for name in dimmed.object_id)
    np.testing.assert_allclose(dimmed.points["flux_err"], NOISE)
    assert (dimmed.points["flux"] >= 5 * NOISE * 0.999).all()
    drop = peak_magnitude(dimmed) - bright[rows]
    assert np.median(drop) == pytest.approx(2.0, abs=0.15)
    same, all_rows = fainter(lcs, np.zeros(400), np.random.default_rng(0))
    kept = lcs[all_rows].select_points(
        lcs[all_rows].points["flux"] >= 5 * lcs[all_rows].points["flux_err"]
    )
    np.testing.assert_allclose(same.points["flux"], kept.points["flux"], rtol=1e-6)


def test_the_brightest_of_a_half() -> None:
    magnitude = np.linspace(15, 20, 100)
    rows = biased_labels.brightest(magnitude, 10, np.random.default_rng(0))
    assert len(set(rows)) == 10
    assert magnitude[rows].max() < 16.6
    assert len(biased_labels.brightest(magnitude, 80, np.random.default_rng(0))) == 80


def test_the_experiment_writes_every_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = biased_labels.Scale(draws=2, labels=(24,), simulated=160)
    monkeypatch.setitem(biased_labels.SCALES, "small", size)
    stand_in = simulate(["ztf"], 160, seed=3)
    label = stand_in.column("label")
    known = np.isin(label, ("SNIa", "SNII"))
    stand_in = stand_in.with_columns(label5=np.where(known, label, ""))
    asked = Asked(
        stand_in,
        tmp_path,
        scale="small",
        work=tmp_path / "work",
        model=load("transients-ztf"),
        command="lcfm reproduce biased-labels",
        say=lambda line: None,
    )
    rows = biased_labels.main(asked)
    assert [row["method"] for row in rows] == list(biased_labels.METHODS)
    document = json.loads((tmp_path / "biased_labels.json").read_text())
    assert len(document["differences"]) == 3 * len(biased_labels.PAIRS)
    assert (tmp_path / "biased_labels.png").stat().st_size > 10_000
    monkeypatch.setattr(biased_labels._Methods, "run", lambda *_: pytest.fail("taken up"))
    assert biased_labels.main(asked) == rows


def test_the_result_follows_from_its_runs() -> None:
    if not RESULT.exists():
        pytest.skip("lcfm reproduce biased-labels has not been run for this version")
    result = json.loads(RESULT.read_text())
    assert biased_labels.differences(result["runs"]) == result["differences"]
    for now, then in zip(summarise(result["runs"]), result["summary"], strict=True):
        assert now == pytest.approx(then)
