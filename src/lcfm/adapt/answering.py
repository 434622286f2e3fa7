"""A pretrained or adapted model asked for other classes than its own, without any label."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from lcfm import taxonomy
from lcfm.adapt.mapping import mapped_head
from lcfm.adapt.rules import is_linear
from lcfm.encoders.heads import ClassHead, MappedHead, SummedHead
from lcfm.errors import LcfmError
from lcfm.serve.model import Model


def answering(model: Model, classes: Sequence[str] | None = None) -> Model:
    """The model on other classes, as the taxonomy maps them; or on its own.

    Of a pretrained model the prior becomes flat, and a class without a counterpart among its own
    gets an output that starts at the mean of the others (:func:`refuse_unknown` says which). A
    model adapted by ``map`` keeps the prior of its labels, and answers with sums of its own classes
    alone; those that no sum holds are taken not to occur. Heads of numbers stay as they are.

    Parameters
    ----------
    classes
        Those to answer with; by default the model's own, with the prior that it states.

    Raises
    ------
    LcfmError
        The model has no linear head of classes, or is adapted and does not tell a class apart.
    """
    head = _asked_head(model)
    new: MappedHead | SummedHead
    if isinstance(head, ClassHead):
        new = mapped_head(head, _made_of(head, classes or head.classes))
    elif classes is None:
        new = copy.deepcopy(head)
    else:
        refuse_unknown(model, classes)
        new = _summed(head, _made_of(head, classes))
    new.to(next(model.network.parameters()).device)
    return model.with_heads(
        {name: new if one is head else one for name, one in model.heads.items()}
    )


def named_classes(model: Model, names: str) -> tuple[str, ...]:
    """Classes of a label set, or those named with commas between them."""
    if names in taxonomy.LABEL_SETS:
        given = taxonomy.LABEL_SETS[names]
    else:
        given = tuple(name.strip() for name in names.split(","))
    if len(set(given)) < 2 or len(set(given)) < len(given) or "" in given:
        raise LcfmError(
            f"--classes {names!r}: give a label set that the model can answer "
            f"({', '.join(answerable(model)) or 'none'}), or two and more different classes with "
            "commas between them"
        )
    refuse_unknown(model, given)
    return given


def refuse_unknown(model: Model, classes: Sequence[str]) -> None:
    """Raise if the model was taught nothing of a class; the message says what it can answer.

    Raises
    ------
    LcfmError
        As said, or the model has no linear head of classes.
    """
    head = _asked_head(model)
    unknown = [name for name, sources in _made_of(head, classes).items() if not sources]
    if unknown:
        sets = answerable(model)
        raise LcfmError(
            f"the model's classes {', '.join(head.classes)} have no counterpart of "
            f"{', '.join(map(repr, unknown))}; leave {'them' if unknown[1:] else 'it'} out, "
            + (f"give a label set that it can answer ({', '.join(sets)}), " if sets else "")
            + "or adapt the model with labels"
        )


def answerable(model: Model) -> list[str]:
    """Label sets of which the model knows every class."""
    head = _asked_head(model)
    sets = taxonomy.LABEL_SETS.items()
    return [name for name, classes in sets if all(_made_of(head, classes).values())]


def _asked_head(model: Model) -> ClassHead | MappedHead | SummedHead:
    head = model.head
    if isinstance(head, (MappedHead, SummedHead)):
        return head
    if isinstance(head, ClassHead) and is_linear(model):
        return head
    raise LcfmError(
        "without labels, only a pretrained model or one adapted by map can be asked for other "
        "classes or for the class mix of a table"
    )


def _made_of(
    head: ClassHead | MappedHead | SummedHead, classes: Sequence[str]
) -> dict[str, list[str]]:
    """Which classes of the head make up each asked one.

    Of a pretrained head also the one that an asked class is part of. An adapted head states how
    frequent its classes are, of which the share of a part is not known.
    """
    groups = taxonomy.group(head.classes, classes)
    if isinstance(head, ClassHead):
        return groups
    return {
        name: [one for one in found if taxonomy.canonical(name) in taxonomy.ancestry(one)]
        for name, found in groups.items()
    }


def _summed(head: MappedHead | SummedHead, groups: Mapping[str, Sequence[str]]) -> SummedHead:
    """Head of sums of the classes of a head; of one that sums already, sums of the sums."""
    rows = [[head.classes.index(one) for one in found] for found in groups.values()]
    own = head
    if isinstance(head, SummedHead):
        own, rows = head.own, [[i for row in found for i in head.groups[row]] for found in rows]
    new = SummedHead(own.settings(), tuple(groups), rows)
    new.own.load_state_dict(own.state_dict())
    return new
