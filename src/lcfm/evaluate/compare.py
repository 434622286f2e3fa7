"""When is one method clearly above another? Paired differences over the same draws.

Draws of few labels differ far more than methods do, so methods are compared draw by draw: "clearly
above" means a mean difference over at least five draws of more than two standard errors (design:
protocols).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lcfm.errors import LcfmError

FEWEST_DRAWS = 5


@dataclass(frozen=True)
class Difference:
    """Mean paired difference between two methods.

    Attributes
    ----------
    mean
        Of first − second over the draws.
    two_standard_errors
        2 s / √n with the sample deviation s of the differences; NaN for one draw.
    draws
        Number n of pairs.
    """

    mean: float
    two_standard_errors: float
    draws: int

    @property
    def clearly_above(self) -> bool:
        """At least five draws, and a mean above two standard errors."""
        return self.draws >= FEWEST_DRAWS and self.mean > self.two_standard_errors

    def __str__(self) -> str:
        verdict = "clearly above" if self.clearly_above else "not clearly above"
        return (
            f"{self.mean:+.3f} ± {self.two_standard_errors:.3f} (2 s.e., {self.draws} draws): "
            f"{verdict}"
        )


def paired_difference(first: ArrayLike, second: ArrayLike) -> Difference:
    """Compare scores of two methods on the same draws, both of shape (n_draws,)."""
    one, two = (np.asarray(v, dtype=np.float64) for v in (first, second))
    if one.shape != two.shape or one.ndim != 1 or not len(one):
        raise LcfmError(
            f"paired scores must be two lists of the same length >= 1, got shapes {one.shape} and "
            f"{two.shape}"
        )
    difference = one - two
    error = difference.std(ddof=1) / np.sqrt(len(one)) if len(one) > 1 else np.nan
    return Difference(float(difference.mean()), float(2 * error), len(one))


def compare_rows(
    records: Iterable[Mapping[str, Any]],
    first: str,
    second: str,
    *,
    target: str,
    labels: int | str,
    metric: str = "macro_auroc",
) -> Difference:
    """Compare two methods on the draws that both have.

    Parameters
    ----------
    records
        One per run, with ``method``, ``target``, ``labels``, ``seed`` and the metric.
    first, second
        Names of the methods; the difference is first − second.
    target, labels
        Which rows are compared.

    Raises
    ------
    LcfmError
        The methods have no draw in common.
    """
    scores: dict[str, dict[Any, list[float]]] = {first: {}, second: {}}
    for record in records:
        if (record["target"], record["labels"]) == (target, labels) and record["method"] in scores:
            scores[record["method"]].setdefault(record["seed"], []).append(float(record[metric]))
    common = sorted(set(scores[first]) & set(scores[second]))
    if not common:
        raise LcfmError(
            f"{first!r} and {second!r} have no draw of {target!r} with {labels} labels in common"
        )
    pairs = [[float(np.mean(scores[name][seed])) for seed in common] for name in (first, second)]
    return paired_difference(*pairs)
