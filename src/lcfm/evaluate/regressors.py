"""What stands beside the network where a number is estimated: features with trees, and the mean.

Each is fitted and asked like a model: ``fit(lcs, values)``, ``predict(lcs)``. Features are those of
:mod:`lcfm.evaluate.baselines`, and so are the hyper-parameters of boosting.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from lcfm.errors import LcfmError
from lcfm.evaluate.baselines import BOOSTING, Columns, Extract, check_length, nothing
from lcfm.evaluate.features import features
from lcfm.evaluate.interpolate import FloatArray
from lcfm.lightcurves import LightCurves

FOREST: dict[str, Any] = {"n_estimators": 300, "min_samples_leaf": 2, "max_features": 0.3}


class FeatureRegressor(ABC):
    """Checks; a subclass fits and asks on arrays."""

    def __init__(self, *, seed: int = 0, extract: Extract = features) -> None:
        self.seed = seed
        self.extract = extract

    def fit(self, lcs: LightCurves, values: ArrayLike) -> Self:
        """Learn from objects with known values of shape (n,).

        Raises
        ------
        LcfmError
            A value is not finite, or their number differs from that of the objects.
        """
        targets = np.asarray(values, dtype=np.float64)
        check_length(lcs, targets, "values")
        if not len(targets) or not np.isfinite(targets).all():
            raise LcfmError(
                f"{(~np.isfinite(targets)).sum()} of {len(targets)} values are not finite; "
                "select objects with a known value first"
            )
        self._fit(self.extract(lcs), targets)
        return self

    def predict(self, lcs: LightCurves) -> FloatArray:
        """Values, shape (n_objects,)."""
        if not len(lcs):
            return np.zeros(0)
        return self._predict(self.extract(lcs))

    @abstractmethod
    def _fit(self, values: FloatArray, targets: FloatArray) -> None: ...

    @abstractmethod
    def _predict(self, values: FloatArray) -> FloatArray: ...


class FeatureBoostingRegressor(FeatureRegressor):
    """Gradient-boosted trees on hand-crafted features, squared error."""

    def _fit(self, values: FloatArray, targets: FloatArray) -> None:
        from sklearn.ensemble import HistGradientBoostingRegressor

        self._columns = Columns.of(values)
        self._trees = HistGradientBoostingRegressor(
            early_stopping=False, random_state=self.seed, **BOOSTING
        ).fit(self._columns.with_nan(values), targets)

    def _predict(self, values: FloatArray) -> FloatArray:
        return np.asarray(self._trees.predict(self._columns.with_nan(values)))


class FeatureForestRegressor(FeatureRegressor):
    """Extremely randomised trees on hand-crafted features, squared error."""

    def _fit(self, values: FloatArray, targets: FloatArray) -> None:
        from sklearn.ensemble import ExtraTreesRegressor

        self._columns = Columns.of(values)
        self._trees = ExtraTreesRegressor(random_state=self.seed, n_jobs=1, **FOREST).fit(
            self._columns.filled(values), targets
        )

    def _predict(self, values: FloatArray) -> FloatArray:
        return np.asarray(self._trees.predict(self._columns.filled(values)))


class MeanRegressor(FeatureRegressor):
    """The mean of the known values, for every object alike."""

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__(seed=seed, extract=nothing)

    def _fit(self, values: FloatArray, targets: FloatArray) -> None:
        self._mean = float(targets.mean())

    def _predict(self, values: FloatArray) -> FloatArray:
        return np.full(len(values), self._mean)
