"""Redshifts for a telescope that has none: the simulation-pretrained FM's table 2.

Command::

    lcfm reproduce table2 --data plasticc --data spcc --scale small --out results/

Networks learn redshifts of simulated light curves of LSST, of ZTF and then LSST, or of ZTF alone;
in the last case the pretrained network is frozen, as in the paper, and LSST is new to its head. The
tables of ``--data`` are simulations that others made: PLAsTiCC (LSST) and the supernova
classification challenge (DES, which no network has seen). Every row is scored on their test parts
too, beside networks that learn from 128 redshifts of their training parts, or from as many as the
scale allows.

A model of ``--model`` that learned redshifts of simulated light curves of many telescopes is scored
as it is, and refined by 128 redshifts of each table.

All scores are given inside the redshifts of ZTF's sample, as in the paper, and without that limit.
Of ours, 99 % count: a single AGN at z = 2 would make the limit void.

======  =======================================  ============  =====  ==========
scale   redshifts of ZTF, of LSST (3/4 teach)    of others     draws  on 2 cores
======  =======================================  ============  =====  ==========
small   2,000, 2,000                             1,000 of each  1     20 min
medium  4,000, 4,000                             2,000 of each  1     1 h
full    10,000, 9,990 (the paper's)              all           5      (GPU)
======  =======================================  ============  =====  ==========
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcfm.errors import LcfmError
from lcfm.evaluate import figures
from lcfm.evaluate.baselines import FeatureTable
from lcfm.experiments import table2_figure
from lcfm.experiments.asked import Asked
from lcfm.experiments.pretrainings import PRETRAININGS, SIZES, network
from lcfm.experiments.runs import RunLog, labelled_fingerprint, provenance, write_result
from lcfm.experiments.table2_claims import FINDINGS, PAIRS, aims, judge
from lcfm.experiments.table2_scores import INSIDE, OURS, Scores, Sets, shown, summarise
from lcfm.experiments.zero_shot import (
    GIVEN,
    OWN_REDSHIFTS,
    Make,
    Row,
    few_row,
    full_row,
    given_rows,
    model_name,
    own_rows,
)
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet, is_test
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate

REDSHIFT_SEED = 8000
"""Of the redshift simulations: events that no pretraining has seen."""
FEW = 128
CENTRAL = (0.5, 99.5)
"""Percentiles of ZTF's redshifts between which an object counts as inside."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many redshifts, and how often each network is tuned.

    Attributes
    ----------
    ztf, lsst
        Simulations of ours.
    others
        Most training objects of a table of others.
    draws
        Weights, batches and labels drawn anew, for each pretraining.
    """

    ztf: int
    lsst: int
    others: int
    draws: int


SCALES = {
    "small": Scale(ztf=2_000, lsst=2_000, others=1_000, draws=1),
    "medium": Scale(ztf=4_000, lsst=4_000, others=2_000, draws=1),
    "full": Scale(ztf=10_000, lsst=9_990, others=100_000, draws=5),
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the table.

    Parameters
    ----------
    asked
        Its data are simulations of others with ``redshift``, told apart by ``survey``; objects of
        an empty ``label5`` are left out where there is such a column.

    Raises
    ------
    LcfmError
        The scale is unknown, a model is given that knows no redshift, the data hold no redshift to
        learn from, or a network has seen an event whose redshift is asked for.
    """
    data, scale, say = asked.data, asked.scale, asked.say
    size = asked.sized(SCALES)
    if asked.model is not None:
        asked.model.head_of("redshift")
    say("simulating redshifts")
    sets = make_sets(data, size)
    for name, test in sets.test.items():
        say(f"  {name}: {len(test):,} objects to test on")
    say("features, for the trees")
    tables = FeatureTable(LightCurves.concat([sets.ztf, *sets.test.values()]))
    log = RunLog(asked.work / "table2" / scale / "runs.jsonl")
    fingerprints = {
        "given": labelled_fingerprint(data, ("redshift",)),
        "ZTF redshifts": sets.ztf.fingerprint(),
        "LSST redshifts": sets.lsst.fingerprint(),
    }
    records: list[dict[str, Any]] = []
    models: dict[str, str] = {}
    for seed in range(SIZES[scale].pretrainings):
        networks = {
            name: network(name, scale, seed, work=asked.work, say=say) for name in PRETRAININGS
        }
        if asked.model is not None:
            networks[GIVEN] = asked.model
        refuse_seen(networks, sets)
        prints = {name: one.fingerprint() for name, one in networks.items()}
        models |= {f"{name}, {seed}": value for name, value in prints.items()}
        for draw in range(size.draws):
            scores = Scores(sets, log, "-".join(fingerprints.values()), prints, seed, draw)
            for row, make in rows_of(sets, networks, tables, size.others, 100 * seed + draw):
                found, new = scores.of(row, make)
                records += found
                if new:
                    say(f"  {seed} {draw}  {row.name:<58} {shown(found)}")
    summary = summarise(records)
    seeds = {"pretrainings": list(range(SIZES[scale].pretrainings)), "draws": size.draws}
    result = {
        "what": "redshifts: mean and std over pretrainings and draws",
        **provenance(asked.command, seeds, fingerprints),
        "scale": scale,
        "inside": sets.inside,
        "models": models,
        "claims": judged(sets, records),
        "summary": summary,
        "runs": records,
    }
    write_result(asked.out / "table2.json", result)
    called = model_name(asked.command)
    figures.save(table2_figure.draw(summary, called), asked.out / "table2.png")
    return [
        {k: v for k, v in row.items() if k not in ("test", "redshifts")}
        | {"row": row["row"].replace(GIVEN, called)}
        for row in summary
        if (row["test"], row["redshifts"]) == (OURS, INSIDE)
    ]


