"""How few labels of real supernovae are enough? Transfer learning, figures 1 (left), 3 and 5.

Command::

    lcfm reproduce transfer-real --data ztf_transients --scale small --out results/

with the real ZTF transients (column ``label5``). A network that was pretrained on twelve classes of
simulated ZTF light curves (or the one of ``--model``) learns from 32 labels up to all of the
training part, by the freeze policies of :mod:`lcfm.experiments.transfer_rows`, beside the same
network from scratch and features with trees; once with all five classes, and once without TDE and
SLSN-I. Written are curves by target and by class, labels that training from scratch needs for the
same scores, epochs, seconds and weights to convergence, and the paper's claims beside ours.

======  =================================================  ==========================
scale   draws                                              on 2 cores
======  =================================================  ==========================
small   5 up to 1,024 labels, 1 of 2,048 and of all        15 min (estimate)
medium  5                                                  hours
full    10, of three pretrainings                          (GPU)
======  =================================================  ==========================

The estimate is 30 min of processor time: 2 for the pretraining, 8 for the networks from scratch, 17
for the policies that move the network, 4 for the trees; a network makes 1,300 light curves a second
on one core.

At scale ``small`` the set without TDE and SLSN-I has every third number of labels and no policy
that moves the network but ``first+head``. The test part of the real table is read here and chooses
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lcfm.evaluate.missing import MaskScore, mask_scores
from lcfm.experiments.asked import Asked
from lcfm.experiments.transfer import DIFFERS_IN_BOTH, SCALES
from lcfm.experiments.transfer_claims import (
    faster,
    few_are_enough,
    gains,
    share_is_enough,
    unfreezing_is_alike,
)
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

RARE = ("TDE", "SLSN-I")
FIVE, THREE = "label5", "label5 without TDE, SLSN-I"
POLICY = "head"
"""The paper's for real objects (section 3.2.1)."""
METADATA = ("mwebv",)
DIFFERS = {
    FIVE: "typed ZTF transients by our cut; the paper has 4,628 SNIa, 1,212 SNII, 339 SNIb/c, 46 "
    "SLSN-I and 22 TDE of the Bright Transient Survey and tests on what is not labelled",
    **DIFFERS_IN_BOTH,
    "network": "two recurrent layers of 100 and a latent vector of 100; the paper gives no sizes, "
    "and has Milky Way extinction beside them, whose missing values tell our classes (metadata)",
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment.

    Parameters
    ----------
    asked
        Its data are real ZTF transients with ``label5``.

    Returns
    -------
    list of dict
        A row per target and method.
    """
    size = asked.sized(SCALES)
    moving = POLICIES if size.thin == 1 else tuple(p for p in POLICIES if p.kind != "all")
    targets = (
        Target(
            CurveTask.of(FIVE, asked.data, "label5"),
            POLICIES,
            (FIXED_LENGTH, BOOSTING, FOREST, SAMPLING),
            timed=TIMED,
        ),
        Target(
            CurveTask.of(THREE, without_rare(asked.data), "label5"),
            moving,
            (FIXED_LENGTH, BOOSTING, FOREST),
            thin=size.thin,
        ),
    )
    return reproduce(
        asked,
        Experiment(
            "transfer-real",
            "macro AUROC on held-out real ZTF objects against labels; mean and std over draws",
            targets,
            DIFFERS,
            claims,
            masks(targets[0].curve),
        ),
    )


def masks(curve: CurveTask) -> list[MaskScore]:
    """Whether Milky Way extinction may stand beside the light curve, as in the paper (figure 2).

    It may not where its missing values alone tell classes.
    """
    train = curve.task.train
    known = [name for name in METADATA if name in train.columns]
    labels = train.column(curve.task.name)
    return mask_scores(train, known, labels, rng=np.random.default_rng(0))


def without_rare(lcs: LightCurves) -> LightCurves:
    """The table without the classes that have a few dozen objects each (appendix D)."""
    return lcs[~np.isin(lcs.column("label5").astype(str), RARE)]


def claims(curves: Mapping[str, Curves]) -> list[dict[str, Any]]:
    """What the paper says of real objects, and our aim."""
    five, three = curves[FIVE], curves[THREE]
    return [
        share_is_enough(five, POLICY, 0.05, "abstract: 95 % fewer"),
        share_is_enough(five, POLICY, 0.25, "conclusion"),
        gains(three, POLICY, "appendix D: without the rare classes"),
        faster(five, POLICY),
        unfreezing_is_alike(five, POLICY),
        few_are_enough(five),
    ]
