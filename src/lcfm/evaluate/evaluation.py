"""Evaluate a model on a table, beside baselines that learn from the same labelled objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.atomic import refuse_existing
from lcfm.errors import LcfmError
from lcfm.evaluate import figures
from lcfm.evaluate.baselines import (
    FeatureBoosting,
    FeatureBoostingRegressor,
    FeatureForest,
    FeatureForestRegressor,
    FeatureTable,
    MeanRegressor,
    SamplingOnly,
)
from lcfm.evaluate.choose import Tested, choose_tested
from lcfm.evaluate.methods import baseline, chance, from_scratch, without_labels
from lcfm.evaluate.metrics import classification_metrics, regression_metrics
from lcfm.evaluate.protocols import Method
from lcfm.evaluate.report import Report, ReportFigure, Table, terminal_table, write_report
from lcfm.evaluate.sampling import sampling_features
from lcfm.lightcurves import LightCurves
from lcfm.readers import read
from lcfm.serve.model import Model, load
from lcfm.train.pretrain import PretrainSettings, device_name, versions

THIS = "this model"

MEANINGS: Mapping[str, str] = {
    THIS: "the model that was given, as its users get it",
    "pretrained, no labels": "the pretrained model before it saw any label of this table",
    "no pretraining": "the same network, trained on the same labelled objects alone",
    "features + boosting": "hand-crafted light-curve features and gradient boosting",
    "features + forest": "the same features and a forest of randomised trees",
    "sampling only": "a control that sees times, bands and counts but no brightness",
    "chance": "guessing by the class frequencies of the labels",
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


def evaluate(
    model: Model,
    lcs: LightCurves,
    *,
    target: str | None = None,
    baselines: bool = True,
    pretrained: Model | None = None,
    seed: int = 0,
    command: str = "",
    say: Callable[[str], None] = lambda line: None,
) -> Report:
    """Measure a model and its baselines on objects that none of them has seen.

    Parameters
    ----------
    model
        Served model, fine-tuned as a rule.
    lcs
        A table with the target; see :func:`lcfm.evaluate.choose.choose_tested`.
    target
        Column of the truth; that of the model by default.
    baselines
        Train the baselines on the labelled objects of the table, if they are in it.
    pretrained
        The model before fine-tuning, for a row without labels.
    seed
        Of the baselines.
    command
        For the provenance.
    say
        Shows one line of progress.
    """
    target = target or model.provenance.get("adapted", {}).get("target") or next(iter(model.heads))
    tested = choose_tested(model, lcs, target)
    say(f"{len(tested.test):,} test objects; left out: {_left_out(tested)}")
    if hasattr(model.head, "classes"):
        rows = _classify(model, tested, target, baselines, pretrained, seed, say)
    else:
        rows = _regress(model, tested, target, baselines, seed, say)
    return _report(model, tested, target, rows, lcs, command)


def evaluate_command(
    model: str,
    data: str,
    out: Path,
    *,
    target: str | None,
    pretrained: str | None,
    baselines: bool,
    device: str,
    overwrite: bool,
    progress: bool,
    command: str,
) -> str:
    """Evaluate a checkpoint on a table and write the report.

    Parameters are those of the command line (``lcfm evaluate --help``). Returns the table for the
    terminal.
    """
    refuse_existing(out, overwrite=overwrite)
    before = None if pretrained is None else load(pretrained)
    report = evaluate(
        load(model).to(device),
        read(data),
        target=target,
        baselines=baselines,
        pretrained=before,
        command=command,
        say=print if progress else lambda line: None,
    )
    write_report(out, report, overwrite=overwrite)
    return terminal_table(report.tables[0].rows)


def _classify(
    model: Model,
    tested: Tested,
    target: str,
    baselines: bool,
    pretrained: Model | None,
    seed: int,
    say: Callable[[str], None],
) -> list[Scored]:
    truth, classes = tested.truth, model.classes_

    def scored(name: str, probabilities: NDArray[Any], names: tuple[str, ...]) -> Scored:
        scores = classification_metrics(truth, probabilities, names)
        say(f"  {name:<24} macro AUROC {scores['macro_auroc']:.3f}")
        return Scored(name, probabilities, names, scores)

    rows = [scored(THIS, model.predict_proba(tested.test), classes)]
    if pretrained is not None:
        bare = without_labels(pretrained)(tested.labelled, np.array([]), classes, seed)
        rows.append(scored("pretrained, no labels", bare.predict_proba(tested.test), classes))
    labels = tested.labelled.column(target) if len(tested.labelled) else np.array([])
    if not baselines or len(set(labels)) < 2:
        return rows
    everything = LightCurves.concat([tested.labelled, tested.test])
    features = FeatureTable(everything)
    sampling = FeatureTable(everything, sampling_features)
    encoder = model.network.settings["lightcurve"]
    settings = PretrainSettings(encoder=encoder, preprocess=model.preprocess)
    methods: dict[str, Method] = {
        "no pretraining": from_scratch(settings),
        "features + boosting": baseline(FeatureBoosting, features),
        "features + forest": baseline(FeatureForest, features),
        "sampling only": baseline(SamplingOnly, sampling),
        "chance": chance,
    }
    for name, method in methods.items():
        fitted = method(tested.labelled, labels, classes, seed)
        rows.append(scored(name, fitted.predict_proba(tested.test), classes))
    return rows


def _regress(
    model: Model,
    tested: Tested,
    target: str,
    baselines: bool,
    seed: int,
    say: Callable[[str], None],
) -> list[Scored]:
    def scored(name: str, values: NDArray[Any]) -> Scored:
        scores = regression_metrics(tested.truth, values)
        say(f"  {name:<24} MSE {scores['mse']:.4g}")
        return Scored(name, values, (), scores)

    rows = [scored(THIS, model.predict(tested.test))]
    if not baselines or len(tested.labelled) < 2:
        return rows
    features = FeatureTable(LightCurves.concat([tested.labelled, tested.test]))
    values = tested.labelled.column(target).astype(np.float64)
    for name, fitted in (
        ("features + boosting", FeatureBoostingRegressor(seed=seed, extract=features)),
        ("features + forest", FeatureForestRegressor(seed=seed, extract=features)),
        ("mean", MeanRegressor()),
    ):
        rows.append(scored(name, fitted.fit(tested.labelled, values).predict(tested.test)))
    return rows


def _report(
    model: Model,
    tested: Tested,
    target: str,
    rows: Sequence[Scored],
    lcs: LightCurves,
    command: str,
) -> Report:
    best = rows[0]
    summary = [
        f"The model was measured on {len(tested.test):,} objects with a known {target!r} that it "
        f"had never seen. Left out: {_left_out(tested)}.",
    ]
    if len(rows) > 1:
        summary.append(
            f"The baselines learned from the same {len(tested.labelled):,} labelled objects as the "
            "model was fine-tuned on, and were measured on the same test objects."
        )
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
    else:
        cells = [
            {"method": row.name, **{k: row.scores[k] for k in ("mse", "r2", "l1", "outliers")}}
            for row in rows
        ]
        caption = "R²: share of the variance explained. Outliers: |Δz|/(1+z) > 0.15."
    meanings = {row.name: MEANINGS[row.name] for row in rows}
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
        {"method": r.name, "mean": r.scores["macro_auroc"], "std": None, "runs": 1} for r in rows
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
            figure=figures.light_curve_examples(
                tested.test[examples], truth[examples], best.output[examples], best.classes
            ),
        ),
        ReportFigure(
            name="reliability",
            title="Reliability",
            caption="How often the model is right when it is this sure.",
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
    if not len(picked):
        raise LcfmError("no test object to show")
    return picked.astype(np.int64)


def _left_out(tested: Tested) -> str:
    parts = [f"{n:,} {reason}" for reason, n in tested.counts.items() if n]
    return ", ".join(parts) or "none"
