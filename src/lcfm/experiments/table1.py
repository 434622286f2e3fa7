"""What is a pretraining on simulations worth downstream? The simulation-pretrained FM's table 1.

Command::

    lcfm reproduce table1 --data ztf_transients --scale small --out results/

with the real ZTF transients (columns ``label3``, ``label5``, ``anomaly``, ``redshift``). Each
pretraining of :mod:`lcfm.experiments.pretrainings` is adapted to the tasks of
:mod:`lcfm.experiments.table1_tasks` by the policies of :mod:`lcfm.experiments.table1_rows`, beside
the same network without pretraining, features with boosting, and the sampling alone. The paper's
numbers and claims stand beside ours (:mod:`lcfm.experiments.table1_claims`). Kepler is left to a
later experiment.

======  =====================  ====================  =======================================
scale   draws of 128 labels    pretrainings          on 2 cores
======  =====================  ====================  =======================================
small   5                      7, once each          14 min (estimate), 6 min after table 2
medium  5                      8, twice each         1 h
full    5, and 5 fits on all   8, five times each    (GPU)
======  =====================  ====================  =======================================

The estimate is the processor time of its parts: 50 s for a pretraining of the classifier, 15 s for
all its tasks, 4 min for the rows without pretraining.

The test part of the real table is read here and chooses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcfm.adapt.policies import All, HeadMLP, Policy
from lcfm.evaluate import figures
from lcfm.evaluate.methods import SCRATCH_RATES
from lcfm.evaluate.metrics import classification_metrics
from lcfm.evaluate.protocols import ALL, summarise
from lcfm.experiments import table1_figure
from lcfm.experiments.asked import Asked
from lcfm.experiments.pretrainings import PRETRAININGS, SIZES, WITHOUT_ANOMALOUS, Size, network
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.experiments.table1_claims import claims
from lcfm.experiments.table1_paper import DIFFERS, PAPER_R2, paper_number
from lcfm.experiments.table1_rows import (
    FeatureTables,
    number_policies_of,
    parts,
    with_network,
    without_network,
)
from lcfm.experiments.table1_tasks import METRICS, N_LABELS, REAL, Runner, Tasks
from lcfm.experiments.zero_shot import GIVEN, model_name
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model

ROWS = tuple(name for name in PRETRAININGS if name != "reversal")
"""Pretrainings of the table; gradient reversal is another way to the adversarial one."""


SHORT = {target: target for target in REAL} | {
    "redshift": "z", "simulated ZTF redshift": "ZTF z", "simulated LSST redshift": "LSST z",
}  # fmt: skip
"""Names of targets in the terminal."""
UNITS: dict[tuple[str, ...], str] = {
    ("mse", "r2"): ", 100 MSE (R²)",
    ("macro_auroc", "macro_auroc_without"): " (no TDE)",
}
"""What the terminal says of cells that hold two metrics."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything.

    Attributes
    ----------
    draws
        Of 128 labels.
    repeats
        Fits on all labels.
    rates
        Learning rates that the network without pretraining may choose from.
    rows
        Pretrainings.
    numbers
        How networks are adapted to redshifts.
    """

    draws: int
    repeats: int
    rates: tuple[float, ...]
    rows: tuple[str, ...]
    numbers: tuple[Policy, ...]


SCALES = {
    "small": Scale(draws=5, repeats=1, rates=(1e-3,), rows=ROWS, numbers=(HeadMLP(),)),
    "medium": Scale(
        draws=5, repeats=1, rates=(1e-3,),
        rows=(*ROWS, *WITHOUT_ANOMALOUS), numbers=(HeadMLP(),),
    ),
    "full": Scale(
        draws=5, repeats=5, rates=SCRATCH_RATES,
        rows=(*ROWS, *WITHOUT_ANOMALOUS), numbers=(HeadMLP(), All()),
    ),
}  # fmt: skip


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the table.

    Parameters
    ----------
    asked
        Its data are real ZTF transients with ``label3``, ``label5``, ``anomaly`` and ``redshift``;
        its model, if there is one, gets rows of its own.

    Returns
    -------
    list of dict
        A row per pretraining and policy, and below it the paper's.
    """
    data, scale, say = asked.data, asked.scale, asked.say
    size, pretrainings = asked.sized(SCALES), SIZES[scale]
    say("simulating redshifts")
    tasks = Tasks.of(data, scale)
    for task in tasks.all:
        say(f"  {task.name}: {len(task.train):,} training and {len(task.test):,} test objects")
    simulations = tasks.simulations
    say("features, for the trees")
    tables = FeatureTables.of(data, simulations)
    objects = LightCurves.concat([data, simulations])
    labelled = labelled_fingerprint(data, ("label3", "label5", "anomaly", "redshift"))
    rests_on = f"{labelled}-{simulations.fingerprint()}"
    log = RunLog(asked.work / "table1" / scale / "runs.jsonl")
    runner = Runner(log=log, draws=size.draws, repeats=size.repeats, say=say)
    records = runner.run(tasks, without_network(tables, size.rates), RunKey(rests_on), None)
    networks: list[dict[str, Any]] = []
    for seed in range(pretrainings.pretrainings):
        for name in size.rows:
            pretrained = network(name, scale, seed, work=asked.work, say=say)
            tasks.refuse_seen(pretrained, name)
            networks.append(described(name, seed, pretrained, tasks))
            methods = with_network(name, pretrained, objects, size.numbers)
            key = RunKey(rests_on, networks[-1]["fingerprint"])
            records += runner.run(tasks, methods, key, seed)
    if asked.model is not None:
        tasks.refuse_seen(asked.model, GIVEN)
        networks.append(described(GIVEN, 0, asked.model, tasks))
        methods = with_network(GIVEN, asked.model, objects, number_policies_of(asked.model))
        key = RunKey(rests_on, networks[-1]["fingerprint"])
        records += runner.run(tasks, methods, key, 0)
    summary = summarised(records)
    result = {
        "what": "downstream scores; mean and std over pretrainings and draws (seed: of the draw)",
        **provenance(
            asked.command,
            {
                "draws": list(range(size.draws)),
                "fits on all labels": list(range(size.repeats)),
                "pretrainings": list(range(pretrainings.pretrainings)),
            },
            {"real": data.fingerprint(), "simulated redshifts": simulations.fingerprint()},
        ),
        "scale": scale,
        "differs": {"pretraining": _size_differs(pretrainings), **DIFFERS},
        "seconds": round(sum(record["seconds"] for record in records)),
        "paper_r2": PAPER_R2,
        "left_out": {task.name: task.left_out for task in tasks.all},
        "networks": networks,
        "claims": claims(records, networks),
        "summary": summary,
        "runs": records,
    }
    write_result(asked.out / "table1.json", result)
    called = model_name(asked.command)
    figures.save(table1_figure.draw(summary, called), asked.out / "table1.png")
    return [
        {**row, "pretraining": row["pretraining"].replace(GIVEN, called)} for row in shown(summary)
    ]


