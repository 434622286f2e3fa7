"""What can be asked of a pretrained model without labels: other classes, and a table's class mix.

A network of simulations takes every class to be as frequent as any other. In a real table they are
not, and its unlabelled light curves tell how far: the frequencies under which they are most likely,
given what the network says of each, follow by expectation maximisation (Saerens, Latinne &
Decaestecker 2002, Neural Computation 14, 21, section 2.2),

    w_ij ∝ p_ij π_j / π0_j,        π_j ∝ 1 + Σ_i w_ij,

with p_ij the stated probabilities and π0 the prior that they were stated with. The one is a
pseudo-count, with which a handful of objects leaves the mix near flat.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm import taxonomy
from lcfm.adapt.mapping import mapped_head
from lcfm.adapt.rules import is_linear
from lcfm.encoders.heads import ClassHead, MappedHead
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


def answering(model: Model, classes: Sequence[str] | None = None) -> Model:
    """The model on other classes, as the taxonomy maps them, its prior flat; or on its own.

    Heads of numbers stay as they are.

    Parameters
    ----------
    classes
        Those to answer with; by default the model's own, with the prior that it states.

    Raises
    ------
    LcfmError
        The model has no linear head of classes, none of a class's types was pretrained, or the
        classes of an adapted model are to change.
    """
    head = model.head
    if isinstance(head, MappedHead) and (classes is None or tuple(classes) == head.classes):
        new = copy.deepcopy(head)
    elif isinstance(head, ClassHead) and is_linear(model):
        groups = taxonomy.group(head.classes, head.classes if classes is None else classes)
        unknown = [name for name, sources in groups.items() if not sources]
        if unknown:
            raise LcfmError(
                f"class {unknown[0]!r} has no counterpart among the pretrained "
                f"{', '.join(head.classes)}; leave it out, or adapt the model with labels"
            )
        new = mapped_head(head, groups)
    else:
        raise LcfmError(
            "without labels, only a pretrained model or one adapted by map can be asked for "
            "the class mix of a table, and only a pretrained one for other classes"
        )
    heads = {name: new if one is head else one for name, one in model.heads.items()}
    return Model(
        model.network, heads, model.preprocess, model.state, model.provenance, model.metadata
    )


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
    head = served.head
    assert isinstance(head, MappedHead)
    stated = []
    for lcs in tables:
        if not len(lcs):
            continue
        probabilities = served.predict_proba(lcs)
        if guard is not None:
            _, reasons = guard.guarded(probabilities, head.classes, guard.reasons(lcs))
            probabilities = probabilities[reasons == PASSED]
        stated.append(probabilities)
    if not sum(map(len, stated)):
        raise LcfmError(
            "no object of the table shows a supernova, so that its class mix cannot be estimated; "
            "predict without --prior estimated"
        )
    prior = (head.log_prior.double() / head.temperature).softmax(dim=-1).numpy()
    mix = class_mix(np.concatenate(stated), prior)
    expect(served, mix)
    return served, dict(zip(head.classes, mix.tolist(), strict=True))


def expect(model: Model, mix: FloatArray) -> None:
    """Set the prior of a model of mapped classes in place, frequencies of shape (n_classes,)."""
    head = model.head
    assert isinstance(head, MappedHead)
    head.log_prior.copy_(head.temperature * torch.log(torch.from_numpy(mix)))


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
        model = answering(model, _named_classes(classes))
    if prior == "flat":
        model = answering(model)
        expect(model, np.full(len(model.classes_), 1 / len(model.classes_)))
    if prior != "estimated":
        return model, None
    model, mix = expecting_mix_of(model, partitions(data, CHUNK), guard)
    return model, ", ".join(f"{name} {share:.3f}" for name, share in mix.items())


def _named_classes(names: str) -> tuple[str, ...]:
    """Classes of a label set, or those named with commas between them."""
    if names in taxonomy.LABEL_SETS:
        return taxonomy.LABEL_SETS[names]
    given = tuple(name.strip() for name in names.split(","))
    if len(set(given)) < 2 or len(set(given)) < len(given) or "" in given:
        raise LcfmError(
            f"--classes {names!r}: give a label set ({', '.join(taxonomy.LABEL_SETS)}) or two and "
            "more different classes with commas between them"
        )
    return given
