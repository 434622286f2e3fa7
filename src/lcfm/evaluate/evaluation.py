"""Evaluate a model on a table, beside baselines that learn from the same labelled objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.atomic import refuse_existing, refuse_file
from lcfm.encoders.heads import DensityHead
from lcfm.evaluate.baselines import (
    FeatureBoosting,
    FeatureForest,
    FeatureTable,
    SamplingOnly,
)
from lcfm.evaluate.calibration import before_temperature
from lcfm.evaluate.choose import Tested, choose_tested
from lcfm.evaluate.learning import curve_inputs, learning_curve
from lcfm.evaluate.methods import baseline, chance, from_scratch, without_labels
from lcfm.evaluate.metrics import classification_metrics, regression_metrics
from lcfm.evaluate.present import THIS, Scored, left_out, report
from lcfm.evaluate.probabilistic import LEVELS, probabilistic_metrics
from lcfm.evaluate.protocols import Method
from lcfm.evaluate.regressors import (
    FeatureBoostingRegressor,
    FeatureForestRegressor,
    MeanRegressor,
)
from lcfm.evaluate.report import Report, terminal_table, write_report
from lcfm.evaluate.sampling import sampling_features
from lcfm.lightcurves import LightCurves
from lcfm.readers import read
from lcfm.readers.source import TableSource
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from lcfm.train.pretrain import PretrainSettings


def evaluate(
    model: Model,
    lcs: LightCurves,
    *,
    target: str | None = None,
    baselines: bool = True,
    pretrained: Model | None = None,
    beside: Mapping[str, Model] | None = None,
    seed: int = 0,
    device: str = "auto",
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
    beside
        Other models of the same classes, a row each under the name given.
    seed
        Of the baselines.
    device
        Where the network without pretraining is trained; `model` computes where it lies.
    command
        For the provenance.
    say
        Shows one line of progress.
    """
    target = target or model.provenance.get("adapted", {}).get("target") or next(iter(model.heads))
    model = model.only(target)
    tested = choose_tested(model, lcs, target)
    say(f"{len(tested.test):,} test objects; left out: {left_out(tested)}")
    if hasattr(model.head, "classes"):
        models = {THIS: model, **(beside or {})}
        rows = _classify(models, tested, target, baselines, pretrained, seed, device, say)
    else:
        rows = _regress(model, tested, target, baselines, seed, say)
    return report(model, tested, target, rows, lcs, command)


def evaluate_command(
    model: str,
    data: TableSource,
    out: Path,
    *,
    target: str | None,
    pretrained: str | None,
    baselines: bool,
    learning: bool,
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
    refuse_file(out)
    say = print if progress else _silent
    before = None if pretrained is None else load(pretrained)
    served = load(model).to(device)
    starts = curve_inputs(served, before) if learning else None
    table = read(data)
    report = evaluate(
        served,
        table,
        target=target,
        baselines=baselines,
        pretrained=before,
        device=device,
        command=command,
        say=say,
    )
    if starts is not None:
        say("learning curve: other numbers of labels, other draws")
        curve = learning_curve(
            starts[0],
            table,
            report.results["target"],
            policy=starts[1],
            baselines=baselines,
            device=device,
            say=say,
        )
        report = curve.added_to(report)
    write_report(out, report, overwrite=overwrite)
    return terminal_table(report.tables[0].rows)


def _silent(line: str) -> None:
    """Show nothing."""


def _classify(
    models: Mapping[str, Model],
    tested: Tested,
    target: str,
    baselines: bool,
    pretrained: Model | None,
    seed: int,
    device: str,
    say: Callable[[str], None],
) -> list[Scored]:
    model = models[THIS]
    truth, classes = tested.truth, model.classes_

    def scored(name: str, probabilities: NDArray[Any], names: tuple[str, ...]) -> Scored:
        scores = classification_metrics(truth, probabilities, names)
        say(f"  {name:<24} macro AUROC {scores['macro_auroc']:.3f}")
        return Scored(name, probabilities, names, scores)

    rows = [
        scored(name, one.predict_proba(tested.test), one.classes_) for name, one in models.items()
    ]
    scaled = before_temperature(model, tested.test, truth)
    rows[0] = replace(rows[0], scores={**rows[0].scores, **scaled})
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
        "no pretraining": from_scratch(settings, device=device),
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
    if isinstance(model.head, DensityHead):
        stated = model.predict_quantiles(tested.test, LEVELS)
        rows[0] = replace(
            rows[0], scores={**rows[0].scores, **probabilistic_metrics(tested.truth, stated)}
        )
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
