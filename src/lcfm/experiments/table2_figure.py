"""Figure of table 2: R² of every row on every test set, inside the redshifts of ZTF and beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOWEST = -1.0
"""R² below are drawn here, with an arrow: how bad, nobody needs to see."""


def draw(summary: Sequence[Mapping[str, Any]]) -> Figure:
    """A panel per test set, a line per row; filled inside ZTF's redshifts, open for all.

    Parameters
    ----------
    summary
        ``summary`` of ``table2.json``.
    """
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row["row"] for row in summary))
    tests = list(dict.fromkeys(row["test"] for row in summary))
    figure = Figure(figsize=(4.2 + 3.0 * len(tests), 1.4 + 0.3 * len(names)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(tests), sharey=True))
    for panel, test in zip(panels, tests, strict=True):
        for number, redshifts in enumerate(("inside", "all")):
            rows = [r for r in summary if (r["test"], r["redshifts"]) == (test, redshifts)]
            place = [len(names) - names.index(row["row"]) for row in rows]
            height = np.array([row["r2"] for row in rows])
            panel.errorbar(
                np.maximum(height, LOWEST), place, xerr=[row["r2_std"] or 0.0 for row in rows],
                linestyle="", marker=MARKERS[number], color=PALETTE[number], capsize=2,
                markerfacecolor=PALETTE[number] if number == 0 else "none",
                label=("inside ZTF's redshifts", "all redshifts")[number],
            )  # fmt: skip
            for spot in np.array(place)[height < LOWEST]:
                panel.annotate("<", (LOWEST, spot), ha="right", va="center")
        panel.axvline(0.0, color="#999999", linewidth=1, linestyle=":")
        panel.set(title=test, xlabel="R² of redshift", xlim=(LOWEST - 0.1, 1.0))
        panel.grid(alpha=0.3)
    panels[0].set_yticks(
        np.arange(len(names), 0, -1), [name.replace(" | ", ", ") for name in names]
    )
    panels[0].legend(fontsize=8, loc="lower right")
    return figure