def redshift_simulations(size: Scale) -> dict[str, LightCurves]:
    """Our light curves of ZTF and of LSST whose redshifts are learned."""
    return {
        name: simulate([name], n=n, seed=REDSHIFT_SEED)
        for name, n in (("ztf", size.ztf), ("lsst", size.lsst))
    }


def make_sets(data: LightCurves, size: Scale) -> Sets:
    """Simulate redshifts of ZTF and LSST, and cut what is given into training and test parts."""
    known = np.isfinite(data.numbers("redshift"))
    if "label5" in data.columns:
        known &= data.column("label5") != ""
    parts = {name: _cut(table) for name, table in data[known].split_by_survey().items()}
    for name, (train, test) in parts.items():
        if min(len(train), len(test)) < 2:
            raise LcfmError(
                f"{name} has {len(train)} training and {len(test)} test objects with a redshift; "
                "give a larger table"
            )
    if not parts:
        raise LcfmError("no object of the tables given has a redshift (and a label5)")
    ours = {name: _cut(table) for name, table in redshift_simulations(size).items()}
    low, high = np.percentile(ours["ztf"][0].numbers("redshift"), CENTRAL)
    return Sets(
        ours["ztf"][0],
        ours["lsst"][0],
        {name: train for name, (train, _) in parts.items()},
        {OURS: ours["lsst"][1], **{name: test for name, (_, test) in parts.items()}},
        (float(low), float(high)),
    )


def refuse_seen(networks: Mapping[str, Model], sets: Sets) -> None:
    """Raise if a network has seen an event whose redshift is learned or asked for (table 3)."""
    asked = LightCurves.concat([sets.ztf, sets.lsst, *sets.test.values()]).column("event_id")
    for name, one in networks.items():
        seen = EventSet.from_dict(one.provenance["events"]).contains(asked)
        if seen.any():
            raise LcfmError(
                f"the pretraining {name!r} has seen {seen.sum():,} events whose redshift is asked "
                f"for, such as {asked[seen][0]!r}; remove it from the folder --work"
            )


def rows_of(
    sets: Sets, networks: Mapping[str, Model], tables: FeatureTable, others: int, seed: int
) -> Iterator[tuple[Row, Make]]:
    """All rows of the table."""
    pretrained = {name: one for name, one in networks.items() if name != GIVEN}
    yield from own_rows(sets.ztf, sets.lsst, pretrained, tables, seed)
    if GIVEN in networks:
        yield from given_rows(networks[GIVEN], sets.train, FEW, seed)
    for name, train in sets.train.items():
        yield few_row(name, train, FEW, seed)
        yield full_row(name, train, others, seed)


def judged(sets: Sets, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the paper finds and what we aim at, held against our runs."""
    ours = [
        claim
        for name, train in sets.train.items()
        for row in dict.fromkeys(r["row"] for r in records if r["row"] in (PAIRS, OWN_REDSHIFTS))
        for claim in aims(name, row, few_row(name, train, FEW, 0)[0].name)
    ]
    return [judge(claim, records) for claim in (*FINDINGS, *ours)]


def _cut(table: LightCurves) -> tuple[LightCurves, LightCurves]:
    test = is_test(table.column("event_id"))
    return table[~test], table[test]
