"""Which objects to label next: every strategy beside random choice.

Command::

    lcfm reproduce suggest --data TABLE --model transients --scale small --out results/

with TABLE the real ZTF transients (columns ``label`` and ``label5``). The training part is the
pool: 32 labels are drawn at random, the model is fitted to them by policy ``map``, a strategy names
32 objects more, which get their labels, and so on. Each fit is scored on the test part.

There are two targets: the five classes of ``label5``, and one class that no simulation has, `NEW`,
against every other type. In each draw all strategies start from the same
random labels, so that differences are paired.

==========  =======  ==============  ==========
scale       draws    labels          on 2 cores
==========  =======  ==============  ==========
small       5        32 … 256        6 min
medium      10       32 … 512        20 min
full        20       32 … 1024       2 h
==========  =======  ==============  ==========

The network stays frozen: its latent vectors are computed once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import taxonomy
from lcfm.adapt.fit import fit
from lcfm.adapt.policies import Map
from lcfm.adapt.strategies import STRATEGIES, Pool, Random, Strategy, choose
from lcfm.evaluate import figures
from lcfm.evaluate.compare import compare_rows
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.protocols import Task, summarise
from lcfm.experiments.asked import Asked
from lcfm.experiments.runs import (
    RunKey,
    RunLog,
    labelled_fingerprint,
    provenance,
    write_result,
)
from lcfm.serve.model import Model

KNOWN, NEW = "label5", "SNIIn"
OTHER = "other"
UNTYPED = ("", "SN", "SNI")
"""Labels that leave open whether an object is of the new class."""
START = BATCH = 32
EVERYTHING = "all labels"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many draws of the first labels, and labels at the end."""

    draws: int
    labels: int


