"""What the paper finds in its table 2, and what is aimed at beyond it, each held against our runs.

A finding compares mean squared errors of redshifts inside ZTF's range. It holds where the means of
our runs say so; whether they say so clearly takes five runs of both rows
(`lcfm.evaluate.compare`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcfm.evaluate.compare import FEWEST_DRAWS, paired_difference
from lcfm.experiments.table2_scores import INSIDE, OURS, PAPER

CLASSIFIER = "classifier | ZTF | frozen network"
CONTRASTIVE = "contrastive | ZTF | frozen network"
ADVERSARIAL = "adversarial | ZTF | frozen network"
BOTH = "contrastive + adversarial | ZTF | frozen network"
PAIRS = "contrastive + pairs | ZTF | frozen network"
DIRECT = "none | LSST | network"
TREES = "none | ZTF | features + boosting"
CONSTANT = "none | ZTF | mean"
"""What knows nothing: the mean redshift of the ZTF simulations for every object."""
NOTHING = "every row is worse than the mean redshift of the ZTF simulations"
SIMILAR = 0.1
"""Errors that differ by this share or less are called alike: between the contrastive network and
the one trained on LSST the paper has 3 %, and 33 % of deviation."""


@dataclass(frozen=True)
class Claim:
    """One row's errors, or those of several, are below another's.

    Attributes
    ----------
    text
        In the words of the issue.
    better
        Rows whose error is lower.
    other
        The row that they are compared with.
    margin
        Share by which their error may be higher all the same.
    test
        The test set.
    """

    text: str
    better: tuple[str, ...]
    other: str
    margin: float = 0.0
    test: str = OURS


FINDINGS = (
    Claim(
        "contrastive and adversarial beat the plain classifier zero-shot",
        (CONTRASTIVE, ADVERSARIAL), CLASSIFIER,
    ),
    Claim("contrastive is as good as adversarial, or better", (CONTRASTIVE,), ADVERSARIAL),
    Claim(
        "zero-shot contrastive is about as good as a network trained on LSST directly",
        (CONTRASTIVE,), DIRECT, margin=SIMILAR,
    ),
    Claim(
        "both losses together gain nothing over contrastive (D.1)",
        (CONTRASTIVE,), BOTH, margin=SIMILAR,
    ),
)  # fmt: skip
"""Of the paper."""


def aims(test: str, row: str, few: str) -> tuple[Claim, ...]:
    """What we aim at on a table of others: above trees zero-shot, and as good as a few labels.

    Parameters
    ----------
    test
        Name of the table.
    row
        The row that aims at it.
    few
        The row of a network that learned from a few of its redshifts.
    """
    return (
        Claim(f"{row} beats trees zero-shot on {test}", (row,), TREES, test=test),
        Claim(f"{row} is at least as good as a few labels of {test}", (row,), few, test=test),
    )


def judge(claim: Claim, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Hold a claim against the runs.

    Returns
    -------
    dict
        ``claim``, ``test``, ``criterion``; ``paper`` and ``ours``, mean squared error by row;
        ``holds``, None where no row is better than a constant; ``clearly``, None below five runs;
        ``difference``, by row, of the other's error and this row's with two standard errors, over
        the runs that both have; and ``cause``, None where the claim holds.
    """
    runs = {row: _errors(records, row, claim.test) for row in (*claim.better, claim.other)}
    means = {row: float(np.mean(list(errors.values()))) for row, errors in runs.items()}
    difference, clear = {}, []
    for row in claim.better:
        common = sorted(set(runs[row]) & set(runs[claim.other]))
        found = paired_difference(
            [(1 + claim.margin) * runs[claim.other][k] for k in common],
            [runs[row][k] for k in common],
        )
        spread = found.two_standard_errors
        difference[row] = [found.mean, spread if np.isfinite(spread) else None]
        clear.append(found.clearly_above if found.draws >= FEWEST_DRAWS else None)
    cause = _cause(claim, means, _errors(records, CONSTANT, claim.test))
    limit = f"{1 + claim.margin:g} × " if claim.margin else ""
    return {
        "claim": claim.text,
        "test": claim.test,
        "criterion": f"MSE of {' and '.join(claim.better)} < {limit}MSE of {claim.other}",
        "paper": {row: PAPER[row][0] for row in runs if claim.test == OURS and row in PAPER},
        "ours": means,
        "difference": difference,
        "holds": None if cause and cause.startswith(NOTHING) else cause is None,
        "clearly": None if None in clear else all(clear),
        "cause": cause,
    }


def _cause(
    claim: Claim, means: Mapping[str, float], constant: Mapping[tuple[int, int], float]
) -> str | None:
    """Why a claim does not hold, or cannot be judged."""
    known = float(np.mean(list(constant.values()))) if constant else np.inf
    if min(means.values()) > known:
        return f"{NOTHING} (MSE {known:.4f}): there is nothing to compare"
    worse = [r for r in claim.better if means[r] >= (1 + claim.margin) * means[claim.other]]
    return (
        "; ".join(
            f"MSE of {r} is {means[r] / means[claim.other]:.2f} × that of {claim.other}"
            for r in worse
        )
        or None
    )


def _errors(
    records: Sequence[Mapping[str, Any]], row: str, test: str
) -> dict[tuple[int, int], float]:
    """Mean squared error by pretraining and draw."""
    return {
        (r["pretraining"], r["draw"]): float(r["mse"])
        for r in records
        if (r["row"], r["test"], r["redshifts"]) == (row, test, INSIDE)
    }
