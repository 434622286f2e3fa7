"""From rest-frame spectra to band fluxes: redshift, distance and dust, in batch.

A band integral is a dot product of an atlas spectrum with the band's weights on the same grid; a
redshift shifts the weights, dust multiplies them. So the fluxes of all states of a path in a band
are one matrix product, and a light curve interpolates among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lcfm import bands as band_registry
from lcfm.errors import LcfmError
from lcfm.sources.base import (
    LN_STEP,
    LN_WAVELENGTH,
    NJY_PER_CGS,
    SPEED_OF_LIGHT,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
    band_weights,
)
from lcfm.sources.dust import LN_PER_MAGNITUDE, extinction_per_ebv

HUBBLE, OMEGA_MATTER = 70.0, 0.3
EVENTS_AT_ONCE = 2048
POINTS_AT_ONCE = 32768
TEN_PARSEC_IN_MPC = 1e-5
DUST_SUBSTEPS = 8
Z_TABLE: FloatArray = np.geomspace(1e-4, 6.0, 4000)


@dataclass(frozen=True, eq=False)
class Foreground:
    """Where each event is, and behind how much Milky Way dust; both of shape (n,).

    Raises
    ------
    LcfmError
        A redshift lies outside `Z_TABLE`.
    """

    redshift: FloatArray
    mwebv: FloatArray

    def __post_init__(self) -> None:
        outside = ~((self.redshift >= Z_TABLE[0]) & (self.redshift <= Z_TABLE[-1]))
        if outside.any():
            raise LcfmError(
                f"redshift {self.redshift[outside][0]:g} is beyond the grid of distances, "
                f"{Z_TABLE[0]:g} to {Z_TABLE[-1]:g}; choose redshifts inside it"
            )

    def __getitem__(self, rows: Any) -> Foreground:
        return Foreground(self.redshift[rows], self.mwebv[rows])


@cache
def luminosity_distance_table() -> FloatArray:
    """Luminosity distance [Mpc] at `Z_TABLE`, flat Lambda-CDM with H0 = 70, Omega_m = 0.3."""
    from astropy.cosmology import FlatLambdaCDM  # slow to import

    distance = FlatLambdaCDM(H0=HUBBLE, Om0=OMEGA_MATTER).luminosity_distance(Z_TABLE)
    return np.asarray(distance.value)


def luminosity_distance(redshift: FloatArray) -> FloatArray:
    """Luminosity distance [Mpc], by interpolation in `Z_TABLE`."""
    return np.interp(np.log(redshift), np.log(Z_TABLE), luminosity_distance_table())


def distance_modulus(redshift: FloatArray) -> FloatArray:
    """Distance modulus [mag]."""
    return np.asarray(5 * np.log10(luminosity_distance(redshift) / TEN_PARSEC_IN_MPC))


def dilution(redshift: FloatArray) -> FloatArray:
    """Factor from F_lambda at 10 pc, rest frame, to F_lambda observed."""
    distance = luminosity_distance(redshift) / TEN_PARSEC_IN_MPC
    return np.asarray(1 / (distance**2 * (1 + redshift)))


def class_band_flux(
    source: Source,
    parameters: Parameters,
    foreground: Foreground,
    owner: IntArray,
    band_code: NDArray[np.integer[Any]],
    day: NDArray[np.floating[Any]],
    bands: tuple[str, ...],
) -> Float32Array:
    """Fluxes [nJy] of events of one class.

    Parameters
    ----------
    parameters, foreground
        Of n events, as drawn by `source`.
    owner : ndarray of int, shape (n_points,)
        Row of each point's event, ascending.
    band_code : ndarray of int, shape (n_points,)
        Index into `bands`.
    day : ndarray, shape (n_points,)
        Observer-frame days since t0.
    """
    flux = np.zeros(len(owner), dtype=np.float32)
    n = len(foreground.redshift)
    first, last = source.phase_range(parameters)
    latest_first, earliest_last = first.max(initial=-np.inf), last.min(initial=np.inf)
    stretch = 1 / (1 + foreground.redshift)
    steady = _is_steady(type(source))
    for low in range(0, n, EVENTS_AT_ONCE):
        high = min(low + EVENTS_AT_ONCE, n)
        begin, end = np.searchsorted(owner, [low, high])
        if begin == end:
            continue
        codes = band_code[begin:end]
        used = [code for code in range(len(bands)) if (codes == code).any()]
        column = np.zeros(len(bands), dtype=np.int64)
        column[used] = np.arange(len(used))
        block = {name: values[low:high] for name, values in parameters.items()}
        names = tuple(bands[code] for code in used)
        states = _state_flux(source, block, foreground[low:high], names)
        amplitudes = source.steady_amplitudes(block) if steady else None
        if amplitudes is not None:
            states = [_added(states, amplitudes)]
        for start in range(begin, end, POINTS_AT_ONCE):
            part = slice(start, min(start + POINTS_AT_ONCE, end))
            row = owner[part]
            phase = day[part] * stretch[row]
            seen: Any = slice(None)
            if phase.min() < latest_first or phase.max() > earliest_last:
                seen = np.flatnonzero((phase >= first[row]) & (phase <= last[row]))
            row, phase = row[seen] - low, phase[seen]
            spectrum = row * len(used) + column[band_code[part][seen]]
            traced = source.trace(block, row, phase)
            if amplitudes is None:
                total = np.zeros(len(phase), dtype=np.float32)
                for table, (state, amplitude) in zip(states, traced, strict=True):
                    total += amplitude * _interpolate(table, spectrum, state)
            else:
                total = _interpolate(states[0], spectrum, next(traced)[0])
            if not source.is_difference:
                np.maximum(total, 0, out=total)
            flux[part][seen] = total
    return flux


@cache
def _is_steady(kind: type[Source]) -> bool:
    """Whether `steady_amplitudes` belongs to `trace`: no subclass has overridden `trace` alone."""
    order = kind.__mro__
    steady, trace = (
        next(place for place, parent in enumerate(order) if name in vars(parent))
        for name in ("steady_amplitudes", "trace")
    )
    return steady <= trace


def _interpolate(table: Float32Array, spectrum: IntArray, state: Float32Array) -> Float32Array:
    """Flux at state coordinates of rows of a table (.., n_states), rows counted through."""
    width = table.shape[-1]
    below = np.minimum(state.astype(np.int64), width - 2)
    share = state - below.astype(np.float32)
    below += spectrum * width
    flat = table.reshape(-1)
    left = flat.take(below)
    below += 1
    right: Float32Array = flat.take(below)
    right -= left
    right *= share
    right += left
    return right


def _added(states: list[Float32Array], amplitudes: Float32Array) -> Float32Array:
    """Sum of the components' tables with amplitudes of shape (n_components, n)."""
    total = states[0]
    total *= amplitudes[0][:, None, None]
    for table, amplitude in zip(states[1:], amplitudes[1:], strict=True):
        table *= amplitude[:, None, None]
        total += table
    return total


