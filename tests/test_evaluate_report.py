"""Figures draw, and a report is whole, self-contained and readable back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.evaluate import figures
from lcfm.evaluate.light_curve_figures import light_curve_examples
from lcfm.evaluate.report import Report, ReportFigure, Table, terminal_table, write_report
from toy import toy_lightcurves

CLASSES = ("SLSN-I", "SNII", "SNIa", "TDE")
ROWS = [
    {"method": "pretrained", "mean": 0.961, "std": 0.008, "runs": 5},
    {"method": "chance", "mean": 0.5, "std": None, "runs": 1},
]


@pytest.fixture(scope="module")
def case() -> tuple[np.ndarray, np.ndarray]:
    """30 labels without a TDE, and probabilities that lean towards them."""
    rng = np.random.default_rng(0)
    labels = toy_lightcurves(30).column("label")
    table = rng.dirichlet(np.ones(4), 30)
    table[np.arange(30), [CLASSES.index(name) for name in labels]] += 0.5
    return labels, table / table.sum(axis=1, keepdims=True)


def test_every_figure_is_saved_as_png(tmp_path: Path, case: tuple[np.ndarray, np.ndarray]) -> None:
    labels, table = case
    rng = np.random.default_rng(1)
    z = rng.uniform(0, 0.3, 40)
    drawn = {
        "roc": figures.roc_curves(labels, table, CLASSES),
        "confusion": figures.confusion_matrix(labels, table, CLASSES),
        "curve": figures.learning_curve({"a": {0: [0.9], 128: [0.9, 0.95]}, "b": {128: [0.6]}}),
        "bars": figures.method_bars(ROWS),
        "reliability": figures.reliability(labels, table, CLASSES),
        "redshift": figures.redshift_scatter(z, z + rng.normal(0, 0.02, 40)),
        "examples": light_curve_examples(toy_lightcurves(30)[:4], labels[:4], table[:4], CLASSES),
    }
    for name, figure in drawn.items():
        path = tmp_path / f"{name}.png"
        figures.save(figure, path)
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(list(tmp_path.iterdir())) == len(drawn), "no temporary file stays behind"


def test_an_error_that_nobody_measured_is_not_drawn() -> None:
    known, unknown = dict(ROWS[0], group="ours"), dict(ROWS[1], std=0.0, group="others")
    figure = figures.method_bars([known, unknown])
    (errors,) = figure.axes[0].containers[-1].lines[2]
    assert len(errors.get_segments()) == 1
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.961 ± 0.008", "0.500"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ours", "others"]
    once = [dict(known, std=None, test_error=0.02), dict(unknown, std=None, test_error=None)]
    axes = figures.method_bars(once).axes[0]
    assert "error of the test set" in axes.get_xlabel()
    assert [text.get_text() for text in axes.texts] == ["0.961 ± 0.020", "0.500"]


def test_light_curves_have_one_legend_outside_of_them(
    case: tuple[np.ndarray, np.ndarray],
) -> None:
    labels, table = case
    lcs = toy_lightcurves(30)[:4]
    figure = light_curve_examples(lcs, labels[:4], table[:4], CLASSES)
    assert all(axes.get_legend() is None for axes in figure.axes)
    (legend,) = figure.legends
    bands = {lcs.bands[code] for code in lcs.points["band"]}
    assert {text.get_text() for text in legend.get_texts()} == bands


def test_no_axis_of_scores_goes_above_one() -> None:
    rows = [{"method": "a", "mean": 0.99, "std": 0.05, "runs": 3}, *ROWS]
    bars = figures.method_bars(rows).axes[0]
    assert bars.get_xlim() == (0.4, 1.0)
    assert bars.texts[0].get_text() == "0.990 ± 0.050"
    curve = figures.learning_curve({"a": {0: [0.9], 32: [0.9, 1.0], 64: [1.0, 1.0]}}).axes[0]
    assert curve.get_ylim()[1] == 1.0


def test_confusion_matrix_counts_by_hand() -> None:
    table = np.eye(2)[[0, 0, 1, 1]]
    figure = figures.confusion_matrix(["a", "b", "b", "b"], table, ("a", "b"))
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert texts == ["100%\n1", "0%\n0", "33%\n1", "67%\n2"]


def test_terminal_table_is_aligned() -> None:
    assert terminal_table(ROWS).splitlines() == [
        "method       mean    std  runs",
        "----------  -----  -----  ----",
        "pretrained  0.961  0.008     5",
        "chance      0.500      –     1",
    ]
    assert terminal_table([]) == "(no rows)"


def report() -> Report:
    return Report(
        title="Supernovae <and> more",
        summary=["What was done.", "What came out."],
        tables=[Table(title="Scores", rows=ROWS, meanings={"chance": "the same for all"})],
        figures=[
            ReportFigure(
                name="bars", title="Methods", caption="Means.", figure=figures.method_bars(ROWS)
            )
        ],
        provenance={"command": "lcfm evaluate", "seeds": [0, 1], "versions": {"numpy": "2"}},
        results={"score": np.float64(0.5), "undefined": float("nan"), "counts": np.arange(3)},
    )


def test_report_is_whole_and_self_contained(tmp_path: Path) -> None:
    folder = write_report(tmp_path / "report", report())
    assert {p.name for p in folder.glob("[!.]*")} == {"bars.png", "index.html", "report.json"}
    page = (folder / "index.html").read_text()
    for text in (
        "Supernovae &lt;and&gt; more",
        "What came out.",
        "0.961",
        "the same for all",
        "Means.",
        "lcfm evaluate",
        "versions: numpy",
    ):
        assert text in page
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert len(sources) == 1
    assert sources[0].startswith("data:image/png;base64,")
    document = json.loads((folder / "report.json").read_text())
    assert document["results"] == {"score": 0.5, "undefined": None, "counts": [0, 1, 2]}
    assert document["tables"][0]["rows"][0]["mean"] == 0.961
    assert document["figures"][0]["file"] == "bars.png"


def test_an_existing_report_survives_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    folder = write_report(tmp_path / "report", report())
    with pytest.raises(LcfmError, match="exists already"):
        write_report(folder, report())
    write_report(folder, report(), overwrite=True)
    bad = Report(title="t", summary=[], results={"object": object()})
    with pytest.raises(LcfmError, match="not object"):
        write_report(tmp_path / "bad", bad)
    twice = Report(title="t", summary=[], figures=[*report().figures, *report().figures])
    with pytest.raises(LcfmError, match="two figures"):
        write_report(tmp_path / "bad", twice)
    assert [p.name for p in tmp_path.iterdir()] == ["report"]
