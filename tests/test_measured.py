"""Scores of result files in a card: of this model alone, with the command behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lcfm.adapt.finetune import choose_labelled, finetune
from lcfm.adapt.policies import Map
from lcfm.cli import main
from lcfm.errors import LcfmError
from lcfm.serve.measured import with_measured
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from toy import toy_lightcurves


def row(model: str, labels: int, against: str = "no pretraining", **other: Any) -> dict[str, Any]:
    given = {"target": "label5", "method": "map", "model": model, "against": against}
    return {**given, "labels": labels, "score": 0.9, "needs": f"{9 * labels} labels", **other}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    """As an experiment writes it."""
    made = {"command": "lcfm reproduce new-telescopes", "date": "2026-11-21"}
    path.write_text(json.dumps({**made, "label_efficiency": rows}))
    return path


def test_the_card_has_what_was_measured_of_the_model(tmp_path: Path) -> None:
    model = load("transients")
    ours = model.fingerprint()
    rows = [row(ours, n) for n in (0, 64, 128, 256)] + [row("other", 128, score=0.1)]
    path = written(tmp_path / "r.json", [*rows, row(ours, 128, "features + forest")])
    text = with_measured(model, [path]).card()
    section = text[text.index("## Measured") : text.index("## Limits")]
    assert "By `lcfm reproduce new-telescopes`, 2026-11-21:" in section
    assert "- label5, 0 labels (map): 0.900; no pretraining needs 0 labels" in section
    assert (
        "- label5, 128 labels (map): 0.900; no pretraining needs 1152 labels; features + forest "
        "needs 1152 labels"
    ) in section
    assert "64" not in section
    assert "0.100" not in section


def test_a_report_of_lcfm_evaluate_does_as_well_and_the_command_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = load("transients")
    path = tmp_path / "report.json"
    document = {
        "provenance": {"command": "lcfm evaluate transients --learning-curve"},
        "results": {"label_efficiency": [row(model.fingerprint(), 32)]},
    }
    path.write_text(json.dumps(document))
    line = f"card transients --measured {path} --out {tmp_path}/fm"
    assert main(line.split()) == 0
    shown = capsys.readouterr().out
    assert "label5, 32 labels (map)" in shown
    again = load(tmp_path / "fm")
    assert again.fingerprint() == model.fingerprint()
    assert again.card("fm") == shown == (tmp_path / "fm" / "README.md").read_text()
    assert main(line.split()) == 2  # the folder exists
    assert "exists already" in capsys.readouterr().err
    assert main(["card", str(tmp_path / "fm"), "--quiet"]) == 0
    assert capsys.readouterr().out == shown


def test_a_fine_tuned_model_takes_what_was_measured_of_the_one_before(tmp_path: Path) -> None:
    model, lcs = load("transients"), toy_lightcurves(60)
    labelled = choose_labelled(lcs, "label", n_labels=30)
    tuned = finetune(model, labelled, target="label", policy=Map(strengths=(100.0,)))
    path = written(tmp_path / "r.json", [row(model.fingerprint(), 128)])
    assert tuned.provenance["adapted"]["model"] == model.fingerprint()
    assert "label5, 128 labels (map)" in with_measured(tuned, [path]).card()
    measured = with_measured(model, [path])
    inherited = finetune(measured, labelled, target="label", policy=Map(strengths=(100.0,)))
    assert "label5, 128 labels (map)" in inherited.card()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "holds no label efficiency"),
        ("[]", "holds no label efficiency"),
        ('{"summary": []}', "holds no label efficiency"),
        ('{"label_efficiency": [{"model": "MODEL", "labels": 3}]}', "holds no label efficiency"),
        ('{"label_efficiency": []}', r"nothing measured of this model \(fingerprint MODEL\)"),
        (json.dumps({"label_efficiency": [row("x", 9)]}), "nothing measured of this model"),
    ],
)
def test_what_is_no_measurement_of_it_is_refused(tmp_path: Path, text: str, message: str) -> None:
    model: Model = load("transients")
    path = tmp_path / "r.json"
    path.write_text(text.replace("MODEL", model.fingerprint()))
    with pytest.raises(LcfmError, match=message.replace("MODEL", model.fingerprint())):
        with_measured(model, [path])
    with pytest.raises(LcfmError, match=r"none\.json cannot be read: No such file"):
        with_measured(model, [tmp_path / "none.json"])
