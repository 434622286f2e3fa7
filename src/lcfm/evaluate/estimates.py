"""The protocols *limited* and *full* for a number per object, such as a redshift.

Draws, splits and records are those of :mod:`lcfm.evaluate.protocols`, whose ``run`` runs these
tasks too; scores are those of :func:`lcfm.evaluate.metrics.regression_metrics`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.evaluate.metrics import regression_metrics
from lcfm.evaluate.protocols import drawn
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test


class Estimator(Protocol):
    """What is tested: a number for each object of a table."""

    def predict(self, lcs: LightCurves) -> NDArray[Any]:
        """Numbers, shape (n_objects,)."""
        ...


NumberMethod = Callable[[LightCurves, NDArray[np.float64], int], Estimator]
"""Objects, their numbers, seed → estimator."""


@dataclass(frozen=True)
class NumberTask:
    """A table with a known number per object, cut into training and test part.

    Attributes
    ----------
    name
        How records call the target.
    column
        Object column with the number.
    train, test
        Objects whose number is known, by the hash of their event.
    left_out
        Number of objects that are not used.
    """

    name: str
    column: str
    train: LightCurves
    test: LightCurves
    left_out: int

    @classmethod
    def of(
        cls, lcs: LightCurves, column: str, *, among: str | None = None, name: str | None = None
    ) -> NumberTask:
        """Cut a table; objects without the number are left out and counted.

        Parameters
        ----------
        among
            A column of classes; objects that have none are left out too (design: redshifts are
            those of objects of non-empty ``label5``).
        name
            By default that of the column.

        Raises
        ------
        LcfmError
            A column is missing or holds text, or one part has fewer than two objects.
        """
        known = np.isfinite(lcs.numbers(column))
        if among is not None:
            known &= lcs.column(among) != ""
        table = lcs[known]
        test = is_test(table.column("event_id"))
        task = cls(name or column, column, table[~test], table[test], int((~known).sum()))
        for part, title in ((task.train, "training"), (task.test, "test")):
            if len(part) < 2:
                raise LcfmError(
                    f"the {title} part has {len(part)} objects with a finite {column!r}; give a "
                    "larger table"
                )
        return task

    def draw(self, n_labels: int | None, seed: int) -> LightCurves:
        """Objects with a known number: `n_labels` drawn uniformly, or all of the training part."""
        return drawn(self.train, n_labels, seed)

    def fitted(self, method: NumberMethod, labelled: LightCurves, seed: int) -> Estimator:
        """The method, fitted to these objects and their numbers."""
        return method(labelled, labelled.numbers(self.column), seed)

    def scores(self, fitted: Estimator) -> dict[str, Any]:
        """Scores of its numbers on the test part."""
        return regression_metrics(self.test.numbers(self.column), fitted.predict(self.test))
