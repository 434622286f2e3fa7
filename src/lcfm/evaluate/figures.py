"""Figures of a report, each a function that returns a matplotlib figure.

The object interface of matplotlib is used throughout: nothing is global, nothing needs a display.
Colours are those of Okabe & Ito (2008), which readers with colour-blindness tell apart; markers
and line styles differ as well.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lcfm.atomic import new_file
from lcfm.evaluate.metrics import OUTLIER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#999999")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
BEST = 1.0
"""Largest possible AUROC; no axis of scores goes above it."""
BARS = (PALETTE[5], PALETTE[1], PALETTE[2])
"""Colours of bars, on which dark error bars are seen."""
LINES = ("-", "--", "-.", ":")


def save(figure: Figure, path: str | Path, *, dpi: int = 130) -> None:
    """Write a figure as PNG of 256 colours, whole or not at all.

    That is a third of the size of one in full colour, and nobody sees the difference.
    """
    from PIL import Image  # matplotlib's own dependency; slow to import

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    with new_file(path) as temporary, Image.open(drawn) as image:
        image.convert("RGB").quantize(256).save(temporary, format="PNG", optimize=True)


def roc_curves(labels: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]) -> Figure:
    """True against false positive rate, one class against the rest.

    Parameters
    ----------
    labels : array_like of str, shape (n,)
    probabilities : array_like, shape (n, k)
    classes
        Names of the columns; those without test objects are left out of the figure.
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    names, table = np.asarray(labels).astype(str), np.asarray(probabilities, dtype=np.float64)
    figure, axes = _single(5.6, 5.0)
    axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1, linestyle=":", label="chance, 0.500")
    for column, name in enumerate(classes):
        positive = names == name
        if not positive.any() or positive.all():
            continue
        false_rate, true_rate, _ = roc_curve(positive, table[:, column])
        area = roc_auc_score(positive, table[:, column])
        axes.plot(
            false_rate,
            true_rate,
            color=PALETTE[column % len(PALETTE)],
            linestyle=LINES[column % len(LINES)],
            linewidth=1.8,
            label=f"{name}, {area:.3f} ({positive.sum()} objects)",
        )
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1.01))
    axes.legend(title="class, area under the curve", loc="lower right", fontsize=9)
    return figure


def confusion_matrix(labels: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]) -> Figure:
    """Share of each true class (row) by the class predicted, with counts."""
    names, table = np.asarray(labels).astype(str), np.asarray(probabilities, dtype=np.float64)
    present = [name for name in classes if (names == name).any()]
    guess = np.asarray(classes)[table.argmax(axis=1)]
    counts = np.array([[((names == t) & (guess == p)).sum() for p in classes] for t in present])
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = _single(1.6 + 0.95 * len(classes), 1.3 + 0.8 * len(present))
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row in range(len(present)):
        for column in range(len(classes)):
            axes.text(
                column,
                row,
                f"{share[row, column]:.0%}\n{counts[row, column]}",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if share[row, column] > 0.55 else "black",
            )
    axes.set_xticks(range(len(classes)), classes)
    axes.set_yticks(range(len(present)), present)
    axes.set(xlabel="predicted class", ylabel="true class")
    figure.colorbar(image, ax=axes, label="share of the true class")
    return figure


def learning_curve(
    scores: Mapping[str, Mapping[int, Sequence[float]]],
    *,
    ylabel: str = "macro AUROC",
    chance: float | None = 0.5,
) -> Figure:
    """Score against number of labels, mean and standard deviation over draws.

    Parameters
    ----------
    scores
        Method → number of labels → scores of its draws. A method with 0 labels is drawn at the
        left edge.
    """
    figure, axes = _single(6.4, 4.4)
    labels = sorted({n for curve in scores.values() for n in curve})
    positive = [n for n in labels if n > 0]
    left = positive[0] / 2 if positive else 1
    for row, (method, curve) in enumerate(scores.items()):
        counts = sorted(curve)
        mean = [float(np.mean(curve[n])) for n in counts]
        spread = [float(np.std(curve[n], ddof=1)) if len(curve[n]) > 1 else 0.0 for n in counts]
        # A little to the side of each other, so that error bars do not cover one another.
        place = [max(n, left) * 1.03 ** (row - (len(scores) - 1) / 2) for n in counts]
        axes.errorbar(
            place,
            mean,
            yerr=spread,
            color=PALETTE[row % len(PALETTE)],
            marker=MARKERS[row % len(MARKERS)],
            linestyle=LINES[row % len(LINES)],
            capsize=3,
            label=method,
        )
    if chance is not None:
        axes.axhline(chance, color="#999999", linewidth=1, linestyle=":")
    axes.set_xscale("log")
    # The last number doubled the one before, or nearly: both texts would lie on each other.
    texts = [f"{n:,}" if n == labels[-1] or n < 0.7 * labels[-1] else "" for n in labels]
    axes.set_xticks([max(n, left) for n in labels], texts, minor=False)
    axes.minorticks_off()
    axes.set(xlabel="labelled objects", ylabel=ylabel)
    axes.set_ylim(top=min(axes.get_ylim()[1], BEST))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)
    return figure


