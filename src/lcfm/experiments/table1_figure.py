"""Figure of table 1: every row on every target, with few labels and with all, beside the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import MARKERS, PALETTE
from lcfm.evaluate.protocols import ALL
from lcfm.experiments.table1_tasks import METRICS, N_LABELS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOWEST = -0.5
"""R² below are drawn here, with an arrow."""


def draw(summary: Sequence[Mapping[str, Any]]) -> Figure:
    """A panel per target, a line per row: open with 128 labels, filled with all.

    Parameters
    ----------
    summary
        ``summary`` of ``table1.json``. Redshifts are drawn as R², of which the paper has none for
        each row; its AUROC is a grey cross.
    """
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row["method"] for row in summary))
    measures = {target: _measure(metrics) for target, metrics in METRICS.items()}
    figure = Figure(figsize=(4.6 + 2.2 * len(measures), 1.4 + 0.26 * len(names)))
    figure.set_layout_engine("constrained")
    panels = np.atleast_1d(figure.subplots(1, len(measures), sharey=True))
    for panel, (target, metric) in zip(panels, measures.items(), strict=True):
        for number, labels in enumerate((N_LABELS, ALL)):
            key = (target, metric, labels)
            rows = [r for r in summary if (r["target"], r["metric"], r["labels"]) == key]
            place = np.array([len(names) - names.index(row["method"]) for row in rows])
            height = np.array([row["mean"] for row in rows])
            # A little apart, so that the bars of few labels and of all do not cover one another.
            aside = place + (0.15, -0.15)[number]
            panel.errorbar(
                np.maximum(height, LOWEST), aside, xerr=[row["std"] or 0.0 for row in rows],
                linestyle="", marker=MARKERS[number], color=PALETTE[number], capsize=2,
                markerfacecolor="none" if number == 0 else PALETTE[number],
                label=(f"{N_LABELS} labels", "all labels")[number],
            )  # fmt: skip
            for spot in aside[height < LOWEST]:
                panel.annotate("<", (LOWEST, spot), ha="right", va="center")
            known = [(row["paper"], spot) for row, spot in zip(rows, aside, strict=True)]
            points = np.array([p for p in known if p[0] is not None]).reshape(-1, 2)
            panel.plot(
                points[:, 0], points[:, 1], linestyle="", marker="x", color="#777777",
                label="paper" if number == 0 else None,
            )  # fmt: skip
        panel.set(title=target, xlabel="R²" if metric == "r2" else "macro AUROC")
        panel.grid(alpha=0.3)
    panels[0].set_yticks(
        np.arange(len(names), 0, -1), [name.replace(" | ", ", ") for name in names]
    )
    panels[0].legend(fontsize=8, loc="lower left")
    return figure


def _measure(metrics: Sequence[str]) -> str:
    """R² where there is one: it compares samples of any variance."""
    return "r2" if "r2" in metrics else metrics[0]
