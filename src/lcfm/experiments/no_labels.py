"""What a shipped model says of real objects before anyone has labelled one.

Command::

    lcfm reproduce no-labels --data ztf_transients --data yse_dr1 --data osc \
        --model transients --out results/

The classes of each table (``label5`` of the ZTF transients, else ``label3``) are taken to be
equally likely, or as frequent as the light curves of its training part make them, whose labels
nobody looks at (:mod:`lcfm.adapt.unlabelled`). Scored on the test part; beside it how many of its
objects the guard refuses, all of which are real. Takes a minute; every scale is the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from lcfm.adapt.answering import answering
from lcfm.evaluate import figures
from lcfm.evaluate.methods import without_labels, without_labels_in_their_mix
from lcfm.evaluate.protocols import Task, run, summarise
from lcfm.experiments.asked import Asked
from lcfm.experiments.realism import real_set
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.serve.guard import PASSED, Guard
from lcfm.serve.model import Model

FLAT, ESTIMATED = "classes equally likely", "class mix estimated"
AIMS = {"ztf": 0.97, "yse": 0.95, "osc": 0.91}
"""Of the macro AUROC with classes equally likely."""


def main(asked: Asked) -> list[dict[str, Any]]:
    """Score the model on each table and write ``no-labels.json`` and its figure.

    Parameters
    ----------
    asked
        Its data are real objects, told apart by ``survey``; its model is required.

    Raises
    ------
    LcfmError
        No model is given.
    """
    model = asked.needed_model()
    log = RunLog(asked.work / "no_labels" / "runs.jsonl")
    records, fingerprints, refused = [], {}, {}
    for part in asked.data.split_by_survey().values():
        table = real_set(part)
        task = Task.of(part, table.target)
        labelled = labelled_fingerprint(part, [table.target])
        key = RunKey(labelled, model.fingerprint())
        methods = {
            FLAT: without_labels(model),
            ESTIMATED: without_labels_in_their_mix(model),
        }
        found = run(
            task,
            methods,
            n_labels=None,
            seeds=[0],
            done=log.of(key),
            on_run=partial(log.add, key=key),
        )
        for record in found:
            asked.say(f"  {table.name:<5} {record['method']:<24} {record['macro_auroc']:.4f}")
        records += [{**record, "target": f"{table.name} {table.target}"} for record in found]
        refused[table.name] = refused_share(model, task.test, task.classes)
        fingerprints[table.name] = labelled
    summary = summarise(records)
    result = {
        "what": "macro AUROC on real test objects without any label",
        **provenance(asked.command, {"draws": [0]}, fingerprints),
        "model": model.fingerprint(),
        "aims": AIMS,
        "refused": refused,
        "summary": summary,
        "runs": records,
    }
    write_result(asked.out / "no-labels.json", result)
    named = [{**row, "method": f"{row['target']}, {row['method']}"} for row in summary]
    figures.save(figures.method_bars(named), asked.out / "no-labels.png")
    return summary


def refused_share(model: Model, lcs: LightCurves, classes: tuple[str, ...]) -> float:
    """Share of real objects that keep no confident class."""
    guard = Guard()
    probabilities = answering(model, classes).predict_proba(lcs)
    _, reasons = guard.guarded(probabilities, classes, guard.reasons(lcs))
    return float((reasons != PASSED).mean())
