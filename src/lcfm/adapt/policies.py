"""How a pretrained model is adapted: what moves, and from where.

The papers replace the head and train it alone (``head``), with a hidden layer (``head+mlp``), with
the first recurrent layer (``first+head``), or train everything (``all``): simulation-pretrained FM
B.4, transfer learning 3.2. With a few labels a fresh head throws away what the pretrained one
knows; ``map`` keeps it (design §6, findings 2), and ``refine`` does the same for a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from lcfm.errors import LcfmError, UnknownNameError
from lcfm.train.settings import ConstantRate, CosineRate, EarlyStopping, FullLength, TrainSettings

PAPER_RECIPE = TrainSettings(batch_size=32, stopping=EarlyStopping(), rate=ConstantRate())


@dataclass(frozen=True, kw_only=True)
class Head:
    """A new linear layer on the frozen latent."""

    kind: ClassVar[str] = "head"
    training: TrainSettings = PAPER_RECIPE


@dataclass(frozen=True, kw_only=True)
class HeadMLP:
    """A new two-layer network on the frozen latent."""

    kind: ClassVar[str] = "head+mlp"
    training: TrainSettings = PAPER_RECIPE


@dataclass(frozen=True, kw_only=True)
class FirstAndHead:
    """A new head and the first recurrent layer: for new bands or a new domain."""

    kind: ClassVar[str] = "first+head"
    training: TrainSettings = PAPER_RECIPE


@dataclass(frozen=True, kw_only=True)
class All:
    """A new head and every weight of the network."""

    kind: ClassVar[str] = "all"
    training: TrainSettings = PAPER_RECIPE


FIRM = (300.0, 1000.0)
"""Penalties of :class:`Map` where all classes were pretrained. Weaker ones gain nothing up to 512
labels, and cross-validation does not see what they lose where labels are not a fair sample: 512
bright ones cost 0.06 (docs/log.md)."""
FREE = (30.0, 100.0, 300.0, 1000.0)
"""The same where a class is new, whose output the labels must move."""


@dataclass(frozen=True, kw_only=True)
class Map:
    """The pretrained class head, mapped onto the target's classes and refined with a penalty.

    Attributes
    ----------
    prior
        ``labels``: class frequencies of the labels, smoothed; ``flat``: each class alike.
    strengths
        Penalties to choose from by cross-validation over all labels; an infinite one, which leaves
        the pretrained head as it is, always competes. None: :data:`FIRM` if every class was
        pretrained, else :data:`FREE`.
    folds
        Of the cross-validation.
    """

    kind: ClassVar[str] = "map"
    prior: Literal["labels", "flat"] = "labels"
    strengths: tuple[float, ...] | None = None
    folds: int = 5


@dataclass(frozen=True, kw_only=True)
class MapAll:
    """``map`` first, then every weight from there at a small rate: for many labels."""

    kind: ClassVar[str] = "map+all"
    start: Map = Map()
    training: TrainSettings = TrainSettings(
        epochs=12, batch_size=64, learning_rate=3e-4, rate=CosineRate(), stopping=FullLength()
    )


@dataclass(frozen=True, kw_only=True)
class Refine:
    """The pretrained density of a number, moved by a penalised likelihood: ``map`` for numbers.

    Attributes
    ----------
    strengths
        Penalties on the step along the latent to choose from by cross-validation over all labels;
        an infinite one, which takes no step, always competes.
    folds
        Of the cross-validation.
    """

    kind: ClassVar[str] = "refine"
    strengths: tuple[float, ...] = (100.0, 300.0, 1000.0, 3000.0)
    folds: int = 5


@dataclass(frozen=True, kw_only=True)
class RefineAll:
    """``refine`` without a step first, then every weight from there, then the width."""

    kind: ClassVar[str] = "refine+all"
    start: Refine = Refine(strengths=())
    training: TrainSettings = TrainSettings(
        epochs=8, batch_size=16, learning_rate=1e-3, rate=CosineRate(), stopping=FullLength()
    )


Policy = Head | HeadMLP | FirstAndHead | All | Map | MapAll | Refine | RefineAll

POLICIES: dict[str, type[Policy]] = {
    p.kind: p for p in (Head, HeadMLP, FirstAndHead, All, Map, MapAll, Refine, RefineAll)
}


def named_policy(name: str | None, prior: Literal["labels", "flat"] | None = None) -> Policy:
    """Policy by the name on the command line, with a stated prior if it maps classes.

    Raises
    ------
    LcfmError
        The name is unknown, or a prior is given to a policy that has none.
    """
    name = name or Map.kind
    if name not in POLICIES:
        raise UnknownNameError.of("policy", name, POLICIES)
    if prior is None:
        return POLICIES[name]()
    if name == Map.kind:
        return Map(prior=prior)
    if name == MapAll.kind:
        return MapAll(start=Map(prior=prior))
    raise LcfmError(f"policy {name!r} has no prior; a prior goes with map or map+all")
