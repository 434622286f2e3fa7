"""Figures of light curves: magnitudes against days, limits as arrows, one colour per band."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm import bands as band_registry
from lcfm.evaluate.figures import MARKERS, PALETTE, blank
from lcfm.evaluate.interpolate import brightest
from lcfm.evaluate.reductions import SLOT_EDGES
from lcfm.lightcurves import LightCurves
from lcfm.units import magnitude_error_from_njy, magnitude_from_njy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SLOT_STYLES = (
    ("#CC79A7", "v"), ("#009E73", "o"), ("#D55E00", "s"),
    ("#E69F00", "D"), ("#56B4E9", "^"), ("#000000", "P"),
)  # fmt: skip
"""Colour and marker of bands near u, g, r, i, z, y."""
OTHER_COLOURS = ("#0072B2", "#882255", "#999999", "#999933")
OTHER_STYLES = tuple(
    (colour, marker)
    for step in range(len(MARKERS))
    for colour, marker in zip(OTHER_COLOURS, (MARKERS * 2)[step:], strict=False)
)
"""Of further bands near the same wavelength."""
LEGEND_ENTRY = 1.2
"""Width in a legend [inch]."""
LEAST_SIGMA = 2.0


def light_curve_examples(
    lcs: LightCurves,
    labels: ArrayLike,
    probabilities: ArrayLike,
    classes: Sequence[str],
    *,
    columns: int = 3,
) -> Figure:
    """Light curves, each beside the probabilities of its classes.

    Magnitudes against days from the brightest measurement; where a band is relative photometry,
    its flux. Arrows are upper limits (5 sigma); forced measurements below `LEAST_SIGMA` have no
    magnitude to speak of and are left out.

    Parameters
    ----------
    lcs
        The n objects shown, a dozen at most.
    labels : array_like of str, shape (n,)
        True classes, the title of each panel.
    probabilities : array_like, shape (n, k)
    """
    names, table = np.asarray(labels).astype(str), np.asarray(probabilities, dtype=np.float64)
    columns = min(columns, max(len(lcs), 1))
    rows = -(-len(lcs) // columns)
    figure = blank(4.9 * columns, 3.0 * rows)
    grid = figure.add_gridspec(rows, 2 * columns, width_ratios=[2.6, 1.0] * columns)
    styles = _styles([lcs])
    for index in range(len(lcs)):
        row, column = divmod(index, columns)
        left = figure.add_subplot(grid[row, 2 * column])
        right = figure.add_subplot(grid[row, 2 * column + 1])
        one = lcs[index]
        _draw_light_curve(left, one, styles)
        guess = classes[int(table[index].argmax())]
        mark = "✓" if guess == names[index] else f"→ {guess}"
        left.set_title(f"{one.object_id[0]}: {names[index]} {mark}", fontsize=9, loc="left")
        _draw_probabilities(right, table[index], classes, names[index])
    _legend(figure, styles)
    return figure


def light_curve_rows(rows: Mapping[str, LightCurves], *, columns: int) -> Figure:
    """A row of light curves for each table, under its name.

    Parameters
    ----------
    rows
        Name → table; the first `columns` objects are shown.
    columns
        Light curves per row.
    """
    figure = blank(3.3 * columns, 2.5 * len(rows))
    styles = _styles([lcs[:columns] for lcs in rows.values()])
    for row, (name, lcs) in enumerate(rows.items()):
        for column in range(min(columns, len(lcs))):
            axes = figure.add_subplot(len(rows), columns, row * columns + column + 1)
            _draw_light_curve(axes, lcs[column], styles)
            known = "redshift" in lcs.columns and np.isfinite(lcs.column("redshift")[column])
            redshift = f"z = {lcs.column('redshift')[column]:.3f}" if known else "z unknown"
            axes.set_title(f"{name.strip()}  {redshift}", fontsize=9, loc="left")
    _legend(figure, styles)
    return figure


def _styles(tables: Sequence[LightCurves]) -> dict[str, tuple[str, str]]:
    """Band → its colour and marker, the same on every panel; bluest first.

    Of several bands near the same wavelength the one most measured has the colour of `SLOT_STYLES`.
    """
    counts = Counter(table.bands[code] for table in tables for code in table.points["band"])
    names = tuple(sorted(counts))
    wavelengths = dict(zip(names, band_registry.mean_wavelengths(names), strict=True))
    further = cycle(OTHER_STYLES)
    styles: dict[str, tuple[str, str]] = {}
    for name in sorted(names, key=lambda name: -counts[name]):
        own = SLOT_STYLES[int(np.searchsorted(SLOT_EDGES, wavelengths[name]))]
        styles[name] = own if own not in styles.values() else next(further)
    return {name: styles[name] for name in sorted(names, key=wavelengths.__getitem__)}


def _legend(figure: Figure, styles: Mapping[str, tuple[str, str]]) -> None:
    """One for all panels, above them: inside one it would cover measurements."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=5, linestyle="none", label=band)
        for band, (colour, marker) in styles.items()
    ]
    columns = min(len(handles), max(1, int(figure.get_figwidth() / LEGEND_ENTRY)))
    if handles:
        figure.legend(
            handles=handles,
            loc="outside upper center",
            ncols=columns,
            fontsize=9,
            columnspacing=1.0,
        )


