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
    macro AUROC on real objects of networks that have seen simulations only
    (:mod:`lcfm.experiments.acid_test`); not for what others simulated.

Distributions and told apart use real objects of the training part only. So does the acid test,
while the simulator is worked on; scales ``final`` and ``full`` read the test part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lcfm.errors import LcfmError
from lcfm.evaluate import distributions, figures
from lcfm.evaluate.features import features
from lcfm.evaluate.told_apart import Side, told_apart
from lcfm.experiments import realism_figure
from lcfm.experiments.acid_test import SCALES, acid_test
from lcfm.experiments.asked import Asked
from lcfm.experiments.runs import provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.simulate.run import simulate

FILE = "realism.json"
COMPARED_PER_CLASS = 1500
"""Real objects of a class that are compared, at most, and simulated ones beside them, at least."""
SURPLUS = 4
"""Simulated objects drawn for each real one, so that near neighbours are found."""
COMPARISON_SEED = 500


@dataclass(frozen=True)
class RealSet:
    """A table of others, how its ``survey`` column begins, and what of ours stands beside it."""

    name: str
    begins: str
    survey: str
    target: str
    compared: tuple[str, ...]
    observed: bool = True
    """Whether the sky was observed, and not simulated by others."""


REAL_SETS: tuple[RealSet, ...] = (
    RealSet("ztf", "ztf", "ztf", "label5", ("SNIa", "SNII", "SNIb/c", "SLSN-I", "TDE")),
    RealSet("yse", "yse", "yse", "label3", ("SNIa", "SNII", "SNIb/c")),
    RealSet("osc", "osc", "osc", "label3", ("SNIa", "SNII", "SNIb/c")),
    RealSet("spcc", "des", "des", "label3", ("SNIa", "SNII"), observed=False),
    RealSet("plasticc", "lsst", "plasticc", "label5", ("SNIa", "SNII"), observed=False),
)


def main(asked: Asked) -> list[dict[str, Any]]:
    """Compare one real table with simulations.

    Parameters
    ----------
    asked
        Its model, if there is one, was pretrained on simulations alone, and takes the acid test in
        place of new ones.
    """
    data, out, say = asked.data, asked.out, asked.say
    size, kind = asked.sized(SCALES), real_set(data)
    labelled = data[data.column(kind.target) != ""]
    test = is_test(labelled.column("event_id"))
    say(
        f"{kind.name}: {len(labelled):,} objects of {kind.target}, {test.sum():,} of them for tests"
    )
    out.mkdir(parents=True, exist_ok=True)
    comparison = compare(labelled[~test], kind, out, say)
    result: dict[str, Any] = {
        **provenance(
            asked.command,
            {"simulated for comparison": COMPARISON_SEED},
            {"real": data.fingerprint()},
        ),
        "scale": asked.scale,
        **comparison,
    }
    if kind.observed:
        part = labelled[test] if size.reads_test else labelled[~test]
        result["acid_test"] = acid_test(
            part, kind.target, size, asked.work, kind.name, model=asked.model, say=say
        )
    document = _merge(out / FILE, kind.name, result)
    figures.save(realism_figure.draw(document["sets"]), out / "realism.png", dpi=110)
    return [
        {
            "set": kind.name,
            "class": label,
            "real": found["real_objects"],
            "told apart": None if found["told_apart"] is None else found["told_apart"]["auroc"],
            "acid test": result["acid_test"]["mean"] if kind.observed else None,
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


def _merge(path: Path, name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Put one set's result into the file, beside those of other sets; return all of it."""
    document: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    document.setdefault("what", "simulated beside real light curves, and a network of simulations")
    sets = {**document.get("sets", {}), name: result}
    order = [kind.name for kind in REAL_SETS]
    document["sets"] = dict(sorted(sets.items(), key=lambda item: order.index(item[0])))
    write_result(path, document)
    return document
