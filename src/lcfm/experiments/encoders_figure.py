"""Figure of the table of encoders: a panel per measure, a line per variant, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = (
    ("few_labels", "macro AUROC\n128 labels"),
    ("early", "macro AUROC\n+5, +10, +20 d, no labels"),
    ("no_labels", "macro AUROC\nwhole, no labels"),
    ("valid_loss", "loss on held-out\nsimulations (nats)"),
    ("trained_per_second", "training: light\ncurves / CPU s"),
)
"""Column of the table -> label of its axis."""


def draw(table: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the rows of the table from top to bottom.

    Parameters
    ----------
    table
        ``summary`` of ``encoders.json``.
    """
    from matplotlib.figure import Figure

    place = -np.arange(len(table))
    figure = Figure(figsize=(4.0 + 2.1 * len(PANELS), 1.4 + 0.28 * len(table)))
    figure.set_layout_engine("constrained")
    panels = np.atleast_1d(figure.subplots(1, len(PANELS), sharey=True))
    for number, (panel, (column, label)) in enumerate(zip(panels, PANELS, strict=True)):
        values = np.array([row[column] for row in table], dtype=np.float64)
        spread = [row.get(f"{column}_std") or 0.0 for row in table]
        panel.errorbar(
            values, place, xerr=spread, linestyle="", capsize=2,
            marker=MARKERS[number], color=PALETTE[number],
        )  # fmt: skip
        panel.set(xlabel=label)
        panel.margins(x=0.15)
        panel.grid(alpha=0.3)
    panels[0].set_yticks(place, [row["method"] for row in table])
    return figure
