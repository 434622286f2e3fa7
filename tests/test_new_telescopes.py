"""Telescopes without labels: every point has its runs, what follows from them, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.evaluate import baselines
from lcfm.experiments import new_telescopes, transfer_figure, transfer_rows
from lcfm.experiments.asked import Asked
from lcfm.experiments.new_telescopes_summary import MAP, TREES, added, needed, shown
from lcfm.experiments.transfer_rows import (
    BOOSTING,
    FIXED_LENGTH,
    FOREST,
    NO_LABELS,
    NO_LABELS_MIX,
)
from lcfm.experiments.transfer_summary import Curves
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from toy import toy_lightcurves

RESULTS = Path(__file__).parents[1] / "results"
ENDS = ("needed", "low", "high")
"""Nested; the text beside them has the same numbers."""
CLASSES = ("SNIa", "SNII", "SNIb/c")


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two draws in this process, small trees."""
    monkeypatch.setattr(joblib, "cpu_count", lambda **_: 1)
    for name, scale in new_telescopes.SCALES.items():
        fewer = replace(scale, draws=2, repeats=2)
        monkeypatch.setitem(new_telescopes.SCALES, name, fewer)
    monkeypatch.setattr(new_telescopes, "SCRATCH_RATES", (1e-3,))
    monkeypatch.setattr(
        transfer_rows, "WHOLE", replace(transfer_rows.WHOLE, epochs=1, device="cpu")
    )
    monkeypatch.setitem(baselines.BOOSTING, "max_iter", 3)
    monkeypatch.setitem(baselines.FOREST, "n_estimators", 5)


def table(survey: str, column: str, seed: int, n: int = 50) -> LightCurves:
    """Toy objects with three classes in one column, and another that is empty."""
    lcs = toy_lightcurves(n, seed=seed)
    given = lcs.column("label").astype(str)
    renamed = dict(zip(sorted(set(given)), CLASSES, strict=False))
    types = np.array([renamed[name] for name in given], dtype=object)
    types[::7] = CLASSES[2]
    types[:3] = ""
    columns: dict[str, Any] = {"label3": [""] * n, "label5": [""] * n, column: types}
    return lcs.with_columns(survey=[survey] * n, **columns)


def run_of(
    folder: Path, data: LightCurves, model: Model | None, scale: str = "small"
) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    lines: list[str] = []
    rows = new_telescopes.main(
        Asked(
            data, folder / "out", scale=scale, work=folder / "work", model=model,
            command="lcfm reproduce new-telescopes", say=lines.append,
        )
    )  # fmt: skip
    result = json.loads((folder / "out" / "new_telescopes.json").read_text())
    return rows, result, [line for line in lines if "draw" in line]


@pytest.mark.usefixtures("toys")
def test_every_telescope_has_its_curves_and_a_killed_experiment_resumes(tmp_path: Path) -> None:
    data = LightCurves.concat(
        [table("YSE", "label3", 1), table("LSST-SIM (PLAsTiCC train)", "label5", 2)]
    )
    rows, result, lines = run_of(tmp_path, data, load("transients"))
    names = ["LSST-SIM (PLAsTiCC train), label5", "YSE, label3"]
    assert [row["telescope, classes"] for row in rows] == names
    assert list(result["left_out"].values()) == [3, 3]
    assert len(lines) == len(result["runs"])
    for name, one in Curves.of(result["runs"]).items():
        assert name in names
        assert one.most > 32
        for method in (MAP, BOOSTING, FOREST):
            found = {(r["labels"], r["seed"]) for r in one.runs(method)}
            assert found == {(n, seed) for n in (16, 32, one.most) for seed in (0, 1)}, method
        for method in (NO_LABELS, NO_LABELS_MIX):
            assert [r["labels"] for r in one.runs(method)] == [0]
        assert not one.runs(FIXED_LENGTH)
    for key, again in new_telescopes.concluded(result["runs"]).items():
        assert json.loads(json.dumps(again)) == result[key], key
    assert (tmp_path / "out" / "new_telescopes.png").stat().st_size > 10_000

    log = tmp_path / "work" / "new-telescopes" / "small" / "runs.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-2]))
    again, resumed, lines = run_of(tmp_path, data, load("transients"))
    assert len(lines) == 2
    assert again == rows
    assert len(resumed["runs"]) == len(result["runs"])


