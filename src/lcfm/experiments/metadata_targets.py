"""What a target knows of its objects beside their light curves, and what of it may be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.evaluate.baselines import FeatureForest
from lcfm.evaluate.methods import baseline
from lcfm.evaluate.missing import MaskScore, mask_scores
from lcfm.evaluate.protocols import Method, drawn
from lcfm.experiments.runs import labelled_fingerprint
from lcfm.experiments.transfer_runs import CurveTask
from lcfm.lightcurves import LightCurves

COLUMNS = ("mwebv", "redshift")
CONTROL = "nothing"
"""Column of zeros: a branch that is told nothing still is a larger network."""
ALONE, CONSTANT = "light curve", "+ a constant"
INPUTS: dict[str, tuple[str, ...]] = {
    ALONE: (),
    CONSTANT: (CONTROL,),
    "+ mwebv": COLUMNS[:1],
    "+ mwebv, redshift": COLUMNS,
}
"""What a network is given -> columns of its metadata branch."""
NUMBERS = "numbers alone"
PHOTOMETRIC = ("host_photoz", "photo_z", "photoz")
"""Columns that may stand for ``redshift``: what a new object has before anyone takes a spectrum."""


@dataclass(frozen=True)
class Known:
    """A target, and what is known of its objects beside their light curves.

    Attributes
    ----------
    curve
        The target; its objects have columns ``mwebv`` and ``redshift``.
    redshift
        The column that ``redshift`` was taken from.
    masks
        What missing values tell of the classes of the training part.
    left_out
        How many objects have no class, and how many are more than were asked for.
    """

    curve: CurveTask
    redshift: str
    masks: tuple[MaskScore, ...]
    left_out: Mapping[str, int]

    @classmethod
    def of(cls, name: str, lcs: LightCurves, target: str, most: int | None = None) -> Known:
        """Cut a table of `most` labelled objects, photometric redshifts in the place of others.

        Raises
        ------
        LcfmError
            The table has no extinction, or no redshift of any kind.
        """
        known = [c for c in (*PHOTOMETRIC, "redshift", "mwebv") if _any_known(lcs, c)]
        if "mwebv" not in known or len(known) < 2:
            raise LcfmError(
                f"{name} needs columns mwebv and redshift (or {', '.join(PHOTOMETRIC)}) to have "
                f"something beside its light curves, got {', '.join(known) or 'neither'}"
            )
        typed = lcs[lcs.column(target) != ""]
        some = typed if most is None or len(typed) <= most else drawn(typed, most, 0)
        left_out = {"no class": len(lcs) - len(typed), "too many": len(typed) - len(some)}
        numbers = told_nothing(some).with_columns(redshift=some.numbers(known[0]))
        curve = CurveTask.of(name, numbers, target)
        train = curve.task.train
        labels = train.column(target)
        masks = mask_scores(train, COLUMNS, labels, rng=np.random.default_rng(0))
        return cls(curve, known[0], tuple(masks), left_out)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Keys of :data:`INPUTS` that may be used; empty if every branch is off."""
        off = {mask.column for mask in self.masks if mask.tells}
        on = [name for name, columns in INPUTS.items() if columns and not off & set(columns)]
        return (ALONE, *on) if on != [CONSTANT] else ()

    @property
    def fingerprint(self) -> str:
        """Of light curves, labels and numbers."""
        return labelled_fingerprint(self.curve.objects, (self.curve.task.name, *COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """For the result file."""
        return {
            "target": self.curve.name,
            "training_objects": len(self.curve.task.train),
            "test_objects": len(self.curve.test),
            "left_out": dict(self.left_out),
            "redshift": self.redshift,
            "masks": [mask.to_dict() for mask in self.masks],
            "inputs": list(self.inputs),
        }


def told_nothing(lcs: LightCurves) -> LightCurves:
    """The table with the column of the control."""
    return lcs.with_columns(**{CONTROL: [0.0] * len(lcs)})


def named(policy: str, inputs: str) -> str:
    """Name of a row in records."""
    return f"{policy} | {inputs}"


def _numbers(lcs: LightCurves, columns: tuple[str, ...]) -> NDArray[np.float64]:
    return np.column_stack([lcs.numbers(name) for name in columns])


def numbers_alone(target: Known) -> dict[str, Method]:
    """Controls: what the numbers tell without a light curve."""
    return {
        named(NUMBERS, inputs): baseline(
            FeatureForest, extract=partial(_numbers, columns=INPUTS[inputs])
        )
        for inputs in target.inputs
        if inputs not in (ALONE, CONSTANT)
    }


def _any_known(lcs: LightCurves, column: str) -> bool:
    return column in lcs.columns and bool(np.isfinite(lcs.numbers(column)).any())
