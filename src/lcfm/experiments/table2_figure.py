"""Figure of table 2: error of every row on every test set, inside ZTF's redshifts and beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import MARKERS, PALETTE, blank
from lcfm.experiments.table2_scores import ALL, INSIDE
from lcfm.experiments.zero_shot import GIVEN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS = {INSIDE: "inside ZTF's redshifts", ALL: "all redshifts"}
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def draw(summary: Sequence[Mapping[str, Any]], model: str = GIVEN) -> Figure:
    """A panel per test set, a line per row; filled inside ZTF's redshifts, open for all.

    Drawn is the mean squared error over the variance of the test redshifts, 1 - R², on a
    logarithmic scale: R² itself reaches from 0.7 to -9.

    Parameters
    ----------
    summary
        ``summary`` of ``table2.json``.
    model
        What the row of the given model is called.
    """
    names = list(dict.fromkeys(row["row"] for row in summary))
    tests = list(dict.fromkeys(row["test"] for row in summary))
    figure = blank(4.4 + 3.0 * len(tests), 1.6 + 0.27 * len(names))
    panels = np.atleast_1d(figure.subplots(1, len(tests), sharex=True, sharey=True))
    for panel, test in zip(panels, tests, strict=True):
        for number, redshifts in enumerate(LABELS):
            rows = [r for r in summary if (r["test"], r["redshifts"]) == (test, redshifts)]
            place = np.array([len(names) - names.index(row["row"]) for row in rows])
            share = np.array([1.0 - row["r2"] for row in rows])
            spread = np.array([row["r2_std"] or 0.0 for row in rows])
            panel.errorbar(
                share, place + 0.12 - 0.24 * number,
                # One run has no spread, and neither has the legend then; a logarithm ends above 0.
                xerr=[np.minimum(spread, 0.9 * share), spread] if spread.any() else None,
                linestyle="", marker=MARKERS[number], color=PALETTE[(0, 3)[number]], capsize=2,
                markersize=5, markerfacecolor=PALETTE[0] if redshifts == INSIDE else "white",
                label=LABELS[redshifts],
            )  # fmt: skip
        panel.axvline(1.0, color="#555555", linewidth=1.2, linestyle=":")
        panel.set_title(test.replace(" (", "\n("), fontsize=10)
        panel.set(xlabel="MSE / variance of redshift\n(1 - R², log scale)", xscale="log")
        panel.grid(alpha=0.3)
    low, high = panels[0].get_xlim()
    shown = [tick for tick in TICKS if low <= tick <= high]
    panels[0].set_xticks(shown, [f"{tick:g}" for tick in shown])
    panels[0].minorticks_off()
    panels[0].set(ylim=(0.3, len(names) + 0.7), xlim=(low, high))
    panels[0].set_title(tests[0], fontsize=10)
    panels[0].set_yticks(
        np.arange(len(names), 0, -1),
        [_title(name.replace(GIVEN, model)) for name in names],
        fontsize=9,
    )
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower right", ncols=len(labels), fontsize=9,
        title="left is better; dotted: an answer as bad as the test set's own mean",
        title_fontsize=9,
    )  # fmt: skip
    figure.supylabel("pretraining: redshifts learned, by what", fontsize=9)
    return figure


def _title(row: str) -> str:
    pretraining, learned, by = row.split(" | ")
    return f"{pretraining}: {learned}, {by}"
