"""Where labels pay: classes that no simulation has.

Command::

    lcfm reproduce labels-pay --data TABLE --model transients --scale small --out results/

with TABLE the real ZTF transients (column ``label``). Of each class in `NEW` (SNIIn, SNIIb,
SNIa-91T, SNIbn), k objects of the training part are labelled beside `REST` random ones of all other
types; what is scored is the AUROC of the class against every other type on the test part. The
pretrained model is fitted by policy ``map`` twice: with two classes, and with every label by its
own name (the classes of ``label5``, the new one, and `OTHER`), so that what is known of the other
classes stays. Beside it stand features with boosting.

==========  =======  ==============  ==========
scale       draws    k               on 2 cores
==========  =======  ==============  ==========
small       5        4 … 32          6 min
medium      10       2 … 64          15 min
full        20       2 … 64          30 min
==========  =======  ==============  ==========
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import taxonomy
from lcfm.adapt.fit import fit
from lcfm.adapt.policies import Map
from lcfm.errors import LcfmError
from lcfm.evaluate import figures
from lcfm.evaluate.baselines import FeatureBoosting, FeatureTable
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.methods import baseline, finetuned
from lcfm.evaluate.protocols import Classifier, Method, Task, run, summarise
from lcfm.experiments.asked import Asked
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.experiments.suggest import OTHER, one_against_rest
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model

NEW = ("SNIIn", "SNIIb", "SNIa-91T", "SNIbn")
REST = 128
"""Labelled objects of other types."""
FEWEST_TEST = 4
"""Test objects that a class needs."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many draws, and labelled objects of the new class."""

    draws: int
    members: tuple[int, ...]


SCALES = {
    "small": Scale(draws=5, members=(4, 8, 16, 32)),
    "medium": Scale(draws=10, members=(2, 4, 8, 16, 32, 64)),
    "full": Scale(draws=20, members=(2, 4, 8, 16, 32, 64)),
}


