"""The learning curve: how the score on test objects grows with the number of labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lcfm import config
from lcfm.adapt.fit import default_policy
from lcfm.adapt.policies import POLICIES, Policy
from lcfm.adapt.rules import is_linear
from lcfm.errors import LcfmError
from lcfm.evaluate import figures, labels_saved
from lcfm.evaluate.baselines import FeatureForest, FeatureTable
from lcfm.evaluate.choose import seen_events
from lcfm.evaluate.methods import baseline, finetuned, from_scratch, without_labels
from lcfm.evaluate.protocols import Method, Task, run, summarise
from lcfm.evaluate.report import Report, ReportFigure, Table
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings

COUNTS = (32, 64, 128, 256)
DRAWS = 3
SCRATCH_RATE = 1e-3
"""One learning rate without pretraining; three would take as long as all the rest."""

TUNED = "pretrained, fine-tuned"


@dataclass(frozen=True)
class LearningCurve:
    """Scores of several methods at several numbers of labels.

    Attributes
    ----------
    target
        Column of the classes.
    records
        One per run, as :func:`lcfm.evaluate.protocols.run` gives them; ``labels`` is a number, 0
        for the pretrained model as it is.
    n_test
        Objects that all runs were measured on.
    model
        Fingerprint of the pretrained model.
    """

    target: str
    records: Sequence[Mapping[str, Any]]
    n_test: int
    model: str

    def scores(self) -> dict[str, dict[int, list[float]]]:
        """Method → number of labels → macro AUROC of its draws."""
        out: dict[str, dict[int, list[float]]] = {}
        for record in self.records:
            curve = out.setdefault(record["method"], {})
            curve.setdefault(record["labels"], []).append(record["macro_auroc"])
        return out

    def figure(self) -> ReportFigure:
        """The curve with error bars."""
        return ReportFigure(
            name="learning_curve",
            title="Learning curve",
            caption=f"Macro AUROC on {self.n_test:,} test objects against the number of labels; "
            "mean and standard deviation over draws of labels. At 0: what the pretraining alone "
            "has taught.",
            figure=figures.learning_curve(self.scores()),
        )

    def table(self) -> Table:
        """Mean and deviation of each point."""
        rows = [
            {"method": row["method"], "labels": row["labels"], "draws": row["runs"],
             "macro AUROC": row["mean"], "std": row["std"]}
            for row in sorted(summarise(self.records), key=lambda row: row["labels"])
        ]  # fmt: skip
        return Table(
            title=f"Learning curve on {self.n_test:,} test objects",
            rows=rows,
            caption="Labels are drawn uniformly from the training part of the table; every draw "
            "is measured on the same test part.",
        )

    def added_to(self, report: Report) -> Report:
        """The report with figure, tables and raw runs of the curve, and the labels saved."""
        saved = labels_saved.labels_saved(self.records, TUNED)
        sentence = labels_saved.words(saved)
        rows = labels_saved.efficiency_rows(
            saved, target=self.target, method=TUNED, model=self.model
        )
        tables = [self.table(), *([labels_saved.table(saved)] if saved else [])]
        return replace(
            report,
            summary=[*report.summary, *([sentence] if sentence else [])],
            tables=[*report.tables, *tables],
            figures=[*report.figures, self.figure()],
            results={
                **report.results,
                "learning_curve": list(self.records),
                "label_efficiency": rows,
            },
        )


def learning_curve(
    pretrained: Model,
    lcs: LightCurves,
    target: str,
    *,
    policy: Policy | None = None,
    counts: Sequence[int] = COUNTS,
    everything: bool = True,
    baselines: bool = True,
    seed: int = 0,
    device: str = "auto",
    say: Callable[[str], None] = lambda line: None,
) -> LearningCurve:
    """Adapt a pretrained model to more and more labels of a table, beside two baselines.

    Parameters
    ----------
    pretrained
        The model before fine-tuning. Events of the table that it has seen are left out.
    lcs
        A table with the column `target`; labels come from its training part, 75 % of the events by
        the hash of their name, and the rest tests.
    policy
        How to adapt; by default as :func:`lcfm.adapt.fit.default_policy` chooses.
    counts
        Numbers of labels; those that the training part does not have are left out.
    everything
        Add a last point with all of the training part.
    baselines
        Features with a forest, and the same network without pretraining.
    seed
        Of the first draw.
    device
        Where networks are trained: ``auto``, ``cpu`` or ``cuda``.
    say
        Shows one line of progress.

    Raises
    ------
    LcfmError
        The training or the test part has fewer than two classes.
    """
    task = Task.of(
        lcs[~seen_events(pretrained.provenance).contains(lcs.column("event_id"))], target
    )
    methods: dict[str, Method] = {
        TUNED: finetuned(pretrained, policy or default_policy(pretrained, task.classes), device)
    }
    if baselines:
        encoder = pretrained.network.settings["lightcurve"]
        scratch = PretrainSettings(encoder=encoder, preprocess=pretrained.preprocess)
        methods["features + forest"] = baseline(FeatureForest, FeatureTable(lcs))
        methods["no pretraining"] = from_scratch(scratch, (SCRATCH_RATE,), device)

    def shown(record: dict[str, Any]) -> None:
        draw = f"{record['n_train']:>6,} labels  draw {record['seed']}"
        say(f"  {draw}  {record['method']:<24} {record['macro_auroc']:.3f}")

    records: list[dict[str, Any]] = []
    if is_linear(pretrained):
        (bare,) = run(task, {TUNED: without_labels(pretrained)}, n_labels=2, seeds=[seed])
        records.append({**bare, "n_train": 0})
    draws = range(seed, seed + DRAWS)
    for n_labels in (n for n in counts if n < len(task.train)):
        records += run(task, methods, n_labels=n_labels, seeds=draws, on_run=shown)
    if everything:
        records += run(task, methods, n_labels=None, seeds=[seed], on_run=shown)
    numbered = [{**record, "labels": record["n_train"]} for record in records]  # all is a number
    return LearningCurve(target, numbered, len(task.test), pretrained.fingerprint())


def curve_inputs(model: Model, before: Model | None) -> tuple[Model, Policy | None]:
    """The pretrained model and the policy that made `model`, for its learning curve.

    Raises
    ------
    LcfmError
        `model` estimates a number, or was fine-tuned and the model before that is not given.
    """
    adapted = model.provenance.get("adapted")
    if not hasattr(model.head, "classes"):
        raise LcfmError("the learning curve is of classes, this model estimates a number")
    if adapted is None:
        return model, None
    if before is None:
        raise LcfmError(
            "the learning curve starts from the model before fine-tuning; name it with --pretrained"
        )
    return before, config.choose(POLICIES, adapted["policy"], what="policy")