def _state_flux(
    source: Source, parameters: Parameters, foreground: Foreground, bands: tuple[str, ...]
) -> list[Float32Array]:
    """Flux of every state of each event's path, per component: (n, n_bands, longest path)."""
    paths = source.paths(parameters)
    colour = source.colour(parameters)
    atlas = source.atlas
    n = paths.shape[1]
    longest = int(np.diff(atlas.start).max())
    tables = [np.zeros((n, len(bands), longest + 1), dtype=np.float32) for _ in paths]
    groups = [_group(path) for path in paths]
    for number, band in enumerate(bands):
        weights, window = _weights(band, foreground, colour, source.colour_basis)
        if window.start >= window.stop:
            continue
        for table, members in zip(tables, groups, strict=True):
            for path, rows in members:
                low, high = atlas.start[path], atlas.start[path + 1]
                spectra = atlas.flux[low:high, window]
                chosen = weights if isinstance(rows, slice) else weights[rows]
                table[rows, number, : high - low] = chosen @ spectra.T
    return tables


def _group(path: IntArray) -> list[tuple[int, Any]]:
    """Events by path; a slice where all share one."""
    if len(path) == 0 or (path == path[0]).all():
        return [(int(path[0]), slice(None))] if len(path) else []
    order = np.argsort(path, kind="stable")
    values, start = np.unique(path[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, start[1:]), strict=True))


