"""Types known by the spectral series of observed supernovae.

An event follows two templates at once: a mixture of two supernovae of its type or of related ones,
drawn anew for each event, with its own rise and decline stretch, pace of colour, slope of colour,
luminosity and host dust. So the events fill the space between the templates, and no template leaves
a fingerprint (`lcfm.experiments.template_halves`). A supernova is drawn first, then one of its
templates, since some supernovae have several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.sources.base import (
    LAST_PHASE,
    Atlas,
    Float32Array,
    FloatArray,
    IntArray,
    Parameters,
    Source,
)
from lcfm.sources.dust import HOST_R_V, LN_PER_MAGNITUDE, dust_and_slope
from lcfm.sources.files import templates
from lcfm.sources.plateau import PlateauEnd, drop
from lcfm.sources.template_library import TemplateLibrary

PLATEAU = 80.0
"""Days after the peak over which `plateau_decline` acts."""
BRIGHTER_DECLINE = 0.35
"""mag / 100 d that a SN II fades faster for each magnitude that it is brighter than the mean, from
the correlation of s2 with M_max in Anderson et al. (2014, ApJ 786, 67, fig. 7)."""
STEEPEST_CLIMB = -2.0
"""mag / 100 d beyond which nothing is added to a template: no SN II climbs on its plateau so."""


@dataclass(frozen=True, eq=False)
class TemplateSource(Source):
    """Supernovae drawn from warped templates.

    Parameters
    ----------
    label
        Type, as in `lcfm.taxonomy`.
    sets
        The packed files that templates are taken from.
    band
        Rest-frame band of the peak magnitude.
    magnitude, scatter, brightest
        Mean and standard deviation of the dust-free peak magnitude (AB), and its bright end.
    dust_scale
        Mean of the exponential host E(B-V).
    rise_stretch, decline_stretch : tuple of float
        Ranges of the factors that stretch time before and after the peak.
    rise_power : tuple of float
        Range of the power that the flux relative to peak is raised to before the peak: below 1, a
        light curve jumps up early and then creeps to its peak.
    colour_pace : tuple of float
        Range (of logarithms drawn uniformly) of the factor by which spectra run ahead of the light
        curve: the brightness in `band` is that of one phase, the colours are those of another.
    slope : tuple of float
        Mean and standard deviation of the power of wavelength that tilts the spectrum.
    late_decline
        mag / d after a template's last phase.
    second_share : tuple of float
        Range of the second template's share of the peak.
    types, leading
        Types of the templates, and those of them that the first template is drawn from; by default
        `label`, and all of `types`.
    plateau_decline : tuple of float
        Mean and standard deviation of the slope [mag / 100 d] that is added to the templates' from
        the peak to `PLATEAU`, beside its dependence on luminosity (`BRIGHTER_DECLINE`). None adds
        neither.
    plateau_end
        How events fall from the plateau; templates that did so themselves do not fall again. None
        for types without a plateau.
    supernovae
        If not empty, only templates of these supernovae are used.

    Raises
    ------
    LcfmError
        A scale is negative, or a range is not two positive numbers in order.
    """

    label: str
    sets: tuple[str, ...]
    band: str
    magnitude: float
    scatter: float
    brightest: float
    dust_scale: float
    rise_stretch: tuple[float, float] = (0.85, 1.2)
    decline_stretch: tuple[float, float] = (0.85, 1.2)
    rise_power: tuple[float, float] = (1.0, 1.0)
    colour_pace: tuple[float, float] = (1.0, 1.0)
    slope: tuple[float, float] = (0.0, 0.25)
    late_decline: float = 0.0098
    second_share: tuple[float, float] = (0.0, 0.5)
    types: tuple[str, ...] = ()
    leading: tuple[str, ...] = ()
    plateau_decline: tuple[float, float] | None = None
    plateau_end: PlateauEnd | None = None
    supernovae: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("scatter", "dust_scale", "late_decline"):
            if not getattr(self, name) >= 0:
                raise LcfmError(f"{self.label}: {name} must be 0 or more: {getattr(self, name)!r}")
        for name in ("rise_stretch", "decline_stretch", "rise_power", "colour_pace"):
            low, high = getattr(self, name)
            if not 0 < low <= high < np.inf:
                raise LcfmError(
                    f"{self.label}: {name} must be a range of positive numbers, "
                    f"got ({low!r}, {high!r})"
                )
        if not 0 <= self.second_share[0] <= self.second_share[1] <= 1:
            raise LcfmError(
                f"{self.label}: second_share must be a range between 0 and 1: {self.second_share!r}"
            )
        for name in ("slope", "plateau_decline"):
            _, scatter = getattr(self, name) or (0.0, 0.0)
            if not scatter >= 0:
                raise LcfmError(f"{self.label}: scatter of {name} must be 0 or more: {scatter!r}")

    @property
    def template_library(self) -> TemplateLibrary:
        """The templates, loaded once."""
        return _library(
            self.label, self.sets, self.band, self.types or (self.label,), self.supernovae
        )

    def of(self, supernovae: Iterable[str]) -> TemplateSource:
        """Return the same source with templates of these supernovae only."""
        return replace(self, supernovae=tuple(sorted(supernovae)))

    @property
    def atlas(self) -> Atlas:
        """The spectra."""
        return self.template_library.atlas

    @property
    def colour_basis(self) -> Float32Array:
        """Curves that `colour` weights."""
        return dust_and_slope()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw two templates, warps, luminosity and dust."""
        library = self.template_library
        types = self.types or (self.label,)
        magnitude = rng.normal(self.magnitude, self.scatter, n)
        host_ebv = rng.exponential(self.dust_scale, n)
        slowest, fastest = self.colour_pace
        a, b = library.band_coefficients
        drawn = {
            "template": library.draw_path(n, self.leading or types, rng),
            "second_template": library.draw_path(n, types, rng),
            "share": rng.uniform(*self.second_share, n),
            "rise_stretch": rng.uniform(*self.rise_stretch, n),
            "decline_stretch": rng.uniform(*self.decline_stretch, n),
            "rise_power": rng.uniform(*self.rise_power, n),
            "colour_pace": np.exp(rng.uniform(np.log(slowest), np.log(fastest), n)),
            "slope": rng.normal(*self.slope, n),
            "host_ebv": host_ebv,
            "intrinsic_mag": magnitude,
            "peak_abs_mag": magnitude + host_ebv * (HOST_R_V * a + b),
        }
        if self.plateau_decline is not None:
            excess = rng.normal(*self.plateau_decline, n)
            excess += BRIGHTER_DECLINE * (self.magnitude - magnitude)
            drawn["plateau_decline"] = np.maximum(excess, STEEPEST_CLIMB)
        if self.plateau_end is not None:
            drawn |= self.plateau_end.draw(n, rng)
        return drawn

    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of `colour_basis` per event."""
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        weights = [dust * HOST_R_V, dust, parameters["slope"]]
        return np.stack(weights, axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """Path of each component of each event."""
        return np.stack([parameters["template"], parameters["second_template"]])

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Two warped templates, by their shares."""
        library = self.template_library
        stretch = np.where(
            phase < 0, parameters["rise_stretch"][owner], parameters["decline_stretch"][owner]
        )
        warped = phase / stretch
        luminosity = np.exp(LN_PER_MAGNITUDE * parameters["intrinsic_mag"])[owner]
        if self.plateau_decline is not None:
            fading = LN_PER_MAGNITUDE / 100 * parameters["plateau_decline"]
            luminosity *= np.exp(fading[owner] * np.clip(phase, 0, PLATEAU))
        if self.plateau_end is not None:
            explosion = library.explosion[parameters["template"]] * parameters["rise_stretch"]
            fallen = drop(parameters, owner, phase - explosion[owner])
        share = parameters["share"]
        rising = np.flatnonzero(phase < 0)
        power = parameters["rise_power"][owner[rising]]
        for path, part in zip(self.paths(parameters), (1 - share, share), strict=True):
            of_point = path[owner]
            # both templates explode on the same day: the first one's
            tempo = library.explosion[path] / library.explosion[parameters["template"]]
            warped_here = warped.copy()
            warped_here[rising] *= tempo[owner[rising]]
            amplitude = library.continuation(of_point, warped_here, self.late_decline)
            if self.rise_power != (1.0, 1.0):
                early = of_point[rising], warped_here[rising]
                amplitude[rising] **= power
                amplitude[rising] *= np.exp((power - 1) * library.ln_brightness(*early))
            if self.colour_pace != (1.0, 1.0):
                paced = warped_here * parameters["colour_pace"][owner]
                amplitude *= np.exp(
                    library.ln_brightness(of_point, warped_here)
                    - library.ln_brightness(of_point, paced)
                )
                warped_here = paced
            if self.plateau_end is not None:
                amplitude *= np.where(library.on_plateau[of_point], fallen, 1.0)
            amplitude *= luminosity * part[owner]
            yield library.state(of_point, warped_here), amplitude.astype(np.float32)

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase with flux."""
        first = self.template_library.explosion[parameters["template"]] * parameters["rise_stretch"]
        return first, np.full(len(first), LAST_PHASE)


@cache
def _library(
    label: str,
    sets: tuple[str, ...],
    band: str,
    types: tuple[str, ...],
    supernovae: tuple[str, ...],
) -> TemplateLibrary:
    series = [t for name in sets for t in templates(name) if t.label in types]
    if supernovae:
        series = [t for t in series if t.supernova in supernovae]
    if not series:
        raise LcfmError(
            f"{label}: no template of type {' or '.join(types)} in {', '.join(sets)}"
            + (f" among the supernovae {', '.join(supernovae)}" if supernovae else "")
            + "; name other sets or types"
        )
    return TemplateLibrary(series, band)
