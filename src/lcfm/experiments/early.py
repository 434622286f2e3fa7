"""How soon after its trigger is an object told? Scores against days, beside features + boosting.

Command::

    lcfm reproduce early --data ztf_transients --data yse_dr1 --model transients --out results/

with real tables: the ZTF transients (``label5``) and, if they are given, YSE data release 1 and the
Open Supernova Catalog (``label3``). Each test light curve is cut 10 d before to 50 d after its
trigger (:mod:`lcfm.evaluate.early`) and told by

no labels
    the pretrained model, flat prior;
map
    the model fine-tuned with ``map`` on 128 labels (5 draws) and on all;
features + boosting
    hand-made features and boosted trees on the same labels.

The last two are fitted both to training light curves that end on the same day, one fit for each
day, and to those in full, one fit for all days. Before the trigger there are limits alone, which
the shipped tokens leave out: what features tell there is when limits were taken.

======  ====================  ================
scale   draws of 128 labels   on 2 cores
======  ====================  ================
small   5                     8 min (estimate)
full    10                    9 min (estimate)
======  ====================  ================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcfm.adapt.policies import Map
from lcfm.errors import LcfmError
from lcfm.evaluate import figures
from lcfm.evaluate.baselines import FeatureBoosting, FeatureTable
from lcfm.evaluate.early import EarlyMethod, EarlyTask, as_of, flat, in_full
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.methods import Remembered, baseline, chance, finetuned, without_labels
from lcfm.evaluate.protocols import Task, run, summarise
from lcfm.experiments import early_figure
from lcfm.experiments.asked import Asked
from lcfm.experiments.realism import REAL_SETS, RealSet, real_set
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model

DAYS: tuple[float, ...] = (-10, -5, 0, 2, 5, 10, 15, 20, 30, 50)
"""Since the trigger."""
N_LABELS = 128
NO_LABELS = "pretrained, no labels"
AS_OF, IN_FULL = "same day", "in full"
"""Until when a method's training light curves go."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    draws: int


