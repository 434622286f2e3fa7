"""Bars of objects simulated per second and core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lcfm.evaluate.figures import PALETTE, blank, save


def write(summary: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the rates of a benchmark, on a logarithmic axis, with their standard deviations.

    Parameters
    ----------
    summary
        As of `lcfm.experiments.speed_compare.summary`; the first row is ours.
    path
        PNG file.
    """
    figure = blank(8.5, 0.7 + 0.45 * len(summary))
    axes = figure.add_subplot()
    places = range(len(summary))
    rates = [row["per_cpu_second"]["mean"] for row in summary]
    spreads = [row["per_cpu_second"]["std"] for row in summary]
    colours = [PALETTE[0 if row["simulator"].startswith("lcfm") else 1] for row in summary]
    axes.barh(places, rates, xerr=spreads, color=colours, error_kw={"capsize": 3})
    for place, rate, spread, row in zip(places, rates, spreads, summary, strict=True):
        ratio = row["ratio_cpu"]["mean"]
        text = f"{rate:,.0f}"
        if not row["simulator"].startswith("lcfm"):
            text += f"   (lcfm: {ratio:.0f} times)"
        axes.text((rate + spread) * 1.12, place, text, va="center", fontsize=9)
    axes.set_yticks(places, [row["simulator"] for row in summary])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(min(rates) / 4, max(rates) * 12)
    axes.set_xlabel("objects per second of processor time, one thread")
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)
