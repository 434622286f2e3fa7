"""Which network, and which augmentation: what was tried, and how it was chosen.

Command::

    lcfm reproduce encoders --data TABLE --scale small --out results/

with TABLE the real ZTF transients (column ``label5``), of which the **training part alone** is
read. All variants learn from the same simulated ZTF curves for as many epochs, so that what differs
in cost is in their speeds, per second of CPU, which stand beside the scores. The choice is by the
mean of two: macro AUROC with 128 labels (mean of draws, scored on the rest of the training part),
and without labels on light curves that end 5, 10 and 20 days after the trigger.

======  ==============================  ============  ====================
scale   simulated curves, 13 variants   pretrainings  time on one core
======  ==============================  ============  ====================
small   20,000 × 4                      1             30 min
medium  60,000 × 6                      2             5 h
======  ==============================  ============  ====================
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lcfm.adapt.policies import Map
from lcfm.evaluate import figures
from lcfm.evaluate.methods import finetuned, without_labels
from lcfm.evaluate.protocols import Method, Task, drawn, run
from lcfm.experiments import encoders_figure
from lcfm.experiments.asked import Asked
from lcfm.experiments.encoder_variants import VARIANTS, Variant
from lcfm.experiments.networks import Simulated, pretrained_network
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.prepare.augment import AugmentedSet
from lcfm.prepare.batch import DataSet
from lcfm.prepare.preprocess import Trigger
from lcfm.prepare.split import is_test
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate
from lcfm.train.loop import train
from lcfm.train.pretrain import RECIPE, PretrainSettings

TARGET = "label5"
N_LABELS = 128
DAYS = (5.0, 10.0, 20.0)
SEED = 9100
"""Of the simulations of the first pretraining."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    n_simulated: int
    epochs: int
    pretrainings: int
    draws: int


