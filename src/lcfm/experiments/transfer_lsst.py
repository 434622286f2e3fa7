"""From ZTF to telescopes that the network has not seen: transfer learning, figures 1 (right) and 4.

Command::

    lcfm reproduce transfer-lsst --data plasticc --data spcc --scale small --out results/

The network of ``transfer-real``, pretrained on twelve classes of simulated ZTF light curves (or
the one of ``--model``), learns from 32 labels up to all of our LSST simulations with the same
twelve classes, and of each table of ``--data``, simulations that others made (column ``label5``,
told apart by ``survey``): PLAsTiCC (LSST) and the supernova classification challenge (DES). Rows,
curves and claims are those of ``transfer-real``.

======  =================================================  ==========================
scale   labels; draws                                      on 2 cores
======  =================================================  ==========================
small   at most 2,400; 5 up to 1,024, 1 of more            17 min (estimate)
medium  all; 5                                             hours
full    all; 10, of three pretrainings                     (GPU)
======  =================================================  ==========================

The estimate is 30 min of processor time, from that of ``transfer-real`` and the points of a light
curve: 24 in ZTF, 37 in our LSST, 53 in PLAsTiCC, 82 in the challenge.

At scale ``small`` there is no policy ``all`` and of trees the forest alone; the tables of others
have every third number of labels, 2,048 at most, and no training times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lcfm.experiments.asked import Asked
from lcfm.experiments.transfer import DIFFERS_IN_BOTH, SCALES, TWELVE
from lcfm.experiments.transfer_claims import faster, head_is_poor, share_of_score
from lcfm.experiments.transfer_result import Experiment, Target, reproduce
from lcfm.experiments.transfer_rows import (
    BOOSTING,
    FIXED_LENGTH,
    FOREST,
    POLICIES,
    SAMPLING,
    TIMED,
)
from lcfm.experiments.transfer_runs import CurveTask
from lcfm.experiments.transfer_summary import Curves
from lcfm.lightcurves import LightCurves
from lcfm.simulate.run import simulate

OURS = "LSST (ours)"
SEED = 9500
"""Of the LSST simulations: events that no pretraining has seen."""
POLICY = "first+head"
"""The paper's for another survey (section 3.2.2), there with an MLP of two layers as the head."""
DIFFERS = {
    OURS: "our simulations of twelve classes in equal parts; the paper has 366,398 of ELAsTiCC",
    "others": "the paper has no such target",
    **DIFFERS_IN_BOTH,
    "network": "the new head is one linear layer; the paper's has two layers below it",
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment.

    Parameters
    ----------
    asked
        Its data are simulations of others with ``label5``, told apart by ``survey``.

    Returns
    -------
    list of dict
        A row per target and method.
    """
    size = asked.sized(SCALES)
    asked.say(f"simulating {size.lsst:,} LSST light curves")
    fewer = size.thin > 1
    policies = tuple(p for p in POLICIES if p.kind != "all") if fewer else POLICIES
    trees = (FOREST,) if fewer else (FOREST, BOOSTING, SAMPLING)
    others = [
        Target(
            CurveTask.of(name, table, "label5", size.most),
            policies,
            (FIXED_LENGTH, *trees),
            thin=size.thin,
            timed=() if fewer else TIMED,
        )
        for name, table in asked.data.split_by_survey().items()
    ]
    ours = CurveTask.of(OURS, lsst_simulations(size.lsst), "label")
    return reproduce(
        asked,
        Experiment(
            "transfer-lsst",
            "macro AUROC on held-out LSST and DES simulations against labels; mean and std over "
            "draws",
            (Target(ours, policies, (FIXED_LENGTH, *trees), timed=TIMED), *others),
            DIFFERS,
            claims,
        ),
    )


def lsst_simulations(n: int) -> LightCurves:
    """Our LSST light curves of the twelve classes."""
    return simulate(["lsst"], n=n, seed=SEED, population=TWELVE)


def claims(curves: Mapping[str, Curves]) -> list[dict[str, Any]]:
    """What the paper says of LSST simulations, on ours and on those of others."""
    return [
        judged
        for one in curves.values()
        for judged in (
            share_of_score(one, POLICY, 0.30, 0.94), head_is_poor(one), faster(one, POLICY)
        )
    ]  # fmt: skip