def described(name: str, seed: int, model: Model, tasks: Tasks) -> dict[str, Any]:
    """What a network is, and how well it classifies simulated ZTF objects (appendix D.4)."""
    test = tasks.simulated[0].test
    known = np.isin(test.column("label").astype(str), model.classes_)
    classed = test[known]
    scores = classification_metrics(
        classed.column("label"), model.predict_proba(classed), model.classes_
    )
    return {
        "row": name,
        "pretraining": seed,
        "fingerprint": model.fingerprint(),
        "simulated": model.provenance["data"],
        "valid_loss": model.provenance["best_valid_loss"],
        "simulated_auroc": scores["macro_auroc"],
        "device": model.provenance["device"],
    }


def summarised(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mean and deviation over runs, a row per method, target, labels and metric.

    Rows of one pretraining stand together.
    """
    rows: list[dict[str, Any]] = []
    for target, metrics in METRICS.items():
        for metric in metrics:
            asked = [r for r in records if r["target"] == target and r[metric] is not None]
            for row in summarise(asked, metric):
                key = (row["method"], target, row["labels"], metric)
                paper, paper_std = (_or_none(number) for number in paper_number(*key))
                pretraining, by = parts(row["method"])
                rows.append(
                    {"pretraining": pretraining, "adapted_by": by, "metric": metric, **row}
                    | {"paper": paper, "paper_std": paper_std}
                    | {"differs": DIFFERS[target] if paper is not None else None}
                )
    order = list(dict.fromkeys(row["pretraining"] for row in rows))
    return sorted(rows, key=lambda row: order.index(row["pretraining"]))


def shown(summary: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Summary as a table for the terminal: AUROC, or 100 × MSE with R² in brackets."""
    rows: list[dict[str, Any]] = []
    cells = {(r["method"], r["target"], r["labels"], r["metric"]): r for r in summary}
    for method in dict.fromkeys(row["method"] for row in summary):
        pretraining, by = parts(method)
        row: dict[str, Any] = {"pretraining": pretraining, "adapted by": by}
        paper: dict[str, Any] = {"pretraining": pretraining, "adapted by": "(paper)"}
        for target, metrics in METRICS.items():
            for labels in (N_LABELS, ALL) if target in REAL else (ALL,):
                title = f"{SHORT[target]} {labels}{UNITS.get(metrics, '')}"
                found = [cells.get((method, target, labels, metric)) for metric in metrics]
                row[title] = _cell(found[0], found[1] if len(found) > 1 else None, "mean")
                paper[title] = _cell(found[0], None, "paper")
        rows.append(row)
        if any(value for value in list(paper.values())[2:]):
            rows.append(paper)
    return rows


def _cell(
    first: Mapping[str, Any] | None, second: Mapping[str, Any] | None, field: str
) -> str | None:
    """One score; that of the second metric in brackets."""
    if first is None or first[field] is None:
        return None
    text = f"{100 * first[field]:.3f}" if first["metric"] == "mse" else f"{first[field]:.3f}"
    return text if second is None else f"{text} ({second[field]:.3f})"


def _or_none(number: float) -> float | None:
    return None if np.isnan(number) else number


def _size_differs(size: Size) -> str:
    ztf, lsst = size.ztf + size.pairs, size.lsst + size.pairs
    return (
        f"{ztf:,} ZTF and {lsst:,} LSST light curves of lcfm in {size.epochs} epochs, "
        f"{size.pretrainings} time(s); the paper has 87,080 and 64,388 of PLAsTiCC and ELAsTiCC, "
        "until the validation loss falls no more, five times"
    )
