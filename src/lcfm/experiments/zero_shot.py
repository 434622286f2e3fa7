"""What estimates redshifts in table 2: networks, their neighbours, and trees.

Each is made from labelled objects, a table with the column ``redshift``, and answers
``predict(lcs)``.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import PurePath
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.adapt.fit import fit
from lcfm.adapt.policies import All
from lcfm.evaluate.regressors import FeatureBoostingRegressor, MeanRegressor
from lcfm.experiments.pretrainings import untrained
from lcfm.lightcurves import LightCurves
from lcfm.objectives.regress import RegressSettings
from lcfm.one_thread import one_thread
from lcfm.serve.embedder import NEIGHBOURS, knn_regressor, mlp_regressor
from lcfm.serve.model import Model
from lcfm.train.pretrain import pretrain
from lcfm.train.settings import CosineRate, FullLength, TrainSettings

NONE = "none"
"""Stands for no pretraining."""
GIVEN = "given model"
"""Stands for the one of ``--model``."""
OWN_REDSHIFTS = f"{GIVEN} | simulations | its redshifts"
"""Name of the row of what the given model says as it is."""
DIRECT = TrainSettings(
    epochs=20, batch_size=64, learning_rate=2e-3, rate=CosineRate(), stopping=FullLength()
)
"""Of whole networks on redshifts, pretrained or not."""
FEW = replace(DIRECT, epochs=100, batch_size=16)
"""The same for 128 objects: as many updates as objects allow."""


def model_name(command: str) -> str:
    """How the model of a command line is called; :data:`GIVEN` where it names none.

    Records call it :data:`GIVEN` whatever it is; what people read says which.

    Parameters
    ----------
    command
        ``command`` of a result.
    """
    words = shlex.split(command.replace("--model=", "--model "))
    if "--model" not in words[:-1]:
        return GIVEN
    return PurePath(words[words.index("--model") + 1]).name


class Estimator(Protocol):
    """What is scored: a redshift for each object of a table."""

    def predict(self, lcs: LightCurves) -> NDArray[Any]:
        """Redshifts, shape (n_objects,)."""
        ...


Make = Callable[[], Estimator]


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes
    ----------
    pretraining
        Key of `lcfm.experiments.pretrainings.PRETRAININGS`, or :data:`NONE`.
    learned
        Whose redshifts it learned from, in order.
    by
        What estimates.
    scored_on
        The test sets that it is meant for; empty for all.
    """

    pretraining: str
    learned: str
    by: str = "network"
    scored_on: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How records call it."""
        return f"{self.pretraining} | {self.learned} | {self.by}"


def neighbours(model: Model, lcs: LightCurves) -> Estimator:
    """Distance-weighted mean redshift of the nearest labelled objects in the latent space."""
    probe = knn_regressor(model, min(NEIGHBOURS, len(lcs)))
    fitted: Estimator = probe.fit(lcs, lcs.numbers("redshift"))
    return fitted


def from_scratch(lcs: LightCurves, seed: int, training: TrainSettings = DIRECT) -> Model:
    """A network that learns redshifts from nothing."""
    settings = untrained(RegressSettings(column="redshift"), training)
    return pretrain(lcs, settings, seed=seed)


def all_of(model: Model, lcs: LightCurves, seed: int, training: TrainSettings = DIRECT) -> Model:
    """Every weight of a network learns on, with a new head."""
    return fit(model, lcs, lcs.numbers("redshift"), policy=All(training=training), seed=seed)


def frozen(model: Model, lcs: LightCurves, seed: int) -> Estimator:
    """A new head on the network as it is, so that telescopes stay where pretraining put them."""
    with one_thread():
        fitted: Estimator = mlp_regressor(model, seed).fit(lcs, lcs.numbers("redshift"))
    return fitted


def own_rows(
    ztf: LightCurves,
    lsst: LightCurves,
    networks: Mapping[str, Model],
    extract: Callable[[LightCurves], NDArray[np.float64]],
    seed: int,
) -> Iterator[tuple[Row, Make]]:
    """Rows that learn from our simulations, those of the paper first.

    Parameters
    ----------
    ztf, lsst
        Training parts.
    networks
        By the name of their pretraining.
    extract
        Features of any table, for the trees.
    seed
        Of weights, batches and trees.
    """

    @cache
    def ztf_first() -> Model:
        return from_scratch(ztf, seed)

    yield Row(NONE, "LSST"), lambda: from_scratch(lsst, seed)
    yield Row(NONE, "ZTF, LSST"), lambda: all_of(ztf_first(), lsst, seed)
    yield (
        Row("classifier", "ZTF, LSST"),
        lambda: all_of(all_of(networks["classifier"], ztf, seed), lsst, seed),
    )
    yield Row(NONE, "ZTF"), ztf_first
    for name, model in networks.items():
        yield Row(name, "ZTF", "frozen network"), partial(frozen, model, ztf, seed)
        yield Row(name, "ZTF", f"{NEIGHBOURS} neighbours"), partial(neighbours, model, ztf)
    redshift = ztf.numbers("redshift")
    yield (
        Row(NONE, "ZTF", "features + boosting"),
        lambda: FeatureBoostingRegressor(seed=seed, extract=extract).fit(ztf, redshift),
    )
    yield Row(NONE, "ZTF", "mean"), lambda: MeanRegressor().fit(ztf, redshift)


@dataclass(frozen=True)
class OwnRedshifts:
    """A model pretrained for redshifts too, as it is.

    Attributes
    ----------
    model
        It has a head ``redshift``.
    """

    model: Model

    def predict(self, lcs: LightCurves) -> NDArray[Any]:
        """Redshifts, shape (n_objects,)."""
        return self.model.predict(lcs, "redshift")


def given_rows(
    model: Model, trains: Mapping[str, LightCurves], few: int, seed: int
) -> Iterator[tuple[Row, Make]]:
    """A model that learned redshifts of simulations: without labels, and refined by a few.

    Parameters
    ----------
    trains
        Training parts of the tables of others, by name.
    few
        Redshifts of each that are drawn with `seed`.
    """
    yield Row(GIVEN, "simulations", "its redshifts"), lambda: OwnRedshifts(model)
    for name, train in trains.items():
        count = min(few, len(train))
        drawn = _drawn(train, count, seed)
        row = Row(GIVEN, f"{count:,} of {name}", "refined", scored_on=(name,))
        yield row, partial(fit, model, drawn, drawn.numbers("redshift"), seed=seed)


def few_row(name: str, train: LightCurves, few: int, seed: int) -> tuple[Row, Make]:
    """A network that learns from some redshifts of a table of others.

    Parameters
    ----------
    name
        Of the table.
    train
        Its training part.
    few
        How many are drawn with `seed`.
    """
    count = min(few, len(train))
    row = Row(NONE, f"{count:,} of {name}", scored_on=(name,))
    return row, lambda: from_scratch(_drawn(train, count, seed), seed, FEW)


def full_row(name: str, train: LightCurves, most: int, seed: int) -> tuple[Row, Make]:
    """As :func:`few_row`, from all redshifts, or the `most` that a scale has time for."""
    count = min(most, len(train))
    title = f"all {count:,}" if count == len(train) else f"{count:,}"
    row = Row(NONE, f"{title} of {name}", scored_on=(name,))
    return row, lambda: from_scratch(_drawn(train, count, seed), seed)


def _drawn(train: LightCurves, count: int, seed: int) -> LightCurves:
    return train[np.sort(np.random.default_rng(seed).permutation(len(train))[:count])]
