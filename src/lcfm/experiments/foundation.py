"""Does pretraining on simulations help on real supernovae?

Command::

    lcfm reproduce foundation --data TABLE --scale medium --out results/

with TABLE the real ZTF transients (columns ``label5`` and ``label3``). Simulates ZTF light curves
of eight classes, pretrains, and compares on held-out real objects, with 128 labels (5 draws) and
all: the model without labels, the model fine-tuned, the same network without pretraining, hand-made
features with boosting and with a forest, sampling alone, and chance.

==========  =================  ===========  ===============================================
scale       simulated curves   on 2 cores   expected macro AUROC on ``label5``, 128 labels
==========  =================  ===========  ===============================================
small       40,000 × 4         8 min        0.93
medium      250,000 × 6        30 min       0.95
full        500,000 × 12       (GPU)        0.96
==========  =================  ===========  ===============================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.adapt.policies import Head, HeadMLP, Map, MapAll
from lcfm.evaluate import figures
from lcfm.evaluate.baselines import (
    FeatureBoosting,
    FeatureForest,
    FeatureTable,
    SamplingOnly,
)
from lcfm.evaluate.methods import (
    baseline,
    chance,
    finetuned,
    from_scratch,
    without_labels,
    without_labels_in_their_mix,
)
from lcfm.evaluate.protocols import Method, Task, run, summarise
from lcfm.evaluate.sampling import sampling_features
from lcfm.experiments.asked import Asked
from lcfm.experiments.networks import Simulated, pretrained_network
from lcfm.experiments.runs import (
    RunKey,
    RunLog,
    labelled_fingerprint,
    provenance,
    write_result,
)
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate
from lcfm.train.pretrain import RECIPE, PretrainSettings

N_LABELS = 128
TARGETS = ("label5", "label3")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    n_simulated: int
    epochs: int
    pretrainings: int
    draws: int


SCALES = {
    "small": Scale(n_simulated=40_000, epochs=4, pretrainings=1, draws=5),
    "medium": Scale(n_simulated=250_000, epochs=6, pretrainings=1, draws=5),
    "full": Scale(n_simulated=500_000, epochs=12, pretrainings=3, draws=10),
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``foundation.json`` and its figure.

    Parameters
    ----------
    asked
        Its data are real light curves with ``label5`` and ``label3``.

    Returns
    -------
    list of dict
        Rows of the summary.
    """
    data, say = asked.data, asked.say
    size, folder = asked.sized(SCALES), asked.work / "foundation" / asked.scale
    log = RunLog(folder / "runs.jsonl")
    fingerprints, models = {"real": data.fingerprint()}, {}
    labelled = labelled_fingerprint(data, TARGETS)
    records: list[dict[str, Any]] = []
    say("features of the real objects, for the baselines")
    tables = _Tables(FeatureTable(data), FeatureTable(data, sampling_features))
    for seed in range(1 if asked.model else size.pretrainings):
        pretrained = asked.model or _pretrained(size, seed, folder, say)
        simulated = pretrained.provenance["data"]
        fingerprints[f"simulated, pretraining {seed}"] = simulated["fingerprint"]
        with_model = RunKey(labelled, pretrained.fingerprint())
        models[f"pretraining {seed}"] = with_model.model
        joined = tables.joined(pretrained, data)
        for target in TARGETS:
            task = Task.of(data, target)
            say(f"{target}: {len(task.train):,} training and {len(task.test):,} test objects")
            for n_labels, draws in ((N_LABELS, size.draws), (None, 1)):
                rows = {with_model: _with_model(pretrained, seed, n_labels, joined)}
                if seed == 0:  # these do not change with the pretraining
                    rows[RunKey(labelled)] = _without_model(tables)
                for key, methods in rows.items():
                    records += run(
                        task,
                        methods,
                        n_labels=n_labels,
                        seeds=range(draws),
                        done=log.of(key),
                        on_run=_shown(log, key, say),
                    )
    summary = summarise(records)
    seeds = {"draws": list(range(size.draws)), "pretrainings": list(range(size.pretrainings))}
    result = {
        "what": "macro AUROC on held-out real ZTF objects; mean and std over draws of labels",
        **provenance(asked.command, seeds, fingerprints),
        "models": models,
        "pretraining": {k: v for k, v in pretrained.provenance.items() if k != "events"},
        "summary": summary,
        "by_class": by_class(records),
        "runs": records,
    }
    write_result(asked.out / "foundation.json", result)
    figures.save(figure(records), asked.out / "foundation.png")
    return summary


