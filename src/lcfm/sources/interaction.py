"""SN IIn: ejecta that run into a dense wind; a cooling photosphere, its ultraviolet blanketed, and
hydrogen lines that outlive it.

    L(t) = L_peak [1 - (t / t_rise)²]                             -t_rise < t < 0
    -2.5 log10(L / L_peak) = s (sqrt(t² + w²) - w)                0 < t, s smaller after 60 d
    T(t) = T_floor + (T_peak - T_floor) exp(-t / t_cool)

The rise is eq. 2 of Ofek et al. (2014, ApJ 788, 154). Rise times (fast 20 +- 6, slow 50 +- 11 d),
declines (0.013 to 0.027 mag / d), and that luminous events are slower: Nyholm et al. (2020, A&A
637, A73, sec. 4). Peaks: between M_R = -17.7 +- 1.1 of a volume (Li et al. 2011 as revised by
Vincenzi et al. 2019) and -19.2 +- 1.3 of a flux-limited sample (Nyholm et al.). Temperatures of
10,000-16,000 K near peak falling to 6000-7000 K, and Balmer lines with equivalent widths of tens
to hundreds of Å (Kiewe et al. 2012, ApJ 744, 10; Taddia et al. 2013, A&A 555, A10). The blanketing
is that of `blackbody.SUPPRESSED`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands
from lcfm.sources import blackbody
from lcfm.sources.base import (
    LAST_PHASE,
    WAVELENGTH,
    Atlas,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
)
from lcfm.sources.dust import HOST_R_V, LN_PER_MAGNITUDE, coefficients, dust_and_slope

BAND = "bessellr"
MEAN_MAGNITUDE, SCATTER = -17.6, 0.95
HOTTEST = 30000.0
SLOWER_AFTER, LATE_SHARE = 60.0, 0.7
"""Days after which the decline is slower, and by how much."""
H_ALPHA, H_BETA = 6562.8, 4861.3  # Å
BALMER_RATIO = 0.25
LINE_WIDTH = 0.007
"""Half width at half maximum of the lines' Lorentzian wings in ln wavelength: 2000 km/s."""
LINE_PATH = 2
"""The atlas' path of Balmer lines, after `blackbody.PLANCK` and `blackbody.SUPPRESSED`."""