SCALES = {
    "small": Scale(draws=5, labels=256),
    "medium": Scale(draws=10, labels=512),
    "full": Scale(draws=20, labels=1024),
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``suggest.json`` and its figure.

    Returns
    -------
    list of dict
        Rows of the summary.
    """
    data, size, model = asked.data, asked.sized(SCALES), asked.needed_model()
    data = data.with_columns(**{NEW: one_against_rest(data.column("label"), NEW)})
    log = RunLog(asked.work / "suggest" / asked.scale / "runs.jsonl")
    key = RunKey(labelled_fingerprint(data, [KNOWN, NEW]), model.fingerprint())
    tasks = {name: Task.of(data, name) for name in (KNOWN, NEW)}
    asked.say("latent vectors of all objects")
    frozen = looked_up(model, data)
    records: list[dict[str, Any]] = []
    for task in tasks.values():
        most = min(size.labels, len(task.train))
        asked.say(f"{task.name}: {len(task.train):,} training, {len(task.test):,} test objects")
        records += _everything(frozen, task, log, key)
        for seed in range(size.draws):
            for name, kind in STRATEGIES.items():
                curve = _taken_up(log.of(key), task.name, name, seed, most)
                if not curve:
                    curve = list(label_by(kind(), frozen, task, most, seed))
                    for record in curve:
                        log.add(record, key)
                records += curve
                asked.say(f"  {task.name}  draw {seed}  {name:<12} {_line(curve)}")
    summary = summarise(records)
    seeds = {"draws of the first labels, and strategies": list(range(size.draws))}
    result = {
        "what": "macro AUROC on held-out real ZTF objects by number of labels and by how they were "
        "chosen; mean and std over draws of the first labels",
        **provenance(asked.command, seeds, {"real": data.fingerprint()}),
        "model": key.model,
        "summary": summary,
        "beside_random": beside_random(records),
        "runs": records,
    }
    write_result(asked.out / "suggest.json", result)
    figures.save(figure(records), asked.out / "suggest.png")
    return summary


def one_against_rest(labels: NDArray[Any], name: str) -> NDArray[Any]:
    """`name`, `OTHER`, or empty where the type leaves it open, shape (n,)."""
    types = np.array([taxonomy.canonical(label) if label else "" for label in labels])
    out = np.where(types == name, name, OTHER).astype(object)
    out[np.isin(types, UNTYPED)] = ""
    return out


def label_by(
    strategy: Strategy, model: Model, task: Task, most: int, seed: int
) -> Iterator[dict[str, Any]]:
    """One record for each number of labels: random ones at first, then those of the strategy."""
    rows = np.random.default_rng(seed).permutation(len(task.train))[:START]
    labels = task.train.column(task.name)
    latent = model.embed(task.train).astype(np.float64)
    while True:
        begin = time.perf_counter()
        fitted = fit(
            model, task.train[rows], labels[rows], policy=Map(), classes=task.classes, seed=seed
        )
        yield {
            "method": strategy.kind,
            "target": task.name,
            "labels": len(rows),
            "seed": seed,
            "labelled": dict(sorted(Counter(labels[rows]).items())),
            "n_test": len(task.test),
            "seconds": round(time.perf_counter() - begin, 2),
            **task.scores(fitted),
        }
        wanted = min(BATCH, most - len(rows))
        if wanted <= 0:
            return
        rest = np.setdiff1d(np.arange(len(labels)), rows)
        p = fitted.predict_proba(task.train).astype(np.float64)
        pool = Pool(latent[rest], p[rest], latent[rows], p[rows])
        # a new stream for each batch
        chosen = choose(strategy, pool, wanted, seed=1_000_000 * (seed + 1) + len(rows))
        rows = np.concatenate([rows, rest[chosen]])


def beside_random(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Paired difference of each strategy from random choice, a row per target and label count."""
    keys = dict.fromkeys((r["target"], r["method"], r["labels"]) for r in records)
    rows = []
    for target, method, labels in keys:
        if method in (Random.kind, EVERYTHING) or labels == START:
            continue
        found = compare_rows(records, method, Random.kind, target=target, labels=labels)
        rows.append(
            {
                "target": target,
                "strategy": method,
                "labels": labels,
                "difference": found.mean,
                "two_standard_errors": found.two_standard_errors if found.draws > 1 else None,
                "clearly_above": found.clearly_above,
            }
        )
    return rows


def figure(records: Sequence[Mapping[str, Any]]) -> Any:
    """Score against labels, a panel for each target, one curve for each strategy."""
    targets = list(dict.fromkeys(r["target"] for r in records))
    drawn = figures.blank(5.2 * len(targets), 4.7)
    panels = drawn.subplots(1, len(targets), squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        rows = [row for row in summarise(records) if row["target"] == target]
        for i, method in enumerate(dict.fromkeys(row["method"] for row in rows)):
            curve = [row for row in rows if row["method"] == method]
            colour = figures.PALETTE[i - 2]  # behind all labels and random choice
            if method == EVERYTHING:
                text = f"all {curve[0]['labels']:,} labels"
                axes.axhline(curve[0]["mean"], color="#999999", linestyle=":")
                axes.text(
                    0.01, curve[0]["mean"], text, fontsize=8, ha="left", va="bottom",
                    transform=axes.get_yaxis_transform(),
                )  # fmt: skip
                continue
            mean = np.array([row["mean"] for row in curve])
            spread = np.array([row["std"] or 0.0 for row in curve])
            axes.errorbar(
                # a little aside, so that error bars do not cover one another
                [row["labels"] + 2.0 * (i - 3) for row in curve],
                mean,
                # an error bar ends where scores end
                yerr=[spread, np.clip(figures.BEST - mean, 0.0, spread)],
                color="#000000" if method == Random.kind else colour,
                marker=figures.MARKERS[i % len(figures.MARKERS)],
                linestyle="--" if method == Random.kind else "-",
                capsize=2,
                markersize=5,
                label=method,
            )
        many = target == KNOWN
        rest = "five classes" if many else "against every other type\n(entropy and margin coincide)"
        score = "macro AUROC" if many else "AUROC"
        axes.set(xlabel="labelled objects", ylabel=score)
        axes.set_title(f"{target}, {rest}", fontsize=11)
        axes.set_ylim(top=min(axes.get_ylim()[1], 1.01 * figures.BEST))
        axes.set_xticks(sorted({row["labels"] for row in rows if row["method"] != EVERYTHING}))
        axes.grid(alpha=0.3)
    handles, names = panels[0].get_legend_handles_labels()
    drawn.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=9)
    return drawn


def _everything(model: Model, task: Task, log: RunLog, key: RunKey) -> list[dict[str, Any]]:
    """The score with all labels of the training part."""
    done = [r for r in log.of(key) if (r["target"], r["method"]) == (task.name, EVERYTHING)]
    if done:
        return done[:1]
    labels = task.train.column(task.name)
    fitted = fit(model, task.train, labels, policy=Map(), classes=task.classes, seed=0)
    record = {
        "method": EVERYTHING,
        "target": task.name,
        "labels": len(labels),
        "seed": 0,
        "n_test": len(task.test),
        **task.scores(fitted),
    }
    log.add(record, key)
    return [record]


def _taken_up(
    done: Sequence[dict[str, Any]], target: str, method: str, seed: int, most: int
) -> list[dict[str, Any]]:
    """A curve of an earlier run, if it went on to the end; a batch rests on those before it."""
    curve = [r for r in done if (r["target"], r["method"], r["seed"]) == (target, method, seed)]
    return curve if curve and curve[-1]["labels"] == most else []


def _line(curve: Sequence[Mapping[str, Any]]) -> str:
    return "  ".join(f"{r['labels']}: {r['macro_auroc']:.3f}" for r in curve)