def _draw_light_curve(axes: Axes, one: LightCurves, styles: Mapping[str, tuple[str, str]]) -> None:
    points, relative = one.points, any(band_registry.get(b).unit == "ppm" for b in one.bands)
    reference = brightest(one)[0]
    start = reference if np.isfinite(reference) else float(points["mjd"].min())
    days = points["mjd"] - start
    order = np.argsort(band_registry.mean_wavelengths(one.bands))
    for code in order:
        here = points["band"] == code
        if not here.any():
            continue
        colour, marker = styles[one.bands[code]]
        limit = here & points["limit"]
        clear = relative | points["detected"] | (points["flux"] > LEAST_SIGMA * points["flux_err"])
        measured = here & ~limit & clear
        value, error = _shown(points["flux"], points["flux_err"], relative)
        axes.errorbar(
            days[measured],
            value[measured],
            yerr=error[measured],
            color=colour,
            marker=marker,
            markersize=3.5,
            linestyle="none",
            elinewidth=0.8,
        )
        if limit.any() and not relative:
            bright = magnitude_from_njy(5.0 * points["flux_err"][limit].astype(np.float64))
            axes.plot(days[limit], bright, color=colour, marker=r"$\downarrow$", alpha=0.45,
                      markersize=6, linestyle="none")  # fmt: skip
    if not any(np.isfinite(line.get_ydata()).any() for line in axes.lines):
        axes.text(
            0.5, 0.5, "no positive flux to show", fontsize=8, ha="center", transform=axes.transAxes
        )
        axes.set(xticks=[], yticks=[])
    axes.set_xlabel("days from brightest", fontsize=8)
    axes.set_ylabel("relative flux [ppm]" if relative else "AB magnitude", fontsize=8)
    axes.tick_params(labelsize=8)
    if not relative:
        axes.invert_yaxis()


def _shown(
    flux: NDArray[Any], flux_err: NDArray[Any], relative: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if relative:
        return flux.astype(np.float64), flux_err.astype(np.float64)
    return magnitude_from_njy(flux), magnitude_error_from_njy(flux, flux_err)


def _draw_probabilities(
    axes: Axes, probabilities: NDArray[np.float64], classes: Sequence[str], truth: str
) -> None:
    place = np.arange(len(classes))[::-1]
    colours = [PALETTE[1] if name == truth else PALETTE[0] for name in classes]
    axes.barh(place, probabilities, color=colours)
    axes.set_yticks(place, classes, fontsize=7)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 1], ["0", "1"])
    axes.tick_params(labelsize=7)
    axes.set_xlabel("probability\n(orange: true)", fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)
