"""Classes told early: from light curves as they stood some days after their trigger.

Day 0 is the first of two detections within 30 d (:class:`lcfm.prepare.preprocess.Trigger`), found
in the light curve as a whole. What a method is given ends on the day asked for; history before the
trigger is in it, limits as they are. An object of which nothing was observed until then gets the
class prior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.metrics import classification_metrics
from lcfm.evaluate.protocols import Classifier, Method, Task
from lcfm.lightcurves import LightCurves
from lcfm.prepare.preprocess import Trigger

TRIGGER = Trigger()

Training = Callable[[LightCurves, float], LightCurves]
"""Labelled light curves in full and a day → what a method is fitted to."""


def as_of(lcs: LightCurves, day: float) -> LightCurves:
    """Light curves as they stood on a day since their trigger.

    Parameters
    ----------
    lcs
        Light curves in full.
    day
        Days since the trigger; the day itself is included.

    Returns
    -------
    LightCurves
        Rows in the same order under names of their own, so that features and latent vectors of
        several days can be looked up in one table; events keep theirs. Rows may have no points.
    """
    names = [f"{name} at {day:+g} d" for name in lcs.object_id]
    return lcs.until(TRIGGER.origin(lcs) + day).with_columns(object_id=names)


def in_full(lcs: LightCurves, day: float) -> LightCurves:
    """Light curves with all that came after the day."""
    return lcs


@dataclass(frozen=True)
class EarlyMethod:
    """What is compared.

    Attributes
    ----------
    method
        Fitted to labelled objects that have points.
    training
        Whether it sees them in full (:func:`in_full`) or until the same day as those it is tested
        on (:func:`as_of`).
    prior
        Answers where there are no points.
    """

    method: Method
    training: Training
    prior: Method


@dataclass(frozen=True)
class OrPrior:
    """A classifier, and a prior for objects without points; classes in the same order."""

    seen: Classifier
    prior: Classifier

    @property
    def classes_(self) -> tuple[str, ...]:
        """Class names in the order of the columns."""
        return self.prior.classes_

    def predict_proba(self, lcs: LightCurves) -> NDArray[Any]:
        """Probabilities, shape (n_objects, n_classes)."""
        out = np.array(self.prior.predict_proba(lcs), dtype=np.float64)
        filled = lcs.lengths > 0
        if filled.any():
            out[filled] = self.seen.predict_proba(lcs[filled])
        return out


@dataclass(frozen=True)
class Flat:
    """Every class alike, for every object."""

    classes_: tuple[str, ...]

    def predict_proba(self, lcs: LightCurves) -> NDArray[Any]:
        """Probabilities, shape (n_objects, n_classes)."""
        return np.full((len(lcs), len(self.classes_)), 1.0 / len(self.classes_))


def flat(lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int) -> Classifier:
    """A method that looks at nothing: the flat prior."""
    return Flat(classes)


@dataclass(frozen=True)
class EarlyTask:
    """A task whose test objects are seen until one day since their trigger.

    Attributes
    ----------
    whole
        Labelled table cut into training and test part, light curves in full.
    day
        Days since the trigger.
    test
        Test objects as of the day.
    left_out
        Number of labelled objects without a trigger, of which no day can be told.
    """

    whole: Task
    day: float
    test: LightCurves
    left_out: int

    @classmethod
    def of(cls, task: Task, day: float) -> EarlyTask:
        """One day of a task; objects without a trigger are left out and counted."""
        found = [TRIGGER.found(part) for part in (task.train, task.test)]
        left_out = sum(int((~some).sum()) for some in found)
        train, test = task.train[found[0]], task.test[found[1]]
        whole = Task(task.name, train, test, task.left_out + left_out)
        return cls(whole, day, as_of(test, day), left_out)

    @property
    def name(self) -> str:
        """Of the target and the day."""
        return f"{self.whole.name} at {self.day:+g} d"

    def draw(self, n_labels: int | None, seed: int) -> LightCurves:
        """Labelled objects, light curves in full: the same on every day."""
        return self.whole.draw(n_labels, seed)

    def fitted(self, method: EarlyMethod, labelled: LightCurves, seed: int) -> Classifier:
        """The method, fitted to labelled objects that have points; the prior if one class has."""
        classes, target = self.whole.classes, self.whole.name
        prior = method.prior(labelled, labelled.column(target), classes, seed)
        table = method.training(labelled, self.day)
        table = table[table.lengths > 0]
        labels = table.column(target)
        if len(set(labels)) < 2:
            return prior
        return OrPrior(method.method(table, labels, classes, seed), prior)

    def scores(self, fitted: Classifier) -> dict[str, Any]:
        """Scores on the test objects, and of how many there was nothing to go by."""
        labels = self.test.column(self.whole.name)
        detected = self.test.select_points(self.test.points["detected"])
        return {
            "day": self.day,
            "without_points": int((self.test.lengths == 0).sum()),
            "without_detection": int((detected.lengths == 0).sum()),
            **classification_metrics(labels, fitted.predict_proba(self.test), fitted.classes_),
        }
