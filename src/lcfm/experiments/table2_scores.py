"""Rows of table 2, made, scored and summarised; what a killed run left is taken up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcfm.evaluate.metrics import regression_metrics
from lcfm.experiments.runs import RunKey, RunLog
from lcfm.experiments.zero_shot import NONE, Estimator, Make, Row
from lcfm.lightcurves import LightCurves

OURS = "LSST (ours)"
"""Test set of our own simulations; the others are called as their column ``survey`` says."""
INSIDE, ALL = "inside", "all"
"""Ranges of redshift: inside those of ZTF's sample, and without a limit."""
PAPER = {
    "none | LSST | network": (0.0750, 0.025),
    "none | ZTF, LSST | network": (0.0614, 0.003),
    "classifier | ZTF, LSST | network": (0.0579, 0.006),
    "none | ZTF | network": (0.1869, 0.012),
    "classifier | ZTF | frozen network": (0.1035, 0.0081),
    "contrastive | ZTF | frozen network": (0.0727, 0.0056),
    "adversarial | ZTF | frozen network": (0.0744, 0.0063),
    "contrastive | ZTF | 100 neighbours": (0.0854, 0.0040),
}
"""Mean squared error of the paper's rows, and its deviation, on LSST simulations of its own inside
ZTF's redshifts."""


@dataclass(frozen=True)
class Sets:
    """All redshifts of the experiment.

    Attributes
    ----------
    ztf, lsst
        Training parts of our simulations.
    train, test
        Training parts of what others simulated, and all test parts, by name.
    inside
        Between these redshifts lie 99 % of `ztf`.
    """

    ztf: LightCurves
    lsst: LightCurves
    train: Mapping[str, LightCurves]
    test: Mapping[str, LightCurves]
    inside: tuple[float, float]


@dataclass(frozen=True)
class Scores:
    """Scores of one pretraining and one draw.

    Attributes
    ----------
    sets
        What is scored.
    log
        Finished runs on disk.
    data
        Fingerprint of everything that is learned from and scored.
    models
        Fingerprint of each pretrained network, by its name.
    pretraining, draw
        Numbers of both.
    """

    sets: Sets
    log: RunLog
    data: str
    models: Mapping[str, str]
    pretraining: int
    draw: int

    def of(self, row: Row, make: Make) -> tuple[list[dict[str, Any]], bool]:
        """Records of a row, one per test set and range; and whether they were made only now."""
        key = RunKey(self.data, None if row.pretraining == NONE else self.models[row.pretraining])
        head = {"row": row.name, "pretraining": self.pretraining, "draw": self.draw}
        names = row.scored_on or tuple(self.sets.test)
        found = {  # the last ones, if a run was killed in the middle of a row
            (r["test"], r["redshifts"]): r
            for r in self.log.of(key)
            if all(r[k] == v for k, v in head.items())
        }
        if set(found) == {(name, limit) for name in names for limit in _RANGES}:
            return list(found.values()), False
        estimator = make()
        records = [
            {**head, **scored} for name in names for scored in score(estimator, name, self.sets)
        ]
        for record in records:
            self.log.add(record, key)
        return records, True


_RANGES = (INSIDE, ALL)


def score(estimator: Estimator, name: str, sets: Sets) -> list[dict[str, Any]]:
    """Scores on a test set, inside the redshifts of ZTF and everywhere."""
    test = sets.test[name]
    truth, guess = test.numbers("redshift"), np.asarray(estimator.predict(test), dtype=np.float64)
    low, high = sets.inside
    rows = {INSIDE: (truth >= low) & (truth <= high), ALL: np.ones(len(test), dtype=bool)}
    return [
        {"test": name, "redshifts": limit, **regression_metrics(truth[kept], guess[kept])}
        for limit, kept in rows.items()
    ]


def shown(records: Iterable[Mapping[str, Any]]) -> str:
    """R² inside ZTF's redshifts, for one line of progress."""
    return "  ".join(f"{r['test']} R² {r['r2']:.3f}" for r in records if r["redshifts"] == INSIDE)


def summarise(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mean and deviation of MSE and R², a row per method, test set and range."""
    rows = []
    for key in dict.fromkeys((r["row"], r["test"], r["redshifts"]) for r in records):
        runs = [r for r in records if (r["row"], r["test"], r["redshifts"]) == key]
        row: dict[str, Any] = {"row": key[0], "test": key[1], "redshifts": key[2]}
        for metric in ("mse", "r2"):
            values = np.array([r[metric] for r in runs], dtype=np.float64)
            row[metric] = float(values.mean())
            row[f"{metric}_std"] = float(values.std(ddof=1)) if len(values) > 1 else None
        ours = key[1:] == (OURS, INSIDE)
        row["paper_mse"] = PAPER[key[0]][0] if ours and key[0] in PAPER else None
        rows.append({**row, "objects": runs[0]["n"], "runs": len(runs)})
    return rows
