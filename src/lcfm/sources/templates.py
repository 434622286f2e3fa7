"""Classes known by the spectral series of observed supernovae.

An event follows two templates of its class at once: a mixture of two supernovae, drawn anew for
each event, with its own rise and decline stretch, slope of colour, luminosity and host dust. So the
events fill the space between the templates, and no template leaves a fingerprint. A supernova is
drawn first, then one of its templates, since some supernovae have several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.sources.base import (
    WAVELENGTH,
    ZERO_MAGNITUDE_NJY,
    Atlas,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
    rest_band_flux,
)
from lcfm.sources.dust import HOST_R_V, LN_PER_MAGNITUDE, coefficients, host_dust
from lcfm.sources.files import Template, templates

CORE_COLLAPSE_SETS = (
    "sncosmo_pierel2018",
    "sncosmo_snana",
    "sncosmo_sako2011",
    "sncosmo_vincenzi2019",
    "snsedextend",
)
LAST_PHASE = 180.0
PIVOT = 5500.0
"""Å; a slope of colour leaves the flux here unchanged."""


@dataclass(frozen=True, eq=False)
class TemplateSource(Source):
    """Supernovae drawn from warped templates.

    Parameters
    ----------
    label, sets
        Class, and the packed files that its templates are taken from.
    band
        Rest-frame band of the peak magnitude.
    magnitude, scatter, brightest
        Mean and standard deviation of the dust-free peak magnitude (AB), and its bright end.
    dust_scale
        Mean of the exponential host E(B-V).
    stretch : tuple of float
        Range of the factors that stretch rise and decline.
    slope : tuple of float
        Mean and standard deviation of the power of wavelength that tilts the spectrum.
    late_decline
        mag / d after a template's last phase.
    """

    label: str
    sets: tuple[str, ...]
    band: str
    magnitude: float
    scatter: float
    brightest: float
    dust_scale: float
    stretch: tuple[float, float] = (0.85, 1.2)
    slope: tuple[float, float] = (0.0, 0.25)
    late_decline: float = 0.0098

    @property
    def atlas(self) -> Atlas:
        return _library(self.label, self.sets, self.band).atlas

    @property
    def colour_basis(self) -> Float32Array:
        return _dust_and_slope()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        library = _library(self.label, self.sets, self.band)
        low, high = self.stretch
        magnitude = rng.normal(self.magnitude, self.scatter, n)
        host_ebv = rng.exponential(self.dust_scale, n)
        a, b = library.band_coefficients
        return {
            "template": library.draw_path(n, rng),
            "second_template": library.draw_path(n, rng),
            "share": rng.uniform(0.0, 0.5, n),
            "rise_stretch": rng.uniform(low, high, n),
            "decline_stretch": rng.uniform(low, high, n),
            "slope": rng.normal(*self.slope, n),
            "host_ebv": host_ebv,
            "intrinsic_mag": magnitude,
            "peak_abs_mag": magnitude + host_ebv * (HOST_R_V * a + b),
        }

    def colour(self, parameters: Parameters) -> Float32Array:
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        weights = [dust * HOST_R_V, dust, parameters["slope"]]
        return np.stack(weights, axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        return np.stack([parameters["template"], parameters["second_template"]])

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        library = _library(self.label, self.sets, self.band)
        stretch = np.where(
            phase < 0, parameters["rise_stretch"][owner], parameters["decline_stretch"][owner]
        )
        warped = phase / stretch
        luminosity = np.exp(LN_PER_MAGNITUDE * parameters["intrinsic_mag"])
        share = parameters["share"]
        for path, part in ((0, 1 - share), (1, share)):
            of_point = self.paths(parameters)[path][owner]
            state, factor = library.locate(of_point, warped, self.late_decline)
            yield state, (factor * (luminosity * part)[owner]).astype(np.float32)

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        library = _library(self.label, self.sets, self.band)
        first = library.explosion[self.paths(parameters)].min(axis=0) * parameters["rise_stretch"]
        return first, np.full(len(first), LAST_PHASE)


class _Library:
    """Templates of one class as an atlas, peak magnitude 0 in `band`, phase 0 at that peak."""

    def __init__(self, series: list[Template], band: str) -> None:
        flux, start = [], [0]
        self.phase: list[FloatArray] = []
        explosion = []
        for template in series:
            bright = rest_band_flux(template.flux.astype(np.float32), band)
            peak = int(bright.argmax())
            phase = template.phase - template.phase[peak]
            keep = bright > 1e-3 * bright[peak]
            keep[peak:] = True
            flux.append(template.flux[keep] * (ZERO_MAGNITUDE_NJY / bright[peak]))
            start.append(start[-1] + int(keep.sum()))
            self.phase.append(phase[keep])
            explosion.append(_explosion(phase[keep], bright[keep] / bright[peak]))
        self.atlas = Atlas(np.concatenate(flux).astype(np.float32), np.array(start))
        self.explosion = np.array(explosion)
        self.first = np.array([phase[0] for phase in self.phase])
        self.last = np.array([phase[-1] for phase in self.phase])
        names = [template.supernova for template in series]
        supernovae = sorted(set(names))
        self.variants = [
            np.flatnonzero([name == supernova for name in names]) for supernova in supernovae
        ]
        from lcfm import bands

        a, b = coefficients(np.array([bands.get(band).mean_wavelength]))
        self.band_coefficients = float(a[0]), float(b[0])
        # day -> state, in steps fine enough to be as good as a search among the phases
        self.day_zero = float(np.floor(self.first.min()))
        days = np.arange(self.day_zero, self.last.max() + 1, _DAY_STEP)
        self.state_of_day = np.stack(
            [np.interp(days, phase, np.arange(len(phase))) for phase in self.phase]
        ).astype(np.float32)

    def draw_path(self, n: int, rng: np.random.Generator) -> IntArray:
        """Draw a supernova, then one of its templates."""
        counts = np.array([len(v) for v in self.variants])
        padded = np.stack([np.resize(v, counts.max()) for v in self.variants])
        supernova = rng.integers(len(counts), size=n)
        variant = (rng.random(n) * counts[supernova]).astype(int)
        return np.asarray(padded[supernova, variant])

    def locate(
        self, path: IntArray, phase: FloatArray, late_decline: float
    ) -> tuple[Float32Array, FloatArray]:
        """State coordinate, and the factor of flux before the first and after the last phase."""
        first, last, explosion = self.first[path], self.last[path], self.explosion[path]
        inside = np.clip(phase, first, last)
        day = (inside - self.day_zero) / _DAY_STEP
        below = day.astype(np.int64)
        left = self.state_of_day[path, below]
        right = self.state_of_day[path, np.minimum(below + 1, self.state_of_day.shape[1] - 1)]
        state = left + (day - below).astype(np.float32) * (right - left)
        fireball = np.clip((inside - explosion - (inside - phase)) / (inside - explosion), 0, 1)
        factor = fireball**2 * np.exp(LN_PER_MAGNITUDE * late_decline * np.maximum(phase - last, 0))
        return state, np.where(phase < first, factor, np.minimum(factor, 1.0))


_DAY_STEP = 0.125


def _explosion(phase: FloatArray, brightness: FloatArray) -> float:
    """Phase of first light, where flux ~ (t - explosion)² reaches both first phase and peak.

    Nugent et al. (2011); bounded to 0.5-10 d before the first phase.
    """
    root = np.sqrt(max(float(brightness[0]), 0.0))
    estimate = phase[0] - 10.0 if root >= 1 else phase[0] / (1 - root)
    return float(np.clip(estimate, phase[0] - 10.0, phase[0] - 0.5))


@cache
def _library(label: str, sets: tuple[str, ...], band: str) -> _Library:
    series = [t for name in sets for t in templates(name) if label in (t.label, "SNIax")]
    if not series:
        raise LcfmError(f"class {label!r} has no template in {', '.join(sets)}; name other sets")
    return _Library(series, band)


@cache
def _dust_and_slope() -> Float32Array:
    slope = np.log(WAVELENGTH / PIVOT).astype(np.float32)
    return np.concatenate([host_dust(), slope[None, :]])


TYPE_II = TemplateSource("SNII", CORE_COLLAPSE_SETS, "bessellr", -16.9, 1.1, -19.3, 0.10)
"""SN II (P and L): luminosities of Richardson et al. (2014) and Li et al. (2011)."""

STRIPPED = TemplateSource(
    "SNIb/c", CORE_COLLAPSE_SETS, "bessellr", -17.5, 0.85, -19.6, 0.15, late_decline=0.016
)
"""SN Ib, Ic and Ic-BL."""

NINETY_ONE_BG = TemplateSource(
    "SNIa-91bg", ("snpy_91bg",), "bessellb", -17.3, 0.4, -18.5, 0.05, late_decline=0.025
)
"""91bg-like SN Ia: fast, red, faint (Taubenberger 2017)."""

TYPE_IAX = TemplateSource(
    "SNIax", ("hsiao", "snpy_91bg"), "bessellb", -17.0, 0.9, -18.9, 0.08,
    stretch=(0.6, 1.0), slope=(0.2, 0.4), late_decline=0.02,
)  # fmt: skip
"""SN Iax: Ia-like spectra at lower luminosity, faster and redder (Foley et al. 2013; Jha 2017)."""
