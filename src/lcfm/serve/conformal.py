"""Sets of classes that hold the true one with a stated probability: split conformal prediction.

Vovk, Gammerman & Shafer (2005); in the form of Sadinle, Lei & Wasserman (2019, JASA 114, 223): a
class is in the set if its probability is above a threshold, and the threshold is the one that keeps
the true class of as many calibration objects as asked for. Whatever the model, the share of new
objects of the same kind whose set holds the true class is at least that, on average over
calibration sets; a poor model pays with large sets. It says nothing of objects of another kind.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet
from lcfm.serve.known import known_classes
from lcfm.serve.model import Model

log = logging.getLogger("lcfm")


@dataclass(frozen=True)
class Conformal:
    """A threshold on probabilities, and what it was calibrated for.

    Attributes
    ----------
    classes
        Names of the columns.
    coverage
        Share of new objects whose set is to hold the true class.
    threshold
        Classes at least as probable are in the set.
    n
        Calibration objects.
    events
        Their events: for objects of these, the sets hold the true class more often than stated.
    """

    classes: tuple[str, ...]
    coverage: float
    threshold: float
    n: int
    events: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, probabilities: ArrayLike, labels: ArrayLike, classes: tuple[str, ...], coverage: float
    ) -> Conformal:
        """Calibrate on objects that the model has not seen.

        Parameters
        ----------
        probabilities : array_like, shape (n, n_classes)
        labels : array_like of str, shape (n,)
            True classes, each one of `classes`.

        Raises
        ------
        LcfmError
            The coverage is not between 0 and 1, a label is unknown, or there are too few objects:
            a coverage c needs at least c / (1 − c).
        """
        if not 0 < coverage < 1:
            raise LcfmError(f"coverage must lie between 0 and 1, such as 0.9, got {coverage}")
        table = np.asarray(probabilities, dtype=np.float64)
        names = np.asarray(labels).astype(str)
        column = {name: i for i, name in enumerate(classes)}
        unknown = sorted(set(names) - set(column))
        if unknown:
            raise LcfmError(
                f"label {str(unknown[0])!r} is not among the classes {', '.join(classes)}"
            )
        n = len(names)
        rank = _ceil((n + 1) * coverage)
        if rank > n:
            raise LcfmError(
                f"sets of coverage {coverage:g} need at least "
                f"{_ceil(coverage / (1 - coverage))} labelled objects that the model has not "
                f"seen, got {n}; give more, or ask for less coverage"
            )
        own = table[np.arange(n), [column[name] for name in names]]
        return cls(classes, coverage, float(np.sort(own)[n - rank]), n)

    def sets(self, probabilities: ArrayLike) -> list[list[str]]:
        """Classes of each object's set, most probable first.

        A set is empty where no class is as probable as the true ones of the calibration objects:
        the object is like none of them, or the model is less sure of it.
        """
        table = np.asarray(probabilities, dtype=np.float64)
        return [
            [self.classes[i] for i in np.argsort(-row, kind="stable") if row[i] >= self.threshold]
            for row in table
        ]


def calibrated(model: Model, lcs: LightCurves, target: str, coverage: float) -> Conformal:
    """Calibrate a model on a labelled table.

    Objects without a label, of a class that the model does not know, or whose event the model has
    seen are left out and counted in the log (:func:`~lcfm.serve.known.known_classes`).

    Raises
    ------
    LcfmError
        As :meth:`Conformal.of`; or the table has no column `target`, or one of other classes.
    """
    usable = known_classes(lcs, target, model.classes_)
    labels = lcs.names(target).astype(str)
    if "events" in model.provenance:
        seen = EventSet.from_dict(model.provenance["events"]).contains(lcs.column("event_id"))
        usable &= ~seen
    kept: NDArray[np.bool_] = usable
    log.info(
        "calibrating sets on %d objects; left out: %d without a usable %r or seen by the model",
        kept.sum(), (~kept).sum(), target,
    )  # fmt: skip
    if not kept.any():
        return Conformal.of(np.zeros((0, len(model.classes_))), [], model.classes_, coverage)
    part = lcs[kept]
    found = Conformal.of(model.predict_proba(part), labels[kept], model.classes_, coverage)
    return replace(found, events=frozenset(part.column("event_id")))


def _ceil(value: float) -> int:
    """Next whole number; 9.000000000000002, which is meant to be 9, stays 9."""
    return math.ceil(round(value, 9))
