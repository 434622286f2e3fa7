"""Figures of single events: light curves of several telescopes on one clock, and a spectrum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lcfm.bands import mean_wavelengths
from lcfm.evaluate.figures import MARKERS, PALETTE, blank
from lcfm.evaluate.light_curve_figures import SLOT_STYLES
from lcfm.evaluate.reductions import SLOT_EDGES
from lcfm.lightcurves import LightCurves
from lcfm.spectra import Spectra
from lcfm.units import magnitude_error_from_njy, magnitude_from_njy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DAYS = (-40.0, 110.0)
FAINTEST_SNR = 3.0
"""Measurements below have no magnitude worth showing."""
LINE_WAVELENGTHS = {"Hα": 6563.0, "Si II": 6355.0, "He I": 5876.0, "Ca II": 8542.0, "Hβ": 4861.0}
"""Å at rest."""


def same_event_panels(lcs: LightCurves, spectra: Spectra) -> Figure:
    """A row per event: what all telescopes saw of it, and its spectra.

    Colours tell bands, markers tell telescopes; a dashed line marks the time of a spectrum.

    Parameters
    ----------
    lcs, spectra
        Of the same few events, joined by ``event_id``; `lcs` needs ``sim_t0_mjd`` and ``label``.
    """
    events = list(dict.fromkeys(lcs.column("event_id")))
    surveys = list(dict.fromkeys(lcs.column("survey")))
    figure = blank(13.0, 2.9 * len(events))
    grid = figure.add_gridspec(len(events), 2, width_ratios=[1.5, 1.0])
    for row, event in enumerate(events):
        mine, own = lcs[lcs.column("event_id") == event], spectra.of_event(event)
        left, right = (figure.add_subplot(grid[row, column]) for column in range(2))
        for i in range(len(mine)):
            _draw_survey(left, mine[i], MARKERS[surveys.index(mine.column("survey")[i])])
        for mjd in own.numbers("mjd"):
            day = mjd - mine.numbers("sim_t0_mjd")[0]
            left.axvline(day, color="#777777", linestyle="--", linewidth=1)
        redshift = float(mine.numbers("redshift")[0])
        left.set_title(f"{mine.column('label')[0]}  z = {redshift:.3f}", fontsize=10, loc="left")
        left.set(xlim=DAYS, xlabel="days from peak (observer's)", ylabel="AB magnitude")
        left.invert_yaxis()
        left.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.04), frameon=False)
        _draw_spectra(right, own, redshift)
    return figure


def _draw_survey(axes: Axes, one: LightCurves, marker: str) -> None:
    """Measurements of one telescope, all bands."""
    flux, flux_err = (one.points[k].astype(np.float64) for k in ("flux", "flux_err"))
    days = one.points["mjd"] - one.numbers("sim_t0_mjd")[0]
    shown = ~one.points["limit"] & (flux > FAINTEST_SNR * flux_err)
    shown &= (days >= DAYS[0]) & (days <= DAYS[1])
    wavelength = mean_wavelengths(one.bands)
    for code in np.argsort(wavelength):
        here = shown & (one.points["band"] == code)
        if here.any():
            colour = SLOT_STYLES[int(np.searchsorted(SLOT_EDGES, wavelength[code]))][0]
            axes.errorbar(
                days[here], magnitude_from_njy(flux[here]),
                yerr=magnitude_error_from_njy(flux[here], flux_err[here]),
                color=colour, marker=marker, markersize=4.5, markeredgecolor="white",
                markeredgewidth=0.4, linestyle="none", elinewidth=0.8,
                label=f"{one.column('survey')[0]} {one.bands[code]}",
            )  # fmt: skip


def _draw_spectra(axes: Axes, spectra: Spectra, redshift: float) -> None:
    """Spectra with their errors as bands, and a few lines where the redshift puts them."""
    for i in range(len(spectra)):
        points, colour = spectra[i].points, PALETTE[i % len(PALETTE)]
        low, high = (points["flux"] + side * points["flux_err"] for side in (-1, 1))
        axes.fill_between(points["wavelength"], low, high, color=colour, alpha=0.3, linewidth=0)
        phase = spectra.numbers("sim_phase")[i]
        name = f"{spectra.column('survey')[i]}, {phase:+.0f} d at rest"
        axes.plot(points["wavelength"], points["flux"], color=colour, linewidth=1.2, label=name)
    low, high = axes.get_xlim()
    for name, rest in LINE_WAVELENGTHS.items():
        place = rest * (1 + redshift)
        if low < place < high:
            axes.axvline(place, color="#bbbbbb", linewidth=0.8, zorder=0)
            axes.annotate(
                name, (place, 0.02), xycoords=("data", "axes fraction"), rotation=90,
                fontsize=7, color="#555555", ha="right",
            )  # fmt: skip
    axes.set(xlabel="wavelength [Å]", ylabel=r"$F_\lambda$ / median")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.legend(fontsize=7, loc="upper right")
