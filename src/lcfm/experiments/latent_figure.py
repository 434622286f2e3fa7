"""Figures of latent spaces: maps of both telescopes, and how well they are aligned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.alignment import standardised
from lcfm.evaluate.figures import MARKERS, PALETTE, blank
from lcfm.experiments.two_views import Views

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.floating[Any]]

MOST_EVENTS = 500
"""On a map at most: more only hide each other."""
COLUMNS = 3
TELESCOPES = (("ZTF", "o", PALETTE[0]), ("LSST", "^", PALETTE[3]))
PANELS = (
    ("survey_accuracy, mlp", "telescope told apart\n(0: chance, 1: always)"),
    ("class_auroc, mlp", "classes told apart\n(macro AUROC, 0.5: chance)"),
    ("recall@10", "partner among the ten\nnearest (recall@10)"),
)
"""Scores of the figure of alignment: its key, and the label of its axis."""
LIMITS = ((-0.25, 1.05), (0.4, 1.03), (-0.03, 1.03))
CHANCE = (0.0, 0.5)
"""In the first panels."""


def maps(latents: Mapping[str, FloatArray], views: Views, label: str | None) -> Figure:
    """Latent vectors on a map by t-SNE, a panel per pretraining (figures 5 and 6).

    Parameters
    ----------
    latents
        By pretraining, shape (2 n_events, latent_size): ZTF first, then LSST.
    views
        The events.
    label
        Class that is drawn, or None for all.
    """
    events = np.flatnonzero((views.classes == label) | (label is None))[:MOST_EVENTS]
    rows = -(-len(latents) // COLUMNS)
    figure = blank(3.3 * COLUMNS, 0.6 + 3.2 * rows)
    panels = np.ravel(figure.subplots(rows, COLUMNS, squeeze=False))
    for panel, (name, table) in zip(panels, latents.items(), strict=False):
        places = _map(np.concatenate([table[events], table[len(views) + events]]))
        parts = (places[: len(events)], places[len(events) :])
        for part, (telescope, marker, colour) in zip(parts, TELESCOPES, strict=True):
            panel.scatter(
                *part.T, s=11, marker=marker, facecolor="none", edgecolor=colour, linewidth=0.7,
                alpha=0.8, label=telescope,
            )  # fmt: skip
        panel.set_title(name, fontsize=10)
        panel.set(xticks=[], yticks=[])
    for panel in panels[len(latents) :]:
        panel.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2, fontsize=10, markerscale=1.8)
    what = f"{label}, " if label else "all classes, "
    figure.suptitle(
        f"{what}{len(events)} simulated events seen by both (t-SNE)", fontsize=11, x=0.3
    )
    return figure


def alignment(summary: Sequence[Mapping[str, Any]]) -> Figure:
    """What probes read from each latent space, and how often an event's partner is near.

    Parameters
    ----------
    summary
        ``summary`` of ``latent.json``.
    """
    names = list(dict.fromkeys(row["pretraining"] for row in summary))
    sets = list(dict.fromkeys(row["set"] for row in summary))
    figure = blank(4.0 + 2.6 * len(PANELS), 1.7 + 0.33 * len(names))
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for panel, (metric, label), limits in zip(panels, PANELS, LIMITS, strict=True):
        for number, name in enumerate(sets):
            rows = [r for r in summary if r["set"] == name and r[metric] is not None]
            place = np.array([len(names) - names.index(row["pretraining"]) for row in rows])
            chance = np.array([_floor(row, metric) for row in rows])
            score = np.array([row[metric] for row in rows], dtype=np.float64)
            spread = np.array([row[f"{metric}, std"] or 0.0 for row in rows])
            panel.errorbar(
                (score - chance) / (1 - chance), place + 0.18 * (1 - number),
                xerr=spread / (1 - chance), linestyle="", capsize=2, marker=MARKERS[number],
                color=PALETTE[(0, 3, 2)[number % 3]], markersize=5, label=name,
            )  # fmt: skip
        panel.set(xlabel=label, ylim=(0.3, len(names) + 0.7), xlim=limits)
        panel.grid(alpha=0.3)
    for panel, chance_level in zip(panels, CHANCE, strict=False):
        panel.axvline(chance_level, color="#555555", linewidth=1.2, linestyle=":")
    panels[0].set_yticks(np.arange(len(names), 0, -1), names, fontsize=9)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(sets), fontsize=9)
    return figure


def _floor(row: Mapping[str, Any], metric: str) -> float:
    """What counts as nothing: chance, for telescopes, of which there are two or more."""
    return float(row["survey_chance"]) if metric.startswith("survey") else 0.0


def _map(latents: FloatArray) -> FloatArray:
    from sklearn.manifold import TSNE

    tsne = TSNE(perplexity=min(30.0, (len(latents) - 1) / 3), init="pca", random_state=0)
    return np.asarray(tsne.fit_transform(standardised(latents)))