class InteractingSN(Source):
    """SN IIn; phase 0 is the peak of luminosity."""

    label = "SNIIn"
    brightest = -21.0
    dust_scale = 0.08

    @property
    def atlas(self) -> Atlas:
        """Blackbodies by temperature, and the Balmer lines."""
        return _atlas()

    @property
    def colour_basis(self) -> Float32Array:
        """Curves that `colour` weights."""
        return dust_and_slope()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw luminosity, time scales, temperatures, lines and dust."""
        magnitude = np.maximum(rng.normal(MEAN_MAGNITUDE, SCATTER, n), self.brightest)
        brighter = MEAN_MAGNITUDE - magnitude
        rise_time = 25.0 * np.exp(0.12 * brighter + rng.normal(0, 0.45, n))
        decline = 0.021 * np.exp(-0.15 * brighter + rng.normal(0, 0.5, n))
        floor = np.clip(rng.normal(6300.0, 700.0, n), 4800.0, 8500.0)
        peak = floor + 5500.0 * np.exp(rng.normal(0, 0.5, n))
        host_ebv = rng.exponential(self.dust_scale, n)
        of_unit = blackbody.absolute_magnitude(
            np.full(n, 1e40), np.minimum(peak, HOTTEST), blackbody.SUPPRESSED, BAND
        )
        a, b = coefficients(np.array([bands.get(BAND).mean_wavelength]))
        return {
            "peak_luminosity": 1e40 * 10 ** (-0.4 * (magnitude - of_unit)),  # erg / s
            "rise_time": np.clip(rise_time, 6.0, 90.0),  # d
            "decline": np.clip(decline, 0.004, 0.08),  # mag / d
            "roundness": rng.uniform(2.0, 12.0, n),  # d, w
            "peak_temperature": np.minimum(peak, HOTTEST),  # K
            "floor_temperature": floor,
            "cooling_time": np.clip(rng.normal(40.0, 15.0, n), 12.0, 90.0),  # d
            "equivalent_width": 50.0 * np.exp(rng.normal(0, 0.6, n)),  # Å, of H alpha at peak
            "slope": rng.normal(0.15, 0.35, n),
            "host_ebv": host_ebv,
            "peak_abs_mag": magnitude + host_ebv * (HOST_R_V * a + b),
        }

    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of `colour_basis` per event."""
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        weights = [dust * HOST_R_V, dust, parameters["slope"]]
        return np.stack(weights, axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """Continuum and lines."""
        both = np.array([[blackbody.SUPPRESSED], [LINE_PATH]])
        return np.tile(both, len(parameters["host_ebv"]))

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Temperature and luminosity of the photosphere, then the flux in the lines."""
        relative = light_curve(parameters, owner, phase)
        luminosity = (parameters["peak_luminosity"] / 1e40)[owner]
        state = blackbody.state(temperature(parameters, owner, phase))
        yield state, (luminosity * relative).astype(np.float32)
        at_peak = np.interp(
            blackbody.state(parameters["peak_temperature"]),
            np.arange(blackbody.N_TEMPERATURES),
            _continuum_at_h_alpha(),
        )
        line = parameters["equivalent_width"] * at_peak
        # lines come from the shock, which fades less than the photosphere
        slower = np.where(phase < 0, relative, np.sqrt(relative))
        amplitude = luminosity * slower * line[owner]
        yield np.zeros(len(phase), dtype=np.float32), amplitude.astype(np.float32)

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase with flux."""
        return -parameters["rise_time"], np.full(len(parameters["rise_time"]), LAST_PHASE)


def light_curve(parameters: Parameters, owner: IntArray, phase: FloatArray) -> FloatArray:
    """Luminosity relative to its peak at each point."""
    rise = 1 - np.clip(-phase / parameters["rise_time"][owner], 0, 1) ** 2
    width = parameters["roundness"][owner]
    after = np.maximum(phase, 0)
    effective = np.minimum(after, SLOWER_AFTER) + LATE_SHARE * np.maximum(after - SLOWER_AFTER, 0)
    faded = parameters["decline"][owner] * (np.sqrt(effective**2 + width**2) - width)
    return np.asarray(rise * np.exp(LN_PER_MAGNITUDE * faded))


def temperature(parameters: Parameters, owner: IntArray, phase: FloatArray) -> FloatArray:
    """Temperature [K] of the photosphere at each point."""
    floor = parameters["floor_temperature"][owner]
    excess = parameters["peak_temperature"][owner] - floor
    cooled = np.exp(-np.maximum(phase, -30.0) / parameters["cooling_time"][owner])
    return np.asarray(np.minimum(floor + excess * cooled, HOTTEST))


@cache
def _atlas() -> Atlas:
    """Blackbodies of `blackbody.atlas`, and as a path more lines of unit H alpha flux."""
    photospheres = blackbody.atlas()
    lines = np.zeros(len(WAVELENGTH))
    for centre, share in ((H_ALPHA, 1.0), (H_BETA, BALMER_RATIO)):
        offset = np.log(WAVELENGTH / centre)
        lorentzian = LINE_WIDTH / np.pi / (offset**2 + LINE_WIDTH**2)
        lines += share * lorentzian / WAVELENGTH
    flux = np.concatenate([photospheres.flux, np.tile(lines, (2, 1)).astype(np.float32)])
    return Atlas(flux, np.append(photospheres.start, photospheres.start[-1] + 2))


@cache
def _continuum_at_h_alpha() -> FloatArray:
    """F_lambda at H alpha of the blanketed blackbodies, by state."""
    start, stop = blackbody.atlas().start[blackbody.SUPPRESSED : blackbody.SUPPRESSED + 2]
    cell = int(np.abs(WAVELENGTH - H_ALPHA).argmin())
    return blackbody.atlas().flux[start:stop, cell].astype(float)
