"""Over- and underconfidence is said in words, with its number."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lcfm.adapt.answering import answering
from lcfm.evaluate.calibration import SAID_ABOVE, before_temperature, calibration_words
from lcfm.evaluate.evaluation import evaluate
from lcfm.evaluate.metrics import expected_calibration_error
from lcfm.evaluate.report import write_report
from lcfm.lightcurves import LightCurves
from lcfm.serve.shipped import load

CLASSES = ("a", "b")


def case(confidence: float, accuracy: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """True classes and probabilities of a model that is this sure and this often right."""
    labels = np.where(np.arange(n) < round(accuracy * n), "a", "b")
    return labels, np.tile([confidence, 1 - confidence], (n, 1))


@pytest.mark.parametrize(
    ("confidence", "accuracy", "n", "words"),
    [
        (0.95, 0.80, 1000, "This model is overconfident: on average it is 95% sure"),
        (0.70, 0.90, 1000, "This model is underconfident"),
        (0.80, 0.70, 20, "in no clear direction"),
    ],
)
def test_the_direction_is_said(confidence: float, accuracy: float, n: int, words: str) -> None:
    text = calibration_words(*case(confidence, accuracy, n), CLASSES)
    assert text is not None
    assert words in text
    assert f"{abs(confidence - accuracy):.3f}, above {SAID_ABOVE}" in text
    assert f"right for {accuracy:.0%}" in text


def test_a_calibrated_model_needs_no_words() -> None:
    assert calibration_words(*case(0.90, 0.88, 1000), CLASSES) is None


def test_the_error_before_a_temperature_is_that_of_the_plain_model(
    toy_lightcurves: LightCurves,
) -> None:
    model = answering(load("transients"), ("SNIa", "SNII", "SLSN-I"))
    truth = toy_lightcurves.column("label")
    plain = model.predict_proba(toy_lightcurves)
    right = np.array(model.classes_)[plain.argmax(axis=1)] == truth
    expected = expected_calibration_error(right, plain.max(axis=1))
    assert before_temperature(model, toy_lightcurves, truth) == {
        "temperature": 1.0,
        "ece_before_temperature": pytest.approx(expected),
    }
    model.head.temperature = 3.0
    flat = model.predict_proba(toy_lightcurves)
    assert (flat.max(axis=1) < plain.max(axis=1)).all()
    assert before_temperature(model, toy_lightcurves, truth) == {
        "temperature": 3.0,
        "ece_before_temperature": pytest.approx(expected),
    }
    np.testing.assert_array_equal(model.predict_proba(toy_lightcurves), flat)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_a_report_holds_the_error_before_and_after(
    toy_lightcurves: LightCurves, tmp_path: Path, temperature: float
) -> None:
    model = answering(load("transients"), ("SNIa", "SNII", "SLSN-I"))
    model.head.temperature = temperature
    found = evaluate(model, toy_lightcurves, target="label", baselines=False)
    write_report(tmp_path / "report", found)
    scores = json.loads((tmp_path / "report" / "report.json").read_text())["results"]["scores"]
    mine = scores["this model"]
    assert mine["temperature"] == temperature
    assert (mine["ece"] == pytest.approx(mine["ece_before_temperature"])) == (temperature == 1.0)
    page = (tmp_path / "report" / "index.html").read_text()
    assert "ECE before" in page
    assert f"here {temperature:.2f}" in page


def test_other_models_stand_beside_in_the_report(toy_lightcurves: LightCurves) -> None:
    model, other = (
        answering(load(name), ("SNIa", "SNII", "SLSN-I"))
        for name in ("transients", "transients-ztf")
    )
    beside = {"the one before": other}
    found = evaluate(model, toy_lightcurves, target="label", baselines=False, beside=beside)
    assert [row["method"] for row in found.tables[0].rows] == ["this model", "the one before"]
