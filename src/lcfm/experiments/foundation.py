"""Does pretraining on simulations help on real supernovae?

Command::

    lcfm reproduce foundation --data TABLE --scale medium --out results/

with TABLE the real ZTF transients (columns ``label5`` and ``label3``). Simulates ZTF light curves of
eight classes, pretrains, and compares on held-out real objects, with 128 labels (5 draws) and all:
the model without labels, the model fine-tuned, the same network without pretraining, hand-crafted
features with boosting and with a forest, sampling alone, and chance.

==========  =================  ===========  ===============================================
scale       simulated curves   on 2 cores   expected macro AUROC on ``label5``, 128 labels
==========  =================  ===========  ===============================================
small       20,000 × 5         6 min        0.93
medium      200,000 × 15       50 min       0.96
full        400,000 × 40       (GPU)        0.97
==========  =================  ===========  ===============================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lcfm.adapt.policies import Head, HeadMLP, Map, MapAll
from lcfm.evaluate.baselines import Chance, FeatureBoosting, FeatureForest, SamplingOnly
from lcfm.evaluate.methods import finetuned, from_scratch, without_labels
from lcfm.evaluate.protocols import ALL, Method, Task, run, summarise
from lcfm.experiments.runs import RunLog, provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import CosineRate, FullLength, TrainSettings

N_LABELS = 128
TARGETS = ("label5", "label3")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    n_simulated: int
    epochs: int
    pretrainings: int
    draws: int
    batch_size: int = 256


SCALES = {
    "small": Scale(n_simulated=20_000, epochs=5, pretrainings=1, draws=5),
    "medium": Scale(n_simulated=200_000, epochs=15, pretrainings=1, draws=5),
    "full": Scale(n_simulated=400_000, epochs=40, pretrainings=3, draws=10, batch_size=512),
}


def main(
    data: LightCurves,
    scale: str,
    out: Path,
    *,
    command: str = "",
    work: Path = Path("runs/foundation"),
    model: Model | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Run the experiment and write ``foundation.json``.

    Parameters
    ----------
    data
        Real light curves with ``label5`` and ``label3``.
    scale
        A key of :data:`SCALES`.
    out
        Folder for the result.
    work
        Folder for simulations, checkpoints and finished runs; a killed experiment resumes there.
    model
        A pretrained model to use instead of pretraining.
    say
        Shows one line of progress.
    """
    size = SCALES[scale]
    log = RunLog(work / scale / "runs.jsonl")
    tables: dict[str, str] = {"real": data.fingerprint()}
    for seed in range(size.pretrainings):
        pretrained = model or pretrained_model(size, seed, work / scale, say)
        if "data" in pretrained.provenance:
            tables[f"simulated, pretraining {seed}"] = pretrained.provenance["data"]["fingerprint"]
        for target in TARGETS:
            task = Task.of(data, target)
            say(f"{target}: {len(task.train):,} training, {len(task.test):,} test objects")
            for n_labels, seeds in ((N_LABELS, range(size.draws)), (None, range(1))):
                run(
                    task,
                    {k: v for k, v in _methods(pretrained, seed, n_labels).items()},
                    n_labels=n_labels,
                    seeds=list(seeds),
                    done=log.records,
                    on_run=_shown(log, say),
                )
        if model is not None:
            break
    result = {
        "what": "macro AUROC on real ZTF test objects; mean and std over draws and pretrainings",
        **provenance(
            command, {"draws": list(range(size.draws)), "pretraining": size.pretrainings}, tables
        ),
        "scale": scale,
        "simulated_objects": size.n_simulated,
        "epochs": size.epochs,
        "summary": summarise(log.records),
        "runs": log.records,
    }
    write_result(out / "foundation.json", result)
    return result


def pretrained_model(size: Scale, seed: int, folder: Path, say: Callable[[str], None]) -> Model:
    """Simulate and pretrain, or take up what an earlier run left."""
    checkpoint = folder / f"fm-{seed}"
    if checkpoint.is_dir():
        return Model.load(checkpoint)
    say(f"simulating {size.n_simulated:,} ZTF light curves")
    simulated = simulate(["ztf"], n=size.n_simulated, seed=1000 + seed, progress=True)
    training = TrainSettings(
        epochs=size.epochs,
        batch_size=size.batch_size,
        learning_rate=2e-3,
        rate=CosineRate(),
        stopping=FullLength(),
    )
    say(f"pretraining {size.epochs} epochs")
    model = pretrain(
        simulated,
        PretrainSettings(training=training),
        seed=seed,
        folder=folder / f"training-{seed}",
        resume=True,
        progress=True,
    )
    model.save(checkpoint)
    return model


def _methods(model: Model, seed: int, n_labels: int | None) -> dict[str, Method]:
    """Rows of the table; those without a model run once, with the first pretraining."""
    rows: dict[str, Method] = {
        "pretrained + map": finetuned(model, Map()),
        "pretrained + map, flat prior": finetuned(model, Map(prior="flat")),
        "pretrained + new head": finetuned(model, Head()),
        "pretrained + new MLP head": finetuned(model, HeadMLP()),
        "pretrained, no labels": without_labels(model),
    }
    if n_labels is None:
        rows["pretrained + map + all"] = finetuned(model, MapAll())
    rows = {_named(k, seed): v for k, v in rows.items()}
    if seed == 0:
        settings = PretrainSettings()
        rows |= {
            "no pretraining": from_scratch(settings),
            "features + boosting": _baseline(FeatureBoosting),
            "features + forest": _baseline(FeatureForest),
            "sampling only": _baseline(SamplingOnly),
            "chance": _baseline(Chance),
        }
    return rows