def _weights(
    band: str, foreground: Foreground, colour: Float32Array, basis: Float32Array
) -> tuple[Float32Array, slice]:
    """Weights of rest-frame grid cells per event, shape (n, window), and the window."""
    table, dust, low = _observed(band)
    shift = np.log1p(foreground.redshift) / LN_STEP
    whole = np.floor(shift).astype(np.int64)
    share = (shift - whole).astype(np.float32)[:, None]
    first = max(low - int(whole.max()) - 1, 0)
    stop = min(low + len(table) - int(whole.min()), len(LN_WAVELENGTH))
    window = slice(first, max(stop, first))
    width = window.stop - window.start
    if width == 0:
        return np.zeros((len(shift), 0), dtype=np.float32), window
    # cell j of the rest frame is cell j + shift of the observer's
    start = window.start + whole - low
    left = max(-int(start.min()), 0)
    right = max(int(start.max()) + width + 1 - len(table), 0)
    padded = sliding_window_view(np.pad(table, (left, right)), width)
    faded = sliding_window_view(np.pad(dust, ((0, 0), (left, right))), width, axis=1)
    start += left
    weights = padded[start]
    weights *= 1 - share
    second = padded[start + 1]
    second *= share
    weights += second
    # a share just below 1 rounds up to 1 in float32
    step = np.minimum((share[:, 0] * DUST_SUBSTEPS).astype(np.int64), DUST_SUBSTEPS - 1)
    exponent = faded[step, start]
    exponent *= foreground.mwebv.astype(np.float32)[:, None]
    exponent += colour @ basis[:, window]
    np.exp(exponent, out=exponent)
    weights *= exponent
    if window.start == 0:
        # light begins at 900 Å, the centre of the first cell, half of which is dark
        weights[:, 0] *= np.float32(0.5)
    weights *= dilution(foreground.redshift).astype(np.float32)[:, None]
    return weights, window


@cache
def _observed(band: str) -> tuple[Float32Array, Float32Array, int]:
    """Band weights, ln Milky Way transmission per E(B-V), and the first observed cell of both.

    Dust is tabulated at fractions of a cell, shape (DUST_SUBSTEPS, n_cells), in place of a second
    interpolation.
    """
    weights, low = band_weights(band)
    fraction = (np.arange(DUST_SUBSTEPS)[:, None] + 0.5) / DUST_SUBSTEPS
    cells = low + np.arange(len(weights)) + fraction
    dust = LN_PER_MAGNITUDE * extinction_per_ebv(np.exp(LN_WAVELENGTH[0] + LN_STEP * cells))
    return weights.astype(np.float32), dust.astype(np.float32), low


def explicit_band_flux(
    source: Source,
    parameters: Parameters,
    foreground: Foreground,
    event: int,
    day: float,
    band: str,
) -> float:
    """The same flux [nJy] integrated on the band's own fine grid: the slow twin, for tests."""
    curve = band_registry.get(band)
    wavelength = np.linspace(curve.wavelength[0], curve.wavelength[-1], 4000)
    transmission = np.interp(wavelength, curve.wavelength, curve.transmission)
    redshift = foreground.redshift[event]
    rest = wavelength / (1 + redshift)
    spectrum = source.spectrum(parameters, event, day / (1 + redshift), rest)
    dust = foreground.mwebv[event] * extinction_per_ebv(wavelength)
    observed = spectrum * dilution(foreground.redshift)[event] * np.exp(LN_PER_MAGNITUDE * dust)
    photons = np.trapezoid(observed * transmission * wavelength, wavelength)
    reference = np.trapezoid(transmission / wavelength, wavelength) * SPEED_OF_LIGHT
    return float(photons / reference * NJY_PER_CGS)