SCALES = {"small": Scale(draws=5), "full": Scale(draws=10)}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``early.json`` and its figure.

    Parameters
    ----------
    asked
        Its model was pretrained on simulations.

    Returns
    -------
    list of dict
        A row per set, method, training and label count, a column per day.
    """
    data, say, size = asked.data, asked.say, asked.sized(SCALES)
    if asked.model is None:
        raise LcfmError("early scores are those of a pretrained model; name it with --model")
    log = RunLog(asked.work / "early" / "runs.jsonl")
    records: list[dict[str, Any]] = []
    left_out: dict[str, dict[str, int]] = {}
    sets = [(real_set(part), part) for part in data.split_by_survey().values()]
    for kind, part in sorted(sets, key=lambda found: REAL_SETS.index(found[0])):
        if not kind.observed:
            raise LcfmError(f"{kind.name} was simulated by others; give observed light curves")
        found, left_out[kind.name] = _scored(part, kind, asked.model, size, log, say)
        records += found
    summary = summarised(records)
    result = {
        "what": (
            "macro AUROC on held-out real objects against days since their trigger; mean and std "
            "over draws of labels"
        ),
        **provenance(
            asked.command,
            {"draws": list(range(size.draws))},
            {kind.name: part.fingerprint() for kind, part in sets},
        ),
        "scale": asked.scale,
        "model": asked.model.fingerprint(),
        "pretraining": {k: v for k, v in asked.model.provenance.items() if k != "events"},
        "days": list(DAYS),
        "left_out": left_out,
        "summary": summary,
        "runs": records,
    }
    write_result(asked.out / "early.json", result)
    figures.save(early_figure.draw(summary), asked.out / "early.png")
    return shown(summary)


def _scored(
    data: LightCurves,
    kind: RealSet,
    model: Model,
    size: Scale,
    log: RunLog,
    say: Callable[[str], None],
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Runs of every method on every day of one set, and who was left out."""
    task = Task.of(data, kind.target)
    days = [EarlyTask.of(task, day) for day in DAYS]
    whole = days[0].whole
    say(
        f"{kind.name}, {task.name}: {len(whole.train):,} training and {len(whole.test):,} test "
        f"objects; {days[0].left_out} without a trigger"
    )
    say("  features and latent vectors of all days")
    objects = _all_days(LightCurves.concat([whole.train, whole.test]))
    features, frozen = FeatureTable(objects), looked_up(model, objects)
    labelled = labelled_fingerprint(data, [kind.target])
    with_model = RunKey(labelled, model.fingerprint())
    boosting = baseline(FeatureBoosting, features)
    mapped = finetuned(frozen, Map())
    methods = {
        with_model: {
            named("map", AS_OF): EarlyMethod(mapped, as_of, chance),
            named("map", IN_FULL): EarlyMethod(Remembered(mapped), in_full, chance),
        },
        RunKey(labelled): {
            named("features + boosting", AS_OF): EarlyMethod(boosting, as_of, chance),
            named("features + boosting", IN_FULL): EarlyMethod(
                Remembered(boosting), in_full, chance
            ),
        },
    }
    unlabelled = {NO_LABELS: EarlyMethod(without_labels(frozen), in_full, flat)}
    records: list[dict[str, Any]] = []
    for early in days:
        for n_labels, draws in ((N_LABELS, size.draws), (None, 1)):
            for key, rows in methods.items():
                some = {**unlabelled, **rows} if key == with_model and n_labels is None else rows
                found = run(
                    early,
                    some,
                    n_labels=n_labels,
                    seeds=range(draws),
                    done=log.of(key),
                    on_run=_kept(log, key),
                )
                records += [{**record, "set": kind.name} for record in found]
        here = [r for r in records if (r["set"], r["day"]) == (kind.name, early.day)]
        say(f"  {early.day:+3.0f} d  " + "  ".join(_words(row) for row in summarise(here)))
    return records, {"without a target": task.left_out, "without a trigger": days[0].left_out}


def named(method: str, training: str) -> str:
    """Name of a row in records."""
    return f"{method} | {training}"


def parts(name: str) -> tuple[str, str | None]:
    """Method and until when its training light curves go, from the name of a row."""
    method, _, training = name.partition(" | ")
    return method, training or None


def _all_days(lcs: LightCurves) -> LightCurves:
    """Every light curve in full and as of every day on which it has points."""
    cuts = [as_of(lcs, day) for day in DAYS]
    return LightCurves.concat([lcs, *(cut[cut.lengths > 0] for cut in cuts)])


def _kept(log: RunLog, key: RunKey) -> Callable[[dict[str, Any]], None]:
    def on_run(record: dict[str, Any]) -> None:
        log.add(record, key)

    return on_run


def _words(row: Mapping[str, Any]) -> str:
    method, training = parts(row["method"])
    of = f" ({row['labels']}, {training})" if training else ""
    return f"{method}{of} {row['mean']:.3f}"


def summarised(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mean and deviation over draws, a row per set, method, label count and day.

    Unlabelled rows have 0 labels.
    """
    rows = []
    for key in dict.fromkeys((r["set"], r["day"]) for r in records):
        here = [r for r in records if (r["set"], r["day"]) == key]
        counts = {name: here[0][name] for name in ("without_points", "without_detection", "n_test")}
        for row in summarise(here):
            method, training = parts(row["method"])
            rows.append(
                {"set": key[0], "day": key[1]}
                | {**row, "method": method, "training": training}
                | {"labels": 0 if method == NO_LABELS else row["labels"]}
                | counts
            )
    return rows


def shown(summary: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Summary as a table for the terminal: a column per day."""
    table: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in summary:
        names = ("set", "method", "labels", "training")
        key = tuple(row[name] for name in names)
        line = table.setdefault(key, {name: str(row[name] or "") for name in names})
        line[f"{row['day']:+g} d"] = row["mean"]
    return list(table.values())
