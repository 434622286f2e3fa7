"""Strategies beside random choice: the curves, their pairing, and a run that is taken up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.evaluate.protocols import summarise
from lcfm.experiments import suggest
from lcfm.experiments.asked import Asked
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from toy import toy_lightcurves as draw_toy

RESULT = Path(__file__).parents[1] / "results" / "suggest.json"


@pytest.fixture(scope="module")
def data() -> LightCurves:
    """Toy objects, some of them of the new class."""
    lcs = draw_toy(180)
    label = lcs.column("label").copy()
    label5 = label.copy()
    new = np.arange(180) % 9 == 1
    label[new], label5[new] = "SNIIn", ""
    label[5] = "SN"
    return lcs.with_columns(label=label, label5=label5)


def asked(data: LightCurves, folder: Path, said: list[str], model: Model | None) -> Asked:
    return Asked(
        data,
        folder,
        scale="small",
        work=folder / "work",
        model=model,
        command="lcfm reproduce suggest",
        say=said.append,
    )


def test_the_new_class_against_every_known_type() -> None:
    labels = np.array(["SN IIn", "SNIa", "SN", "", "SNIIn-pec", "SLSN-II"], dtype=object)
    found = suggest.one_against_rest(labels, "SNIIn")
    assert list(found) == ["SNIIn", "other", "", "", "other", "other"]


def test_curves_start_alike_and_are_taken_up(
    data: LightCurves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(suggest.SCALES, "small", suggest.Scale(draws=2, labels=50))
    monkeypatch.setattr(suggest, "START", 20)
    kept = {name: suggest.STRATEGIES[name] for name in ("random", "gradients")}
    monkeypatch.setattr(suggest, "STRATEGIES", kept)
    said: list[str] = []
    model = load("transients-ztf")
    rows = suggest.main(asked(data, tmp_path, said, model))
    document = json.loads((tmp_path / "suggest.json").read_text())
    runs = document["runs"]
    assert {r["target"] for r in runs} == {"label5", "SNIIn"}
    for seed in range(2):
        first = {
            r["macro_auroc"]
            for r in runs
            if (r["target"], r["labels"], r["seed"]) == ("label5", 20, seed)
        }
        assert len(first) == 1
    assert {r["labels"] for r in runs if r["method"] == "random"} == {20, 50}
    assert all(sum(r["labelled"].values()) == r["labels"] for r in runs if "labelled" in r)
    assert {row["labels"] for row in document["beside_random"]} == {50}
    assert (tmp_path / "suggest.png").stat().st_size > 10_000
    monkeypatch.setattr(suggest, "label_by", lambda *_: pytest.fail("runs are taken up"))
    assert suggest.main(asked(data, tmp_path, said, model)) == rows


def test_a_model_is_needed(data: LightCurves, tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="name one with --model"):
        suggest.main(asked(data, tmp_path, [], None))


def test_the_result_follows_from_its_runs() -> None:
    if not RESULT.exists():
        pytest.skip("lcfm reproduce suggest has not been run for this version")
    result = json.loads(RESULT.read_text())
    assert suggest.beside_random(result["runs"]) == result["beside_random"]
    for now, then in zip(summarise(result["runs"]), result["summary"], strict=True):
        assert now == pytest.approx(then)
