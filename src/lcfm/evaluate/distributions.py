"""Simulated beside real distributions of what an astronomer looks at first.

Peak magnitude and colour, widths of rise and decline, number of points, signal to noise, redshift
and absolute magnitude, each as quantiles and as the Kolmogorov-Smirnov distance. Both tables are
measured by the same code on what the telescope saw, so that noise and sampling enter alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate.features import feature_names, features
from lcfm.evaluate.figures import PALETTE
from lcfm.lightcurves import LightCurves
from lcfm.simulate.propagate import distance_modulus
from lcfm.units import magnitude_from_njy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]

QUANTILES = (0.05, 0.16, 0.5, 0.84, 0.95)
FEWEST = 8
"""Values of either side that a comparison needs."""
COLUMNS = 5
"""Panels beside each other in the figure."""


@dataclass(frozen=True)
class Quantity:
    """One measured property: its name in results, its label on an axis, the feature that it is."""

    name: str
    label: str
    feature: str = ""


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("peak_magnitude", "brightest measurement [AB mag]"),
    Quantity("absolute_magnitude", "peak absolute magnitude [AB mag]"),
    Quantity("redshift", "redshift"),
    Quantity("colour", "g − r at peak [mag]", "g-r_+0"),
    Quantity("colour_later", "g − r 20 d after peak [mag]", "g-r_+20"),
    Quantity("rise", "half-peak rise in r [d]", "rise_0.5_r"),
    Quantity("decline", "half-peak decline in r [d]", "fall_0.5_r"),
    Quantity("points", "measurements per object"),
    Quantity("peak_snr", "S/N of the best measurement"),
    Quantity("median_snr", "median S/N"),
)


def measure(lcs: LightCurves, table: FloatArray | None = None) -> dict[str, FloatArray]:
    """Every quantity of every object, NaN where it is undefined.

    Parameters
    ----------
    lcs
        Light curves; ``redshift`` may be missing.
    table : ndarray, shape (n_objects, n_features), optional
        Features of the same objects, if they are at hand.
    """
    table = features(lcs) if table is None else table
    names = feature_names()
    measured = lcs.select_points(~lcs.points["limit"])
    flux = measured.points["flux"].astype(np.float64)
    snr = flux / measured.points["flux_err"]
    peak_snr, median_snr, brightest = np.full((3, len(lcs)), np.nan)
    for i, (start, stop) in enumerate(
        zip(measured.offsets[:-1], measured.offsets[1:], strict=True)
    ):
        if stop > start:
            peak_snr[i], median_snr[i] = snr[start:stop].max(), np.median(snr[start:stop])
            brightest[i] = flux[start:stop].max()
    magnitude = np.full(len(lcs), np.nan)
    positive = brightest > 0
    magnitude[positive] = magnitude_from_njy(brightest[positive])
    redshift = redshifts(lcs)
    out = {
        "peak_magnitude": magnitude,
        "absolute_magnitude": np.full(len(lcs), np.nan),
        "redshift": redshift,
        "points": measured.lengths.astype(np.float64),
        "peak_snr": peak_snr,
        "median_snr": median_snr,
    }
    near = redshift > 0
    # k-correction of a flat F_lambda, as in the simulated populations
    out["absolute_magnitude"][near] = (
        magnitude[near] - distance_modulus(redshift[near]) + 2.5 * np.log10(1 + redshift[near])
    )
    for quantity in QUANTITIES:
        if quantity.feature:
            out[quantity.name] = table[:, names.index(quantity.feature)]
    return out


def redshifts(lcs: LightCurves) -> FloatArray:
    """Column ``redshift``, NaN where it is missing or not positive."""
    if "redshift" not in lcs.columns:
        return np.full(len(lcs), np.nan)
    values = np.array(
        [np.nan if v is None else v for v in lcs.column("redshift")], dtype=np.float64
    )
    return np.where(values > 0, values, np.nan)


def compare(
    real: Mapping[str, FloatArray], simulated: Mapping[str, FloatArray]
) -> list[dict[str, Any]]:
    """One row per quantity that both sides have: quantiles and Kolmogorov-Smirnov distance."""
    from scipy.stats import ks_2samp

    rows: list[dict[str, Any]] = []
    for quantity in QUANTITIES:
        ours, theirs = (side[quantity.name] for side in (simulated, real))
        ours, theirs = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
        if min(len(ours), len(theirs)) < FEWEST:
            continue
        rows.append(
            {
                "quantity": quantity.name,
                "real": _rounded(np.quantile(theirs, QUANTILES)),
                "simulated": _rounded(np.quantile(ours, QUANTILES)),
                "n_real": len(theirs),
                "ks": round(float(ks_2samp(theirs, ours).statistic), 3),
            }
        )
    return rows


def _rounded(values: FloatArray) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def figure(
    sides: Mapping[str, tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]]],
    quantities: Sequence[Quantity] = QUANTITIES,
) -> Figure:
    """Cumulative distributions, a panel per quantity: real solid, simulated dashed.

    Parameters
    ----------
    sides
        Class -> what :func:`measure` gives of real and of simulated objects.
    """
    from matplotlib.figure import Figure as NewFigure
    from matplotlib.lines import Line2D

    rows = -(-len(quantities) // COLUMNS)
    drawn = NewFigure(figsize=(2.9 * COLUMNS, 2.7 * rows + 0.5), layout="constrained")
    grid = drawn.subplots(rows, COLUMNS, squeeze=False)
    for axes, quantity in zip(grid.flat, quantities, strict=False):
        _panel(axes, quantity, sides)
    for row in grid:
        row[0].set_ylabel("share of objects")
    handles = [Line2D([], [], color=PALETTE[i], label=label) for i, label in enumerate(sides)]
    handles += [
        Line2D([], [], color="black", linestyle="-", label="real"),
        Line2D([], [], color="black", linestyle="--", label="simulated"),
    ]
    drawn.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return drawn


def _panel(
    axes: Axes,
    quantity: Quantity,
    sides: Mapping[str, tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]]],
) -> None:
    from matplotlib.ticker import NullFormatter

    seen = []
    for number, pair in enumerate(sides.values()):
        for side, style in zip(pair, ("-", "--"), strict=True):
            values = np.sort(side[quantity.name][np.isfinite(side[quantity.name])])
            if len(values) >= FEWEST:
                share = (np.arange(len(values)) + 0.5) / len(values)
                axes.plot(values, share, color=PALETTE[number], linestyle=style, linewidth=1.4)
                seen.append(values)
    both = np.concatenate(seen) if seen else np.zeros(0)
    if quantity.name in ("peak_snr", "median_snr", "points", "redshift"):
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
        both = both[both > 0]
    if len(both):
        axes.set_xlim(*np.quantile(both, (0.005, 0.995)))
    axes.set(ylim=(0, 1), yticks=(0, 0.5, 1), xlabel=quantity.label)
