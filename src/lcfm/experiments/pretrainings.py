"""The pretrainings that tables 1 and 2 and the latent figures have in common.

All learn from the same simulated light curves of ZTF and LSST, which hold events that both saw:
pairs need them, the others do not mind. One network serves all experiments of a scale.

======  ==============================  ======  ============  ====================
scale   ZTF + LSST + events seen by     epochs  pretrainings  one of them
        both
======  ==============================  ======  ============  ====================
small   6,000 + 4,000 + 2,000           4       1             1.5 min on one core
medium  12,000 + 8,000 + 4,000          6       2             3 min on one core
full    67,080 + 44,388 + 20,000        20      5             (GPU)
======  ==============================  ======  ============  ====================

The full scale has the simulation-pretrained FM's 87,080 and 64,388 light curves (its table 3), a
quarter of them pairs, with classes in equal parts where its are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lcfm.encoders.gru import GRUSettings
from lcfm.experiments.networks import Simulated, pretrained_network, training_history
from lcfm.experiments.other_templates import WithoutTemplates
from lcfm.lightcurves import LightCurves
from lcfm.objectives.named import named_objective
from lcfm.objectives.regress import RegressSettings
from lcfm.prepare.preprocess import SHIPPED, Preprocess
from lcfm.serve.model import Model
from lcfm.simulate.many import simulate_many
from lcfm.simulate.mix import Alike
from lcfm.simulate.run import simulate
from lcfm.taxonomy import LABEL_SETS
from lcfm.train.pretrain import RECIPE, PretrainSettings
from lcfm.train.settings import TrainSettings

BOTH = ("ztf", "lsst")
SEED = 7000
"""Of the first pretraining's simulations; seeds of later ones and of pairs follow."""
Mixes = Alike | WithoutTemplates
ALIKE = Alike()


@dataclass(frozen=True)
class Pretraining:
    """What a network learns, and from which telescopes.

    Attributes
    ----------
    objective
        As on the command line (`lcfm.objectives.named`).
    surveys
        Whose light curves it sees.
    mix
        What explodes in its simulations.
    """

    objective: str
    surveys: tuple[str, ...] = BOTH
    mix: Mixes = ALIKE


PRETRAININGS: dict[str, Pretraining] = {
    "classifier (ZTF)": Pretraining("classifier", ("ztf",)),
    "classifier": Pretraining("classifier"),
    "contrastive": Pretraining("contrastive"),
    "adversarial": Pretraining("adversarial"),
    "reversal": Pretraining("reversal"),
    "contrastive + adversarial": Pretraining("contrastive+adversarial"),
    "pairs": Pretraining("pairs"),
    "contrastive + pairs": Pretraining("contrastive+pairs"),
    "contrastive, other templates": Pretraining("contrastive", mix=WithoutTemplates()),
}
"""Name in tables -> pretraining. Those with pairs are ours; the last has not seen the core-collapse
templates of the DES challenge."""

ANOMALOUS = ("TDE", "SLSN-I", "SNIa-91bg")
"""Types that are both simulated and anomalous among real objects."""
WITHOUT_ANOMALOUS: dict[str, Pretraining] = {
    "classifier without anomalous types": Pretraining(
        "classifier",
        mix=Alike(tuple(name for name in LABEL_SETS["label8"] if name not in ANOMALOUS)),
    )
}
"""The control of anomaly detection: a network that never met an anomalous type (design §7)."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much a network sees, and how many there are."""

    ztf: int
    lsst: int
    pairs: int
    epochs: int
    pretrainings: int


SIZES: Mapping[str, Size] = {
    "small": Size(ztf=6_000, lsst=4_000, pairs=2_000, epochs=4, pretrainings=1),
    "medium": Size(ztf=12_000, lsst=8_000, pairs=4_000, epochs=6, pretrainings=2),
    "full": Size(ztf=67_080, lsst=44_388, pairs=20_000, epochs=20, pretrainings=5),
}

ENCODER = GRUSettings()
"""The papers' network: two layers of 100 and a latent vector of 100."""
TOKENS: Preprocess = SHIPPED


@lru_cache(maxsize=1)  # most pretrainings learn from the same
def sample(size: Size, seed: int, mix: Mixes = ALIKE) -> LightCurves:
    """Light curves of both telescopes, those of events that both saw among them.

    The last sample is kept: networks of one seed learn from the same one.

    Parameters
    ----------
    size
        How many of each.
    seed
        Number of the pretraining.
    mix
        What explodes.
    """
    first = SEED + 10 * seed
    alone = [
        simulate([name], n=n, seed=first, population=mix)
        for name, n in (("ztf", size.ztf), ("lsst", size.lsst))
    ]
    pairs = simulate_many(list(BOTH), size.pairs, seed=first + 1, population=mix).light_curves
    return LightCurves.concat([*alone, pairs])


def network(name: str, scale: str, seed: int, *, work: Path, say: Callable[[str], None]) -> Model:
    """One pretraining, or what an earlier run left of it.

    Parameters
    ----------
    name
        Key of :data:`PRETRAININGS` or of :data:`WITHOUT_ANOMALOUS`.
    scale
        Key of :data:`SIZES`.
    seed
        Number of the pretraining, which seeds simulations and weights.
    work
        Folder of all experiments.
    """
    what, size = (PRETRAININGS | WITHOUT_ANOMALOUS)[name], SIZES[scale]
    objects = {"ztf": size.ztf + size.pairs, "lsst": size.lsst + size.pairs}

    def make() -> LightCurves:
        table = sample(size, seed, what.mix)
        seen = [survey.lower() in what.surveys for survey in table.column("survey")]
        return table if all(seen) else table[seen]

    settings = PretrainSettings(
        encoder=ENCODER,
        preprocess=TOKENS,
        objective=named_objective(
            what.objective, sampler=None if "pairs" in what.objective else "balanced"
        ),
        training=replace(RECIPE, epochs=size.epochs),
    )
    return pretrained_network(
        Simulated(sum(objects[survey] for survey in what.surveys), make),
        settings,
        seed=seed,
        checkpoint=_checkpoint(name, scale, seed, work),
        say=say,
    )


def history(name: str, scale: str, seed: int, *, work: Path) -> list[dict[str, Any]]:
    """Losses of one pretraining, a record per epoch; parameters as of :func:`network`."""
    return training_history(_checkpoint(name, scale, seed, work))


def _checkpoint(name: str, scale: str, seed: int, work: Path) -> Path:
    return work / "pretrainings" / scale / f"{name.replace(' ', '')}-{seed}"


def untrained(objective: RegressSettings, training: TrainSettings) -> PretrainSettings:
    """The same network and tokens, for what learns without a pretraining."""
    return PretrainSettings(
        encoder=ENCODER, preprocess=TOKENS, objective=objective, training=training
    )
