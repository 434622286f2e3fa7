"""Who may test a model: objects with a target that it was neither trained nor validated on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet, is_test
from lcfm.serve.known import known_classes, remedy
from lcfm.serve.model import Model


@dataclass(frozen=True)
class Tested:
    """Objects that test a model, and those that do not.

    Attributes
    ----------
    test : LightCurves
    truth : ndarray, shape (n_test,)
        Classes (text) or numbers.
    labelled : LightCurves
        Objects of the table that the model was fine-tuned on: the baselines learn from the same.
    counts : dict of str to int
        Objects left out, by reason.
    """

    test: LightCurves
    truth: NDArray[Any]
    labelled: LightCurves
    counts: dict[str, int]


def choose_tested(model: Model, lcs: LightCurves, target: str) -> Tested:
    """Choose test objects of a table.

    Where the table shares events with those that the model has seen, its test part is used, 25 % by
    the hash of the event's name: the rest may have been looked at. Otherwise all of it is.

    Raises
    ------
    LcfmError
        Nothing is left to test on, a single class, or too few objects of known classes.
    """
    classes = getattr(model.head, "classes", None)
    if classes is None:
        values: NDArray[Any] = lcs.numbers(target)
        known = np.isfinite(values)
        foreign = np.zeros(len(lcs), dtype=bool)
    else:
        values = lcs.names(target)
        known = values != ""
        foreign = known & ~known_classes(lcs, target, classes)
    events = lcs.column("event_id")
    seen = seen_events(model.provenance).contains(events)
    testing = is_test(events) if seen.any() else np.ones(len(lcs), dtype=bool)
    rows = known & ~foreign & ~seen & testing
    counts = {
        "without a target": int((~known).sum()),
        "of a class that the model does not know": int(foreign.sum()),
        "trained or validated on": int((known & ~foreign & seen).sum()),
        "of the training part": int((known & ~foreign & ~seen & ~testing).sum()),
    }
    present = set(values[rows]) if classes is not None else set()
    if not rows.any() or len(present) == 1:
        why = ", ".join(f"{n} {reason}" for reason, n in counts.items() if n) or "none left out"
        what = f"only objects of {present.pop()!r}" if present else "no object of the table"
        if foreign.any():
            todo = remedy(lcs, target, classes or ())
        else:
            which = "it was not trained on" if seen.any() else f"have a {target!r}"
            todo = f"give objects {'of two classes at least ' if classes else ''}that {which}"
        raise LcfmError(f"{what} can test this model: {why}; {todo}")
    adapted = seen_events(model.provenance.get("adapted", {})).contains(events)
    labelled = lcs[known & ~foreign & adapted]
    return Tested(lcs[rows], values[rows], labelled, counts)


def seen_events(provenance: Mapping[str, Any]) -> EventSet:
    """Events that a provenance names; none if it names none."""
    if "events" not in provenance:
        return EventSet(frozenset(), frozenset())
    return EventSet.from_dict(provenance["events"])
