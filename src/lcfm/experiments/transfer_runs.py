"""Learning curves: a target, the numbers of its labels, and the runs of every method on draws.

Labels are drawn uniformly; 80 % of them train and 20 % choose when to stop. Runs are independent of
each other: every core makes one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import joblib

from lcfm.errors import LcfmError
from lcfm.evaluate.protocols import ALL, Classifier, Method, Task, drawn, run
from lcfm.experiments.runs import RunKey, RunLog
from lcfm.experiments.transfer import MANY
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet
from lcfm.serve.model import Model

FEWEST = 32
"""Labels of the first point."""
NEARLY = 0.9
"""More than this share of all labels is no point beside that of all."""


@dataclass(frozen=True)
class CurveTask:
    """A target whose learning curve is measured, under a name of its own.

    Attributes
    ----------
    name
        In records and figures.
    task
        Training and test part.
    """

    name: str
    task: Task

    @classmethod
    def of(cls, name: str, lcs: LightCurves, target: str, most: int | None = None) -> CurveTask:
        """Cut a table as the protocols do; of a larger training part `most` objects are kept."""
        task = Task.of(lcs, target)
        if most is not None and len(task.train) > most:
            task = replace(task, train=drawn(task.train, most, 0))
        return cls(name, task)

    @property
    def test(self) -> LightCurves:
        """Objects that are scored."""
        return self.task.test

    @property
    def objects(self) -> LightCurves:
        """Training and test part."""
        return LightCurves.concat([self.task.train, self.task.test])

    def draw(self, n_labels: int | None, seed: int) -> LightCurves:
        """Labelled objects; None for all."""
        return self.task.draw(n_labels, seed)

    def fitted(self, method: Method, labelled: LightCurves, seed: int) -> Classifier:
        """The method, fitted to these objects."""
        return self.task.fitted(method, labelled, seed)

    def scores(self, fitted: Classifier) -> dict[str, Any]:
        """Scores on the test part, and what the training took if it went by epochs."""
        provenance = getattr(fitted, "provenance", {})
        made = provenance.get("adapted", provenance)
        return {**self.task.scores(fitted), "convergence": made.get("convergence")}

    def refuse_seen(self, model: Model) -> None:
        """Make sure that a network has seen none of the objects.

        Raises
        ------
        LcfmError
            It has.
        """
        events = EventSet.from_dict(model.provenance["events"])
        met = int(events.contains(self.objects.column("event_id")).sum())
        if met:
            raise LcfmError(
                f"the network has seen {met} of the {len(self.objects)} objects of {self.name!r}; "
                "give one that was pretrained on simulations alone"
            )


def counts(n_train: int, fewest: int = FEWEST) -> tuple[int | None, ...]:
    """Numbers of labels of a curve: 32, each time twice as many, and all, which is None."""
    few = [fewest << k for k in range(n_train.bit_length()) if fewest << k < NEARLY * n_train]
    return (*few, None)


class Draws(Protocol):
    """How many draws a scale has."""

    @property
    def draws(self) -> int:
        """Of up to :data:`MANY` labels."""
        ...

    @property
    def repeats(self) -> int:
        """Of more."""
        ...


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs methods on draws of a target, and takes up what an earlier run has in its log.

    Attributes
    ----------
    log
        Of all runs.
    scale
        How many draws.
    workers
        Processes; each makes one run at a time.
    say
        Shows one line for each run.
    fewest
        Labels of the first point.
    """

    log: RunLog
    scale: Draws
    workers: int
    say: Callable[[str], None]
    fewest: int = FEWEST

    def curve(
        self,
        curve: CurveTask,
        methods: Mapping[str, Method],
        key: RunKey,
        *,
        pretraining: int | None,
        thin: int | None = 1,
    ) -> list[dict[str, Any]]:
        """Runs of all methods at all numbers of labels, one record each.

        Parameters
        ----------
        key
            What they rest on.
        pretraining
            Its number; None for methods that use none.
        thin
            Keep every so many-th number of labels, and all labels; None for all labels alone.
        """
        few = counts(len(curve.task.train), self.fewest)
        wanted = [
            (n, seed, name)
            for n in (*(few[:-1:thin] if thin else ()), None)
            for seed in range(self._draws(n, len(curve.task.train)))
            for name in methods
        ]
        return self._runs(curve, methods, wanted, key, pretraining)

    def without_labels(
        self,
        curve: CurveTask,
        name: str,
        method: Method,
        key: RunKey,
        pretraining: int,
        shown: int | None = 2,
    ) -> dict[str, Any]:
        """The one run of a method that looks at no label.

        It is shown so many light curves of the training part; None for all.
        """
        (record,) = self._runs(curve, {name: method}, [(shown, 0, name)], key, pretraining)
        return {**record, "labels": 0, "n_train": 0}

    def _draws(self, n_labels: int | None, n_train: int) -> int:
        return self.scale.draws if (n_labels or n_train) <= MANY else self.scale.repeats

    def _runs(
        self,
        curve: CurveTask,
        methods: Mapping[str, Method],
        wanted: Sequence[tuple[int | None, int, str]],
        key: RunKey,
        pretraining: int | None,
    ) -> list[dict[str, Any]]:
        found = {
            (r["labels"], r["seed"], r["method"]): r
            for r in self.log.of(key)
            if r["target"] == curve.name
        }
        missing = [one for one in wanted if (one[0] or ALL, *one[1:]) not in found]
        # The longest first, so that no core waits for a long one at the end.
        missing.sort(key=lambda one: -(one[0] or len(curve.task.train)))
        for record in self._made(curve, methods, missing):
            record["pretraining"] = pretraining
            self.log.add(record, key)
            found[record["labels"], record["seed"], record["method"]] = record
            self.say(
                f"  {curve.name:<24} {record['labels']:>5} labels  draw {record['seed']}  "
                f"{record['method']:<24} {record['macro_auroc']:.4f}  ({record['seconds']:.0f} s)"
            )
        records = [found[n or ALL, seed, name] for n, seed, name in wanted]
        return [{**record, "labels": record["n_train"]} for record in records]

    def _made(
        self,
        curve: CurveTask,
        methods: Mapping[str, Method],
        missing: Sequence[tuple[int | None, int, str]],
    ) -> Iterator[dict[str, Any]]:
        """Records as they are finished."""
        jobs = (
            joblib.delayed(_one)(curve, name, methods[name], n, seed) for n, seed, name in missing
        )
        parallel = joblib.Parallel(self.workers, return_as="generator_unordered")
        yield from parallel(jobs)


def _one(
    curve: CurveTask, name: str, method: Method, n_labels: int | None, seed: int
) -> dict[str, Any]:
    (record,) = run(curve, {name: method}, n_labels=n_labels, seeds=[seed])
    return record
