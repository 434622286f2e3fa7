"""How far are simulations from real data, and what does a network learn from them alone?

Command, once for each real table::

    lcfm reproduce realism --data TABLE --scale medium --out results/

with TABLE the real ZTF transients, YSE data release 1, or what others simulated for DES (SPCC) and
LSST (PLAsTiCC). Its ``survey`` column says which of our surveys is simulated beside it. Each run
writes its part of ``realism.json`` and leaves the others as they are:

distributions
    magnitudes, colours, widths, points, signal to noise and redshifts, real and simulated;
told apart
    AUROC of a classifier between simulated and real objects of one class, matched in redshift and
    signal to noise (aim: at most 0.80), and the features that it rests on;
acid test
    macro AUROC on real objects of a network that has seen simulations only, flat prior, mean over
    pretrainings with other seeds.

Distributions and told apart use real objects of the training part only. So does the acid test at
scale ``small``, which is for work on the simulator; ``medium`` and ``full`` read the test part.

======  =================  ============  ==========
scale   simulated curves   pretrainings  on 2 cores
======  =================  ============  ==========
small   30,000 × 4         1             5 min
medium  150,000 × 4        3             40 min
full    1,000,000 × 3      3             (GPU)
======  =================  ============  ==========
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lcfm.adapt.fit import zero_label
from lcfm.errors import LcfmError
from lcfm.evaluate import distributions, figures
from lcfm.evaluate.features import features
from lcfm.evaluate.metrics import classification_metrics
from lcfm.evaluate.told_apart import Side, told_apart
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate
from lcfm.train.pretrain import RECIPE, PretrainSettings, pretrain

FILE = "realism.json"
COMPARED_PER_CLASS = 1500
"""Real objects of a class that are compared, at most, and simulated ones beside them, at least."""
SURPLUS = 4
"""Simulated objects drawn for each real one, so that near neighbours are found."""
COMPARISON_SEED = 500
PRETRAINING_SEED = 600


@dataclass(frozen=True)
class RealSet:
    """A real table, how its ``survey`` column begins, and what of ours stands beside it."""

    name: str
    begins: str
    survey: str
    target: str
    compared: tuple[str, ...]


REAL_SETS: tuple[RealSet, ...] = (
    RealSet("ztf", "ztf", "ztf", "label5", ("SNIa", "SNII", "SNIb/c", "SLSN-I", "TDE")),
    RealSet("yse", "yse", "yse", "label3", ("SNIa", "SNII", "SNIb/c")),
    RealSet("osc", "osc", "osc", "label3", ("SNIa", "SNII", "SNIb/c")),
    RealSet("spcc", "des", "des", "label3", ("SNIa", "SNII")),
    RealSet("plasticc", "lsst", "lsst", "label5", ("SNIa", "SNII")),
)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    n_simulated: int
    epochs: int
    pretrainings: int
    reads_test: bool


SCALES = {
    "small": Scale(n_simulated=30_000, epochs=4, pretrainings=1, reads_test=False),
    "medium": Scale(n_simulated=150_000, epochs=4, pretrainings=3, reads_test=True),
    "full": Scale(n_simulated=1_000_000, epochs=3, pretrainings=3, reads_test=True),
}


def main(
    data: LightCurves,
    out: Path,
    *,
    scale: str,
    work: Path,
    model: Model | None,
    command: str,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Compare one real table with simulations; see :func:`lcfm.experiments.foundation.main`.

    Parameters
    ----------
    model
        A model pretrained on simulations alone, for the acid test in place of new ones.
    """
    if scale not in SCALES:
        raise LcfmError(f"unknown scale {scale!r}; known: {', '.join(SCALES)}")
    size, kind = SCALES[scale], real_set(data)
    labelled = data[data.column(kind.target) != ""]
    test = is_test(labelled.column("event_id"))
    say(
        f"{kind.name}: {len(labelled):,} objects of {kind.target}, {test.sum():,} of them for tests"
    )
    out.mkdir(parents=True, exist_ok=True)
    comparison = compare(labelled[~test], kind, out, say)
    part = labelled[test] if size.reads_test else labelled[~test]
    log = RunLog(work / kind.name / scale / "runs.jsonl")
    records = []
    for seed in range(1 if model else size.pretrainings):
        records.append(_acid(part, kind, size, seed, model, log, say))
    scores = np.array([record["macro_auroc"] for record in records])
    result = {
        **provenance(
            command,
            {
                "simulated for comparison": COMPARISON_SEED,
                "pretrainings": list(range(len(records))),
            },
            {"real": data.fingerprint()},
        ),
        "scale": scale,
        **comparison,
        "acid_test": {
            "target": kind.target,
            "part": "test" if size.reads_test else "training",
            "objects": len(part),
            "mean": float(scores.mean()),
            "std": float(scores.std(ddof=1)) if len(scores) > 1 else None,
            "runs": records,
        },
    }
    _merge(out / FILE, kind.name, result)
    return [
        {
            "set": kind.name,
            "class": label,
            "real": found["real_objects"],
            "told apart": None if found["told_apart"] is None else found["told_apart"]["auroc"],
            "acid test": result["acid_test"]["mean"],
        }
        for label, found in comparison["classes"].items()
    ]


