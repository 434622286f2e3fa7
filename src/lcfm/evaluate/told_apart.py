"""Can a strong classifier tell simulated objects of a class from real ones?

Every real object is paired with the simulated one nearest in redshift and peak signal to noise, so
that neither depth nor distance gives an answer away. Boosted trees and extremely randomised trees
are cross-validated on all hand-made features; the better of the two counts, an AUROC of 0.5 being
a simulation that nothing distinguishes. The features that they rest on say where to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.distributions import FloatArray
from lcfm.evaluate.features import feature_names, sampling_feature_names

FOLDS = 5
FEWEST_REAL = 20
NEIGHBOURS = 60
MISSING = -999.0
SHOWN = 10
CANDIDATES, SHUFFLES = 40, 5


@dataclass(frozen=True)
class Side:
    """One of the two tables of a class.

    Attributes
    ----------
    features : ndarray, shape (n, n_features)
    redshift, peak_snr : ndarray, shape (n,)
    """

    features: FloatArray
    redshift: FloatArray
    peak_snr: FloatArray

    def take(self, rows: NDArray[np.int64]) -> Side:
        """Some of the objects."""
        return Side(self.features[rows], self.redshift[rows], self.peak_snr[rows])


def told_apart(real: Side, simulated: Side, *, seed: int) -> dict[str, Any] | None:
    """AUROC of simulated against real, with all features and without those of the sampling.

    Returns
    -------
    dict or None
        ``auroc`` and ``auroc_without_sampling``, the number of pairs, and under ``betrayed_by`` the
        features whose shuffling costs most; None below `FEWEST_REAL` pairs.
    """
    rng = np.random.default_rng(seed)
    mine, theirs = match(real, simulated, rng)
    if len(mine) < FEWEST_REAL:
        return None
    table = np.concatenate([real.features[mine], simulated.features[theirs]])
    table = np.clip(np.nan_to_num(table, nan=MISSING), -1e6, 1e6)
    is_real = np.repeat([1, 0], len(mine))
    names = np.array(feature_names())
    curve = np.flatnonzero(~np.isin(names, sampling_feature_names()))
    return {
        "pairs": len(mine),
        "auroc": round(_cross_validated(table, is_real, seed), 4),
        "auroc_without_sampling": round(_cross_validated(table[:, curve], is_real, seed), 4),
        "betrayed_by": _importance(table, is_real, names, seed),
    }


def match(
    real: Side, simulated: Side, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair each real object with the nearest free simulated one; rows of both, shape (n_pairs,).

    Distance is in ln redshift and ln peak S/N, each over its scatter among the real objects. Real
    objects without a redshift, and those whose neighbours are all taken, are left out.
    """
    from scipy.spatial import cKDTree

    def place(side: Side) -> FloatArray:
        return np.asarray(np.log(np.column_stack([side.redshift, np.maximum(side.peak_snr, 1e-3)])))

    ours, theirs = place(simulated), place(real)
    usable = np.flatnonzero(np.isfinite(theirs).all(axis=1))
    free = np.flatnonzero(np.isfinite(ours).all(axis=1))
    if not len(usable) or not len(free):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    scale = np.maximum(theirs[usable].std(axis=0), 1e-3)
    tree = cKDTree(ours[free] / scale)
    order = rng.permutation(usable)
    near = tree.query(theirs[order] / scale, k=min(NEIGHBOURS, len(free)))[1]
    taken: set[int] = set()
    pairs = []
    for row, candidates in zip(order, np.atleast_2d(near.T).T, strict=True):
        found = next((int(c) for c in np.atleast_1d(candidates) if int(c) not in taken), None)
        if found is not None:
            taken.add(found)
            pairs.append((int(row), int(free[found])))
    rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _models(seed: int) -> Sequence[Any]:
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

    return (
        HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.06, max_leaf_nodes=15, l2_regularization=1.0,
            max_features=0.3, random_state=seed,
        ),
        ExtraTreesClassifier(300, min_samples_leaf=2, max_features=0.3, random_state=seed),
    )  # fmt: skip


def _folds(seed: int) -> Any:
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(FOLDS, shuffle=True, random_state=seed)


def _cross_validated(table: FloatArray, is_real: NDArray[np.int64], seed: int) -> float:
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    scores = []
    for model in _models(seed):
        chance = cross_val_predict(model, table, is_real, cv=_folds(seed), method="predict_proba")
        scores.append(float(roc_auc_score(is_real, chance[:, 1])))
    return max(scores)


def _importance(
    table: FloatArray, is_real: NDArray[np.int64], names: NDArray[np.str_], seed: int
) -> list[dict[str, Any]]:
    """Features whose shuffling among held-out objects lowers the AUROC most."""
    from sklearn.metrics import roc_auc_score

    inside, outside = next(iter(_folds(seed).split(table, is_real)))
    boosting, trees = (model.fit(table[inside], is_real[inside]) for model in _models(seed))
    # shuffling is slow, so only what the trees split by most is shuffled
    candidates = np.argsort(-trees.feature_importances_)[:CANDIDATES]
    rng, held = np.random.default_rng(seed), table[outside]
    whole = roc_auc_score(is_real[outside], boosting.predict_proba(held)[:, 1])
    lost = np.zeros(len(candidates))
    for i, column in enumerate(candidates):
        shuffled = np.tile(held, (SHUFFLES, 1))
        shuffled[:, column] = np.concatenate(
            [rng.permutation(held[:, column]) for _ in range(SHUFFLES)]
        )
        chance = boosting.predict_proba(shuffled)[:, 1].reshape(SHUFFLES, -1)
        lost[i] = whole - np.mean([roc_auc_score(is_real[outside], c) for c in chance])
    rows = []
    for place in np.argsort(-lost)[:SHOWN]:
        column = candidates[place]
        values = np.where(table[:, column] == MISSING, np.nan, table[:, column])
        medians = [
            float(np.nanmedian(values[is_real == side]))
            if np.isfinite(values[is_real == side]).any()
            else None
            for side in (1, 0)
        ]
        rows.append(
            {
                "feature": str(names[column]),
                "auroc_lost": round(float(lost[place]), 4),
                "median_real": medians[0],
                "median_simulated": medians[1],
            }
        )
    return rows


def _median(values: FloatArray) -> float | None:
    """Median of the values that there are; None without any."""
    known = values[values != MISSING]
    return float(np.median(known)) if len(known) else None
