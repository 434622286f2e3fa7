"""What follows from learning curves of a new telescope: labels saved, and what labels add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lcfm.evaluate.compare import paired_difference
from lcfm.evaluate.label_efficiency import Efficiency, label_efficiency
from lcfm.evaluate.labels_saved import BOOTSTRAP_SEED, FEW, Saved, efficiency_rows
from lcfm.experiments.transfer_rows import (
    BOOSTING,
    FOREST,
    NO_LABELS,
    NO_LABELS_MIX,
    transferred,
)
from lcfm.experiments.transfer_summary import Curves, Records, mean_at

MAP = transferred("map")
TREES = (BOOSTING, FOREST)
AGAINST = "features + boosting or forest"
WITHOUT = (NO_LABELS, NO_LABELS_MIX)


def needed(curves: Curves) -> list[dict[str, Any]]:
    """Labels that the trees need for the score of the model, without labels and with each number.

    Of boosting and forest the better one counts at each number of labels, by its mean on the test
    part, which favours the trees.
    """
    rows = []
    for method in (*WITHOUT, MAP):
        every = [_needed(curves, method, labels) for labels in curves.curve(method)]
        saved = [Saved(AGAINST, one) for one in every if one is not None]
        if saved:
            fingerprint = curves.runs(method)[0]["model"]
            rows += efficiency_rows(saved, target=curves.target, method=method, model=fingerprint)
    return rows


def added(curves: Curves) -> list[dict[str, Any]]:
    """What 128 labels, and all, add to the model without any: macro AUROC and that of each class.

    Returns
    -------
    list of dict
        ``class`` is None for the macro AUROC; ``mean`` and ``two_standard_errors`` are over draws
        of labels, all against the one score without labels (class mix estimated);
        ``test_objects`` are those of the class, or all.
    """
    before = curves.runs(NO_LABELS_MIX)[0]
    rows = []
    for labels in sorted({n for n in (FEW, curves.most) if curves.runs(MAP, n)}):
        runs = curves.runs(MAP, labels)
        for name in (None, *before["n_by_class"]):
            of = [_score(run, name) for run in (before, *runs)]
            known = [score for score in of if score is not None]
            if len(known) < len(of):
                continue  # a class without test objects
            difference = paired_difference(known[1:], [known[0]] * len(runs))
            rows.append(
                {
                    "target": curves.target,
                    "labels": labels,
                    "class": name,
                    "before": known[0],
                    "after": float(np.mean(known[1:])),
                    "mean": difference.mean,
                    "two_standard_errors": (
                        difference.two_standard_errors
                        if difference.draws > 1 and labels < curves.most
                        else None  # all labels are the same ones in each draw
                    ),
                    "test_objects": before["n_by_class"][name] if name else before["n_test"],
                }
            )
    return rows


def shown(records: Records) -> list[dict[str, Any]]:
    """Table for the terminal, a row per telescope."""
    return [_row(curves) for curves in Curves.of(records).values()]


def _row(curves: Curves) -> dict[str, Any]:
    trees = curves.better(*TREES)
    few = _needed(curves, MAP, FEW)
    none = _needed(curves, NO_LABELS_MIX, 0)
    return {
        "telescope, classes": curves.target,
        "no labels": mean_at(curves.curve(NO_LABELS), 0),
        "class mix": mean_at(curves.curve(NO_LABELS_MIX), 0),
        f"{FEW} labels": mean_at(curves.curve(MAP), FEW),
        "all labels": mean_at(curves.curve(MAP), curves.most),
        f"trees, {FEW}": mean_at(trees, FEW),
        "trees, all": mean_at(trees, curves.most),
        "trees for no labels": None if none is None else none.needs,
        f"trees for {FEW}": None if few is None else few.needs,
    }


def _needed(curves: Curves, method: str, labels: int) -> Efficiency | None:
    """None where the row has no such number of labels."""
    draws = curves.curve(method).get(labels)
    if draws is None:
        return None
    return label_efficiency(
        curves.better(*TREES), draws, labels, rng=np.random.default_rng(BOOTSTRAP_SEED)
    )


def _score(run: Mapping[str, Any], name: str | None) -> float | None:
    score = run["macro_auroc"] if name is None else run["auroc"][name]
    return None if score is None else float(score)
