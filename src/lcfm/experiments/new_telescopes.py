"""Where labels pay: a telescope that has no labels yet.

Command::

    lcfm reproduce new-telescopes --data yse_dr1 --data osc --data spcc --data plasticc \
        --model transients --scale small --out results/

Each table, told apart by ``survey``, is taken as the first data of its telescope: its labels are
there one after the other, drawn uniformly from its training part (classes as in ``no-labels``).
On its test part stand beside each other, from 16 labels to all by doubling, the pretrained model by
policy ``map``, and features with boosting and with a forest; across the panel, the model without
any label, its classes equally likely or as frequent as the unlabelled training part makes them.
Written are the labels that the trees need for the score of the model, and what labels add to the
model that has none, class by class.

"New" is the telescope's labels, not the telescope: `transients` has seen simulations of all four,
and no object of theirs.

======  =====================  ==============================  =================
scale   rows beside the model  draws                           on 2 cores
======  =====================  ==============================  =================
small   trees                  5; 1 of more than 1,024 labels  15 min (estimate)
medium  trees, same network    5                               hours
full    trees, same network    10                              hours
======  =====================  ==============================  =================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import joblib

from lcfm.adapt.policies import Map
from lcfm.evaluate import figures
from lcfm.evaluate.methods import SCRATCH_RATES, without_labels, without_labels_in_their_mix
from lcfm.evaluate.protocols import summarise
from lcfm.experiments import transfer_figure
from lcfm.experiments.asked import Asked
from lcfm.experiments.new_telescopes_summary import MAP, TREES, added, needed, shown
from lcfm.experiments.realism import real_set
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.experiments.transfer_result import described
from lcfm.experiments.transfer_rows import (
    FIXED_LENGTH,
    NO_LABELS,
    NO_LABELS_MIX,
    with_network,
    without_network,
)
from lcfm.experiments.transfer_runs import CurveTask, Runner
from lcfm.experiments.transfer_summary import Curves, by_class
from lcfm.serve.model import Model

FEWEST = 16
"""Labels of the first point: fewer are often of one class."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many draws, and what stands beside the model.

    Attributes
    ----------
    draws, repeats
        Of up to 1,024 labels, and of more.
    controls
        Rows that know no pretraining.
    """

    draws: int
    repeats: int
    controls: tuple[str, ...]


SCALES = {
    "small": Scale(draws=5, repeats=1, controls=TREES),
    "medium": Scale(draws=5, repeats=5, controls=(FIXED_LENGTH, *TREES)),
    "full": Scale(draws=10, repeats=10, controls=(FIXED_LENGTH, *TREES)),
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``new_telescopes.json`` and its figure.

    Parameters
    ----------
    asked
        Its data are told apart by ``survey``; its model is required.

    Returns
    -------
    list of dict
        A row per telescope.

    Raises
    ------
    LcfmError
        No model is given, it has seen objects of a table, or a survey is not one of
        :data:`lcfm.experiments.realism.REAL_SETS`.
    """
    size, model = asked.sized(SCALES), asked.needed_model()
    targets = telescopes(asked, model)
    log = RunLog(asked.work / "new-telescopes" / asked.scale / "runs.jsonl")
    workers = joblib.cpu_count()
    runner = Runner(log=log, scale=size, workers=workers, say=asked.say, fewest=FEWEST)
    records: list[dict[str, Any]] = []
    fingerprints: dict[str, str] = {}
    for curve in targets:
        asked.say(
            f"{curve.name}: {len(curve.task.train):,} training and {len(curve.test):,} test objects"
        )
        labelled = labelled_fingerprint(curve.objects, (curve.task.name,))
        fingerprints[curve.name] = labelled
        records += telescope(runner, curve, model, size, labelled)
    result = {
        "what": "macro AUROC on held-out objects of telescopes that the model knows from "
        "simulations alone, against labels; mean and std over draws",
        **provenance(asked.command, {"draws": list(range(size.draws))}, fingerprints),
        "scale": asked.scale,
        "seconds": round(sum(record["seconds"] for record in records)),
        "network": described(model, 0),
        "left_out": {curve.name: curve.task.left_out for curve in targets},
        **concluded(records),
        "runs": records,
    }
    write_result(asked.out / "new_telescopes.json", result)
    figures.save(transfer_figure.draw(Curves.of(records)), asked.out / "new_telescopes.png")
    return shown(records)


def telescopes(asked: Asked, model: Model) -> list[CurveTask]:
    """One target for each table, all refused before the first run if one has to be."""
    found = []
    for survey, table in asked.data.split_by_survey().items():
        column = real_set(table).target
        curve = CurveTask.of(f"{survey}, {column}", table, column)
        curve.refuse_seen(model)
        found.append(curve)
    return found


def telescope(
    runner: Runner, curve: CurveTask, model: Model, size: Scale, labelled: str
) -> list[dict[str, Any]]:
    """All runs of one telescope."""
    key = RunKey(labelled, model.fingerprint())
    controls = without_network(model, curve.objects, SCRATCH_RATES)
    methods = {
        **with_network(model, curve.objects, {MAP: Map()}),
        **{name: controls[name] for name in size.controls},
    }
    mix = without_labels_in_their_mix(model)
    return [
        runner.without_labels(curve, NO_LABELS, without_labels(model), key, 0),
        runner.without_labels(curve, NO_LABELS_MIX, mix, key, 0, shown=None),
        *runner.curve(curve, methods, key, pretraining=0),
    ]


def concluded(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Parts of the result file that follow from its runs."""
    curves = Curves.of(records).values()
    return {
        "summary": summarise(records),
        "by_class": [row for one in curves for row in by_class(one)],
        "label_efficiency": [row for one in curves for row in needed(one)],
        "labels_add": [row for one in curves for row in added(one)],
    }
