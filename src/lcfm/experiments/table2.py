"""Redshifts for a telescope that has none: the simulation-pretrained FM's table 2.

Command::

    lcfm reproduce table2 --data plasticc --data spcc --scale small --out results/

Networks learn redshifts of simulated light curves of LSST, of ZTF and then LSST, or of ZTF alone;
in the last case the pretrained network is frozen, as in the paper, and LSST is new to its head. The
tables of ``--data`` are simulations that others made: PLAsTiCC (LSST) and the supernova
classification challenge (DES, which no network has seen). Every row is scored on their test parts
too, beside networks that learn from 128 or all redshifts of their training parts.

All scores are given inside the redshifts of ZTF's sample, as in the paper, and without that limit.

======  =======================================  =====  ==========
scale   redshifts of ZTF, of LSST (3/4 teach)    draws  on 2 cores
======  =======================================  =====  ==========
small   2,000, 2,000                             2      20 min
medium  10,000, 9,990                            2      hours
full    10,000, 9,990 (the paper's)              5      (GPU)
======  =======================================  =====  ==========
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lcfm.errors import LcfmError
from lcfm.evaluate import figures
from lcfm.evaluate.baselines import FeatureTable
from lcfm.evaluate.features import features
from lcfm.evaluate.metrics import regression_metrics
from lcfm.experiments import table2_figure
from lcfm.experiments.pretrainings import PRETRAININGS, SIZES, network
from lcfm.experiments.runs import RunKey, RunLog, provenance, write_result
from lcfm.experiments.zero_shot import Estimator, Make, Row, direct_rows, own_rows
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate

REDSHIFT_SEED = 8000
"""Of the redshift simulations: events that no pretraining has seen."""
FEW = 128
PAPER = {
    "none | LSST | network": (0.0750, 0.025),
    "none | ZTF, LSST | network": (0.0614, 0.003),
    "classifier | ZTF, LSST | network": (0.0579, 0.006),
    "none | ZTF | network": (0.1869, 0.012),
    "classifier | ZTF | frozen network": (0.1035, 0.0081),
    "contrastive | ZTF | frozen network": (0.0727, 0.0056),
    "adversarial | ZTF | frozen network": (0.0744, 0.0063),
    "contrastive | ZTF | 100 neighbours": (0.0854, 0.0040),
}
"""Mean squared error of the paper's rows on its own LSST simulations, inside ZTF's redshifts."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many redshifts, and how often each network is tuned."""

    ztf: int
    lsst: int
    draws: int


SCALES = {
    "small": Scale(ztf=2_000, lsst=2_000, draws=2),
    "medium": Scale(ztf=10_000, lsst=9_990, draws=2),
    "full": Scale(ztf=10_000, lsst=9_990, draws=5),
}


@dataclass(frozen=True)
class Sets:
    """All redshifts of the experiment.

    Attributes
    ----------
    ztf, lsst
        Training parts of our simulations.
    train, test
        Training and test parts of what is scored, by name; ``LSST`` is ours.
    inside
        Lowest and highest redshift of `ztf`.
    """

    ztf: LightCurves
    lsst: LightCurves
    train: Mapping[str, LightCurves]
    test: Mapping[str, LightCurves]
    inside: tuple[float, float]


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
    """Run the table; see :func:`lcfm.experiments.foundation.main`.

    Parameters
    ----------
    data
        Simulations of others with ``redshift``, told apart by ``survey``; objects of an empty
        ``label5`` are left out where there is such a column.
    model
        Not used: the table compares pretrainings.
    """
    if scale not in SCALES:
        raise LcfmError(f"unknown scale {scale!r}; known: {', '.join(SCALES)}")
    if model is not None:
        raise LcfmError("table2 compares pretrainings of its own; leave out --model")
    size, folder = SCALES[scale], work / "table2" / scale
    say("simulating redshifts")
    sets = make_sets(data, size)
    for name, test in sets.test.items():
        say(f"  {name}: {len(test):,} objects to test on")
    say("features, for the trees")
    tables = FeatureTable(LightCurves.concat([sets.ztf, *sets.test.values()]), features)
    log = RunLog(folder / "runs.jsonl")
    key = RunKey("-".join([sets.ztf.fingerprint(), data.fingerprint()]))
    records: list[dict[str, Any]] = []
    fingerprints: dict[str, str] = {}
    for seed in range(SIZES[scale].pretrainings):
        networks = {name: network(name, scale, seed, work=work, say=say) for name in PRETRAININGS}
        fingerprints |= {f"{name}, {seed}": m.fingerprint() for name, m in networks.items()}
        for draw in range(size.draws):
            rows = _rows(sets, networks, tables, 100 * seed + draw)
            records += run(rows, sets, log, key, (seed, draw), say)
    summary = summarise(records)
    result = {
        "what": "redshifts: mean and std over pretrainings and draws",
        **provenance(
            command,
            {"pretrainings": list(range(SIZES[scale].pretrainings)), "draws": size.draws},
            {"given": data.fingerprint(), "ZTF redshifts": sets.ztf.fingerprint()},
        ),
        "scale": scale,
        "inside": sets.inside,
        "models": fingerprints,
        "summary": summary,
        "runs": records,
    }
    write_result(out / "table2.json", result)
    figures.save(table2_figure.draw(summary), out / "table2.png")
    return [row for row in summary if row["test"] == "LSST" and row["redshifts"] == "inside"]


