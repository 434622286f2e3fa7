"""Which objects are odd? Isolation forests on the latent vectors of a classifier.

(a) ``one``: one isolation forest (Liu, Ting & Zhou 2008, ICDM, 413) on the latent vectors of normal
objects (simulation-pretrained FM, B.4.2). (b) ``per-class``: one forest for each class, and the
smallest of their scores, so that an object is odd only if it is odd among every class (Gupta,
Muthukrishna & Lochner 2024, arXiv:2403.14742); a single forest finds rare classes odd,
although they are known.

Scores are larger for odder objects: minus scikit-learn's ``score_samples``. They lie between 0 and
1 and rank; they are no probabilities.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.ensemble import IsolationForest

from lcfm.atomic import new_file, refuse_existing
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers import partitions
from lcfm.readers.source import TableSource
from lcfm.serve.model import Model
from lcfm.serve.shipped import load

log = logging.getLogger("lcfm")

FloatArray = NDArray[np.float64]
Method = Literal["one", "per-class"]

TREES = 200
FEWEST = 10
"""Objects that a class needs for a forest of its own."""
CHUNK = 20_000
"""Objects held in memory at a time."""


class ForestPerClass(BaseEstimator):  # type: ignore[misc]
    """One isolation forest for each class; a sample is as odd as its best class finds it.

    Parameters
    ----------
    n_estimators
        Trees in each forest.
    random_state
        Seed.

    Attributes
    ----------
    classes_ : ndarray
        Classes that have a forest; those with fewer than 10 objects have none.
    """

    def __init__(self, n_estimators: int = TREES, random_state: int = 0) -> None:
        self.n_estimators = n_estimators
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit on latent vectors (n, size) of normal objects and their classes (n,).

        Raises
        ------
        LcfmError
            No class has ten objects.
        """
        table, names = np.asarray(X), np.asarray(y).astype(str)
        found, counts = np.unique(names, return_counts=True)
        enough = found[counts >= FEWEST]
        if not len(enough):
            raise LcfmError(
                f"no class has {FEWEST} normal objects for a forest of its own; give more, or take "
                "the method 'one'"
            )
        if len(enough) < len(found):
            log.info("no forest for %s: fewer than %d objects", set(found) - set(enough), FEWEST)
        self.classes_ = enough
        self.forests_ = [
            IsolationForest(n_estimators=self.n_estimators, random_state=self.random_state).fit(
                table[names == name]
            )
            for name in enough
        ]
        return self

    def score_samples(self, X: ArrayLike) -> FloatArray:
        """Largest of the forests' scores, shape (n,): as scikit-learn has it, lower is odder."""
        each = np.stack([forest.score_samples(np.asarray(X)) for forest in self.forests_])
        return np.asarray(each.max(axis=0), dtype=np.float64)


def fitted_forest(method: Method, latent: ArrayLike, labels: ArrayLike, *, seed: int = 0) -> Any:
    """Forest or forests on normal objects; both kinds have ``score_samples``.

    Parameters
    ----------
    method
        ``one`` or ``per-class``.
    latent : array_like, shape (n, size)
    labels : array_like of str, shape (n,)
        Classes; the method ``one`` does not look at them.

    Raises
    ------
    LcfmError
        The method is unknown, there are no objects, or no class has enough.
    """
    if not len(np.asarray(latent)):
        raise LcfmError("a forest needs normal objects to grow on; the table has none")
    if method == "one":
        return IsolationForest(n_estimators=TREES, random_state=seed).fit(latent)
    if method == "per-class":
        return ForestPerClass(random_state=seed).fit(latent, labels)
    raise LcfmError(f"unknown method {method!r}; known: one, per-class")


def oddness(forest: Any, latent: ArrayLike) -> FloatArray:
    """Score of each object, shape (n,); larger is odder."""
    return -np.asarray(forest.score_samples(np.asarray(latent)), dtype=np.float64)


def score_table(object_id: Iterable[str], scores: ArrayLike) -> pa.Table:
    """``object_id``, ``score`` and ``rank`` (1 for the oddest), oddest first."""
    values = np.asarray(scores, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    names = np.asarray(list(object_id), dtype=object)[order]
    return pa.table(
        {
            "object_id": pa.array(names, pa.string()),
            "score": pa.array(values[order]),
            "rank": pa.array(np.arange(1, len(values) + 1)),
        }
    )


def anomalies_command(
    model: str,
    data: TableSource,
    out: Path,
    *,
    normal: str | None,
    target: str | None,
    method: Method,
    seed: int,
    device: str,
    overwrite: bool,
) -> pa.Table:
    """Score a table and write it, oddest first.

    Parameters are those of the command line (``lcfm anomalies --help``).

    Returns
    -------
    Table
        What was written.
    """
    refuse_existing(out, overwrite=overwrite)
    served = load(model).to(device)
    tables = partitions(data, CHUNK)
    if normal is None:
        held = [(lcs.object_id, served.embed(lcs), _classes(served, lcs, target)) for lcs in tables]
        if not held:
            raise LcfmError("the table holds no usable object; nothing was written")
        latent = np.concatenate([part[1] for part in held])
        labels = np.concatenate([part[2] for part in held])
        forest = fitted_forest(method, latent, labels, seed=seed)
        names, scores = [part[0] for part in held], oddness(forest, latent)
    else:
        forest = _forest_of(served, TableSource(path=normal), target, method, seed)
        names, parts = [], []
        for lcs in tables:
            names.append(lcs.object_id)
            parts.append(oddness(forest, served.embed(lcs)))
        if not parts:
            raise LcfmError("the table holds no usable object; nothing was written")
        scores = np.concatenate(parts)
    table = score_table(np.concatenate(names), scores)
    with new_file(out) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    return table


def _forest_of(
    model: Model, normal: TableSource, target: str | None, method: Method, seed: int
) -> Any:
    """A forest on a table of normal objects; those without a class are left out if one is named."""
    latents, labels = [], []
    for lcs in partitions(normal, CHUNK):
        names = _classes(model, lcs, target)
        kept = names != ""
        if kept.any():
            latents.append(model.embed(lcs[kept]))
            labels.append(names[kept])
    if not latents:
        raise LcfmError(f"{normal.path} holds no normal object with a {target or 'class'}")
    return fitted_forest(method, np.concatenate(latents), np.concatenate(labels), seed=seed)


def _classes(model: Model, lcs: LightCurves, target: str | None) -> NDArray[Any]:
    """Classes from a column, or else the model's own."""
    if target is not None:
        return lcs.names(target).astype(str)
    return model.predict(lcs).astype(str) if hasattr(model.head, "classes") else _none(lcs)


def _none(lcs: LightCurves) -> NDArray[Any]:
    return np.full(len(lcs), "all")
