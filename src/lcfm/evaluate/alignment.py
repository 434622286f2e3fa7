"""Does the same event look the same through two telescopes? Measured on latent vectors.

Pictures of a latent space (simulation-pretrained FM, figures 5 and 6) show what one wants to see;
these are numbers. A fresh probe tells the telescopes apart, or cannot; the same kind of probe tells
the classes apart, for a space that has collapsed to a point hides the telescope as well. And the
event's own partner is looked for among all that the other telescope saw.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError
from lcfm.evaluate.metrics import recall_at_k
from lcfm.one_thread import one_thread

FOLDS = 5
HIDDEN = 64
"""Units of the small network that probes."""
LEAST_SPREAD = 1e-6
"""Latent numbers that vary by less than this share of the widest are taken for constants."""


def standardised(latents: ArrayLike) -> NDArray[np.float64]:
    """Each latent number with mean 0 and deviation 1 over all rows; constants become 0."""
    values = np.asarray(latents, dtype=np.float64)
    spread = values.std(axis=0)
    wide = spread > max(LEAST_SPREAD * float(spread.max(initial=0.0)), np.finfo(float).tiny)
    return np.where(wide, (values - values.mean(axis=0)) / np.where(wide, spread, 1.0), 0.0)


def partner_ranks(first: ArrayLike, second: ArrayLike) -> dict[str, Any]:
    """How near an event's partner is among all that the other telescope saw.

    Parameters
    ----------
    first, second : array_like, shape (n, d)
        Latent vectors of the same n events through two telescopes, in the same order.

    Returns
    -------
    dict
        ``median_rank`` (1 for the nearest), ``chance_rank``, and ``recall@1``, ``@5``, ``@10``, by
        the cosine between vectors standardised over both; mean of both directions. Ties count
        against the event.
    """
    one, two = (np.asarray(v, dtype=np.float64) for v in (first, second))
    if one.shape != two.shape or one.ndim != 2 or len(one) < 2:
        raise LcfmError(
            "two telescopes need latent vectors of the same two events or more, got shapes "
            f"{one.shape} and {two.shape}"
        )
    both = standardised(np.concatenate([one, two]))
    length = np.linalg.norm(both, axis=1, keepdims=True)
    unit = both / np.where(length > 0, length, 1.0)
    similarity = unit[: len(one)] @ unit[len(one) :].T
    tables = (similarity, similarity.T)
    ranks = [(table >= np.diagonal(table)[:, None]).sum(axis=1) for table in tables]
    recalls = [recall_at_k(table) for table in tables]
    return {
        "median_rank": float(np.mean([np.median(rank) for rank in ranks])),
        "chance_rank": (len(one) + 1) / 2,
        **{k: float(np.mean([recall[k] for recall in recalls])) for k in recalls[0]},
    }


def probe_scores(
    latents: ArrayLike, surveys: ArrayLike, classes: ArrayLike, events: ArrayLike, *, seed: int = 0
) -> dict[str, Any]:
    """Telescope and class, as fresh probes read them from latent vectors.

    Probes are cross-validated, an event on one side only.

    Parameters
    ----------
    latents : array_like, shape (n, d)
    surveys, classes, events : array_like of str, shape (n,)
        An empty class is unknown; those of fewer than 5 events are left out.
    seed
        Of folds and probes.

    Returns
    -------
    dict
        For ``logistic`` regression and for ``mlp``, a small network: ``survey_accuracy``, balanced
        over the surveys, so that ``survey_chance`` is one over their number, and ``class_auroc``,
        macro, chance 0.5; None where there are no two surveys, or classes, of enough events.
    """
    table = standardised(latents)
    names = {"survey": np.asarray(surveys).astype(str), "class": np.asarray(classes).astype(str)}
    groups = np.asarray(events).astype(str)
    usable = {what: _often(values, groups) for what, values in names.items()}
    count = len(set(names["survey"][usable["survey"]]))
    scores: dict[str, Any] = {"survey_chance": 1.0 / count if count > 1 else None}
    for name, probe in _probes(seed).items():
        with one_thread():
            found = {
                what: _cross_validated(probe, table[rows], names[what][rows], groups[rows], seed)
                for what, rows in usable.items()
            }
        scores[name] = {
            "survey_accuracy": found["survey"] and found["survey"]["balanced_accuracy"],
            "class_auroc": found["class"] and found["class"]["macro_auroc"],
        }
    return scores


def _often(names: NDArray[np.str_], events: NDArray[np.str_]) -> NDArray[np.int64]:
    """Rows of names that enough events have for all folds."""
    kept = [
        name for name in sorted(set(names)) if name and len(set(events[names == name])) >= FOLDS
    ]
    return np.flatnonzero(np.isin(names, kept))


def _probes(seed: int) -> Mapping[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    return {
        "logistic": LogisticRegression(max_iter=2000, class_weight="balanced"),
        "mlp": MLPClassifier(
            hidden_layer_sizes=(HIDDEN,), alpha=1e-2, max_iter=150, random_state=seed
        ),
    }


def _cross_validated(
    probe: Any, table: NDArray[np.float64], names: NDArray[np.str_], events: Any, seed: int
) -> dict[str, float] | None:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import balanced_accuracy_score, roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    present = sorted(set(names))
    if len(present) < 2:
        return None
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():  # a probe that is stopped early is a probe all the same
        warnings.simplefilter("ignore", ConvergenceWarning)
        chances = cross_val_predict(
            probe, table, names, groups=events, cv=folds, method="predict_proba"
        )
    guess = np.asarray(present)[chances.argmax(axis=1)]
    areas = [roc_auc_score(names == name, chances[:, i]) for i, name in enumerate(present)]
    return {
        "balanced_accuracy": float(balanced_accuracy_score(names, guess)),
        "macro_auroc": float(np.mean(areas)),
    }
