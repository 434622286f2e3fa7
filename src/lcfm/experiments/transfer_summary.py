"""What follows from the runs of a transfer experiment: means, classes, convergence, efficiency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcfm.evaluate.label_efficiency import Curve, Draws, curve_of, label_efficiency, monotone
from lcfm.evaluate.labels_saved import BOOTSTRAP_SEED
from lcfm.evaluate.protocols import summarise
from lcfm.experiments.transfer_rows import FIXED_LENGTH, STOPPED_EARLY, TIMED, stopped

Records = Sequence[Mapping[str, Any]]
TOOK = ("epochs", "seconds", "parameters")


@dataclass(frozen=True)
class Curves:
    """All learning curves of one target.

    Attributes
    ----------
    target
        Name of the target.
    records
        One per run; ``labels`` is a number, 0 for the network as it was pretrained.
    """

    target: str
    records: Records

    @classmethod
    def of(cls, records: Records) -> dict[str, Curves]:
        """Those of every target."""
        return {
            target: cls(target, [r for r in records if r["target"] == target])
            for target in dict.fromkeys(r["target"] for r in records)
        }

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of all rows."""
        return tuple(dict.fromkeys(r["method"] for r in self.records))

    @property
    def most(self) -> int:
        """Number of all labels."""
        return max((int(r["labels"]) for r in self.records), default=0)

    def runs(self, method: str, labels: int | None = None) -> list[Mapping[str, Any]]:
        """Runs of a row, at one number of labels or at all."""
        return [
            r
            for r in self.records
            if r["method"] == method and (labels is None or r["labels"] == labels)
        ]

    def curve(self, method: str, metric: str = "macro_auroc") -> Curve:
        """Number of labels → scores of its draws; empty if the row was not run."""
        return curve_of(self.runs(method), metric)

    def scratch(self) -> Curve:
        """Training from scratch: at each number of labels the row with the better mean."""
        return self.better(FIXED_LENGTH, STOPPED_EARLY)

    def better(self, *methods: str) -> Curve:
        """Of these rows, at each number of labels the one with the best mean."""
        rows = [self.curve(name) for name in methods]
        return {
            n: max((row[n] for row in rows if n in row), key=_mean)
            for n in sorted({n for row in rows for n in row})
        }

    def took(self, method: str, labels: int) -> dict[str, float] | None:
        """Means of what trainings took; None if they do not go by epochs."""
        found = [r["convergence"] for r in self.runs(method, labels) if r["convergence"]]
        if not found:
            return None
        return {name: float(np.mean([one[name] for one in found])) for name in TOOK}


def mean_at(curve: Curve, labels: int) -> float | None:
    """Mean score; None if there is no run."""
    return _mean(curve[labels]) if labels in curve else None


def read_at(curve: Curve, labels: float) -> float | None:
    """Score at any number of labels, between those of the monotone curve in log labels.

    None outside the curve.
    """
    known = {n: draws for n, draws in curve.items() if n}
    if not known or not min(known) <= labels <= max(known):
        return None
    counts, scores = monotone(known)
    return float(np.interp(np.log(labels), np.log(counts), scores))


def summarised(records: Records) -> dict[str, list[dict[str, Any]]]:
    """Parts of the result file that follow from its runs.

    Returns
    -------
    dict
        ``summary`` (mean and deviation over draws), ``by_class`` (mean and deviation of the AUROC
        of each class), ``convergence`` (means of epochs, seconds and weights up to the weights
        that were kept), ``label_efficiency`` (labels from scratch for the score of each row and
        number of labels).
    """
    curves = Curves.of(records)
    return {
        "summary": summarise(records),
        "by_class": [row for one in curves.values() for row in by_class(one)],
        "convergence": [row for one in curves.values() for row in _convergence(one)],
        "label_efficiency": [row for one in curves.values() for row in _efficiency(one)],
    }


def shown(records: Records) -> list[dict[str, Any]]:
    """Table for the terminal: mean ± deviation, a row per target and method."""
    rows = []
    for curves in Curves.of(records).values():
        cells = {(r["method"], r["labels"]): r for r in summarise(curves.records)}
        for method in curves.methods:
            row: dict[str, Any] = {"target": curves.target, "method": method}
            for labels in sorted({r["labels"] for r in records}):
                cell = cells.get((method, labels))
                title = "all" if labels == curves.most else str(labels)
                if cell is not None:
                    spread = "" if cell["std"] is None else f" ± {cell['std']:.3f}"
                    row[title] = f"{cell['mean']:.3f}{spread}"
            rows.append(row)
    titles = dict.fromkeys(title for row in rows for title in row if title != "all")
    return [{title: row.get(title) for title in (*titles, "all")} for row in rows]


def _mean(draws: Draws) -> float:
    return sum(draws.values()) / len(draws)


def by_class(curves: Curves) -> list[dict[str, Any]]:
    """Mean and deviation of the AUROC of each class, by row and number of labels."""
    rows = []
    for row in summarise(curves.records):
        runs = curves.runs(row["method"], row["labels"])
        for name in runs[0]["auroc"]:
            areas = [r["auroc"][name] for r in runs if r["auroc"][name] is not None]
            if areas:
                rows.append(
                    {
                        "target": curves.target,
                        "method": row["method"],
                        "labels": row["labels"],
                        "class": name,
                        "mean": float(np.mean(areas)),
                        "std": float(np.std(areas, ddof=1)) if len(areas) > 1 else None,
                        "test_objects": runs[0]["n_by_class"][name],
                    }
                )
    return rows


def _convergence(curves: Curves) -> list[dict[str, Any]]:
    rows = []
    for row in summarise(curves.records):
        took = curves.took(row["method"], row["labels"])
        if took is not None:
            key = {"target": curves.target, "method": row["method"], "labels": row["labels"]}
            rows.append({**key, **took})
    return rows


def _efficiency(curves: Curves) -> list[dict[str, Any]]:
    scratch = curves.scratch()
    if not scratch:
        return []
    timed = {stopped(policy.kind) for policy in TIMED}
    rows = []
    for method in curves.methods:
        if method in (FIXED_LENGTH, STOPPED_EARLY) or method in timed:
            continue
        for labels, draws in curves.curve(method).items():
            found = label_efficiency(
                scratch, draws, labels, rng=np.random.default_rng(BOOTSTRAP_SEED)
            )
            rows.append({"target": curves.target, "method": method, **found.to_dict()})
    return rows
