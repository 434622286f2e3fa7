"""Columns of table 1: what is asked of a network, and who may be labelled.

Real ZTF supernovae: classes (the paper's three, ``label3``, and ``label5``), redshifts, and which
objects are anomalous; simulated ZTF and LSST: redshifts. Each is asked with 128 labels and with
all, the simulated ones with all. Methods come by task, since each kind answers something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from lcfm.errors import LcfmError
from lcfm.evaluate.estimates import NumberMethod, NumberTask
from lcfm.evaluate.oddities import OddMethod, OddTask
from lcfm.evaluate.protocols import AnyTask, Method, Task, run
from lcfm.experiments.runs import RunKey, RunLog
from lcfm.experiments.table2 import SCALES as REDSHIFTS
from lcfm.experiments.table2 import redshift_simulations
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet
from lcfm.serve.model import Model

N_LABELS = 128
"""Of the *limited* tasks (simulation-pretrained FM, table 4)."""
TARGETS = ("label3", "label5")
METRICS = {
    "label3": ("macro_auroc",),
    "label5": ("macro_auroc",),
    "redshift": ("mse", "r2"),
    "anomaly": ("macro_auroc", "macro_auroc_without"),
    "simulated ZTF redshift": ("mse", "r2"),
    "simulated LSST redshift": ("mse", "r2"),
}
"""What is reported of each target, the paper's measure first."""
REAL = ("label3", "label5", "redshift", "anomaly")

M = TypeVar("M")
F = TypeVar("F")


@dataclass(frozen=True)
class Tasks:
    """All columns.

    Attributes
    ----------
    classes
        By the column of classes.
    numbers
        Redshifts of real objects.
    odd
        Anomalies among real objects.
    simulated
        Redshifts of simulations.
    """

    classes: tuple[Task, ...]
    numbers: NumberTask
    odd: OddTask
    simulated: tuple[NumberTask, ...]

    @classmethod
    def of(cls, data: LightCurves, scale: str) -> Tasks:
        """Cut the real table, and simulate redshifts as table 2 does at this scale.

        Parameters
        ----------
        data
            Real ZTF transients with ``label3``, ``label5``, ``anomaly`` and ``redshift``.

        Raises
        ------
        LcfmError
            A column is missing, or a part is too small.
        """
        return cls(
            tuple(Task.of(data, target) for target in TARGETS),
            NumberTask.of(data, "redshift", among="label5"),
            OddTask.of(data),
            tuple(
                NumberTask.of(table, "redshift", name=f"simulated {survey.upper()} redshift")
                for survey, table in redshift_simulations(REDSHIFTS[scale]).items()
            ),
        )

    @property
    def all(self) -> tuple[Task | NumberTask | OddTask, ...]:
        """Every task."""
        return (*self.classes, self.numbers, self.odd, *self.simulated)

    @property
    def simulations(self) -> LightCurves:
        """All simulated objects."""
        return LightCurves.concat(
            part for task in self.simulated for part in (task.train, task.test)
        )

    def refuse_seen(self, model: Model, name: str) -> None:
        """Make sure that a network has seen no object of any task.

        Raises
        ------
        LcfmError
            It has.
        """
        seen = EventSet.from_dict(model.provenance["events"])
        for task in self.all:
            for part in (task.train, task.test):
                met = int(seen.contains(part.column("event_id")).sum())
                if met:
                    raise LcfmError(
                        f"the network {name!r} was pretrained on {met} of the {len(part)} objects "
                        f"of {task.name!r}; pretrain on other simulations"
                    )


@dataclass(frozen=True)
class Methods:
    """What answers, by the name of the row, for each kind of task.

    Attributes
    ----------
    classes, numbers, odd, simulated
        For the tasks of the same name in :class:`Tasks`.
    """

    classes: Mapping[str, Method]
    numbers: Mapping[str, NumberMethod]
    odd: Mapping[str, OddMethod]
    simulated: Mapping[str, NumberMethod]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs methods on tasks, and takes up what an earlier run has in its log.

    Attributes
    ----------
    log
        Of all runs.
    draws
        Of 128 labels.
    repeats
        Fits on all labels, which differ in weights and batches.
    say
        Shows one line for each run.
    """

    log: RunLog
    draws: int
    repeats: int
    say: Callable[[str], None]

    def run(
        self, tasks: Tasks, methods: Methods, key: RunKey, pretraining: int | None
    ) -> list[dict[str, Any]]:
        """All runs of these methods, one record each.

        Parameters
        ----------
        key
            What they rest on.
        pretraining
            Its number; None for methods that use none.
        """
        records: list[dict[str, Any]] = []
        for classes in tasks.classes:
            records += self._both(classes, methods.classes, key, pretraining)
        records += self._both(tasks.numbers, methods.numbers, key, pretraining)
        records += self._both(tasks.odd, methods.odd, key, pretraining)
        for simulated in tasks.simulated:
            records += self._on(simulated, methods.simulated, None, key, pretraining)
        return records

    def _both(
        self,
        task: AnyTask[M, F],
        methods: Mapping[str, M],
        key: RunKey,
        pretraining: int | None,
    ) -> Iterator[dict[str, Any]]:
        for n_labels in (N_LABELS, None):
            yield from self._on(task, methods, n_labels, key, pretraining)

    def _on(
        self,
        task: AnyTask[M, F],
        methods: Mapping[str, M],
        n_labels: int | None,
        key: RunKey,
        pretraining: int | None,
    ) -> list[dict[str, Any]]:
        def on_run(record: dict[str, Any]) -> None:
            record["pretraining"] = pretraining
            self.log.add(record, key)
            score = "  ".join(
                f"{metric} {record[metric]:.4f}"
                for metric in METRICS[task.name]
                if record[metric] is not None
            )
            self.say(
                f"  {task.name:<24} {record['labels']:>4} labels  draw {record['seed']}  "
                f"{record['method']:<40} {score}  ({record['seconds']:.0f} s)"
            )

        return run(
            task,
            methods,
            n_labels=n_labels,
            seeds=range(self.repeats if n_labels is None else self.draws),
            done=self.log.of(key),
            on_run=on_run,
        )