def real_set(data: LightCurves) -> RealSet:
    """Find out which real table this is, by its ``survey`` column.

    Raises
    ------
    LcfmError
        None of ours stands beside it.
    """
    names = sorted({str(name).lower() for name in data.column("survey")})
    for kind in REAL_SETS:
        if names and all(name.startswith(kind.begins) for name in names):
            return kind
    raise LcfmError(
        f"no simulated survey stands beside {', '.join(names) or 'an empty table'}; expected a "
        f"survey column that begins with one of {', '.join(kind.begins for kind in REAL_SETS)}"
    )


def compare(
    real: LightCurves, kind: RealSet, out: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Distributions and told-apart AUROC of every class, and their figure."""
    rng = np.random.default_rng(COMPARISON_SEED)
    labels = real.column(kind.target)
    chosen = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == c))[:COMPARED_PER_CLASS] for c in kind.compared]
    )
    real = real[np.sort(chosen)]
    most = max(int((real.column(kind.target) == c).sum()) for c in kind.compared)
    n_classes = 8  # the default mix
    simulated = simulate(
        [kind.survey], n=n_classes * max(SURPLUS * most, COMPARED_PER_CLASS), seed=COMPARISON_SEED
    )
    simulated = simulated[np.isin(simulated.column("label"), kind.compared)]
    say(f"features of {len(real):,} real and {len(simulated):,} simulated objects")
    sides, classes = {}, {}
    tables = {"real": features(real), "simulated": features(simulated)}
    measured = {
        "real": distributions.measure(real, tables["real"]),
        "simulated": distributions.measure(simulated, tables["simulated"]),
    }
    for label in kind.compared:
        rows = {
            "real": real.column(kind.target) == label,
            "simulated": simulated.column("label") == label,
        }
        seen = {
            side: {name: values[rows[side]] for name, values in measured[side].items()}
            for side in rows
        }
        both = {
            side: Side(tables[side][rows[side]], seen[side]["redshift"], seen[side]["peak_snr"])
            for side in rows
        }
        found = told_apart(both["real"], both["simulated"], seed=COMPARISON_SEED)
        sides[label] = seen["real"], seen["simulated"]
        classes[label] = {
            "real_objects": int(rows["real"].sum()),
            "told_apart": found,
            "distributions": distributions.compare(*sides[label]),
        }
        shown = "too few to tell" if found is None else f"told apart {found['auroc']:.3f}"
        say(f"  {label:<8} {rows['real'].sum():>5} real  {shown}")
    figures.save(distributions.figure(sides), out / f"realism_{kind.name}.png", dpi=110)
    return {"simulated": simulated.fingerprint(), "classes": classes}


def _acid(
    part: LightCurves,
    kind: RealSet,
    size: Scale,
    seed: int,
    model: Model | None,
    log: RunLog,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Score one pretrained network that has seen no real label."""
    checkpoint = log.path.parent / f"fm-{seed}"
    pretrained = model or _pretrained(kind, size, seed, checkpoint, say)
    key = RunKey(labelled_fingerprint(part, [kind.target]), pretrained.fingerprint())
    done = log.of(key)
    if done:
        return done[0]
    classes = tuple(sorted(set(part.column(kind.target))))
    served = zero_label(pretrained, classes)
    record = {
        "method": "pretrained, no labels, flat prior",
        "seed": seed,
        "simulated_objects": pretrained.provenance["data"]["objects"],
        "simulated": pretrained.provenance["data"]["fingerprint"],
        "valid_loss": pretrained.provenance["best_valid_loss"],
        **classification_metrics(
            part.column(kind.target), served.predict_proba(part), served.classes_
        ),
    }
    log.add(record, key)
    say(f"  acid test, pretraining {seed}: macro AUROC {record['macro_auroc']:.4f}")
    return record


def _pretrained(
    kind: RealSet, size: Scale, seed: int, checkpoint: Path, say: Callable[[str], None]
) -> Model:
    if checkpoint.is_dir():
        return Model.load(checkpoint)
    say(f"simulating {size.n_simulated:,} {kind.survey} light curves, seed {seed}")
    simulated = simulate(
        [kind.survey], n=size.n_simulated, seed=PRETRAINING_SEED + seed, progress=True
    )
    model = pretrain(
        simulated,
        PretrainSettings(training=replace(RECIPE, epochs=size.epochs)),
        seed=seed,
        folder=checkpoint.with_name(f"training-{seed}"),
        resume=True,
        progress=True,
    )
    model.save(checkpoint)
    return model


def _merge(path: Path, name: str, result: Mapping[str, Any]) -> None:
    """Put one set's result into the file, beside those of other sets."""
    document = json.loads(path.read_text()) if path.exists() else {}
    document.setdefault("what", "simulated beside real light curves, and a network of simulations")
    document.setdefault("sets", {})[name] = result
    write_result(path, document)
