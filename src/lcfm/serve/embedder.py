"""Latent vectors inside scikit-learn: a transformer of light curves, and the usual probes on it.

>>> from lcfm.serve.embedder import linear_classifier
>>> probe = linear_classifier("transients")  # doctest: +SKIP
>>> cross_val_score(probe, lcs, labels, cv=5, scoring="roc_auc_ovr")  # doctest: +SKIP

A probe shows what a latent space knows without moving it (simulation-pretrained FM, appendix E).
The algorithms are scikit-learn's own; the functions here only put an :class:`Embedder` before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.serve.shipped import DEFAULT, load

FloatArray = NDArray[np.float32]

NEIGHBOURS = 100
"""Nearest neighbours of the paper (appendix E), weighted by the inverse of their distance."""

HIDDEN = 100
"""Units of the hidden layer of the network on the latent; the paper says two layers, no size."""

RIDGE = tuple(np.logspace(-2, 4, 7).tolist())
"""Penalties that the ridge regression chooses from by leave-one-out cross-validation."""


class Embedder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Light curves to latent vectors, as a step of a :class:`~sklearn.pipeline.Pipeline`.

    Parameters
    ----------
    model : str or Model
        Checkpoint folder, name of a shipped model, or a model.
    device
        Where to compute: ``auto``, ``cpu`` or ``cuda``.

    Attributes
    ----------
    model_ : Model
        What embeds, loaded by :meth:`fit`.

    Notes
    -----
    Nothing is fitted: :meth:`fit` ignores what it is given. Light curves are a table of any length
    and no array, so that scikit-learn takes rows out of them one by one (cross-validation, train
    and test splits); :meth:`transform` takes such a list of tables too.
    """

    def __init__(self, model: str | Model = DEFAULT, device: str = "auto") -> None:
        self.model = model
        self.device = device

    def fit(self, X: LightCurves | Sequence[LightCurves], y: object = None) -> Self:
        """Load the model; `X` and `y` are not looked at."""
        served = self.model if isinstance(self.model, Model) else load(self.model)
        self.model_ = served.to(self.device)
        return self

    def transform(self, X: LightCurves | Sequence[LightCurves]) -> FloatArray:
        """Latent vectors, shape (n_objects, latent_size).

        Raises
        ------
        LcfmError
            `X` holds no light curves, or something else.
        """
        return self.model_.embed(_as_table(X))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """``latent0``, ``latent1``, …, for tables with named columns."""
        size = self.model_.network.latent_size
        return np.array([f"latent{i}" for i in range(size)], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        """No two-dimensional array goes in, and nothing needs to be fitted to it."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        tags.requires_fit = True
        return tags


class WithinWhatWasLearned(StandardScaler):  # type: ignore[misc]
    """Standardises a target; what comes back lies between the smallest and largest value fitted.

    A network answers without bound where the latent vectors leave those it learned from, as those
    of another telescope may: one object at a redshift of 50 would be all that a mean shows.
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn mean, deviation and range of X, (n_samples, n_targets)."""
        self.low_, self.high_ = np.min(X, axis=0), np.max(X, axis=0)
        fitted: Self = super().fit(X, y, sample_weight)
        return fitted

    def inverse_transform(self, X: Any, copy: bool | None = None) -> NDArray[np.float64]:
        """Values in the units of the target, (n_samples, n_targets)."""
        return np.asarray(np.clip(super().inverse_transform(X, copy), self.low_, self.high_))


def knn_classifier(model: str | Model, neighbours: int = NEIGHBOURS) -> Pipeline:
    """The `neighbours` nearest latent vectors vote, weighted by inverse distance."""
    voters = KNeighborsClassifier(n_neighbors=neighbours, weights="distance")
    return make_pipeline(Embedder(model), voters)


def knn_regressor(model: str | Model, neighbours: int = NEIGHBOURS) -> Pipeline:
    """Distance-weighted mean over the nearest latent vectors (appendix E: k = 100)."""
    nearest = KNeighborsRegressor(n_neighbors=neighbours, weights="distance")
    return make_pipeline(Embedder(model), nearest)


def linear_classifier(model: str | Model) -> Pipeline:
    """Logistic regression on standardised latent vectors."""
    return make_pipeline(Embedder(model), StandardScaler(), LogisticRegression(max_iter=2000))


def linear_regressor(model: str | Model) -> Pipeline:
    """Ridge regression on standardised latent vectors, penalty by cross-validation."""
    head = TransformedTargetRegressor(RidgeCV(RIDGE), transformer=WithinWhatWasLearned())
    return make_pipeline(Embedder(model), StandardScaler(), head)


def mlp_regressor(model: str | Model, seed: int = 0) -> Pipeline:
    """A two-layer network on standardised latent vectors: the paper's head on a frozen model.

    Stops when a fifth of the labels, held out, has not improved for five passes (B.4, B.5). The
    policy ``head+mlp`` gives a model to serve; this is for many labels and many heads, since the
    latent vectors are computed once. Answers stay within the values learned.
    """
    network = MLPRegressor(
        hidden_layer_sizes=(HIDDEN,), batch_size=32, early_stopping=True, validation_fraction=0.2,
        n_iter_no_change=5, max_iter=1000, random_state=seed,
    )  # fmt: skip
    head = TransformedTargetRegressor(network, transformer=WithinWhatWasLearned())
    return make_pipeline(Embedder(model), StandardScaler(), head)


def _as_table(lcs: LightCurves | Sequence[LightCurves]) -> LightCurves:
    if isinstance(lcs, LightCurves):
        return lcs
    if isinstance(lcs, Sequence) and lcs and all(isinstance(one, LightCurves) for one in lcs):
        return LightCurves.concat(lcs)
    raise LcfmError(
        f"an Embedder takes LightCurves, or a list of them, got {type(lcs).__name__}; read a table "
        "with lcfm.read"
    )
