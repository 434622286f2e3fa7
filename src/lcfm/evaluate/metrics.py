"""Scores of classifications, redshifts and retrievals.

Every function takes plain arrays and returns plain numbers, so that results go into JSON as they
are. A score that is not defined (a class without test objects) is None and is named, never
guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError

FloatArray = NDArray[np.float64]

OUTLIER = 0.15
"""|Δz| / (1 + z) above which a redshift is an outlier (Hildebrandt et al. 2010, A&A 523, A31)."""


def classification_metrics(
    labels: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]
) -> dict[str, Any]:
    """All scores of a classifier on a test set.

    Parameters
    ----------
    labels : array_like of str, shape (n,)
        True classes.
    probabilities : array_like, shape (n, k)
        One column per class; a row may sum to less than one (a class without an output).
    classes
        Names of the columns.

    Returns
    -------
    dict
        ``macro_auroc`` (one against rest, mean over the classes in the test set), ``auroc`` by
        class (None where it is not defined), ``macro_f1`` (over the classes in the test set),
        ``micro_f1``, ``accuracy``, ``ece``, ``log_loss``, ``n_by_class``, and ``absent``, the
        classes without test objects.

    Raises
    ------
    LcfmError
        Shapes do not match, a probability is not finite, or fewer than two classes are in the
        test set.

    Notes
    -----
    A test class that has no column counts with AUROC 0.5 and is never predicted.
    """
    names = np.asarray(labels).astype(str)
    table, columns = _complete(names, np.asarray(probabilities, dtype=np.float64), tuple(classes))
    counts = {name: int((names == name).sum()) for name in columns}
    auroc = {name: _auroc(names == name, table[:, i]) for i, name in enumerate(columns)}
    defined = [score for score in auroc.values() if score is not None]
    predicted = np.asarray(columns)[table.argmax(axis=1)]
    accuracy = float((predicted == names).mean())
    f1 = [_f1(names == name, predicted == name) for name in columns if counts[name]]
    return {
        "macro_auroc": float(np.mean(defined)),
        "auroc": auroc,
        "macro_f1": float(np.mean(f1)),
        "micro_f1": accuracy,  # alike where each object has one class
        "accuracy": accuracy,
        "ece": expected_calibration_error(predicted == names, table.max(axis=1)),
        "log_loss": _log_loss(names, table, columns),
        "n_by_class": counts,
        "absent": [name for name in columns if not counts[name]],
    }


def macro_auroc_error(
    auroc: Mapping[str, float | None], n_by_class: Mapping[str, int]
) -> float | None:
    """Standard error of a macro AUROC that the finite number of test objects leaves.

    Classes are taken as independent; each has the error of Hanley & McNeil (1982, Radiology 143,
    29, eq. 2) for exponential scores, a fifth too large for bell-shaped ones. The rarest classes
    rule it. The spread over draws of labels comes on top.

    Parameters
    ----------
    auroc
        Area of each class against the rest; None where it is undefined.
    n_by_class
        Test objects of each class.

    Returns
    -------
    float or None
        None if no class has an area.
    """
    total = sum(n_by_class.values())
    variances = []
    for name, area in auroc.items():
        inside = n_by_class.get(name, 0)
        outside = total - inside
        if area is None or not inside or not outside:
            continue
        one, two = area / (2 - area), 2 * area**2 / (1 + area)
        spread = (inside - 1) * (one - area**2) + (outside - 1) * (two - area**2)
        variances.append((area * (1 - area) + spread) / (inside * outside))
    return math.sqrt(sum(variances)) / len(variances) if variances else None


def expected_calibration_error(
    correct: ArrayLike, confidence: ArrayLike, *, bins: int = 15
) -> float:
    """Mean |accuracy − confidence| over equal bins of confidence, weighted by their objects.

    Guo et al. 2017 (ICML, eq. 3). `correct` is bool, `confidence` the largest probability, both of
    shape (n,).
    """
    hit = np.asarray(correct, dtype=np.float64)
    sure = np.asarray(confidence, dtype=np.float64)
    place = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(place, weights=hit - sure, minlength=bins)
    return float(np.abs(gaps).sum() / max(len(hit), 1))


def regression_metrics(true: ArrayLike, predicted: ArrayLike) -> dict[str, Any]:
    """Scores of predicted redshifts, or of any other quantity.

    Parameters
    ----------
    true, predicted : array_like, shape (n,)

    Returns
    -------
    dict
        ``mse``, ``r2`` (None where all true values are equal), ``l1`` (mean |Δ|), ``bias`` (mean
        Δ), ``outliers`` (fraction with |Δz| / (1 + z) > 0.15; None where a true value is not above
        −1, hence no redshift), ``n``.

    Raises
    ------
    LcfmError
        Shapes do not match, there are no objects, or a value is not finite.
    """
    truth, guess = (np.asarray(v, dtype=np.float64) for v in (true, predicted))
    if truth.shape != guess.shape or truth.ndim != 1 or not len(truth):
        raise LcfmError(
            "true and predicted values must be two lists of the same length >= 1, got shapes "
            f"{truth.shape} and {guess.shape}"
        )
    for name, values in (("true", truth), ("predicted", guess)):
        if not np.isfinite(values).all():
            raise LcfmError(f"{(~np.isfinite(values)).sum()} {name} values are not finite")
    difference = guess - truth
    spread = float(((truth - truth.mean()) ** 2).sum())
    redshift = bool((truth > -1).all())
    return {
        "mse": float((difference**2).mean()),
        "r2": 1.0 - float((difference**2).sum()) / spread if spread > 0 else None,
        "l1": float(np.abs(difference).mean()),
        "bias": float(difference.mean()),
        "outliers": (
            float((np.abs(difference) / (1.0 + truth) > OUTLIER).mean()) if redshift else None
        ),
        "n": len(truth),
    }


def recall_at_k(similarity: ArrayLike, k: Sequence[int] = (1, 5, 10)) -> dict[str, float]:
    """Fraction of queries whose partner is among the k most similar candidates.

    Parameters
    ----------
    similarity : array_like, shape (n, m)
        Query i's partner is candidate i; ties count against the query.
    k
        Numbers of candidates looked at.
    """
    table = np.asarray(similarity, dtype=np.float64)
    if table.ndim != 2 or not len(table) or table.shape[1] < len(table):
        raise LcfmError(
            f"similarity must have a row per query and a candidate for each, got {table.shape}"
        )
    own = np.diagonal(table)[:, None]
    rank = (table >= own).sum(axis=1)  # 1 for the best
    return {f"recall@{depth}": float((rank <= depth).mean()) for depth in k}


def _complete(
    names: NDArray[np.str_], table: FloatArray, classes: tuple[str, ...]
) -> tuple[FloatArray, tuple[str, ...]]:
    """Check the shapes; add a column of zeros for each test class that has none."""
    if table.shape != (len(names), len(classes)):
        raise LcfmError(
            f"{len(names)} labels and {len(classes)} classes need probabilities of shape "
            f"({len(names)}, {len(classes)}), got {table.shape}"
        )
    if not np.isfinite(table).all():
        raise LcfmError(f"{(~np.isfinite(table)).sum()} probabilities are not finite")
    present = sorted(set(names.tolist()))
    if len(present) < 2:
        raise LcfmError(
            f"the test set has {len(present)} class ({', '.join(present) or 'no objects'}); AUROC "
            "needs two: give a larger test set"
        )
    missing = tuple(name for name in present if name not in classes)
    return np.hstack([table, np.zeros((len(names), len(missing)))]), (*classes, *missing)


def _auroc(positive: NDArray[np.bool_], score: FloatArray) -> float | None:
    from sklearn.metrics import roc_auc_score

    if not positive.any() or positive.all():
        return None
    return float(roc_auc_score(positive, score))


def _f1(positive: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """2 TP / (2 TP + FP + FN)."""
    denominator = int(positive.sum()) + int(predicted.sum())
    return 2.0 * int((positive & predicted).sum()) / denominator if denominator else 0.0


def _log_loss(names: NDArray[np.str_], table: FloatArray, columns: tuple[str, ...]) -> float:
    """Mean −ln p of the true class; rows are normalised, p is at least 1e-15."""
    column = {name: i for i, name in enumerate(columns)}
    own = table[np.arange(len(names)), [column[name] for name in names]]
    total = table.sum(axis=1)
    share = own / np.where(total > 0, total, 1.0)
    return float(-np.log(np.clip(share, 1e-15, 1.0)).mean())