def method_bars(rows: Sequence[Mapping[str, Any]], *, xlabel: str = "macro AUROC") -> Figure:
    """Mean score, at most 1, of each method with the standard deviation over draws.

    Where no method has one, because each was run once, the bars are the error of the finite test
    set; the label of the axis says which.

    Parameters
    ----------
    rows
        With ``method``, ``mean``, ``std`` (or None) and perhaps ``test_error``; drawn in this
        order from the top. Where rows have a ``group``, each group has its colour.
    """
    figure, axes = _single(6.8, 1.0 + 0.42 * len(rows))
    place = np.arange(len(rows))[::-1]
    means = np.array([row["mean"] for row in rows], dtype=np.float64)
    kinds = {"std": "standard deviation over draws", "test_error": "error of the test set"}
    error = next((kind for kind in kinds if any(row.get(kind) for row in rows)), None)
    spread = np.array([row.get(error or "") or 0.0 for row in rows], dtype=np.float64)
    reach = np.clip(BEST - means, 0.0, spread)  # an error bar ends where scores end
    groups = list(dict.fromkeys(str(row.get("group", "")) for row in rows))
    for number, group in enumerate(groups):
        here = np.array([str(row.get("group", "")) == group for row in rows])
        axes.barh(place[here], means[here], color=BARS[number], height=0.66, label=group)
    known = spread > 0  # no bar rather than one of no width, which would say "exact"
    axes.errorbar(
        means[known], place[known], xerr=[spread[known], reach[known]], linestyle="none",
        ecolor="#333333", capsize=3,
    )  # fmt: skip
    axes.set_xlim(0.4 if means.min() >= 0.4 else min(0.0, float((means - spread).min())), BEST)
    for y, mean, width in zip(place, means, spread, strict=True):
        text = f"{mean:.3f} ± {width:.3f}" if width > 0 else f"{mean:.3f}"
        axes.text(1.05, y, text, va="center", fontsize=9, transform=axes.get_yaxis_transform())
    axes.set_yticks(place, [str(row["method"]) for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel(xlabel if error is None else f"{xlabel}\n± {kinds[error]}")
    if len(groups) > 1:
        figure.legend(loc="outside upper center", ncols=len(groups), fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def reliability(labels: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]) -> Figure:
    """Accuracy against confidence: on the diagonal, probabilities mean what they say."""
    names, table = np.asarray(labels).astype(str), np.asarray(probabilities, dtype=np.float64)
    confidence = table.max(axis=1)
    correct = np.asarray(classes)[table.argmax(axis=1)] == names
    edges = np.linspace(0, 1, 11)
    place = np.clip(np.digitize(confidence, edges[1:-1]), 0, 9)
    figure, axes = _single(5.2, 4.6)
    axes.plot([0, 1], [0, 1], color="#999999", linestyle=":", label="calibrated")
    filled = [b for b in range(10) if (place == b).any()]
    sizes = np.array([(place == b).sum() for b in filled])
    accuracy = np.array([correct[place == b].mean() for b in filled])
    mean = np.array([confidence[place == b].mean() for b in filled])
    # Standard error of a share (binomial), so that bins of few objects do not mislead.
    error = np.sqrt(np.maximum(accuracy * (1 - accuracy), 0.25 / sizes) / sizes)
    axes.errorbar(mean, accuracy, yerr=error, color=PALETTE[0], marker="o", capsize=3, label="test")
    for x, y, size in zip(mean, accuracy, sizes, strict=True):
        inward = (-6 if x > 0.9 else 6, 5 if y < 0.08 else -11)  # off the frame
        axes.annotate(
            f"{size}", (x, y), xytext=inward, textcoords="offset points", fontsize=8,
            ha="right" if x > 0.9 else "left",
        )  # fmt: skip
    axes.set(
        xlabel="confidence (largest probability)", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.02)
    )
    axes.legend(loc="upper left", title="numbers: objects")
    return figure


def redshift_scatter(true: ArrayLike, predicted: ArrayLike, *, name: str = "redshift") -> Figure:
    """Predicted against true redshift with the outlier limits |Δz| = 0.15 (1 + z)."""
    truth, guess = (np.asarray(v, dtype=np.float64) for v in (true, predicted))
    figure, axes = _single(5.2, 5.0)
    top = 1.05 * float(max(truth.max(), guess.max()))
    bottom = min(0.0, float(guess.min()))
    line = np.array([max(bottom, 0.0), top])
    axes.plot(line, line, color="#555555", linewidth=1, label="equal")
    for sign in (-1, 1):
        axes.plot(
            line,
            line + sign * OUTLIER * (1 + line),
            color="#999999",
            linestyle=":",
            label=f"|Δz| = {OUTLIER} (1 + z)" if sign > 0 else None,
        )
    axes.plot(truth, guess, ".", color=PALETTE[0], alpha=0.4, markersize=5)
    axes.set(xlim=(0, top), ylim=(bottom, top), xlabel=f"true {name}", ylabel=f"predicted {name}")
    axes.legend(loc="upper left")
    return figure


def blank(width: float, height: float) -> Figure:
    """A figure of this size [inch] with its own Agg canvas."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _single(width: float, height: float) -> tuple[Figure, Axes]:
    figure = blank(width, height)
    return figure, figure.add_subplot()
