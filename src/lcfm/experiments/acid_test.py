"""Acid test: what does a network make of real objects that has seen simulations only?

One network learns from ZTF, YSE and OSC simulated together; it is scored on real objects of each,
their classes taken to be equally likely. Means are over pretrainings with other seeds, and other
simulations with them.

======  ===========================  ============  =============  ==========
scale   simulated curves per survey  pretrainings  real objects   on 2 cores
======  ===========================  ============  =============  ==========
small   30,000 × 4                   1             training part  8 min
medium  150,000 × 3                  3             training part  1 h
final   150,000 × 3                  3             test part      1 h
full    1,000,000 × 4                3             test part      (GPU)
======  ===========================  ============  =============  ==========

``final`` takes up the networks of ``medium``: it is for the day on which the simulator is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lcfm.adapt.answering import answering
from lcfm.evaluate.metrics import classification_metrics
from lcfm.experiments.networks import Simulated, pretrained_network
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate
from lcfm.train.pretrain import RECIPE, PretrainSettings

SURVEYS = ("ztf", "yse", "osc")
PRETRAINING_SEED = 600
FINGERPRINTED = 100
"""Light curves of each survey by which a simulator is known."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    n_simulated: int
    """Light curves of each survey."""
    epochs: int
    pretrainings: int
    reads_test: bool


SCALES = {
    "small": Scale(n_simulated=30_000, epochs=4, pretrainings=1, reads_test=False),
    "medium": Scale(n_simulated=150_000, epochs=3, pretrainings=3, reads_test=False),
    "final": Scale(n_simulated=150_000, epochs=3, pretrainings=3, reads_test=True),
    "full": Scale(n_simulated=1_000_000, epochs=4, pretrainings=3, reads_test=True),
}


def acid_test(
    part: LightCurves,
    target: str,
    size: Scale,
    work: Path,
    name: str,
    *,
    model: Model | None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Score networks on real objects without any real label.

    Parameters
    ----------
    part
        Real objects.
    target
        Column with their classes.
    work
        Folder for trained networks, which all real tables share, and for finished runs.
    name
        Of the real table.
    model
        A model pretrained on simulations alone, in place of new ones.

    Returns
    -------
    dict
        ``mean`` and ``std`` of the macro AUROC, and under ``runs`` what each network scored.
    """
    folder = networks(size, work)
    log = RunLog(folder / f"{name}.jsonl")
    runs = []
    for seed in range(1 if model else size.pretrainings):
        network = model or _pretrained(size, seed, folder, say)
        runs.append(_score(part, target, network, seed, log))
        say(f"  acid test, pretraining {seed}: macro AUROC {runs[-1]['macro_auroc']:.4f}")
    scores = np.array([run["macro_auroc"] for run in runs])
    return {
        "target": target,
        "part": "test" if size.reads_test else "training",
        "objects": len(part),
        "mean": float(scores.mean()),
        "std": float(scores.std(ddof=1)) if len(scores) > 1 else None,
        "runs": runs,
    }


def _pretrained(size: Scale, seed: int, folder: Path, say: Callable[[str], None]) -> Model:
    """A model of all surveys' simulations, or what an earlier run left."""

    def make() -> LightCurves:
        chance = PRETRAINING_SEED + seed
        return simulate(list(SURVEYS), n=size.n_simulated, seed=chance, progress=True)

    return pretrained_network(
        Simulated(size.n_simulated * len(SURVEYS), make),
        PretrainSettings(training=replace(RECIPE, epochs=size.epochs)),
        seed=seed,
        checkpoint=folder / f"fm-{seed}",
        say=say,
    )


def networks(size: Scale, work: Path) -> Path:
    """Folder of networks of this size and of this simulator: older ones are not taken up."""
    simulator = simulate(list(SURVEYS), n=FINGERPRINTED, seed=PRETRAINING_SEED).fingerprint()
    return work / "realism" / f"{size.n_simulated}x{size.epochs}-{simulator[:8]}"


def _score(part: LightCurves, target: str, model: Model, seed: int, log: RunLog) -> dict[str, Any]:
    key = RunKey(labelled_fingerprint(part, [target]), model.fingerprint())
    done = log.of(key)
    if done:
        return done[0]
    classes = tuple(sorted(set(part.column(target))))
    served = answering(model, classes)
    record = {
        "method": "pretrained, no labels, flat prior",
        "seed": seed,
        "simulated_objects": model.provenance["data"]["objects"],
        "simulated": model.provenance["data"]["fingerprint"],
        "valid_loss": model.provenance["best_valid_loss"],
        **classification_metrics(part.column(target), served.predict_proba(part), served.classes_),
    }
    log.add(record, key)
    return record
