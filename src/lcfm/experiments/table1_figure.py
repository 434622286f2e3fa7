"""Figure of table 1: every row on every target, with few labels and with all, beside the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import MARKERS, PALETTE, blank
from lcfm.evaluate.protocols import ALL
from lcfm.experiments.table1_rows import PER_CLASS, parts
from lcfm.experiments.table1_tasks import METRICS, N_LABELS
from lcfm.experiments.zero_shot import GIVEN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS: Mapping[int | str, str] = {N_LABELS: f"{N_LABELS} labels", ALL: "all labels"}
FORESTS = {"": "", PER_CLASS: ", a forest per class"}
"""End of a row's name → its words in the legend. Both are drawn on one line, the second in other
colours: it has anomalies alone to tell of."""


def draw(summary: Sequence[Mapping[str, Any]], model: str = GIVEN) -> Figure:
    """A panel per target, a line per row: open with 128 labels, filled with all.

    Parameters
    ----------
    summary
        ``summary`` of ``table1.json``. Redshifts are drawn as R², of which the paper has none for
        each row; its AUROC is a grey cross.
    model
        What the rows of the given model are called.
    """
    methods = list(dict.fromkeys(row["method"] for row in summary))
    names = list(dict.fromkeys(name.removesuffix(PER_CLASS) for name in methods))
    # Networks of one pretraining stand together, and the lines between them apart.
    first = [i for i in range(1, len(names)) if parts(names[i])[0] != parts(names[i - 1])[0]]
    measures = {target: _measure(metrics) for target, metrics in METRICS.items()}
    figure = blank(4.2 + 1.9 * len(measures), 1.8 + 0.34 * len(names))
    panels = np.atleast_1d(figure.subplots(1, len(measures), sharey=True))
    for panel, (target, metric) in zip(panels, measures.items(), strict=True):
        rows = [r for r in summary if (r["target"], r["metric"]) == (target, metric)]
        for number, end in enumerate(FORESTS):
            for labels in LABELS:
                _points(panel, rows, names, labels, number, end)
        panel.set_title(target.replace("simulated ", "simulated\n"), fontsize=12)
        panel.set_xlabel("R²" if metric == "r2" else "macro AUROC", fontsize=11)
        panel.set_ylim(0.3, len(names) + 0.7)
        for number in first:
            panel.axhline(len(names) - number + 0.5, color="#777777", linewidth=0.8)
        panel.grid(alpha=0.3)
    panels[0].set_yticks(
        np.arange(len(names), 0, -1),
        [name.replace(GIVEN, model).replace(" | ", ", ") for name in names],
        fontsize=11,
    )
    found: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(
        list(found.values()), list(found), loc="outside lower center", ncols=len(found), fontsize=11
    )
    return figure


def _points(
    panel: Axes,
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    labels: int | str,
    number: int,
    end: str,
) -> None:
    """Rows with so many labels whose name ends so, and the paper's numbers for them."""
    ends = [PER_CLASS if row["method"].endswith(PER_CLASS) else "" for row in rows]
    mine = [r for r, last in zip(rows, ends, strict=True) if (r["labels"], last) == (labels, end)]
    if not mine:
        return
    lines = [names.index(row["method"].removesuffix(PER_CLASS)) for row in mine]
    # A little apart, so that the bars of few labels and of all do not cover one another.
    place = len(names) - np.array(lines) + (0.15 if labels == N_LABELS else -0.15)
    kind = 2 * number + (labels == ALL)
    spread = [row["std"] or 0.0 for row in mine]
    panel.errorbar(
        [row["mean"] for row in mine], place, xerr=spread if any(spread) else None,
        linestyle="", marker=MARKERS[kind], color=PALETTE[kind], capsize=2, markersize=6,
        markerfacecolor="none" if labels == N_LABELS else PALETTE[kind],
        label=LABELS[labels] + FORESTS[end],
    )  # fmt: skip
    known = [(r["paper"], spot) for r, spot in zip(mine, place, strict=True) if r["paper"]]
    if known:
        panel.plot(*zip(*known, strict=True), "x", color="#777777", label="paper")


def _measure(metrics: Sequence[str]) -> str:
    """R² where there is one: it compares samples of any variance."""
    return "r2" if "r2" in metrics else metrics[0]
