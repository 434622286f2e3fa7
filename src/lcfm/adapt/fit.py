"""Labels to an adapted model: one function, the policy decides what moves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm import config, taxonomy
from lcfm.adapt.policies import HeadMLP, Map, Policy, Refine, RefineAll, named_policy
from lcfm.adapt.rules import (
    CONVERGENCE,
    Job,
    adapted_to_classes,
    adapted_to_numbers,
    density_head,
    is_linear,
)
from lcfm.errors import LcfmError, listed
from lcfm.lightcurves import LightCurves, expect_lightcurves
from lcfm.prepare.split import EventSet
from lcfm.ragged import no_names
from lcfm.serve.model import Model

log = logging.getLogger("lcfm")

MANY = 64
"""Labels from which on training every weight beats a move of the density (docs/log.md)."""


def fit(
    model: Model,
    lcs: LightCurves,
    labels: ArrayLike,
    *,
    policy: Policy | str | None = None,
    classes: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    seed: int = 0,
    device: str = "auto",
    progress: bool = False,
) -> Model:
    """Adapt a model to labelled light curves; the given model stays as it is.

    Parameters
    ----------
    model
        Pretrained model.
    lcs
        Labelled objects.
    labels : array_like, shape (n_objects,)
        Class names (text, never whole numbers), or floating-point numbers for a regression.
    policy
        Or its name, as on the command line. By default :class:`~lcfm.adapt.policies.Map` for
        classes, with a new output, and a warning, for a class that the pretraining did not know;
        for numbers see :func:`default_number_policy`.
    classes
        Names of all target classes, also those without a label; by default those in `labels`.
    weights : array_like, shape (n_objects,), optional
        How much each label counts, where the labelled objects are a biased sample; only the policy
        ``map`` takes them. Their scale does not matter. By default each counts alike.
    seed
        For new weights, batches and folds.
    device
        Where to compute: ``auto``, ``cpu`` or ``cuda``; ``auto`` leaves the choice to the policy.
    progress
        Show a bar while a policy trains the network.

    Returns
    -------
    Model
        On the CPU.

    Raises
    ------
    LcfmError
        Light curves are something else; labels are missing, are one class only, or do not match
        the objects in number; or there are weights, and they are negative or all zero, or the
        policy takes none.
    """
    expect_lightcurves(lcs)
    values = np.asarray(labels)
    if len(values) != len(lcs):
        raise LcfmError(f"{len(values)} labels for {len(lcs)} objects; give one label per object")
    if not len(values):
        raise LcfmError("no labelled object to adapt to; give at least two labels")
    scaled = None if weights is None else _of_mean_one(weights, len(values))
    if isinstance(policy, str):
        policy = named_policy(policy)
    if values.dtype.kind in "iub":
        raise LcfmError(
            f"labels are {no_names(values)}; for a regression give floating-point numbers"
        )
    if values.dtype.kind == "f":
        missing = np.flatnonzero(~np.isfinite(values))
        if len(missing):
            raise LcfmError(
                f"object {lcs.object_id[missing[0]]!r} has no finite value ({len(missing)} of "
                f"{len(values)}); leave such objects out"
            )
        chosen = policy or default_number_policy(model, len(values))
        _refuse_weights(chosen, scaled)
        job = Job(lcs, values.astype(np.float64), (), seed, device, progress)
        adapted = adapted_to_numbers(chosen, model, job)
    else:
        names = _class_names(lcs, values, classes)
        chosen = policy or default_policy(model, names)
        _refuse_weights(chosen, scaled)
        job = Job(lcs, values.astype(object), names, seed, device, progress, scaled)
        adapted = adapted_to_classes(chosen, model, job)
    convergence = adapted.provenance.pop(CONVERGENCE, None)
    seen = EventSet.of(lcs.column("event_id"))
    if "events" in model.provenance:
        seen = seen | EventSet.from_dict(model.provenance["events"])
    adapted.provenance = {
        **model.provenance,
        "events": seen.to_dict(),
        "adapted": {
            "policy": config.to_dict(chosen),
            "labels": len(lcs),
            "weighted": scaled is not None,
            "seed": seed,
            "data": lcs.fingerprint(),
            "surveys": sorted(set(lcs.column("survey"))),
        },
    }
    if convergence is not None:
        adapted.provenance["adapted"]["convergence"] = convergence
    return adapted


def default_policy(model: Model, classes: Sequence[str]) -> Policy:
    """``map`` if the pretrained head is linear, else a new head with a hidden layer.

    A class without a pretrained counterpart gets a new output, which only the labels teach; that
    too is better than a new head for all (docs/log.md), and is said in a warning.
    """
    if not is_linear(model):
        return HeadMLP()
    unknown = [c for c, sources in taxonomy.group(model.classes_, classes).items() if not sources]
    if unknown:
        log.warning(
            "class %s has no counterpart among the pretrained %s: what it is comes from its "
            "labels alone, so give it as many as you can",
            listed([repr(name) for name in unknown]),
            ", ".join(model.classes_),
        )
    return Map()


def default_number_policy(model: Model, n_labels: int) -> Policy:
    """``refine`` where the model was pretrained with a density of a number, else ``head+mlp``.

    From :data:`MANY` labels on every weight moves (``refine+all``). The density is taken to be of
    the same quantity as the labels; for another one give ``head+mlp``.
    """
    if density_head(model) is None:
        return HeadMLP()
    return RefineAll() if n_labels >= MANY else Refine()


def _of_mean_one(weights: ArrayLike, n: int) -> NDArray[np.float64]:
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (n,):
        raise LcfmError(f"{n} labels need {n} weights, got shape {values.shape}")
    if not np.isfinite(values).all() or (values < 0).any() or not values.any():
        raise LcfmError("weights must be finite and not negative, and not all zero")
    return np.asarray(values / values.mean())


def _refuse_weights(policy: Policy, weights: NDArray[np.float64] | None) -> None:
    if weights is not None and not isinstance(policy, Map):
        raise LcfmError(f"policy {policy.kind!r} takes no weights; choose map, or leave them out")


def _class_names(
    lcs: LightCurves, labels: NDArray[Any], classes: Sequence[str] | None
) -> tuple[str, ...]:
    missing = [i for i, label in enumerate(labels) if label is None or str(label) == ""]
    if missing:
        raise LcfmError(
            f"object {lcs.object_id[missing[0]]!r} has no label; leave out objects without one "
            f"({len(missing)} of {len(labels)})"
        )
    found = sorted({str(label) for label in labels})
    if classes is not None:
        unknown = sorted(set(found) - set(classes))
        if unknown:
            raise LcfmError(f"label {unknown[0]!r} is not among the classes {', '.join(classes)}")
    if len(found if classes is None else classes) < 2:
        raise LcfmError(
            f"all {len(labels)} labels are {found[0]!r}; at least two classes are needed"
        )
    return tuple(found if classes is None else classes)