def by_class(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mean AUROC of each class, a row per target, method and label count."""
    rows = []
    for row in summarise(records):
        key = (row["target"], row["method"], row["labels"])
        runs = [r for r in records if (r["target"], r["method"], r["labels"]) == key]
        classes = runs[0]["auroc"]
        means = {c: sum(r["auroc"][c] for r in runs) / len(runs) for c in classes}
        rows.append({"target": key[0], "method": key[1], "labels": key[2], **means})
    return rows


def figure(records: Sequence[Mapping[str, Any]]) -> Any:
    """Bars of every method with 128 labels on ``label5``, best first."""
    rows = [r for r in summarise(records) if (r["target"], r["labels"]) == (TARGETS[0], N_LABELS)]
    rows.sort(key=lambda row: -row["mean"])
    ours = {True: "with the pretrained network", False: "without it"}
    grouped = [{**row, "group": ours[row["method"].startswith("pretrained")]} for row in rows]
    return figures.method_bars(
        grouped, xlabel=f"macro AUROC on real ZTF supernovae, {N_LABELS} labels"
    )


@dataclass(frozen=True)
class _Tables:
    """Features of all real objects, computed once."""

    features: FeatureTable
    sampling: FeatureTable

    def joined(self, model: Model, lcs: LightCurves) -> FeatureTable:
        """Hand-made features beside the log probabilities of the pretrained classes."""

        def extract(some: LightCurves) -> NDArray[np.float64]:
            scores = np.log(model.predict_proba(some).astype(np.float64) + 1e-6)
            return np.hstack([self.features(some), scores])

        return FeatureTable(lcs, extract)


def _pretrained(size: Scale, seed: int, folder: Path, say: Callable[[str], None]) -> Model:
    """A model of ZTF simulations, or what an earlier run left."""
    return pretrained_network(
        Simulated(
            size.n_simulated,
            lambda: simulate(["ztf"], n=size.n_simulated, seed=1000 + seed, progress=True),
        ),
        PretrainSettings(training=replace(RECIPE, epochs=size.epochs)),
        seed=seed,
        checkpoint=folder / f"fm-{seed}",
        say=say,
    )


def _with_model(
    model: Model, seed: int, n_labels: int | None, joined: FeatureTable
) -> dict[str, Method]:
    """Rows of the table that use the pretrained model."""
    rows: dict[str, Method] = {
        "pretrained + map": finetuned(model, Map()),
        "pretrained + map, flat prior": finetuned(model, Map(prior="flat")),
        "pretrained + new head": finetuned(model, Head()),
        "pretrained + new MLP head": finetuned(model, HeadMLP()),
        "pretrained, no labels": without_labels(model),
        "pretrained, no labels, class mix estimated": without_labels_in_their_mix(model),
        "pretrained + features, boosting": baseline(FeatureBoosting, joined),
        "pretrained + features, forest": baseline(FeatureForest, joined),
    }
    if n_labels is None:
        rows["pretrained + map + all"] = finetuned(model, MapAll())
    return {_named(method, seed): row for method, row in rows.items()}


def _without_model(tables: _Tables) -> dict[str, Method]:
    """Rows of the table that know nothing of any pretraining."""
    return {
        "no pretraining": from_scratch(PretrainSettings()),
        "features + boosting": baseline(FeatureBoosting, tables.features),
        "features + forest": baseline(FeatureForest, tables.features),
        "sampling only": baseline(SamplingOnly, tables.sampling),
        "chance": chance,
    }


def _named(method: str, seed: int) -> str:
    """Rows of later pretrainings are told apart by their seed."""
    return method if seed == 0 else f"{method} (pretraining {seed})"


def _shown(
    log: RunLog, key: RunKey, say: Callable[[str], None]
) -> Callable[[dict[str, Any]], None]:
    def on_run(record: dict[str, Any]) -> None:
        log.add(record, key)
        score = f"{record['macro_auroc']:.4f}"
        say(
            f"  {record['target']}  {record['labels']:>4} labels  draw {record['seed']}  "
            f"{record['method']:<40} {score}  ({record['seconds']:.0f} s)"
        )

    return on_run
