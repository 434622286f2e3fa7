"""Figures of the transfer experiments: learning curves by target, and by class of one target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import BEST, MARKERS, PALETTE, blank
from lcfm.experiments.transfer_rows import (
    BOOSTING,
    FIXED_LENGTH,
    FOREST,
    NO_LABELS,
    NO_LABELS_MIX,
    SAMPLING,
    transferred,
)
from lcfm.experiments.transfer_summary import Curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROWS: Mapping[str, tuple[int, int, str]] = {
    transferred("map"): (0, 0, "-"),
    transferred("all"): (1, 1, "-"),
    transferred("first+head"): (2, 2, "-"),
    transferred("head"): (4, 4, "-"),
    FIXED_LENGTH: (3, 3, "-."),
    FOREST: (5, 5, "--"),
    BOOSTING: (6, 6, "--"),
    SAMPLING: (7, 7, "--"),
}
"""Row → its colour, marker and line; what knows no network is drawn in dashes."""
LEVELS: Mapping[str, Any] = {NO_LABELS: ":", NO_LABELS_MIX: (0, (6, 2, 1, 2))}
"""Row without labels → its line across."""
BY_CLASS = (
    transferred("map"), transferred("first+head"), transferred("head"), FIXED_LENGTH, FOREST,
)  # fmt: skip
ACROSS = 3
"""Panels beside each other."""
WIDTH = 4.4
"""Of a panel [inch]."""


def draw(targets: Mapping[str, Curves]) -> Figure:
    """A panel per target: macro AUROC against labels, with deviations over draws."""
    figure, panels = _panels(len(targets))
    for panel, curves in zip(panels, targets.values(), strict=True):
        tests = curves.records[0]["n_test"] if curves.records else 0
        for row in ROWS:
            points = {
                n: [float(score) for score in draws.values()]
                for n, draws in curves.curve(row).items()
            }
            _line(panel, row, points)
        for row in LEVELS:
            _level(panel, row, [float(r["macro_auroc"]) for r in curves.runs(row)])
        _finish(panel, curves, f"{curves.target} ({tests:,} test objects)", "macro AUROC")
    _one_range(panels)
    _legend(figure, panels)
    return figure


def draw_classes(curves: Curves) -> Figure:
    """A panel per class of one target: its AUROC against labels (the paper's figures 3 and 4)."""
    counts = curves.records[0]["n_by_class"]
    figure, panels = _panels(len(counts))
    for panel, (name, tests) in zip(panels, counts.items(), strict=True):
        for row in BY_CLASS:
            points: dict[int, list[float]] = {}
            for run in curves.runs(row):
                if run["auroc"][name] is not None:
                    points.setdefault(int(run["labels"]), []).append(float(run["auroc"][name]))
            _line(panel, row, points)
        areas = [r["auroc"][name] for r in curves.runs(NO_LABELS)]
        _level(panel, NO_LABELS, [float(area) for area in areas if area is not None])
        _finish(panel, curves, f"{name} ({tests:,} test objects)", "AUROC, one against rest")
    _one_range(panels)
    _legend(figure, panels)
    return figure


def _line(panel: Axes, row: str, points: Mapping[int, list[float]]) -> None:
    counts = sorted(points)
    if not counts:
        return
    number, (colour, marker, line) = list(ROWS).index(row), ROWS[row]
    # A little to the side of each other, so that error bars do not cover one another.
    place = [n * 1.02 ** (number - (len(ROWS) - 1) / 2) for n in counts]
    mean = np.array([np.mean(points[n]) for n in counts])
    spread = np.array([np.std(points[n], ddof=1) if len(points[n]) > 1 else 0.0 for n in counts])
    panel.errorbar(
        place, mean, yerr=[spread, np.clip(BEST - mean, 0.0, spread)],
        color=PALETTE[colour], marker=MARKERS[marker], markersize=5, capsize=2, linewidth=1.4,
        linestyle=line, label=row,
    )  # fmt: skip


def _level(panel: Axes, row: str, scores: Iterable[float]) -> None:
    """The network without labels, a line across."""
    known = list(scores)
    if known:
        panel.axhline(
            float(np.mean(known)), color="#444444", linestyle=LEVELS[row], linewidth=1.6, label=row
        )


def _finish(panel: Axes, curves: Curves, title: str, ylabel: str) -> None:
    ticks = sorted({int(r["labels"]) for r in curves.records} - {0})
    # The last number doubled the one before, or nearly: both texts would lie on each other.
    texts = [f"{n:,}" if n == ticks[-1] or n < 0.7 * ticks[-1] else "" for n in ticks]
    panel.set_xscale("log")
    panel.set_xticks(ticks, texts, fontsize=8, rotation=45, minor=False)
    panel.minorticks_off()
    panel.set(xlabel="labelled objects", ylabel=ylabel)
    panel.set_title(title, fontsize=10)
    panel.grid(alpha=0.3)


def _one_range(panels: Sequence[Axes]) -> None:
    """The same scores on every panel, with room for all that is drawn on any."""
    low = min(panel.get_ylim()[0] for panel in panels) - 0.02  # no line on the frame
    high = max(panel.get_ylim()[1] for panel in panels)
    for panel in panels:
        panel.set_ylim(low, min(high, 1.005))


def _panels(n: int) -> tuple[Figure, list[Any]]:
    down = -(-n // ACROSS)
    across = -(-n // down)  # as even as they go: four are two by two
    figure = blank(WIDTH * across, 3.4 * down + 0.9)
    panels = list(np.atleast_1d(figure.subplots(down, across)).ravel())
    for empty in panels[n:]:
        empty.set_axis_off()
    return figure, panels[:n]


def _legend(figure: Figure, panels: Iterable[Axes]) -> None:
    """One for all panels, below them."""
    found: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    columns = min(5, round(figure.get_figwidth() / WIDTH) * 2)
    figure.legend(
        list(found.values()), list(found), loc="outside lower center", ncols=columns, fontsize=8
    )
