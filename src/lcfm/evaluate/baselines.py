"""What stands beside the network in every table: features with trees, sampling alone, chance.

Each is fitted and asked like a model: ``fit(lcs, labels)``, ``predict_proba(lcs)``, ``classes_``.
Features come from a function of a table, :func:`lcfm.evaluate.features.features` by default, or
from a :class:`FeatureTable` that has computed them once for all draws. Those that estimate a number
are in :mod:`lcfm.evaluate.regressors`.

Hyper-parameters were chosen by cross-validation on the training part of the ZTF transients, with
128 labels and with all, and are the same for both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError
from lcfm.evaluate.features import features, sampling_features
from lcfm.evaluate.interpolate import FloatArray
from lcfm.lightcurves import LightCurves

Extract = Callable[[LightCurves], FloatArray]
"""Table → features, shape (n_objects, n_features), NaN where undefined."""

BOOSTING: dict[str, Any] = {
    "learning_rate": 0.06,
    "max_iter": 200,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 4,
    "l2_regularization": 5.0,
    "max_features": 0.1,
}
FOREST: dict[str, Any] = {"n_estimators": 500, "min_samples_leaf": 2, "max_features": 0.15}
LARGEST = 1e6
"""Features are cut here; slopes over minutes reach any size."""


class FeatureTable:
    """Features of a table, computed once and looked up by ``object_id``.

    Parameters
    ----------
    lcs
        All objects that will be asked for, training and test.
    extract
        Computes the features of each object by itself, from nothing but its own light curve.
    """

    def __init__(self, lcs: LightCurves, extract: Extract = features) -> None:
        self.values = extract(lcs)
        self._row = {name: row for row, name in enumerate(lcs.object_id)}

    def __call__(self, lcs: LightCurves) -> FloatArray:
        """Features of objects of the table, in the order of `lcs`.

        Raises
        ------
        LcfmError
            An object is not in the table.
        """
        try:
            rows = [self._row[name] for name in lcs.object_id]
        except KeyError as error:
            raise LcfmError(
                f"object {error.args[0]!r} has no row in the feature table of "
                f"{len(self._row):,} objects; build the table from all objects"
            ) from None
        return self.values[np.asarray(rows, dtype=np.int64)]


@dataclass(frozen=True, eq=False)
class Columns:
    """Which features vary among the labelled objects, and what stands in for missing ones."""

    kept: NDArray[np.int64]
    median: FloatArray

    @classmethod
    def of(cls, values: FloatArray) -> Columns:
        """Find both on labelled objects.

        Raises
        ------
        LcfmError
            No feature differs between any two objects.
        """
        with_nan = np.where(np.isfinite(values), values, np.nan)
        lowest = np.fmin.reduce(with_nan, axis=0)
        kept = np.flatnonzero(np.fmax.reduce(with_nan, axis=0) > lowest)
        if not len(kept):
            raise LcfmError(
                f"no feature differs among the {len(values)} labelled objects; give more of them"
            )
        return cls(kept, np.nanmedian(with_nan[:, kept], axis=0))

    def with_nan(self, values: FloatArray) -> FloatArray:
        """Kept features, NaN where undefined."""
        kept = np.clip(values[:, self.kept], -LARGEST, LARGEST)
        return np.where(np.isfinite(values[:, self.kept]), kept, np.nan)

    def filled(self, values: FloatArray) -> FloatArray:
        """Kept features with the median of the labelled objects where undefined."""
        kept = self.with_nan(values)
        return np.where(np.isnan(kept), self.median, kept)


class FeatureClassifier(ABC):
    """Bookkeeping of class names; a subclass fits and asks on arrays."""

    def __init__(
        self, classes: Sequence[str] = (), *, seed: int = 0, extract: Extract = features
    ) -> None:
        self.classes = tuple(classes)
        self.seed = seed
        self.extract = extract

    def fit(self, lcs: LightCurves, labels: ArrayLike) -> Self:
        """Learn from labelled objects.

        Parameters
        ----------
        lcs
            n objects.
        labels : array_like of str, shape (n,)
            A class without labels keeps its output, with probability 0.

        Raises
        ------
        LcfmError
            Fewer than two classes have labels, or a label is not among `classes`.
        """
        names = np.asarray(labels).astype(str)
        check_length(lcs, names, "labels")
        present = sorted(set(names))
        self.classes_ = self.classes or tuple(present)
        unknown = set(present) - set(self.classes_)
        if unknown:
            raise LcfmError(
                f"label {sorted(unknown)[0]!r} is not among the classes {', '.join(self.classes_)}"
            )
        if len(present) < 2:
            raise LcfmError(
                f"{len(names)} labels hold {len(present)} class; a classifier needs two at least"
            )
        self._present = [self.classes_.index(name) for name in present]
        self._fit(self.extract(lcs), names)
        return self

    def predict_proba(self, lcs: LightCurves) -> FloatArray:
        """Probabilities, shape (n_objects, n_classes), columns as in ``classes_``."""
        out = np.zeros((len(lcs), len(self.classes_)))
        if len(lcs):
            out[:, self._present] = self._predict_proba(self.extract(lcs))
        return out

    @abstractmethod
    def _fit(self, values: FloatArray, labels: NDArray[np.str_]) -> None: ...

    @abstractmethod
    def _predict_proba(self, values: FloatArray) -> FloatArray: ...


class FeatureBoosting(FeatureClassifier):
    """Gradient-boosted trees on hand-crafted features.

    Parameters
    ----------
    classes
        All class names; by default those among the labels.
    seed
        Of the random choice of features at each split.
    extract
        Features of a table.
    """

    def _fit(self, values: FloatArray, labels: NDArray[np.str_]) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._columns = Columns.of(values)
        self._trees = HistGradientBoostingClassifier(
            class_weight="balanced", early_stopping=False, random_state=self.seed, **BOOSTING
        ).fit(self._columns.with_nan(values), labels)

    def _predict_proba(self, values: FloatArray) -> FloatArray:
        return np.asarray(self._trees.predict_proba(self._columns.with_nan(values)))


class FeatureForest(FeatureClassifier):
    """Extremely randomised trees (Geurts et al. 2006) on hand-crafted features.

    Parameters are those of :class:`FeatureBoosting`.
    """

    def _fit(self, values: FloatArray, labels: NDArray[np.str_]) -> None:
        from sklearn.ensemble import ExtraTreesClassifier

        self._columns = Columns.of(values)
        self._trees = ExtraTreesClassifier(
            class_weight="balanced", random_state=self.seed, n_jobs=1, **FOREST
        ).fit(self._columns.filled(values), labels)

    def _predict_proba(self, values: FloatArray) -> FloatArray:
        return np.asarray(self._trees.predict_proba(self._columns.filled(values)))


class SamplingOnly(FeatureForest):
    """The control: a forest on times, bands and counts, which never sees a flux."""

    def __init__(
        self, classes: Sequence[str] = (), *, seed: int = 0, extract: Extract = sampling_features
    ) -> None:
        super().__init__(classes, seed=seed, extract=extract)


class Chance(FeatureClassifier):
    """The frequencies of the labels, for every object alike."""

    def __init__(self, classes: Sequence[str] = (), *, seed: int = 0) -> None:
        super().__init__(classes, seed=seed, extract=nothing)

    def _fit(self, values: FloatArray, labels: NDArray[np.str_]) -> None:
        _, counts = np.unique(labels, return_counts=True)
        self._frequencies = counts / counts.sum()

    def _predict_proba(self, values: FloatArray) -> FloatArray:
        return np.tile(self._frequencies, (len(values), 1))


def nothing(lcs: LightCurves) -> FloatArray:
    """No feature at all, shape (n_objects, 0)."""
    return np.zeros((len(lcs), 0))


def check_length(lcs: LightCurves, values: NDArray[Any], name: str) -> None:
    """Refuse targets whose number is not that of the objects."""
    if values.shape != (len(lcs),):
        raise LcfmError(f"{len(lcs)} objects need {len(lcs)} {name}, got shape {values.shape}")
