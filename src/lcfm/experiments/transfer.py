"""The pretraining and the scales that the transfer experiments have in common.

A network is pretrained on the twelve classes of simulated ZTF light curves and adapted to more and
more labels of a target, as in transfer learning (section 3.2, figure 1).

======  ==================  ============  =====================  ================
scale   simulated curves    pretrainings  draws up to 1,024      draws of more
======  ==================  ============  =====================  ================
small   40,000 × 4          1             5                      1
medium  150,000 × 6         1             5                      5
full    500,000 × 12        3             10                     10
======  ==================  ============  =====================  ================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lcfm.evaluate.methods import SCRATCH_RATES
from lcfm.experiments.networks import Simulated, pretrained_network
from lcfm.experiments.pretrainings import ENCODER, TOKENS
from lcfm.serve.model import Model
from lcfm.simulate.mix import Alike
from lcfm.simulate.run import simulate
from lcfm.taxonomy import LABEL_SETS
from lcfm.train.pretrain import RECIPE, PretrainSettings

MANY = 1024
"""Labels up to which draws cost little."""
SEED = 9000
"""Of the first pretraining's simulations; those of later ones follow."""
TWELVE = Alike(LABEL_SETS["label12"])
"""The classes of the paper's table 1, in equal parts."""

DIFFERS_IN_BOTH = {
    "pretraining": "our simulations of its twelve classes, in equal parts; the paper has 117,978 "
    "of PLAsTiCC's models",
    "validation": "20 % of the labels by the hash of their event are held back; what stops early by"
    " their loss, as in the paper, is compared in time, and recipes of fixed length in score",
}
"""Where both experiments are not the paper's."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything.

    Attributes
    ----------
    simulated, epochs
        Light curves of a pretraining, and how often it sees them.
    pretrainings
        Networks.
    draws, repeats
        Draws of up to :data:`MANY` labels, and of more.
    rates
        Learning rates that the network from scratch may choose from.
    most
        Labels that a table of others has at most in ``transfer-lsst``; None for all.
    lsst
        Simulated LSST objects there, a quarter of them to test on.
    thin
        Of the numbers of labels, every so many-th is asked of the controls.
    """

    simulated: int
    epochs: int
    pretrainings: int
    draws: int
    repeats: int
    rates: tuple[float, ...]
    most: int | None
    lsst: int
    thin: int


SCALES = {
    "small": Scale(
        simulated=40_000, epochs=4, pretrainings=1, draws=5, repeats=1, rates=(3e-3,),
        most=2_048, lsst=3_200, thin=3,
    ),
    "medium": Scale(
        simulated=150_000, epochs=6, pretrainings=1, draws=5, repeats=5, rates=SCRATCH_RATES,
        most=None, lsst=20_000, thin=1,
    ),
    "full": Scale(
        simulated=500_000, epochs=12, pretrainings=3, draws=10, repeats=10, rates=SCRATCH_RATES,
        most=None, lsst=80_000, thin=1,
    ),
}  # fmt: skip


def network(scale: str, seed: int, *, work: Path, say: Callable[[str], None]) -> Model:
    """One pretraining on twelve classes of ZTF simulations, or what an earlier run left of it.

    Parameters
    ----------
    scale
        Key of :data:`SCALES`.
    seed
        Number of the pretraining, which seeds simulations and weights.
    work
        Folder of all experiments.
    """
    size = SCALES[scale]
    return pretrained_network(
        Simulated(
            size.simulated,
            lambda: simulate(["ztf"], n=size.simulated, seed=SEED + seed, population=TWELVE),
        ),
        PretrainSettings(
            encoder=ENCODER, preprocess=TOKENS, training=replace(RECIPE, epochs=size.epochs)
        ),
        seed=seed,
        checkpoint=work / "pretrainings" / scale / f"classifier12(ZTF)-{seed}",
        say=say,
    )
