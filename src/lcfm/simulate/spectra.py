"""Spectra of simulated events: the sum of atlas states, redshifted, dimmed, reddened, blurred.

The rest-frame spectrum of an event is a sum of rows of its source's atlas on a grid uniform in log
wavelength, where a redshift is a shift. What pixels make of the shifted grid, line spread and pixel
width included, is one sparse matrix per fraction of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import ndtr

from lcfm.simulate.events import Events
from lcfm.simulate.propagate import Foreground, dilution
from lcfm.sources.base import (
    LN_STEP,
    LN_WAVELENGTH,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
)
from lcfm.sources.dust import LN_PER_MAGNITUDE, extinction_per_ebv
from lcfm.spectra import Spectra
from lcfm.surveys.spectrograph import Exposures, Spectrograph
from lcfm.surveys.spectroscopy import ConstantWidth, ResolvingPower

SPECTRA_AT_ONCE = 1024
SUBSTEPS = 64
"""Fractions of a cell that redshifts are rounded to: 23 km/s apart."""
_FWHM_PER_SIGMA = 2.3548200450309493
_BLUR_NODES = 81


@dataclass(frozen=True, eq=False)
class Taken:
    """Spectra taken of some events.

    Attributes
    ----------
    event : ndarray of int, shape (n_spectra,)
        Rows of the events, ascending.
    day : ndarray, shape (n_spectra,)
        Observer-frame days since t0.
    exposures : Exposures
        What was measured.
    """

    event: IntArray
    day: FloatArray
    exposures: Exposures


def take_spectra(events: Events, spectrograph: Spectrograph, rng: np.random.Generator) -> Taken:
    """Take spectra of every event at times that the spectrograph draws.

    Where there is no light yet, half the time to the peak is waited, until there is.

    Raises
    ------
    LcfmError
        An event has no flux in half of the range even at its peak.
    """
    event = np.repeat(np.arange(len(events)), spectrograph.per_event)
    day = spectrograph.when.draw(events.first_day[event], events.last_day[event], rng)
    flux = spectral_flux(events, event, day, spectrograph)
    for _ in range(8):
        dark = np.flatnonzero(np.median(flux, axis=1) <= 0)
        if not len(dark):
            break
        day[dark] /= 2
        flux[dark] = spectral_flux(events, event[dark], day[dark], spectrograph)
    return Taken(event, day, spectrograph.expose(flux, rng))


def spectra_table(
    events: Events,
    taken: Taken,
    spectrograph: Spectrograph,
    event_id: NDArray[Any],
    t0_mjd: FloatArray,
) -> Spectra:
    """Put spectra and their truth into a table.

    Parameters
    ----------
    event_id : ndarray of str, shape (n_events,)
        Name of each event; a spectrum's ``object_id`` is this and the spectrograph's.
    t0_mjd : ndarray, shape (n_events,)
        MJD of t0 of each event.
    """
    rows, n_pixels = taken.event, len(spectrograph.wavelength)
    names, seen = event_id[rows], taken.exposures
    ids = [f"{name}-{spectrograph.name.lower()}" for name in names]
    columns: dict[str, Any] = {
        "object_id": pa.array(ids, type=pa.string()),
        "event_id": pa.array(names, type=pa.string()),
        "survey": pa.array([spectrograph.name] * len(rows), type=pa.string()),
        "label": pa.array(events.label[rows], type=pa.string()),
        "mjd": t0_mjd[rows] + taken.day,
        "flux_scale": seen.flux_scale,
        "frame": pa.array(["observer"] * len(rows), type=pa.string()),
        "sim_phase": taken.day / (1 + events.truth["redshift"][rows]),
        "sim_snr": seen.snr,
    }
    for name, values in events.truth.items():
        columns[name if name in ("type", "redshift", "mwebv") else f"sim_{name}"] = values[rows]
    points: dict[str, NDArray[Any]] = {
        "wavelength": np.tile(spectrograph.wavelength, len(rows)),
        "flux": seen.flux.reshape(-1),
        "flux_err": seen.flux_err.reshape(-1),
    }
    return Spectra(pa.table(columns), n_pixels * np.arange(len(rows) + 1), points)


def spectral_flux(
    events: Events, event: IntArray, day: FloatArray, spectrograph: Spectrograph
) -> FloatArray:
    """True flux of events of any class on the pixels of a spectrograph.

    Parameters
    ----------
    event : ndarray of int, shape (n,)
        Row of the event of each spectrum, in any order.
    day : ndarray, shape (n,)
        Observer-frame days since t0.

    Returns
    -------
    ndarray, shape (n, n_pixels)
        F_lambda [erg / s / cm² / Å], never negative: of AGN, too, all the light, not the difference
        to a reference image.
    """
    flux = np.zeros((len(event), len(spectrograph.wavelength)))
    for kind, parameters in events.parameters.items():
        mine = events.type == kind
        foreground = Foreground(events.truth["redshift"][mine], events.truth["mwebv"][mine])
        rows = np.flatnonzero(mine[event])
        local = (np.cumsum(mine) - 1)[event[rows]]
        source = events.source(kind)
        for low in range(0, len(rows), SPECTRA_AT_ONCE):
            part = slice(low, low + SPECTRA_AT_ONCE)
            flux[rows[part]] = class_spectra(
                source, parameters, foreground, local[part], day[rows[part]], spectrograph
            )
    return flux


def class_spectra(
    source: Source,
    parameters: Parameters,
    foreground: Foreground,
    owner: IntArray,
    day: FloatArray,
    spectrograph: Spectrograph,
) -> Float32Array:
    """As `spectral_flux`, of events of one class as drawn by `source`; memory grows with n."""
    redshift = foreground.redshift[owner]
    shift = np.log1p(redshift) / LN_STEP
    steps = np.rint(shift * SUBSTEPS).astype(np.int64)
    whole, fraction = steps // SUBSTEPS, steps % SUBSTEPS
    wavelength = spectrograph.wavelength
    matrices, low = _pixels(tuple(wavelength), spectrograph.resolution)
    n_cells = matrices[0].shape[1]
    # cell j of the rest frame is cell j + shift of the observer's
    first = low - int(whole.max(initial=0))
    stop = low + n_cells - int(whole.min(initial=0))
    inside = slice(max(first, 0), min(max(stop, 0), len(LN_WAVELENGTH)))
    rest = np.zeros((len(owner), stop - first), dtype=np.float32)
    rest[:, inside.start - first : inside.stop - first] = _rest_spectra(
        source, parameters, owner, day / (1 + redshift), inside
    )
    start = low - first - whole + rest.shape[1] * np.arange(len(owner))
    cells = rest.reshape(-1).take(start[:, None] + np.arange(n_cells))
    flux = np.zeros((len(owner), len(wavelength)), dtype=np.float32)
    for number in np.unique(fraction):
        rows = np.flatnonzero(fraction == number)
        flux[rows] = (matrices[number] @ cells[rows].T).T
    dust = LN_PER_MAGNITUDE * extinction_per_ebv(wavelength).astype(np.float32)
    flux *= np.exp(foreground.mwebv[owner].astype(np.float32)[:, None] * dust)
    flux *= dilution(redshift).astype(np.float32)[:, None]
    return np.maximum(flux, 0, out=flux)


def _rest_spectra(
    source: Source, parameters: Parameters, owner: IntArray, phase: FloatArray, window: slice
) -> Float32Array:
    """F_lambda at 10 pc in the grid cells of a window, shape (n, width)."""
    atlas, paths = source.atlas, source.paths(parameters)
    total = np.zeros((len(owner), window.stop - window.start), dtype=np.float32)
    spectra = atlas.flux[:, window]
    for path, (state, amplitude) in zip(paths, source.trace(parameters, owner, phase), strict=True):
        if source.is_difference:  # the reference image is the negative component
            amplitude = np.maximum(amplitude, 0)
        start, stop = atlas.start[path[owner]], atlas.start[path[owner] + 1]
        below = np.clip(state.astype(np.int64), 0, np.maximum(stop - start - 2, 0))
        share = state - below.astype(np.float32)
        left, right = start + below, np.minimum(start + below + 1, stop - 1)
        total += (amplitude * (1 - share))[:, None] * spectra[left]
        total += (amplitude * share)[:, None] * spectra[right]
    colour = source.colour(parameters)[owner]
    total *= np.exp(colour @ source.colour_basis[:, window])
    beginning, end = source.phase_range(parameters)
    total[(phase < beginning[owner]) | (phase > end[owner])] = 0
    return total


@cache
def _pixels(
    wavelength: tuple[float, ...], resolution: ResolvingPower | ConstantWidth
) -> tuple[list[csr_array], int]:
    """Matrices from grid cells to pixels, (n_pixels, n_cells), and the first observed cell.

    Matrix k belongs to cells that stand k / SUBSTEPS above their place. Flux between cells is
    interpolated linearly in log wavelength, blurred by a Gaussian, and averaged over a pixel.
    """
    centre = np.array(wavelength)
    sigma = resolution.fwhm(centre) / _FWHM_PER_SIGMA
    half = np.gradient(centre) / 2
    reach = 4 * sigma + half
    offset = np.linspace(-1, 1, _BLUR_NODES) * reach[:, None]
    # a pixel's box, blurred
    weight = ndtr((offset + half[:, None]) / sigma[:, None])
    weight -= ndtr((offset - half[:, None]) / sigma[:, None])
    weight /= weight.sum(axis=1, keepdims=True)
    place = (np.log(centre[:, None] + offset) - LN_WAVELENGTH[0]) / LN_STEP
    low, high = int(np.floor(place.min())) - 1, int(np.ceil(place.max())) + 1
    pixel = np.broadcast_to(np.arange(len(centre))[:, None], place.shape)
    matrices = []
    for step in range(SUBSTEPS):
        moved = place - step / SUBSTEPS
        cell = np.floor(moved).astype(np.int64)
        share = moved - cell
        matrix = csr_array(
            (
                np.concatenate([(weight * (1 - share)).ravel(), (weight * share).ravel()]),
                (
                    np.concatenate([pixel.ravel(), pixel.ravel()]),
                    np.concatenate([cell.ravel(), cell.ravel() + 1]) - low,
                ),
            ),
            shape=(len(centre), high - low + 1),
        )
        matrix.sum_duplicates()
        matrices.append(matrix.astype(np.float32))
    return matrices, low
