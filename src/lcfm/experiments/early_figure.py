"""Figure of early scores: macro AUROC against days since the trigger, a panel per real set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import BEST, PALETTE
from lcfm.evaluate.protocols import ALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {
    "pretrained, no labels": (PALETTE[6], PALETTE[6]),
    "map": (PALETTE[2], PALETTE[0]),
    "features + boosting": (PALETTE[1], PALETTE[3]),
}
"""Method → its colour with few labels, and with all."""
MARKERS = {"pretrained, no labels": "^^", "map": "oD", "features + boosting": "sv"}
"""The same of markers."""
ASIDE = 0.08
"""Between two curves [day], so that error bars do not cover one another."""
TITLES = {"ztf": "ZTF", "yse": "YSE", "osc": "Open Supernova Catalog"}


def draw(summary: Sequence[Mapping[str, Any]]) -> Figure:
    """A line per method, label count and training.

    Open markers: few labels, with the deviation over draws; filled: all, in another colour. Solid:
    fitted to training light curves that end on the same day; dotted: to those in full.

    Parameters
    ----------
    summary
        ``summary`` of ``early.json``.
    """
    from matplotlib.figure import Figure

    sets = list(dict.fromkeys(row["set"] for row in summary))
    figure = Figure(figsize=(1.2 + 5.2 * len(sets), 6.4))
    figure.set_layout_engine("constrained")
    panels = np.atleast_1d(figure.subplots(1, len(sets)))
    for panel, name in zip(panels, sets, strict=True):
        rows = [row for row in summary if row["set"] == name]
        _panel(panel, rows)
        title = f"{TITLES.get(name, name)}, {rows[0]['target'].split(' ')[0]}"
        panel.set_title(f"{title}: {rows[0]['n_test']:,} test objects")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=8.5)
    return figure


def _panel(panel: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    lines: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        lines.setdefault((row["method"], row["labels"], row["training"]), []).append(row)
    for number, ((method, labels, training), line) in enumerate(sorted(lines.items(), key=_place)):
        full, many = training == "in full", labels in (0, ALL)
        spread = [row["std"] or 0.0 for row in line]
        panel.errorbar(
            [row["day"] + ASIDE * (number - (len(lines) - 1) / 2) for row in line],
            [row["mean"] for row in line],
            yerr=spread if any(spread) else None,
            color=COLOURS.get(method, PALETTE[7:8] * 2)[many],
            marker=MARKERS.get(method, "XX")[many],
            markersize=4 if full else 6,
            markerfacecolor=None if many else "white",
            linestyle=":" if full else "-",
            linewidth=1.2 if full else 1.8,
            capsize=2,
            label=_words(method, labels, training),
        )
    panel.axvline(0.0, color="#bbbbbb", linewidth=1)
    panel.axhline(0.5, color="#bbbbbb", linewidth=1)
    panel.set(xlabel="days since the trigger", ylabel="macro AUROC", ylim=(0.4, BEST))
    panel.grid(alpha=0.3)


def _place(line: tuple[tuple[str, int | str, str | None], object]) -> tuple[int, bool, bool]:
    """Methods together, few labels before all."""
    method, labels, training = line[0]
    known = list(COLOURS)
    place = known.index(method) if method in known else len(known)
    return place, labels == ALL, training == "in full"


def _words(method: str, labels: int | str, training: str | None) -> str:
    if training is None:
        return method
    until = "trained in full" if training == "in full" else "trained to the same day"
    return f"{method}, {labels} labels, {until}"
