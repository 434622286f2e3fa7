"""Does it tell the class that a number is missing?

Whoever compiles a catalogue looks some objects up and others not, and which ones goes by class. A
network that is told which numbers are missing then learns the compilation, not the sky. Here the
mask alone is scored like a classifier: the AUROC of "is missing" for each class against the rest,
turned so that it is 0.5 at least, and averaged over classes. With shares p of missing values inside
and outside a class it is

    AUROC_c = (1 + |p_c − p_rest|) / 2.

Chance is not 0.5 exactly, since few objects differ by luck: labels are shuffled to find it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves

SHUFFLES = 500
QUANTILE = 0.99
"""Of the scores of shuffled labels: above it, the mask tells classes."""


@dataclass(frozen=True)
class MaskScore:
    """What the missing values of one column tell.

    Attributes
    ----------
    column
        Of numbers.
    missing
        Share of objects without a value, by class.
    auroc
        Macro AUROC of the mask alone.
    chance
        What 99 % of shuffled labels stay below.
    """

    column: str
    missing: dict[str, float]
    auroc: float
    chance: float

    @property
    def tells(self) -> bool:
        """True if the mask alone scores above chance: leave the column out of the network."""
        return self.auroc > self.chance

    def __str__(self) -> str:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in self.missing.items())
        verdict = "above chance: leave the column out" if self.tells else "not above chance"
        return (
            f"{self.column}: missing for {shares}; the mask alone has a macro AUROC of "
            f"{self.auroc:.3f}, {verdict} ({self.chance:.3f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """For a result file."""
        return {
            "column": self.column,
            "missing": self.missing,
            "auroc": self.auroc,
            "chance": self.chance,
            "branch": "off" if self.tells else "on",
        }


def mask_scores(
    lcs: LightCurves, columns: Sequence[str], labels: ArrayLike, *, rng: np.random.Generator
) -> list[MaskScore]:
    """Score the masks of numeric columns.

    Parameters
    ----------
    lcs
        Labelled objects, of the training part.
    columns
        That would enter the metadata branch.
    labels : array_like of str, shape (n_objects,)
        Their classes.
    rng
        Of the shuffled labels.

    Raises
    ------
    LcfmError
        Labels do not match the objects, or are of one class.
    """
    names, codes = np.unique(np.asarray(labels).astype(str), return_inverse=True)
    if len(codes) != len(lcs) or len(names) < 2:
        raise LcfmError(
            f"{len(lcs)} objects need a label each, of two classes at least, got {len(codes)} "
            f"labels of {len(names)}"
        )
    found = []
    for column in columns:
        missing = ~np.isfinite(lcs.numbers(column))
        shuffled = [_auroc(missing, rng.permutation(codes)) for _ in range(SHUFFLES)]
        shares = {str(name): float(missing[codes == i].mean()) for i, name in enumerate(names)}
        chance = float(np.quantile(shuffled, QUANTILE))
        found.append(MaskScore(column, shares, _auroc(missing, codes), chance))
    return found


def _auroc(missing: NDArray[np.bool_], codes: NDArray[np.int64]) -> float:
    """Macro AUROC of a mask; see the formula above."""
    objects = np.bincount(codes).astype(np.float64)
    without = np.bincount(codes, weights=missing)
    rest = (without.sum() - without) / (objects.sum() - objects)
    return float(0.5 + 0.5 * np.abs(without / objects - rest).mean())
