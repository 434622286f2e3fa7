"""Committed results say how they were made, and their means follow from their raw runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lcfm.evaluate.compare import compare_rows
from lcfm.evaluate.protocols import summarise
from lcfm.experiments import early, encoders, latent, table2_scores
from lcfm.experiments.table1 import summarised
from lcfm.experiments.table1_claims import claims

RESULTS = Path(__file__).parents[1] / "results"
FILES = sorted(RESULTS.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_a_result_names_command_seeds_data_and_device(path: Path) -> None:
    document = json.loads(path.read_text())
    for result in document.get("sets", {"": document}).values():
        assert result["command"].startswith("lcfm ")
        for key in ("seeds", "data", "device", "versions"):
            assert result[key], key


def test_acid_tests_are_means_over_networks_that_never_saw_a_label() -> None:
    sets = json.loads((RESULTS / "realism.json").read_text())["sets"]
    acid = {name: found["acid_test"] for name, found in sets.items() if "acid_test" in found}
    assert set(acid) == {"ztf", "yse", "osc"}
    for found in acid.values():
        scores = [run["macro_auroc"] for run in found["runs"]]
        assert found["part"] in ("training", "test")
        assert len({run["model"] for run in found["runs"]}) == len(scores) >= 3
        assert found["mean"] == pytest.approx(sum(scores) / len(scores))


def test_means_follow_from_the_runs() -> None:
    result = json.loads((RESULTS / "foundation.json").read_text())
    again = summarise(result["runs"])
    assert len(again) == len(result["summary"])
    for now, then in zip(again, result["summary"], strict=True):
        assert now == pytest.approx(then)


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("early", early.summarised),
        ("latent", latent.summarise),
        ("no-labels", summarise),
        ("table2", table2_scores.summarise),
    ],
)
def test_means_of_tables_follow_from_the_runs(
    name: str, again: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> None:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        pytest.skip(f"lcfm reproduce {name} has not been run for this version")
    result = json.loads(path.read_text())
    for now, then in zip(again(result["runs"]), result["summary"], strict=True):
        assert now == pytest.approx(then)


@pytest.mark.parametrize("path", sorted(RESULTS.glob("encoders.json")), ids=lambda p: p.name)
def test_the_choice_of_an_encoder_follows_from_its_runs(path: Path) -> None:
    result = json.loads(path.read_text())
    again = encoders.summarise(result["runs"], result["networks"])
    assert result["chosen"] == again[0]["method"]
    for now, then in zip(again, result["summary"], strict=True):
        assert now == pytest.approx(then)


@pytest.mark.parametrize("path", sorted(RESULTS.glob("table1.json")), ids=lambda p: p.name)
def test_table_1_follows_from_its_runs(path: Path) -> None:
    result = json.loads(path.read_text())
    again = summarised(result["runs"])
    assert len(again) == len(result["summary"])
    for now, then in zip(again, result["summary"], strict=True):
        assert now == pytest.approx(then)
    assert claims(result["runs"], result["networks"]) == result["claims"]


@pytest.mark.parametrize("other", ["no pretraining", "features + boosting", "features + forest"])
@pytest.mark.parametrize("target", ["label5", "label3"])
def test_pretraining_is_clearly_above_at_128_labels(target: str, other: str) -> None:
    runs = json.loads((RESULTS / "foundation.json").read_text())["runs"]
    assert compare_rows(runs, "pretrained + map", other, target=target, labels=128).clearly_above


def test_the_readme_names_methods_as_the_figure_does() -> None:
    methods = {
        row["method"] for row in json.loads((RESULTS / "foundation.json").read_text())["summary"]
    }
    lines = (RESULTS.parent / "README.md").read_text().splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(("| `label5`", "| `label3`"))]
    assert len(starts) == 2
    for start in starts:
        rows = lines[start + 2 : lines.index("", start)]
        named = [re.sub(r"[*]| \(.*\)$", "", row.split("|")[1].strip()) for row in rows]
        assert len(named) == 13
        assert set(named) <= methods