def simulated_redshifts(size: Scale) -> dict[str, LightCurves]:
    """Simulated objects of ``ztf`` and ``lsst``, events that no pretraining has seen."""
    return {
        name: simulate([name], n=n, seed=REDSHIFT_SEED)
        for name, n in (("ztf", size.ztf), ("lsst", size.lsst))
    }


def make_sets(data: LightCurves, size: Scale) -> Sets:
    """Simulate redshifts of ZTF and LSST, and cut what is given into training and test parts."""
    ours = simulated_redshifts(size)
    known = np.isfinite(data.numbers("redshift"))
    if "label5" in data.objects.column_names:
        known &= data.column("label5") != ""
    given = data[known]
    names = given.column("survey")
    scored = {"LSST": ours["lsst"]} | {
        f"{name} of others": given[names == name] for name in sorted(set(names))
    }
    parts = {name: (table, is_test(table.column("event_id"))) for name, table in scored.items()}
    ztf = ours["ztf"][~is_test(ours["ztf"].column("event_id"))]
    redshift = ztf.numbers("redshift")
    return Sets(
        ztf,
        parts["LSST"][0][~parts["LSST"][1]],
        {name: table[~test] for name, (table, test) in parts.items()},
        {name: table[test] for name, (table, test) in parts.items()},
        (float(redshift.min()), float(redshift.max())),
    )


def _rows(
    sets: Sets, networks: Mapping[str, Model], tables: FeatureTable, seed: int
) -> Iterator[tuple[Row, Make]]:
    yield from own_rows(sets.ztf, sets.lsst, networks, tables, seed)
    for name, train in sets.train.items():
        if name != "LSST":
            yield from direct_rows(name, train, FEW, seed)


def run(
    rows: Iterator[tuple[Row, Make]],
    sets: Sets,
    log: RunLog,
    key: RunKey,
    numbers: tuple[int, int],
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Make and score every row that is not in the log yet; a record per row, test set and range."""
    pretraining, draw = numbers
    done: dict[str, list[dict[str, Any]]] = {}
    for record in log.of(key):
        if (record["pretraining"], record["draw"]) == numbers:
            done.setdefault(record["row"], []).append(record)
    records = []
    for row, make in rows:
        wanted = row.scored_on or tuple(sets.test)
        found = done.get(row.name, [])
        if len(found) < 2 * len(wanted):
            estimator = make()
            found = [
                {"row": row.name, "pretraining": pretraining, "draw": draw, **scored}
                for name in wanted
                for scored in score(estimator, name, sets)
            ]
            for record in found:
                log.add(record, key)
            say(f"  {row.name:<56} {_shown(found)}")
        records += found
    return records


def score(estimator: Estimator, name: str, sets: Sets) -> list[dict[str, Any]]:
    """Scores on a test set, inside the redshifts of ZTF and everywhere."""
    test = sets.test[name]
    truth, guess = test.numbers("redshift"), estimator.predict(test)
    low, high = sets.inside
    inside = (truth >= low) & (truth <= high)
    return [
        {"test": name, "redshifts": limit, **regression_metrics(truth[rows], guess[rows])}
        for limit, rows in (("inside", inside), ("all", np.ones(len(test), dtype=bool)))
    ]


def _shown(found: Sequence[Mapping[str, Any]]) -> str:
    return "  ".join(f"{r['test']} R² {r['r2']:.3f}" for r in found if r["redshifts"] == "inside")


def summarise(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mean and deviation of MSE and R², a row per method, test set and range."""
    rows = []
    for key in dict.fromkeys((r["row"], r["test"], r["redshifts"]) for r in records):
        runs = [r for r in records if (r["row"], r["test"], r["redshifts"]) == key]
        row: dict[str, Any] = {"row": key[0], "test": key[1], "redshifts": key[2]}
        for metric in ("mse", "r2"):
            values = np.array([r[metric] for r in runs], dtype=np.float64)
            row[metric] = float(values.mean())
            row[f"{metric}_std"] = float(values.std(ddof=1)) if len(values) > 1 else None
        ours = key[1:] == ("LSST", "inside")
        row["paper_mse"] = PAPER[key[0]][0] if ours and key[0] in PAPER else None
        rows.append({**row, "runs": len(runs)})
    return rows
