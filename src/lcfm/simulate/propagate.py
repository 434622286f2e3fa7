"""From rest-frame spectra to band fluxes: redshift, distance and dust, in batch.

A light curve interpolates among the fluxes of states (`lcfm.simulate.state_flux`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands as band_registry
from lcfm.errors import LcfmError
from lcfm.simulate.state_flux import Light, added, state_flux
from lcfm.sources.base import (
    NJY_PER_CGS,
    SPEED_OF_LIGHT,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
)
from lcfm.sources.dust import LN_PER_MAGNITUDE, extinction_per_ebv

HUBBLE, OMEGA_MATTER = 70.0, 0.3
EVENTS_AT_ONCE = 2048
POINTS_AT_ONCE = 32768
TEN_PARSEC_IN_MPC = 1e-5
Traced = tuple[Float32Array, Float32Array]
Z_TABLE: FloatArray = np.geomspace(1e-4, 6.0, 4000)
_LN_Z: FloatArray = np.log(Z_TABLE)


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
    return np.interp(np.log(redshift), _LN_Z, luminosity_distance_table())


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
    for low in range(0, n, EVENTS_AT_ONCE):
        rows = slice(low, min(low + EVENTS_AT_ONCE, n))
        points = slice(*np.searchsorted(owner, [rows.start, rows.stop]))
        if points.start == points.stop:
            continue
        flux[points] = _block_flux(
            source,
            {name: values[rows] for name, values in parameters.items()},
            foreground[rows],
            (first[rows], last[rows]),
            owner[points] - low,
            band_code[points],
            day[points],
            bands,
        )
    return flux


def _block_flux(
    source: Source,
    parameters: Parameters,
    foreground: Foreground,
    ends: tuple[FloatArray, FloatArray],
    owner: IntArray,
    band_code: NDArray[np.integer[Any]],
    day: NDArray[np.floating[Any]],
    bands: tuple[str, ...],
) -> Float32Array:
    """Fluxes [nJy] of so few events that those of all their states fit into memory."""
    flux = np.zeros(len(owner), dtype=np.float32)
    amplitudes = source.steady_amplitudes(parameters) if _is_steady(type(source)) else None
    first, last = ends
    latest_first, earliest_last = first.max(), last.min()
    stretch = 1 / (1 + foreground.redshift)
    parts: list[tuple[slice, Any, list[Traced]]] = []
    for start in range(0, len(owner), POINTS_AT_ONCE):
        part = slice(start, start + POINTS_AT_ONCE)
        row = owner[part]
        phase = stretch.take(row)
        phase *= day[part]
        seen: Any = slice(None)
        if phase.min() < latest_first or phase.max() > earliest_last:
            seen = np.flatnonzero((phase >= first[row]) & (phase <= last[row]))
            if not len(seen):
                continue
        traced = source.trace(parameters, row[seen], phase[seen])
        parts.append((part, seen, list(traced) if amplitudes is None else [next(traced)]))
    if not parts:
        return flux
    paths = source.paths(parameters)
    traces = zip(*(components for *_, components in parts), strict=True)
    reached = [_reached(trace) for trace in traces]
    if amplitudes is not None:
        reached *= len(paths)
    light = Light(
        foreground.redshift, foreground.mwebv, dilution(foreground.redshift),
        source.colour(parameters), source.colour_basis,
    )  # fmt: skip
    used = [code for code in range(len(bands)) if (band_code == code).any()]
    column = np.zeros(len(bands), dtype=np.int64)
    column[used] = np.arange(len(used))
    tables = state_flux(source.atlas, paths, reached, light, tuple(bands[code] for code in used))
    if amplitudes is not None:
        tables = [added(tables, amplitudes)]
    for part, seen, components in parts:
        spectrum = owner[part][seen] * len(used)
        codes = band_code[part][seen]
        spectrum += codes if len(used) == len(bands) else column.take(codes)
        if amplitudes is None:
            total = np.zeros(len(spectrum), dtype=np.float32)
            for table, (state, amplitude) in zip(tables, components, strict=True):
                total += amplitude * table.at(spectrum, state)
        else:
            total = tables[0].at(spectrum, components[0][0])
        if not source.is_difference:
            np.maximum(total, 0, out=total)
        flux[part][seen] = total
    return flux


def _reached(trace: Iterable[Traced]) -> tuple[float, float]:
    """Lowest and highest state coordinate that a component has at any point."""
    states = [state for state, _ in trace]
    return float(min(map(np.min, states))), float(max(map(np.max, states)))


@cache
def _is_steady(kind: type[Source]) -> bool:
    """Whether `steady_amplitudes` belongs to `trace`: no subclass has overridden `trace` alone."""
    order = kind.__mro__
    steady, trace = (
        next(place for place, parent in enumerate(order) if name in vars(parent))
        for name in ("steady_amplitudes", "trace")
    )
    return steady <= trace


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
