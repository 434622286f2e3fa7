"""What the pretrainings saw and how they learned: the simulation-pretrained FM's figures 2 to 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate.figures import LINES, MARKERS, PALETTE, blank
from lcfm.experiments.pretrainings import Size
from lcfm.lightcurves import LightCurves
from lcfm.simulate.run import class_counts
from lcfm.taxonomy import LABEL_SETS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLASSES = LABEL_SETS["label8"]
PERCENTS = (0, 1, 50, 99, 100)
COLOURS = {"ZTF": PALETTE[0], "LSST": PALETTE[3]}
COLOURS_OF_LOSSES, MARKERS_OF_LOSSES = (*PALETTE, "#882255"), (*MARKERS, "<")
"""One for each of nine pretrainings."""
ENTROPY = "classifier_loss"
"""Term of the loss that all objectives share: cross-entropy of the classes."""


def counted(redshifts: Mapping[str, LightCurves], size: Size) -> dict[str, Any]:
    """Light curves of each class (the paper's table 3), and redshifts at percentiles.

    Parameters
    ----------
    redshifts
        Light curves whose redshifts are learned, by survey.
    size
        Of a pretraining.
    """
    counts = {
        f"pretraining, {name}": _alike(objects, size.pairs)
        for name, objects in (("ZTF", size.ztf), ("LSST", size.lsst))
    }
    percentiles = {}
    for name, table in redshifts.items():
        labels = table.column("label")
        counts[f"redshifts, {name.upper()}"] = {c: int((labels == c).sum()) for c in CLASSES}
        values = np.percentile(table.numbers("redshift"), PERCENTS).tolist()
        percentiles[name.upper()] = dict(zip(map(str, PERCENTS), values, strict=True))
    return {"objects": counts, "redshift": percentiles}


def figure(redshifts: Mapping[str, LightCurves], seen: Mapping[str, Any]) -> Figure:
    """Redshifts of both surveys (figure 2), and light curves of each class.

    Parameters
    ----------
    redshifts
        As of :func:`counted`.
    seen
        What that returned.
    """
    drawn = blank(10.5, 4.2)
    left, right = drawn.subplots(1, 2)
    tables = {name.upper(): table.numbers("redshift") for name, table in redshifts.items()}
    edges = np.linspace(0.0, max(values.max() for values in tables.values()), 41)
    for number, (name, values) in enumerate(tables.items()):
        left.hist(
            values, edges, histtype="step", linewidth=1.8, linestyle=LINES[number],
            color=COLOURS[name], label=f"{name}, {len(values):,} light curves",
        )  # fmt: skip
    left.set(xlabel="redshift", ylabel="light curves", yscale="log", title="redshifts learned")
    left.legend(fontsize=9)
    width = 0.8 / len(seen["objects"])
    for number, (name, counts) in enumerate(seen["objects"].items()):
        right.bar(
            np.arange(len(CLASSES)) + (number - 1.5) * width, [counts[c] for c in CLASSES], width,
            color=PALETTE[number], label=name, hatch=("", "//")[number % 2], edgecolor="white",
        )  # fmt: skip
    right.set_xticks(range(len(CLASSES)), CLASSES, rotation=35, ha="right")
    right.set(ylabel="light curves", title="classes")
    right.set_ylim(top=1.35 * right.get_ylim()[1])
    right.legend(fontsize=8, ncols=2, loc="upper center")
    return drawn


def losses(histories: Mapping[str, Sequence[Mapping[str, float]]]) -> Figure:
    """Cross-entropy of the classes against epoch, training and validation (figure 4).

    Parameters
    ----------
    histories
        Records of each epoch by pretraining; of a plain classifier the cross-entropy is the loss.
    """
    drawn = blank(10.5, 4.4)
    panels = drawn.subplots(1, 2, sharey=True)
    for panel, part in zip(panels, ("train", "valid"), strict=True):
        for number, (name, epochs) in enumerate(histories.items()):
            values = [e.get(f"{part}_{ENTROPY}", e.get(f"{part}_loss", np.nan)) for e in epochs]
            again = number // len(COLOURS_OF_LOSSES)  # they come again in another line
            panel.plot(
                np.arange(1, len(values) + 1), values, label=name, markersize=5,
                color=COLOURS_OF_LOSSES[number % len(COLOURS_OF_LOSSES)],
                marker=MARKERS_OF_LOSSES[number % len(MARKERS_OF_LOSSES)],
                linestyle=LINES[(number // 2 + again) % len(LINES)],
            )  # fmt: skip
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.set(xlabel="epoch", title={"train": "training", "valid": "validation"}[part])
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("cross-entropy of the classes")
    handles, labels = panels[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside right center", fontsize=8)
    return drawn


def _alike(*objects: int) -> dict[str, int]:
    parts = [class_counts(dict.fromkeys(CLASSES, 1.0), n) for n in objects if n]
    return {name: sum(part[name] for part in parts) for name in CLASSES}