SCALES = {
    "small": Scale(n_simulated=20_000, epochs=4, pretrainings=1, draws=3),
    "medium": Scale(n_simulated=60_000, epochs=6, pretrainings=2, draws=5),
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``encoders.json`` and its figure.

    Parameters
    ----------
    asked
        Its data are real light curves with ``label5``.

    Returns
    -------
    list of dict
        Rows of the table, best first.
    """
    asked.refuse_model()
    size, say = asked.sized(SCALES), asked.say
    folder = asked.work / "encoders" / asked.scale
    part = training_part(asked.data)
    labelled = labelled_fingerprint(part, (TARGET,))
    log = RunLog(folder / "runs.jsonl")
    records: list[dict[str, Any]] = []
    networks: list[dict[str, Any]] = []
    fingerprints = {"real, training part": part.fingerprint()}
    for seed in range(size.pretrainings):
        for name, variant in VARIANTS.items():
            model = _pretrained(name, variant, size, seed, folder, say)
            key = RunKey(labelled, model.fingerprint())
            fingerprints[f"simulated, pretraining {seed}"] = model.provenance["data"]["fingerprint"]
            cost = {"trained_per_second": training_rate(model, variant, part[:1000])}
            networks.append({"method": name, "pretraining": seed, **_costs(model, part), **cost})
            for task, method, n_labels, draw in _tasks(model, part, size, seed):
                records += run(
                    task,
                    {name: method},
                    n_labels=n_labels,
                    seeds=(draw,),
                    done=log.of(key),
                    on_run=_shown(log, key, say),
                )
    table = summarise(records, networks)
    seeds = {"draws": list(range(size.draws)), "pretrainings": list(range(size.pretrainings))}
    result = {
        "what": "macro AUROC on the training part of real ZTF objects; losses on simulations that "
        "were held out; mean and std over draws and pretrainings",
        "scale": asked.scale,
        **provenance(asked.command, seeds, fingerprints),
        "chosen": table[0]["method"],
        "summary": table,
        "networks": networks,
        "runs": records,
    }
    write_result(asked.out / "encoders.json", result)
    figures.save(encoders_figure.draw(table), asked.out / "encoders.png")
    return table


def training_part(lcs: LightCurves) -> LightCurves:
    """Labelled objects that are not for testing."""
    return lcs[(lcs.column(TARGET) != "") & ~is_test(lcs.column("event_id"))]


def as_of(lcs: LightCurves, day: float) -> LightCurves:
    """Light curves until a day since the trigger, that day included."""
    end = Trigger().origin(lcs) + day
    return lcs.select_points(lcs.points["mjd"] <= np.repeat(end, lcs.lengths))


def target_at(day: float) -> str:
    """How records call the early task of a day."""
    return f"{TARGET} at {day:+g} d"


def summarise(
    records: Sequence[Mapping[str, Any]], networks: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """One row per variant, best first.

    ``score`` is the mean of the score with few labels and of the mean early score.

    Parameters
    ----------
    records
        ``runs`` of the result.
    networks
        ``networks`` of the result.
    """
    rows = []
    for name in dict.fromkeys(r["method"] for r in records):
        scores = {
            target: np.array(
                [r["macro_auroc"] for r in records if (r["method"], r["target"]) == (name, target)]
            )
            for target in (TARGET, _few(), *map(target_at, DAYS))
        }
        early = float(np.mean([scores[target_at(day)].mean() for day in DAYS]))
        few = scores[_few()]
        mine = [n for n in networks if n["method"] == name]
        row = {
            "method": name,
            "score": (float(few.mean()) + early) / 2,
            "few_labels": float(few.mean()),
            "few_labels_std": float(few.std(ddof=1)) if len(few) > 1 else None,
            "early": early,
            **{f"{day:+g} d": float(scores[target_at(day)].mean()) for day in DAYS},
            "no_labels": float(scores[TARGET].mean()),
        }
        row |= {k: float(np.mean([n[k] for n in mine])) for k in _NUMBERS}
        rows.append(row)
    return sorted(rows, key=lambda row: -row["score"])


_NUMBERS = ("valid_loss", "parameters", "trained_per_second", "embedded_per_second")


def _few() -> str:
    return f"{TARGET}, {N_LABELS} labels"


def _tasks(
    model: Model, part: LightCurves, size: Scale, seed: int
) -> list[tuple[Task, Method, int, int]]:
    """Task, method, labels and seed of each score of a network."""
    plain, adapted = without_labels(model), finetuned(model, Map())
    tasks = [(_task(TARGET, part, part), plain, 0, seed)]
    tasks += [(_task(target_at(day), part, as_of(part, day)), plain, 0, seed) for day in DAYS]
    for draw in range(size.draws):
        few = drawn(part, N_LABELS, draw)
        rest = part[~np.isin(part.object_id, few.object_id)]
        tasks.append((_task(_few(), few, rest), adapted, N_LABELS, draw))
    return tasks


def _task(name: str, train: LightCurves, test: LightCurves) -> Task:
    """Records go by the column of a task, so that each score has one of its own."""
    named = [part.with_columns(**{name: part.column(TARGET)}) for part in (train, test)]
    return Task(name, named[0], named[1], 0)


def training_rate(model: Model, variant: Variant, lcs: LightCurves) -> float:
    """Light curves per second of CPU that the training loop takes, tokens made before.

    Parameters
    ----------
    model
        Gives the network, which stays as it is.
    variant
        Its augmentation is part of the cost.
    lcs
        Labelled light curves.
    """
    network = copy.deepcopy(model.network)
    objective = Classify(ClassifySettings(column=TARGET), network.latent_size, lcs)
    data = DataSet(model.inputs(lcs), objective.columns(lcs))
    if variant.augment:
        data = AugmentedSet(data.tokens, data.columns, lcs, model.inputs, variant.augment)
    start = time.process_time()
    train(network, objective, data, None, replace(RECIPE, epochs=1, device="cpu"), seed=0)
    return round(len(lcs) / (time.process_time() - start))


def _costs(model: Model, part: LightCurves) -> dict[str, Any]:
    """Loss, size and speed of a network."""
    start = time.process_time()
    model.embed(part)
    return {
        "model": model.fingerprint(),
        "valid_loss": model.provenance["last_epoch"]["valid_loss"],
        "parameters": sum(p.numel() for p in model.network.parameters()),
        "embedded_per_second": round(len(part) / (time.process_time() - start)),
    }


@lru_cache(maxsize=1)  # all variants of a pretraining learn from the same
def _simulated(n: int, seed: int) -> LightCurves:
    return simulate(["ztf"], n=n, seed=SEED + seed)


def _pretrained(
    name: str,
    variant: Variant,
    size: Scale,
    seed: int,
    folder: Path,
    say: Callable[[str], None],
) -> Model:
    settings = PretrainSettings(
        encoder=variant.encoder,
        augment=variant.augment,
        training=replace(RECIPE, epochs=size.epochs, learning_rate=variant.learning_rate),
    )
    return pretrained_network(
        Simulated(size.n_simulated, lambda: _simulated(size.n_simulated, seed)),
        settings,
        seed=seed,
        checkpoint=folder / f"{name.replace(' ', '')}-{seed}",
        say=say,
    )


def _shown(
    log: RunLog, key: RunKey, say: Callable[[str], None]
) -> Callable[[dict[str, Any]], None]:
    def on_run(record: dict[str, Any]) -> None:
        log.add(record, key)
        say(f"  {record['method']:<45} {record['target']:<20} {record['macro_auroc']:.4f}")

    return on_run
