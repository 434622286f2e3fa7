"""Figure of realism: how well simulated is told from real, and what networks make of real objects.

The levels beside the acid test are macro AUROC of extremely randomised trees on hand-made features
that were trained on real labels, on objects that nobody here has seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AIM_TOLD_APART = 0.80
TREES = {
    "trees, 128 real labels": {"ztf": 0.875, "yse": 0.927, "osc": 0.846},
    "trees, all real labels": {"ztf": 0.965, "yse": 0.951, "osc": 0.912},
}


def draw(sets: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Told-apart AUROC of every class of every set, and acid tests.

    Parameters
    ----------
    sets
        ``sets`` of ``realism.json``.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.9, 1.0))
    _told_apart(left, sets)
    _acid(right, {name: found["acid_test"] for name, found in sets.items() if "acid_test" in found})
    return figure


def _told_apart(axes: Axes, sets: Mapping[str, Mapping[str, Any]]) -> None:
    position, ticks = 0.0, []
    for number, (name, found) in enumerate(sets.items()):
        for label, row in found.get("classes", {}).items():
            apart = row["told_apart"]
            if apart is not None:
                look: dict[str, Any] = {"color": PALETTE[number], "marker": MARKERS[number]}
                axes.plot([position], [apart["auroc"]], linestyle="", markersize=8, **look)
                axes.plot(
                    [position], [apart["auroc_without_sampling"]], linestyle="", markersize=8,
                    markerfacecolor="none", **look,
                )  # fmt: skip
                ticks.append((position, f"{name} {label}"))
                position += 1
        position += 0.6
    axes.axhline(0.5, color="#bbbbbb", linestyle=":", linewidth=1)
    axes.axhline(AIM_TOLD_APART, color="#444444", linestyle="--", linewidth=1)
    axes.annotate(
        f"aim: at most {AIM_TOLD_APART:.2f}", (0.99, 0.95), ha="right",
        xycoords="axes fraction", fontsize=9,
    )  # fmt: skip
    axes.set_xticks([t[0] for t in ticks], [t[1] for t in ticks], rotation=60, ha="right")
    axes.set(ylabel="AUROC, real against simulated", ylim=(0.45, 1.0))
    axes.set_title("told apart (open: without features of the sampling)", fontsize=10)


def _acid(axes: Axes, sets: Mapping[str, Mapping[str, Any]]) -> None:
    place = np.arange(len(sets))
    for row, (trees, levels) in enumerate(TREES.items()):
        heights = [levels.get(name, np.nan) for name in sets]
        axes.plot(place, heights, linestyle="", marker="_", markersize=26, markeredgewidth=2,
                  color=("#999999", "#000000")[row], label=trees)  # fmt: skip
    for spot, acid in zip(place, sets.values(), strict=True):
        runs = [run["macro_auroc"] for run in acid["runs"]]
        axes.plot(np.full(len(runs), spot), runs, linestyle="", marker="o", color=PALETTE[5],
                  markersize=5)  # fmt: skip
    means = [acid["mean"] for acid in sets.values()]
    axes.plot(place, means, linestyle="", marker="D", markersize=8, color=PALETTE[0],
              label="simulations alone, no label")  # fmt: skip
    axes.set_xticks(place, [f"{name}\n{acid['target']}" for name, acid in sets.items()])
    axes.set(ylabel="macro AUROC on real objects", ylim=(0.75, 1.0), xlim=(-0.6, len(sets) - 0.4))
    axes.set_title("acid test", fontsize=10)
    axes.legend(loc="lower left", fontsize=9)
