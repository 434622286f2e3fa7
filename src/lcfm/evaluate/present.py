"""Scores of a model and its baselines as a report: table, figures, and what each row means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate import figures
from lcfm.evaluate.calibration import calibration_words
from lcfm.evaluate.choose import Tested
from lcfm.evaluate.light_curve_figures import light_curve_examples
from lcfm.evaluate.metrics import macro_auroc_error
from lcfm.evaluate.report import Report, ReportFigure, Table
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import device_name, versions

THIS, CHANCE = "this model", "chance"

MEANINGS: Mapping[str, str] = {
    THIS: "the model that was given, as its users get it",
    "pretrained, no labels": "the pretrained model before it saw any label of this table",
    "no pretraining": "the same network, trained on the same labelled objects alone",
    "features + boosting": "hand-crafted light-curve features and gradient boosting",
    "features + forest": "the same features and a forest of randomised trees",
    "sampling only": "a control that sees times, bands and counts but no brightness",
    CHANCE: "guessing by the class frequencies of the labels",
    "mean": "the mean of the labels for every object",
}

SHOWN = 6
"""Example light curves in the report."""


@dataclass(frozen=True)
class Scored:
    """One row: probabilities or values on the test objects, and their scores."""

    name: str
    output: NDArray[Any]
    classes: tuple[str, ...]
    scores: Mapping[str, Any]


def report(
    model: Model,
    tested: Tested,
    target: str,
    rows: Sequence[Scored],
    lcs: LightCurves,
    command: str,
) -> Report:
    """Report of one evaluation; the first row is the model itself."""
    best = rows[0]
    summary = [
        f"The model was measured on {len(tested.test):,} objects with a known {target!r} that it "
        f"had never seen. Left out: {left_out(tested)}.",
    ]
    if len(rows) > 1:
        summary.append(
            f"The baselines learned from the same {len(tested.labelled):,} labelled objects as the "
            "model was fine-tuned on, and were measured on the same test objects."
        )
    words = calibration_words(tested.truth, best.output, best.classes) if best.classes else None
    if words is not None:
        summary.append(words)
    shown = _classification_figures if best.classes else _regression_figures
    return Report(
        title=f"Evaluation: {target}",
        summary=summary,
        tables=[_table(rows, tested)],
        figures=shown(tested, rows),
        provenance={
            "command": command,
            "data": {"fingerprint": lcs.fingerprint(), "objects": len(lcs)},
            "model": {k: v for k, v in model.provenance.items() if k != "events"},
            "device": device_name("cpu"),
            "versions": versions(),
        },
        results={
            "target": target,
            "n_test": len(tested.test),
            "n_labelled": len(tested.labelled),
            "left_out": tested.counts,
            "scores": {row.name: dict(row.scores) for row in rows},
        },
    )


def _table(rows: Sequence[Scored], tested: Tested) -> Table:
    if rows[0].classes:
        cells = [
            {
                "method": row.name,
                "macro AUROC": row.scores["macro_auroc"],
                "accuracy": row.scores["accuracy"],
                "macro F1": row.scores["macro_f1"],
                "ECE": row.scores["ece"],
                **{f"AUROC {c}": row.scores["auroc"].get(c) for c in rows[0].classes},
            }
            for row in rows
        ]
        caption = (
            "AUROC: chance that an object of the class is ranked above one of another class; 0.5 "
            "is guessing, 1 is perfect. ECE: how far stated probabilities are from frequencies."
        )
        before = rows[0].scores.get("ece_before_temperature")
        if before is not None:
            cells[0]["ECE before"] = before
            caption += (
                " ECE before: without the temperature, one number that divides all logits, chosen "
                "on labelled objects that the weights were not fitted to; here "
                f"{rows[0].scores['temperature']:.2f}"
                + (", which changes nothing." if rows[0].scores["temperature"] == 1.0 else ".")
            )
    else:
        cells = [
            {"method": row.name, **{k: row.scores[k] for k in ("mse", "r2", "l1", "outliers")}}
            for row in rows
        ]
        caption = "R²: share of the variance explained. Outliers: |Δz|/(1+z) > 0.15."
        stated = rows[0].scores
        if "crps" in stated:
            cells[0] |= {k: stated[k] for k in ("crps", "pit_distance", "coverage_68")}
            caption += (
                " CRPS: mean error of the stated distribution, in units of the target. PIT "
                "distance: how far it is from calibrated (0). Coverage: true values in the "
                "central 68 %."
            )
    meanings = {row.name: MEANINGS.get(row.name, "another model, as given") for row in rows}
    return Table(
        title=f"Scores on {len(tested.test):,} test objects",
        rows=cells,
        caption=caption,
        meanings=meanings,
    )


def _classification_figures(tested: Tested, rows: Sequence[Scored]) -> list[ReportFigure]:
    best, truth = rows[0], tested.truth
    examples = _examples(truth, best.output, best.classes)
    bars = [
        {
            "method": r.name,
            "mean": r.scores["macro_auroc"],
            "std": None,
            "test_error": _error(r),
            "group": THIS if r is best else "others",
        }
        for r in rows
    ]
    out = [
        ReportFigure(
            name="roc",
            title="ROC curves",
            caption="One class against the rest, this model.",
            figure=figures.roc_curves(truth, best.output, best.classes),
        ),
        ReportFigure(
            name="confusion",
            title="Confusion matrix",
            caption="Rows: true classes; columns: most probable class of this model.",
            figure=figures.confusion_matrix(truth, best.output, best.classes),
        ),
        ReportFigure(
            name="examples",
            title="Example light curves",
            caption="One test object of each class and some that the model gets wrong.",
            figure=light_curve_examples(
                tested.test[examples], truth[examples], best.output[examples], best.classes
            ),
        ),
        ReportFigure(
            name="reliability",
            title="Reliability",
            caption="How often the model is right when it is this sure. Points below the diagonal: "
            "overconfident; above it: underconfident.",
            figure=figures.reliability(truth, best.output, best.classes),
        ),
    ]
    if len(rows) > 1:
        methods = figures.method_bars(bars)
        caption = "Macro AUROC of each method on the same test objects."
        out.insert(
            0, ReportFigure(name="methods", title="Methods", caption=caption, figure=methods)
        )
    return out


def _error(row: Scored) -> float | None:
    """What the finite test set leaves in the macro AUROC; nothing where all objects tie."""
    if row.name == CHANCE:
        return None
    return macro_auroc_error(row.scores["auroc"], row.scores["n_by_class"])


def _regression_figures(tested: Tested, rows: Sequence[Scored]) -> list[ReportFigure]:
    figure = figures.redshift_scatter(tested.truth, rows[0].output)
    return [
        ReportFigure(
            name="scatter",
            title="Estimated against true",
            caption="Each point is a test object, this model.",
            figure=figure,
        )
    ]


def _examples(
    truth: NDArray[Any], probabilities: NDArray[Any], classes: tuple[str, ...]
) -> NDArray[np.int64]:
    """First object of each class that is right, then the surest mistakes."""
    guess = np.asarray(classes, dtype=object)[probabilities.argmax(axis=1)]
    right = guess == truth
    first = [np.flatnonzero((truth == c) & right)[:1] for c in classes]
    wrong = np.flatnonzero(~right)
    surest = wrong[np.argsort(-probabilities[wrong].max(axis=1))]
    picked = np.concatenate([*first, surest])[:SHOWN]
    return picked.astype(np.int64)


def left_out(tested: Tested) -> str:
    """Objects left out, by reason, in words."""
    parts = [f"{n:,} {reason}" for reason, n in tested.counts.items() if n]
    return ", ".join(parts) or "none"
