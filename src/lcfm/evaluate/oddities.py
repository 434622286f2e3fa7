"""The protocol of anomaly detection: normal objects are labelled, oddities are met in the test.

A method sees normal objects and their classes and nothing else; no anomalous object is in any
training (simulation-pretrained FM, appendices A and B.4.2; design: protocols). Its score ranks the
test part, where AUROC is that of anomalous against normal objects. One type may be left out of the
test beside that: the TDEs of the real ZTF table have photometry of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from lcfm.errors import LcfmError
from lcfm.evaluate.baselines import Columns, Extract
from lcfm.evaluate.protocols import Method, drawn
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.serve.anomaly import Method as Forest
from lcfm.serve.anomaly import fitted_forest, oddness
from lcfm.serve.model import Model

Score = Callable[[LightCurves], NDArray[np.float64]]
"""How odd each object of a table is, shape (n_objects,); larger is odder."""
OddMethod = Callable[[LightCurves, NDArray[Any], tuple[str, ...], int], Score]
"""Normal objects, their classes, all names of normal classes, seed → score."""


class Latent(Protocol):
    """Vectors of objects, shape (n_objects, size)."""

    def __call__(self, lcs: LightCurves) -> NDArray[Any]:
        """The vectors of a table."""
        ...


@dataclass(frozen=True)
class OddTask:
    """Normal objects to learn, and a test part in which anomalous ones are to be found.

    Attributes
    ----------
    name
        How records call the target.
    normal
        Column with the classes of normal objects.
    train
        Normal objects.
    test
        Normal and anomalous objects.
    odd : ndarray of bool, shape (n_test,)
        Which of the test objects are anomalous.
    apart : ndarray of bool, shape (n_test,)
        Anomalous objects of the type that a second score leaves out.
    left_out
        Objects of neither kind, and anomalous objects of the training part.
    """

    name: str
    normal: str
    train: LightCurves
    test: LightCurves
    odd: NDArray[np.bool_]
    apart: NDArray[np.bool_]
    left_out: int

    @classmethod
    def of(
        cls,
        lcs: LightCurves,
        *,
        column: str = "anomaly",
        normal: str = "label3",
        types: str = "label5",
        without: str = "TDE",
    ) -> OddTask:
        """Cut a table.

        Parameters
        ----------
        column
            True for anomalous objects.
        normal
            Classes of normal objects; empty for others.
        types, without
            Column of types, and the anomalous type that a second score leaves out.

        Raises
        ------
        LcfmError
            The test part has no anomalous or no normal object, or an object is both.
        """
        odd = np.array([str(value).lower() in ("true", "1", "1.0") for value in lcs.column(column)])
        usual = lcs.column(normal) != ""
        both = np.flatnonzero(odd & usual)
        if len(both):
            raise LcfmError(
                f"object {lcs.object_id[both[0]]!r} is anomalous by {column!r} and normal by "
                f"{normal!r} ({len(both)} such objects); empty one of the two"
            )
        test = is_test(lcs.column("event_id"))
        asked = test & (odd | usual)
        if not (asked & odd).any() or not (asked & usual).any():
            raise LcfmError(
                f"the test part has {(asked & odd).sum()} anomalous and {(asked & usual).sum()} "
                "normal objects; both are needed: give a larger table"
            )
        train = lcs[usual & ~test]
        table = lcs[asked]
        apart = odd[asked] & (table.column(types) == without)
        left_out = len(lcs) - len(train) - len(table)
        return cls(column, normal, train, table, odd[asked], apart, left_out)

    def draw(self, n_labels: int | None, seed: int) -> LightCurves:
        """Normal objects, those of :class:`~lcfm.evaluate.protocols.Task` for the same seed."""
        return drawn(self.train, n_labels, seed)

    def fitted(self, method: OddMethod, labelled: LightCurves, seed: int) -> Score:
        """The method, fitted to these normal objects."""
        names = tuple(sorted(set(self.train.column(self.normal))))
        return method(labelled, labelled.column(self.normal), names, seed)

    def scores(self, fitted: Score) -> dict[str, Any]:
        """``macro_auroc``, the same without the type set apart, and what both rest on."""
        values = fitted(self.test)
        rest = ~self.apart
        both_kinds = bool(self.odd[rest].any())
        area = float(roc_auc_score(self.odd, values))
        return {
            "macro_auroc": area,
            "macro_auroc_without": (
                float(roc_auc_score(self.odd[rest], values[rest])) if both_kinds else None
            ),
            "auroc": {"anomaly": area},
            "n_by_class": {"anomaly": int(self.odd.sum()), "normal": int((~self.odd).sum())},
            "n_apart": int(self.apart.sum()),
        }


def penultimate(model: Model) -> Latent:
    """The layer before the class scores: the hidden one of a head that has one, else the latent.

    A frozen network with a new MLP keeps its latent vector whatever the labels; what the classifier
    learned of normal objects is in the hidden layer (simulation-pretrained FM, B.4.2).
    """
    import torch

    from lcfm.encoders.heads import MLPHead

    head = model.head
    if not isinstance(head, MLPHead):
        return model.embed

    def hidden(lcs: LightCurves) -> NDArray[Any]:
        with torch.inference_mode():
            latent = torch.from_numpy(model.embed(lcs))
            return np.asarray(head.mlp.cpu()(latent).numpy())

    return hidden


def forest_on_classifier(classify: Method, kind: Forest) -> OddMethod:
    """A classifier of normal objects, and a forest on its penultimate layer.

    Parameters
    ----------
    classify
        Gives a :class:`~lcfm.serve.model.Model`.
    kind
        ``one`` or ``per-class`` (:mod:`lcfm.serve.anomaly`).
    """

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Score:
        model = classify(lcs, labels, classes, seed)
        if not isinstance(model, Model):
            raise LcfmError("a forest on latent vectors needs a classifier that is a network")
        latent = penultimate(model)
        forest = fitted_forest(kind, latent(lcs), labels, seed=seed)
        return lambda table: oddness(forest, latent(table))

    return method


def forest_on_features(extract: Extract, kind: Forest = "one") -> OddMethod:
    """A forest on hand-crafted features, those missing at the median of the normal objects."""

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Score:
        values = extract(lcs)
        columns = Columns.of(values)
        forest = fitted_forest(kind, columns.filled(values), labels, seed=seed)
        return lambda table: oddness(forest, columns.filled(extract(table)))

    return method
