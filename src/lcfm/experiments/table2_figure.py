"""Figure of table 2: R² of every row on every test set, inside the redshifts of ZTF and beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import MARKERS, PALETTE, blank
from lcfm.experiments.table2_scores import ALL, INSIDE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOWEST = -1.0
"""R² below are drawn here, with an arrow: how bad, nobody needs to see."""
LABELS = {INSIDE: "inside ZTF's redshifts", ALL: "all redshifts"}


def draw(summary: Sequence[Mapping[str, Any]]) -> Figure:
    """A panel per test set, a line per row; filled inside ZTF's redshifts, open for all.

    Parameters
    ----------
    summary
        ``summary`` of ``table2.json``.
    """
    names = list(dict.fromkeys(row["row"] for row in summary))
    tests = list(dict.fromkeys(row["test"] for row in summary))
    figure = blank(4.4 + 3.0 * len(tests), 1.6 + 0.27 * len(names))
    panels = np.atleast_1d(figure.subplots(1, len(tests), sharey=True))
    for panel, test in zip(panels, tests, strict=True):
        for number, redshifts in enumerate(LABELS):
            rows = [r for r in summary if (r["test"], r["redshifts"]) == (test, redshifts)]
            place = np.array([len(names) - names.index(row["row"]) for row in rows])
            score = np.array([row["r2"] for row in rows], dtype=np.float64)
            spread = np.array([row["r2_std"] or 0.0 for row in rows])
            drawn = np.maximum(score, LOWEST)
            panel.errorbar(
                drawn, place + 0.12 - 0.24 * number,
                xerr=[np.clip(spread, 0.0, drawn - LOWEST), np.clip(spread, 0.0, 1.0 - drawn)],
                linestyle="", marker=MARKERS[number], color=PALETTE[(0, 3)[number]], capsize=2,
                markersize=5, markerfacecolor=PALETTE[0] if redshifts == INSIDE else "white",
                label=LABELS[redshifts],
            )  # fmt: skip
            for spot in (place + 0.12 - 0.24 * number)[score < LOWEST]:
                panel.annotate("◀", (LOWEST - 0.05, spot), ha="right", va="center", fontsize=6)
        panel.axvline(0.0, color="#999999", linewidth=1, linestyle=":")
        panel.set_title(test.replace(" (", "\n("), fontsize=10)
        panel.set(xlabel="R² of redshift", xlim=(LOWEST - 0.2, 1.0), ylim=(0.3, len(names) + 0.7))
        panel.grid(alpha=0.3)
    panels[0].set_title(tests[0], fontsize=10)
    panels[0].set_yticks(
        np.arange(len(names), 0, -1),
        [_title(name) for name in names],
        fontsize=8,
    )
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=len(labels), fontsize=9)
    figure.supylabel("pretraining: redshifts learned, by what", fontsize=9)
    return figure


def _title(row: str) -> str:
    pretraining, learned, by = row.split(" | ")
    return f"{pretraining}: {learned}, {by}"