@dataclass(frozen=True)
class NewClass:
    """A class against the rest; draws hold so many of its members.

    Attributes
    ----------
    task
        Two classes, the new one and `OTHER`.
    """

    task: Task

    @property
    def name(self) -> str:
        """Of the class, which is that of its column."""
        return self.task.name

    @property
    def test(self) -> LightCurves:
        """Objects that are scored."""
        return self.task.test

    @property
    def members(self) -> NDArray[np.bool_]:
        """Mask of the class in the training part."""
        return np.asarray(self.task.train.column(self.name) == self.name)

    def draw(self, n_labels: int | None, seed: int) -> LightCurves:
        """So many members, all if None, and `REST` objects of other types."""
        rng = np.random.default_rng(seed)
        inside = rng.permutation(np.flatnonzero(self.members))[:n_labels]
        outside = rng.permutation(np.flatnonzero(~self.members))[:REST]
        return self.task.train[np.sort(np.concatenate([inside, outside]))]

    def fitted(self, method: Method, labelled: LightCurves, seed: int) -> Classifier:
        """The method, fitted to these objects."""
        return self.task.fitted(method, labelled, seed)

    def scores(self, fitted: Classifier) -> dict[str, Any]:
        """AUROC of the class; with two classes it is the macro AUROC too."""
        return self.task.scores(fitted)


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``labels_pay.json`` and its figure.

    Returns
    -------
    list of dict
        Rows of the summary.

    Raises
    ------
    LcfmError
        The table has no new class with enough objects.
    """
    data, size, model = asked.data, asked.sized(SCALES), asked.needed_model()
    label = data.column("label")
    data = data.with_columns(**{name: one_against_rest(label, name) for name in NEW})
    data = data[data.column(NEW[0]) != ""]  # typed at all
    tasks = new_classes(data)
    log = RunLog(asked.work / "labels_pay" / asked.scale / "runs.jsonl")
    key = RunKey(labelled_fingerprint(data, NEW), model.fingerprint())
    asked.say(f"latent vectors and features of {len(data):,} objects")
    frozen, hand_made = looked_up(model, data), FeatureTable(data)
    methods: dict[str, Method] = {
        "map, every type named": named_types(frozen),
        "map, two classes": finetuned(frozen, Map()),
        "features + boosting": baseline(FeatureBoosting, hand_made),
    }

    def on_run(record: dict[str, Any]) -> None:
        log.add(record, key)
        asked.say(
            f"  {record['target']:<9} {record['labels']:>3} members  draw {record['seed']}  "
            f"{record['method']:<32} {record['macro_auroc']:.3f}"
        )

    records: list[dict[str, Any]] = []
    for task in tasks:
        for k in (k for k in size.members if k <= task.members.sum()):
            records += run(
                task,
                methods,
                n_labels=k,
                seeds=range(size.draws),
                done=log.of(key),
                on_run=on_run,
            )
    summary = summarise(records)
    result = {
        "what": "AUROC of a class that no simulation has against every other type, by its labelled "
        f"members beside {REST} of other types; mean and std over draws",
        **provenance(
            asked.command, {"draws": list(range(size.draws))}, {"real": asked.data.fingerprint()}
        ),
        "model": key.model,
        "summary": summary,
        "runs": records,
    }
    write_result(asked.out / "labels_pay.json", result)
    figures.save(figure(records), asked.out / "labels_pay.png")
    return summary


@dataclass(frozen=True)
class OneOfMany:
    """A classifier of many classes, asked for one of them.

    Attributes
    ----------
    model
        Of many classes.
    classes_
        The one, and the rest.
    """

    model: Classifier
    classes_: tuple[str, ...]

    def predict_proba(self, lcs: LightCurves) -> NDArray[Any]:
        """Probabilities of the class and of the rest, shape (n_objects, 2)."""
        p = np.asarray(self.model.predict_proba(lcs))
        columns = [
            p[:, self.model.classes_.index(name)] if name != OTHER else None
            for name in self.classes_
        ]
        one = next(column for column in columns if column is not None)
        return np.stack([1 - one if c is None else c for c in columns], axis=1)


def named_types(model: Model) -> Method:
    """Policy ``map`` with the labelled objects of the rest by their class in ``label5``."""

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        known = np.array([taxonomy.to_set(t, "label5") or OTHER for t in lcs.column("label")])
        names = np.where(labels == OTHER, known, labels).astype(object)
        return OneOfMany(fit(model, lcs, names, policy=Map(), seed=seed), classes)

    return method


def new_classes(data: LightCurves) -> list[NewClass]:
    """Classes of `NEW` with enough objects in either part.

    Raises
    ------
    LcfmError
        There is none.
    """
    found = []
    for name in NEW:
        if (data.column(name) == name).sum() <= FEWEST_TEST:
            continue
        one = NewClass(Task.of(data, name))
        if (one.test.column(name) == name).sum() >= FEWEST_TEST:
            found.append(one)
    if not found:
        raise LcfmError(
            f"none of {', '.join(NEW)} has {FEWEST_TEST} test objects and more in the column "
            "'label'; give a larger table"
        )
    return found


def figure(records: Sequence[Mapping[str, Any]]) -> Any:
    """AUROC against labelled members, a panel for each class."""
    targets = list(dict.fromkeys(r["target"] for r in records))
    picture = figures.blank(3.6 * len(targets), 4.6)
    panels = picture.subplots(1, len(targets), squeeze=False, sharey=True)[0]
    for axes, target in zip(panels, targets, strict=True):
        rows = [row for row in summarise(records) if row["target"] == target]
        for i, method in enumerate(dict.fromkeys(row["method"] for row in rows)):
            curve = [row for row in rows if row["method"] == method]
            axes.errorbar(
                [row["labels"] * 1.04 ** (i - 2) for row in curve],
                [row["mean"] for row in curve],
                yerr=[row["std"] or 0.0 for row in curve],
                color=figures.PALETTE[i],
                marker=figures.MARKERS[i],
                linestyle=figures.LINES[i % len(figures.LINES)],
                capsize=3,
                label=method,
            )
        counts = sorted({row["labels"] for row in rows if row["labels"]})
        axes.set_xscale("log")
        axes.set_xticks(counts, [str(k) for k in counts])
        axes.minorticks_off()
        n_test = next(r for r in records if r["target"] == target)["n_by_class"][target]
        axes.set(xlabel=f"labelled {target}", title=f"{target} ({n_test} test objects)")
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("AUROC against every other type")
    handles, labels = panels[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9)
    return picture
