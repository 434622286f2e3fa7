"""The protocols *limited* and *full*: who is labelled, who is tested, and every method alike.

limited
    128 labels drawn uniformly, not stratified, from the training events; several draws.
full
    All training events.

Test events are those of :func:`lcfm.prepare.split.is_test`. A method sees labelled objects and
nothing else; whatever it chooses, it chooses on them. Raw runs are kept: mean and deviation are
recomputed from them (design: protocols).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.evaluate.metrics import classification_metrics, macro_auroc_error
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test

ALL = "all"


class Classifier(Protocol):
    """What is tested: probabilities for a table."""

    @property
    def classes_(self) -> tuple[str, ...]:
        """Class names in the order of the columns."""
        ...

    def predict_proba(self, lcs: LightCurves) -> NDArray[Any]:
        """Probabilities, shape (n_objects, n_classes)."""
        ...


Method = Callable[[LightCurves, NDArray[Any], tuple[str, ...], int], Classifier]
"""Labelled objects, labels, all class names, seed → classifier."""

M = TypeVar("M", contravariant=True)
F = TypeVar("F")


class AnyTask(Protocol[M, F]):
    """What :func:`run` needs of a task: draws, a method fitted to one, and its scores."""

    @property
    def name(self) -> str:
        """How records call the target."""
        ...

    @property
    def test(self) -> LightCurves:
        """Objects that are scored."""
        ...

    def draw(self, n_labels: int | None, seed: int) -> LightCurves:
        """Labelled objects of the training part; None for all."""
        ...

    def fitted(self, method: M, labelled: LightCurves, seed: int) -> F:
        """The method, fitted to what is labelled."""
        ...

    def scores(self, fitted: F) -> dict[str, Any]:
        """Scores on the test part."""
        ...


def drawn(train: LightCurves, n_labels: int | None, seed: int) -> LightCurves:
    """Labelled objects: `n_labels` drawn uniformly, not stratified, or all of the training part.

    Raises
    ------
    LcfmError
        The training part is smaller.
    """
    if n_labels is None:
        return train
    if n_labels > len(train):
        raise LcfmError(f"asked for {n_labels} labels, the training part has {len(train)}")
    rows = np.random.default_rng(seed).permutation(len(train))[:n_labels]
    return train[np.sort(rows)]


@dataclass(frozen=True)
class Task:
    """A labelled table cut into training and test part.

    Attributes
    ----------
    name
        Of the target column.
    train, test
        Objects with a target, by the hash of their event.
    left_out
        Number of objects without a target.
    """

    name: str
    train: LightCurves
    test: LightCurves
    left_out: int

    @classmethod
    def of(cls, lcs: LightCurves, target: str) -> Task:
        """Cut a table; objects whose target is empty are left out and counted.

        Raises
        ------
        LcfmError
            The column is missing, or one part has fewer than two classes.
        """
        labelled = lcs.column(target) != ""
        table = lcs[labelled]
        test = is_test(table.column("event_id"))
        task = cls(target, table[~test], table[test], int((~labelled).sum()))
        for part, name in ((task.train, "training"), (task.test, "test")):
            if len(set(part.column(target))) < 2:
                raise LcfmError(
                    f"the {name} part has {len(part)} objects of fewer than two classes of "
                    f"{target!r}; give a larger table"
                )
        return task

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in either part, sorted."""
        return tuple(sorted({*self.train.column(self.name), *self.test.column(self.name)}))

    def draw(self, n_labels: int | None, seed: int) -> LightCurves:
        """Labelled objects: `n_labels` drawn uniformly, or all of the training part."""
        return drawn(self.train, n_labels, seed)

    def fitted(self, method: Method, labelled: LightCurves, seed: int) -> Classifier:
        """The method, fitted to these objects and their classes."""
        return method(labelled, labelled.column(self.name), self.classes, seed)

    def scores(self, fitted: Classifier) -> dict[str, Any]:
        """Scores of its probabilities on the test part."""
        labels = self.test.column(self.name)
        return classification_metrics(labels, fitted.predict_proba(self.test), fitted.classes_)


def run(
    task: AnyTask[M, F],
    methods: Mapping[str, M],
    *,
    n_labels: int | None,
    seeds: Sequence[int],
    done: Iterable[Mapping[str, Any]] = (),
    on_run: Callable[[dict[str, Any]], None] | None = None,
) -> list[dict[str, Any]]:
    """Run every method on every draw and return one record per run, earlier ones in their place.

    Parameters
    ----------
    n_labels
        Labels per draw; None for all.
    done
        Records of earlier runs, which are not repeated; those asked for are returned as they are.
    on_run
        Called with each new record, to show or store it.
    """
    finished = {(r["method"], r["labels"], r["seed"], r["target"]): dict(r) for r in done}
    records: list[dict[str, Any]] = []
    for seed in seeds:
        labelled = task.draw(n_labels, seed)
        for name, method in methods.items():
            key = (name, ALL if n_labels is None else n_labels, seed, task.name)
            if key in finished:
                records.append(finished[key])
                continue
            start = time.perf_counter()
            fitted = task.fitted(method, labelled, seed)
            seconds = time.perf_counter() - start
            record = {
                "method": name,
                "target": task.name,
                "labels": key[1],
                "seed": seed,
                "n_train": len(labelled),
                "n_test": len(task.test),
                "seconds": round(seconds, 2),
                **task.scores(fitted),
            }
            records.append(record)
            if on_run is not None:
                on_run(record)
    return records


def summarise(
    records: Sequence[Mapping[str, Any]], metric: str = "macro_auroc"
) -> list[dict[str, Any]]:
    """Mean and deviation over draws of one metric, a row per target, method and label count.

    ``test_error`` is what the finite test set adds to it
    (:func:`lcfm.evaluate.metrics.macro_auroc_error`).
    """
    rows = []
    keys = dict.fromkeys((r["target"], r["method"], r["labels"]) for r in records)
    for target, method, labels in keys:
        runs = [
            r
            for r in records
            if (r["target"], r["method"], r["labels"]) == (target, method, labels)
        ]
        values = np.array([r[metric] for r in runs], dtype=np.float64)
        rows.append(
            {
                "target": target,
                "method": method,
                "labels": labels,
                "runs": len(values),
                "mean": float(values.mean()),
                "std": float(values.std(ddof=1)) if len(values) > 1 else None,
                "test_error": _test_error(runs) if metric == "macro_auroc" else None,
            }
        )
    return rows


def _test_error(runs: Sequence[Mapping[str, Any]]) -> float | None:
    """Mean over runs of the error that the finite test set leaves in their macro AUROC."""
    errors = [macro_auroc_error(r["auroc"], r["n_by_class"]) for r in runs if "n_by_class" in r]
    known = [error for error in errors if error is not None]
    return float(np.mean(known)) if known else None
