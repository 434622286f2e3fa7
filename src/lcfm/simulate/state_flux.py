"""State flux: the flux of states of each event's path in each band, and of points among them.

A band integral is a dot product of an atlas spectrum with the band's weights on the same grid; a
redshift shifts the weights, dust multiplies them. So the fluxes of all states of a path in a band
are one matrix product, of which only the states that points reach are worked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lcfm.sources.base import (
    LN_STEP,
    LN_WAVELENGTH,
    Atlas,
    Float32Array,
    FloatArray,
    IntArray,
    band_weights,
)
from lcfm.sources.dust import LN_PER_MAGNITUDE, extinction_per_ebv

DUST_SUBSTEPS = 8
_MARGIN = 400
"""Cells of nothing to both sides of a band, more than the largest redshift shifts it by."""


@dataclass(frozen=True, eq=False)
class Light:
    """What lies between the states of n events and their band fluxes.

    Attributes
    ----------
    redshift, mwebv, dilution : ndarray, shape (n,)
        Milky Way E(B-V) [mag]; factor from F_lambda at 10 pc to F_lambda observed.
    colour : ndarray of float32, shape (n, k)
        Weights of the rows of `basis`.
    basis : ndarray of float32, shape (k, n_wave)
        Curves of ln flux.
    """

    redshift: FloatArray
    mwebv: FloatArray
    dilution: FloatArray
    colour: Float32Array
    basis: Float32Array


@dataclass(frozen=True, eq=False)
class StateFlux:
    """Fluxes [nJy] of a range of states in some bands.

    Attributes
    ----------
    flux : ndarray of float32, shape (n, n_bands, n_states)
    first
        State coordinate of the first.
    """

    flux: Float32Array
    first: int

    def at(self, spectrum: IntArray, state: Float32Array) -> Float32Array:
        """Flux at state coordinates of rows of (n, n_bands), rows counted through."""
        width = self.flux.shape[-1]
        flat = self.flux.reshape(-1)
        whole = np.minimum(np.trunc(state), np.float32(self.first + width - 2))
        share = state - whole
        below = spectrum * width
        below -= self.first
        below += whole.astype(np.int64)
        left = flat.take(below)
        below += 1
        right: Float32Array = flat.take(below)
        right -= left
        right *= share
        right += left
        return right


def state_flux(
    atlas: Atlas,
    paths: IntArray,
    reached: list[tuple[float, float]],
    light: Light,
    bands: tuple[str, ...],
) -> list[StateFlux]:
    """Flux of the states of each event's path, per component.

    Parameters
    ----------
    atlas
        Spectra of the states.
    paths : ndarray of int, shape (n_components, n)
    reached
        Lowest and highest state coordinate of any point, per component.
    light
        Of the n events.
    bands
        Names.
    """
    longest = int(np.diff(atlas.start).max())
    shape = (paths.shape[1], len(bands))
    ranges = [_states(low, high, longest) for low, high in reached]
    tables = [
        StateFlux(np.zeros((*shape, stop - first), dtype=np.float32), first)
        for first, stop in ranges
    ]
    groups = [_group(path) for path in paths]
    for number, band in enumerate(bands):
        weights, window = _weights(band, light)
        if window.start >= window.stop:
            continue
        for table, (first, stop), members in zip(tables, ranges, groups, strict=True):
            for path, rows in members:
                low = atlas.start[path] + first
                high = min(low - first + stop, atlas.start[path + 1])
                if low >= high:
                    continue
                spectra = atlas.flux[low:high, window].T
                if isinstance(rows, slice):
                    np.matmul(weights, spectra, out=table.flux[:, number, : high - low])
                else:
                    table.flux[rows, number, : high - low] = weights[rows] @ spectra
    return tables


def added(components: list[StateFlux], amplitudes: Float32Array) -> StateFlux:
    """Sum of components of one range, with amplitudes of shape (n_components, n)."""
    total = components[0].flux
    total *= amplitudes[0][:, None, None]
    for table, amplitude in zip(components[1:], amplitudes[1:], strict=True):
        part = table.flux
        part *= amplitude[:, None, None]
        total += part
    return components[0]


def _states(low: float, high: float, longest: int) -> tuple[int, int]:
    """First state that coordinates lie above, and one beyond the last that they lie below.

    A path ends with a state that is dark, the neighbour of its last.
    """
    first = min(max(int(low), 0), longest - 1)
    return first, max(min(int(high) + 2, longest + 1), first + 2)


def _group(path: IntArray) -> list[tuple[int, Any]]:
    """Events by path; a slice where all share one."""
    if len(path) == 0 or (path == path[0]).all():
        return [(int(path[0]), slice(None))] if len(path) else []
    order = np.argsort(path, kind="stable")
    values, start = np.unique(path[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, start[1:]), strict=True))


def _weights(band: str, light: Light) -> tuple[Float32Array, slice]:
    """Weights of rest-frame grid cells per event, shape (n, window), and the window."""
    table, dust, low, n_cells = _observed(band)
    shift = np.log1p(light.redshift) / LN_STEP
    whole = np.floor(shift).astype(np.int64)
    share = (shift - whole).astype(np.float32)
    first = max(low - int(whole.max()) - 1, 0)
    stop = min(low + n_cells - int(whole.min()), len(LN_WAVELENGTH))
    window = slice(first, max(stop, first))
    width = window.stop - window.start
    if width == 0:
        return np.zeros((len(shift), 0), dtype=np.float32), window
    # cell j of the rest frame is cell j + shift of the observer's
    start = window.start + whole - low + _MARGIN
    neighbours = sliding_window_view(table, width + 1)[start]
    factor = light.dilution.astype(np.float32)
    weights = neighbours[:, :-1] * (factor - factor * share)[:, None]
    second = neighbours[:, 1:]
    second *= (factor * share)[:, None]
    weights += second
    # a share just below 1 rounds up to 1 in float32
    step = np.minimum((share * DUST_SUBSTEPS).astype(np.int64), DUST_SUBSTEPS - 1)
    exponent = sliding_window_view(dust, width, axis=1)[step, start]
    exponent *= light.mwebv.astype(np.float32)[:, None]
    for weight, curve in zip(light.colour.T, light.basis, strict=True):
        exponent += weight[:, None] * curve[window]
    np.exp(exponent, out=exponent)
    weights *= exponent
    if window.start == 0:
        # light begins at 900 Å, the centre of the first cell, half of which is dark
        weights[:, 0] *= np.float32(0.5)
    return weights, window


@cache
def _observed(band: str) -> tuple[Float32Array, Float32Array, int, int]:
    """Band weights, ln Milky Way transmission per E(B-V), first observed cell and number of both.

    Dust is tabulated at fractions of a cell, shape (DUST_SUBSTEPS, n_cells), in place of a second
    interpolation. Both have `_MARGIN` cells of zeros at both ends.
    """
    weights, low = band_weights(band)
    fraction = (np.arange(DUST_SUBSTEPS)[:, None] + 0.5) / DUST_SUBSTEPS
    cells = low + np.arange(len(weights)) + fraction
    dust = LN_PER_MAGNITUDE * extinction_per_ebv(np.exp(LN_WAVELENGTH[0] + LN_STEP * cells))
    table = np.pad(weights.astype(np.float32), _MARGIN)
    faded = np.pad(dust.astype(np.float32), ((0, 0), (_MARGIN, _MARGIN)))
    return table, faded, low, len(weights)