@pytest.mark.usefixtures("toys")
def test_larger_scales_have_the_network_from_scratch(tmp_path: Path) -> None:
    data = table("OSC", "label3", 3, n=40)
    _, result, _ = run_of(tmp_path, data, load("transients"), "medium")
    assert {r["method"] for r in result["runs"]} == {
        MAP, *TREES, FIXED_LENGTH, NO_LABELS, NO_LABELS_MIX,
    }  # fmt: skip


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    data = table("OSC", "label3", 3)
    with pytest.raises(LcfmError, match="--model"):
        run_of(tmp_path, data, None)
    with pytest.raises(LcfmError, match="no simulated survey stands beside gaia"):
        run_of(tmp_path, table("Gaia", "label3", 3), load("transients"))
    model = load("transients")
    known = EventSet.of(data.column("event_id")).to_dict()
    model.provenance = {**model.provenance, "events": known}
    with pytest.raises(LcfmError, match="the network has seen"):
        run_of(tmp_path, data, model)


# -- what follows from runs -----------------------------------------------------------------------


def curves() -> Curves:
    """A model at 0.9 without labels and 0.92 with 128; trees that rise to 0.94 with 1,024."""
    scores: dict[str, dict[int, float]] = {
        NO_LABELS: {0: 0.89},
        NO_LABELS_MIX: {0: 0.90},
        MAP: {64: 0.91, 128: 0.92, 1024: 0.95},
        BOOSTING: {64: 0.70, 128: 0.86, 1024: 0.94},
        FOREST: {64: 0.80, 128: 0.80, 1024: 0.90},
    }
    return Curves("t", [
        {
            "target": "t", "method": method, "model": "b390", "labels": n, "n_train": n,
            "seed": seed, "n_test": 40,
            "macro_auroc": score + 0.001 * seed, "n_by_class": {"A": 30, "B": 10, "C": 0},
            "auroc": {"A": score + 0.001 * seed, "B": score**2, "C": None},
        }
        for method, points in scores.items() for n, score in points.items()
        for seed in (range(3) if n else (0,))
    ])  # fmt: skip


def test_the_better_tree_is_what_labels_are_counted_by() -> None:
    one = curves()
    best = one.better(*TREES)
    assert best[64] == one.curve(FOREST)[64]
    assert best[1024] == one.curve(BOOSTING)[1024]
    rows = {(row["method"], row["labels"]): row for row in needed(one)}
    assert 128 < rows[NO_LABELS, 0]["needed"]["labels"] < rows[MAP, 128]["needed"]["labels"] < 1024
    assert rows[NO_LABELS, 0]["factor"] == "–"
    assert rows[MAP, 1024]["needed"] == {"labels": 1024.0, "bound": ">"}
    (row,) = shown(one.records)
    assert row["no labels"] == 0.89
    assert row["trees for 128"] == rows[MAP, 128]["needs"]


def test_what_labels_add_is_told_class_by_class() -> None:
    rows = {(row["labels"], row["class"]): row for row in added(curves())}
    assert set(rows) == {(n, name) for n in (128, 1024) for name in (None, "A", "B")}
    few = rows[128, None]
    assert few["mean"] == pytest.approx(0.021)
    assert few["two_standard_errors"] == pytest.approx(2 * 0.001 / 3**0.5)
    assert rows[1024, None]["two_standard_errors"] is None
    assert (few["test_objects"], rows[128, "B"]["test_objects"]) == (40, 10)


def test_the_figure_has_a_panel_for_each_telescope_two_by_two() -> None:
    one = curves()
    figure = transfer_figure.draw({name: replace(one, target=name) for name in "abcd"})
    assert len(figure.axes) == 4
    assert figure.axes[0].get_subplotspec().get_gridspec().get_geometry() == (2, 2)
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert set(texts) == {MAP, *TREES, NO_LABELS, NO_LABELS_MIX}


@pytest.mark.parametrize("path", sorted(RESULTS.glob("new_telescopes.json")), ids=lambda p: p.name)
def test_the_committed_result_follows_from_its_runs(path: Path) -> None:
    result = json.loads(path.read_text())
    for key, again in new_telescopes.concluded(result["runs"]).items():
        for now, then in zip(json.loads(json.dumps(again)), result[key], strict=True):
            assert {k: now[k] for k in now if k not in ENDS} == pytest.approx(
                {k: then[k] for k in now if k not in ENDS}
            )
