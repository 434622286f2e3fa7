"""Label efficiency: how many labels a model from scratch needs to be as good as a transferred one.

The mean score from scratch, made monotone in the number of labels (isotonic regression, weighted by
draws), is interpolated linearly in the logarithm of that number, and read where it first reaches
the score of the transferred model at N labels. Where the curve never gets there, or is there
from its first point on, the answer is a bound, not a number. Divided by N it is the efficiency.
The interval is that of a bootstrap over draws: of the same draws for both curves, whose labels are
the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from lcfm.errors import LcfmError

DoubleArray = NDArray[np.float64]
Draws = Mapping[int, float]
"""Number of a draw → its score."""
Curve = Mapping[int, Draws]
"""Number of labels → scores of its draws."""

RESAMPLES = 1000
LEVEL = 0.95
"""Coverage of the interval."""


@dataclass(frozen=True)
class Count:
    """A number of labels, or a bound where the curve ends.

    Attributes
    ----------
    labels
        Of the curve, not rounded.
    bound
        -1: as many or fewer (the first point of the curve is as good already); 0: this many;
        1: more (its last point is not as good yet).
    """

    labels: float
    bound: int = 0

    def __str__(self) -> str:
        return f"{('≤ ', '', '> ')[self.bound + 1]}{round(self.labels):,}"

    def over(self, labels: float) -> Count:
        """Divided by a number of labels, the bound kept."""
        return Count(self.labels / labels, self.bound)

    def to_dict(self) -> dict[str, Any]:
        """For a result file."""
        return {"labels": self.labels, "bound": ("<=", "", ">")[self.bound + 1]}


@dataclass(frozen=True)
class Efficiency:
    """Labels that the curve from scratch needs for a score.

    Attributes
    ----------
    score
        Mean score of the transferred model.
    labels
        N, its number of labels.
    needed
        From scratch.
    low, high
        Ends of the interval.
    """

    score: float
    labels: int
    needed: Count
    low: Count
    high: Count

    @property
    def factor(self) -> str:
        """Needed labels for each that was given, as text; a dash without any label."""
        if not self.labels:
            return "–"
        times = self.needed.over(self.labels)
        digits = 0 if times.labels >= 10 else 1
        return f"{('≤ ', '', '> ')[times.bound + 1]}{times.labels:,.{digits}f}"

    def __str__(self) -> str:
        return f"{self.needed} labels ({self.low} to {self.high})"

    @property
    def needs(self) -> str:
        """The same without an interval that is one bound from end to end."""
        same = self.low == self.needed == self.high
        return f"{self.needed} labels" if same else str(self)

    def to_dict(self) -> dict[str, Any]:
        """For a result file."""
        return {
            "score": self.score,
            "labels": self.labels,
            "needed": self.needed.to_dict(),
            "low": self.low.to_dict(),
            "high": self.high.to_dict(),
            "factor": self.factor,
            "text": str(self),
        }


def labels_needed(
    counts: Sequence[int], scores: Sequence[float] | DoubleArray, wanted: float
) -> Count:
    """Read a monotone curve backwards.

    Parameters
    ----------
    counts : sequence of int, shape (n,)
        Rising, above zero.
    scores : array_like of float, shape (n,)
        Never falling.
    wanted
        The score to reach.

    Raises
    ------
    LcfmError
        There is no point, or counts or scores do not rise.
    """
    x, y = np.asarray(counts, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if not len(x) or x.shape != y.shape or x[0] <= 0 or (np.diff(x) <= 0).any():
        raise LcfmError(
            f"a curve needs rising numbers of labels above 0 with a score each, got {list(counts)} "
            f"and {len(y)} scores"
        )
    if (np.diff(y) < 0).any():
        raise LcfmError("scores of the curve fall somewhere; make them monotone first")
    reached = np.flatnonzero(y >= wanted)
    if not len(reached):
        return Count(float(x[-1]), 1)
    first = int(reached[0])
    if first == 0:
        return Count(float(x[0]), -1)
    low, high = np.log(x[first - 1 : first + 1])
    part = (wanted - y[first - 1]) / (y[first] - y[first - 1])
    return Count(float(np.clip(np.exp(low + part * (high - low)), x[first - 1], x[first])))


def monotone(curve: Curve) -> tuple[list[int], DoubleArray]:
    """Numbers of labels, and the mean scores nearest to the curve that never fall."""
    counts = sorted(curve)
    means = [sum(curve[n].values()) / len(curve[n]) for n in counts]
    fitted = isotonic_regression(means, weights=[len(curve[n]) for n in counts])
    return counts, np.asarray(fitted.x, dtype=np.float64)


def label_efficiency(
    scratch: Curve,
    transferred: Draws,
    labels: int,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Efficiency:
    """How many labels the curve from scratch needs for the score of the transferred model.

    Parameters
    ----------
    scratch
        Scores without pretraining; a larger score is better.
    transferred
        Scores of the transferred model with `labels` labels, a single one if it has none.
    labels
        N.
    rng
        Of the bootstrap.
    resamples
        Draws are drawn this often; a number of labels that has none of them keeps all of its own.

    Raises
    ------
    LcfmError
        A curve has no score.
    """
    if not transferred or not scratch or not all(scratch.values()):
        raise LcfmError("label efficiency needs scores of both curves; run the missing ones")
    draws = np.array(sorted({*transferred, *(d for one in scratch.values() for d in one)}))

    def needed(of: Curve, reference: Draws) -> Count:
        return labels_needed(*monotone(of), sum(reference.values()) / len(reference))

    again = []
    for _ in range(resamples):
        chosen = rng.choice(draws, len(draws))
        again.append(
            needed(
                {n: _resampled(scores, chosen) for n, scores in scratch.items()},
                _resampled(transferred, chosen),
            )
        )
    # Sorted by where they lie on the curve: a bound lies beyond the number it stands at.
    again.sort(key=lambda count: (count.bound, count.labels))
    tail = (1.0 - LEVEL) / 2
    low, high = (again[round(q * (len(again) - 1))] for q in (tail, 1.0 - tail))
    score = sum(transferred.values()) / len(transferred)
    return Efficiency(score, labels, needed(scratch, transferred), low, high)


def curve_of(records: Iterable[Mapping[str, Any]], metric: str = "macro_auroc") -> Curve:
    """The learning curve of records of one method on one target.

    Records are as of :func:`lcfm.evaluate.protocols.run`; the number of labels is ``n_train``.
    Several of the same draw (pretrainings) are averaged.
    """
    found: dict[int, dict[int, list[float]]] = {}
    for record in records:
        scores = found.setdefault(int(record["n_train"]), {})
        scores.setdefault(int(record["seed"]), []).append(float(record[metric]))
    return {n: {d: float(np.mean(s)) for d, s in one.items()} for n, one in found.items()}


def _resampled(scores: Draws, chosen: NDArray[np.int64]) -> Draws:
    """Scores of the chosen draws, each as often as it was chosen."""
    kept = [scores[draw] for draw in chosen if draw in scores]
    return dict(enumerate(kept)) if kept else scores
