"""Are templates fingerprints? Train on simulations of one half of the supernovae, test on both.

Command::

    lcfm benchmark templates --out results/template_halves.json

Takes about 10 minutes on one core. The core-collapse templates are split in two by supernova, each
type alike, so that a supernova lies in one half whatever sets hold it. Trees on our features learn
from light curves simulated with half A; what they lose from fresh light curves of half A to those
of half B is what they know of templates and not of types. Both halves take both parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.baselines import FeatureBoosting, FeatureTable
from lcfm.evaluate.metrics import classification_metrics
from lcfm.experiments.runs import provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.simulate.population import Population
from lcfm.simulate.run import simulate
from lcfm.sources import SOURCES
from lcfm.sources.base import Source
from lcfm.sources.core_collapse import CORE_COLLAPSE_SETS
from lcfm.sources.files import templates
from lcfm.sources.templates import TemplateSource
from lcfm.taxonomy import LABEL_SETS

TARGETS: Mapping[str, tuple[str, ...]] = {
    "label3": LABEL_SETS["label3"],
    "label8": LABEL_SETS["label8"],
    "label12": LABEL_SETS["label12"],
    "core collapse": ("SNII", "SNIIn", "SNIIb", "SNIb", "SNIc", "SNIc-BL"),
}
"""Name -> classes that are told apart; the last, hardest set is of types known by few templates."""
N_TRAIN, N_TEST = 4000, 2000
SEEDS = (0, 1, 2)
LARGEST_LOSS = 0.03
"""Aim for the classes that are made of many supernovae; `summary` says what the others lose."""


def main(out: Path, *, command: str, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Measure all targets, write the result and return its table."""
    runs = []
    for target in TARGETS:
        for seed in SEEDS:
            runs += measure(target, seed)
            say(f"{target}, seed {seed}: loses {runs[-1]['loss']:.4f} and {runs[-2]['loss']:.4f}")
    rows = summary(runs)
    made = {"simulated": f"{N_TRAIN} light curves to train on and {N_TEST} to test on, each half"}
    result = provenance(command, {"split and draws": list(SEEDS)}, made)
    write_result(out, {**result, "largest_loss": LARGEST_LOSS, "summary": rows, "runs": runs})
    return rows


def halves(seed: int) -> tuple[dict[str, Source], dict[str, Source]]:
    """Sources of core collapse with the templates of one half of the supernovae, and the other.

    A type with an odd number of supernovae has one more in either half, by chance.
    """
    rng = np.random.default_rng([11, seed])
    types: dict[str, str] = {}
    for name in CORE_COLLAPSE_SETS:
        types |= {template.supernova: template.label for template in templates(name)}
    first: set[str] = set()
    for kind in sorted(set(types.values())):
        members = sorted(name for name, label in types.items() if label == kind)
        count = (len(members) + int(rng.integers(2))) // 2
        first |= set(rng.permutation(members)[:count].tolist())
    split = {
        name: source
        for name, source in SOURCES.items()
        if isinstance(source, TemplateSource) and source.sets == CORE_COLLAPSE_SETS
    }
    return (
        {name: source.of(first) for name, source in split.items()},
        {name: source.of(set(types) - first) for name, source in split.items()},
    )


def measure(
    target: str, seed: int, n_train: int = N_TRAIN, n_test: int = N_TEST
) -> list[dict[str, Any]]:
    """Train on either half, test on fresh events of the same and on the other half.

    Parameters
    ----------
    target
        Key of `TARGETS`.
    seed
        Of the split, and of all draws.
    n_train, n_test
        Light curves, of all classes alike.

    Returns
    -------
    list of dict
        Two runs with ``same``, ``other`` (macro AUROC), their difference ``loss``, and
        ``loss_by_class``.
    """
    parts = [_Part(own, target, seed, n_train, n_test) for own in halves(seed)]
    runs = []
    for number, (mine, other) in enumerate((parts, parts[::-1])):
        trees = FeatureBoosting(TARGETS[target], seed=seed, extract=mine.train_features)
        trees.fit(mine.train, mine.train.column("label"))
        scores = []
        for part in (mine, other):
            trees.extract = part.test_features
            table = trees.predict_proba(part.test)
            labels: NDArray[Any] = part.test.column("label")
            scores.append(classification_metrics(labels, table, trees.classes_))
        same, across = scores
        runs.append({
            "target": target,
            "seed": seed,
            "half": "AB"[number],
            "same": same["macro_auroc"],
            "other": across["macro_auroc"],
            "loss": same["macro_auroc"] - across["macro_auroc"],
            "loss_by_class": {k: same["auroc"][k] - across["auroc"][k] for k in TARGETS[target]},
        })  # fmt: skip
    return runs


def summary(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean of the runs of each target."""
    rows = []
    for target in dict.fromkeys(run["target"] for run in runs):
        mine = [run for run in runs if run["target"] == target]
        row = {name: float(np.mean([run[name] for run in mine])) for name in ("same", "other")}
        losses = np.array([run["loss"] for run in mine])
        error = float(losses.std(ddof=1) / np.sqrt(len(losses)))
        rows.append({
            "target": target, "runs": len(mine), **row,
            "loss": float(losses.mean()), "loss_error": error,
        })  # fmt: skip
    return rows


class _Part:
    """Light curves of one half: to train on, and fresh ones to test on."""

    def __init__(
        self, own: Mapping[str, Source], target: str, seed: int, n_train: int, n_test: int
    ) -> None:
        population = Population(dict.fromkeys(TARGETS[target], 1.0), own_sources=own)
        self.train: LightCurves = simulate(["ztf"], n_train, seed=2 * seed, population=population)
        self.test: LightCurves = simulate(["ztf"], n_test, seed=2 * seed + 1, population=population)
        self.train_features = FeatureTable(self.train)
        self.test_features = FeatureTable(self.test)
