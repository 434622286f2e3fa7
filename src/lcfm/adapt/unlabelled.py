"""The class mix of a table without labels, and a model that expects it.

A network of simulations takes every class to be as frequent as any other. In a real table they are
not, and its unlabelled light curves tell how far: the frequencies under which they are most likely,
given what the network says of each, follow by expectation maximisation (Saerens, Latinne &
Decaestecker 2002, Neural Computation 14, 21, section 2.2),

    w_ij ∝ p_ij π_j / π0_j,        π_j ∝ 1 + Σ_i w_ij,

with p_ij the stated probabilities and π0 the prior that they were stated with. The one is a
pseudo-count, with which a handful of objects leaves the mix near flat.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lcfm.adapt.answering import answering, named_classes
from lcfm.encoders.heads import MappedHead, SummedHead
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers import partitions
from lcfm.readers.source import TableSource
from lcfm.serve.guard import PASSED, Guard
from lcfm.serve.model import Model
from lcfm.serve.tables import CHUNK

FloatArray = NDArray[np.float64]

ROUNDS = 1000
CLOSE = 1e-6
"""Largest change of a frequency at which the mix counts as found."""


def class_mix(probabilities: NDArray[np.floating], prior: FloatArray | None = None) -> FloatArray:
    """Class frequencies of the objects of a table, from stated probabilities alone.

    Parameters
    ----------
    probabilities : ndarray, shape (n_objects, n_classes)
        Rows sum to 1.
    prior : ndarray, shape (n_classes,), optional
        Frequencies that the probabilities were stated with; equal ones by default.

    Returns
    -------
    ndarray, shape (n_classes,)
        Sums to 1.

    Raises
    ------
    LcfmError
        There is no object.
    """
    stated = np.asarray(probabilities, dtype=np.float64)
    if stated.ndim != 2 or not stated.size:
        raise LcfmError("a class mix needs the probabilities of at least one object")
    n, k = stated.shape
    likelihood = stated / (np.full(k, 1 / k) if prior is None else prior)
    mix = np.full(k, 1 / k)
    for _ in range(ROUNDS):
        share = likelihood * mix
        total = share.sum(axis=1, keepdims=True)
        share = np.divide(share, total, out=np.full_like(share, 1 / k), where=total > 0)
        found = (1 + share.sum(axis=0)) / (n + k)
        close = np.abs(found - mix).max() < CLOSE
        mix = found
        if close:
            break
    return mix


def expecting_mix_of(
    model: Model, tables: Iterable[LightCurves], guard: Guard | None
) -> tuple[Model, dict[str, float]]:
    """The model with the class mix of unlabelled tables as its prior, and that mix.

    Parameters
    ----------
    model
        Its class head is linear: of a pretraining, mapped onto other classes, or adapted by
        ``map``. Heads of numbers stay as they are.
    tables
        Light curves, read once, part by part; labels are not looked at.
    guard
        Objects that it refuses do not count; None to count all.

    Raises
    ------
    LcfmError
        The prior of the model's probabilities is not known, or no object is left.
    """
    served = answering(model)
    classes = served.classes_
    stated = []
    for lcs in tables:
        if not len(lcs):
            continue
        probabilities = served.predict_proba(lcs)
        if guard is not None:
            _, reasons = guard.guarded(probabilities, classes, guard.reasons(lcs))
            probabilities = probabilities[reasons == PASSED]
        stated.append(probabilities)
    if not sum(map(len, stated)):
        raise LcfmError(
            "no object of the table shows a supernova, so that its class mix cannot be estimated; "
            "predict without --prior estimated"
        )
    mix = class_mix(np.concatenate(stated), stated_prior(served))
    expect(served, mix)
    return served, dict(zip(classes, mix.tolist(), strict=True))


def stated_prior(model: Model) -> FloatArray:
    """Class frequencies that the probabilities of an answering model rest on, (n_classes,)."""
    head = model.head
    assert isinstance(head, (MappedHead, SummedHead))
    own = head.own if isinstance(head, SummedHead) else head
    prior = (own.log_prior.double().cpu() / own.temperature).softmax(dim=-1).numpy()
    if isinstance(head, SummedHead):
        prior = np.array([prior[group].sum() for group in head.groups])
    return np.asarray(prior / prior.sum())


def expect(model: Model, mix: FloatArray) -> None:
    """Set the prior of an answering model in place, frequencies of shape (n_classes,).

    Inside a sum the frequencies keep their ratios.
    """
    head = model.head
    assert isinstance(head, (MappedHead, SummedHead))
    own = head.own if isinstance(head, SummedHead) else head
    groups = head.groups if isinstance(head, SummedHead) else [[i] for i in range(len(mix))]
    more = np.log(mix / stated_prior(model))
    for group, factor in zip(groups, more.tolist(), strict=True):
        own.log_prior[group] += own.temperature * factor


def as_asked(
    model: Model,
    data: TableSource,
    *,
    classes: str | None,
    prior: Literal["flat", "estimated"] | None,
    guard: Guard | None,
) -> tuple[Model, str | None]:
    """The model that ``lcfm predict`` answers with, and the class mix if it was estimated.

    Parameters are those of the command line (``lcfm predict --help``).

    Raises
    ------
    LcfmError
        The model cannot be asked for it, or a class is not known.
    """
    if classes is not None:
        model = answering(model, named_classes(model, classes))
    if prior == "flat":
        model = answering(model)
        expect(model, np.full(len(model.classes_), 1 / len(model.classes_)))
    if prior != "estimated":
        return model, None
    model, mix = expecting_mix_of(model, partitions(data, CHUNK), guard)
    return model, ", ".join(f"{name} {share:.3f}" for name, share in mix.items())
