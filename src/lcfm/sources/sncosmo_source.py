"""A source of sncosmo as a source of ours: any ``sncosmo.Source`` of a user's, at its parameters.

The spectra are averaged over the cells of the atlas grid at equally spaced phases, and brought to
peak magnitude 0 in one band. Beyond the wavelengths of the source they continue by power laws, as
all templates do (`lcfm.sources.files`); before its first and after its last phase there is no flux,
as in sncosmo. The parameters of the source stay as they are: set them before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands
from lcfm.errors import LcfmError
from lcfm.sources.base import (
    LN_STEP,
    LN_WAVELENGTH,
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
from lcfm.sources.files import EDGE_CELLS, extend_in_wavelength

if TYPE_CHECKING:
    import sncosmo

PHASE_STEP = 0.5
"""d; between such states a straight line is as good as the splines of sncosmo."""
SAMPLES_PER_CELL = 8
MOST_STATES = 20_000


class SncosmoSource(Source):
    """Events that all follow one spectral series of sncosmo.

    Parameters
    ----------
    label
        Type of the events, as in `lcfm.taxonomy` or a name of your own.
    source
        A ``sncosmo.Source``, or the name of one, which sncosmo loads.
    magnitude, scatter
        Mean and standard deviation of the dust-free absolute peak magnitude (AB).
    band
        Rest-frame band of that magnitude.
    dust_scale
        Mean of the exponential host E(B-V) [mag].
    phase_step
        Spacing [d] of the spectra taken from the source.

    Raises
    ------
    LcfmError
        sncosmo is not installed or cannot load the source, a parameter is impossible, or the
        source has no flux in the band.
    """

    def __init__(
        self,
        label: str,
        source: sncosmo.Source | str,
        *,
        magnitude: float,
        scatter: float,
        band: str = "bessellb",
        dust_scale: float = 0.0,
        phase_step: float = PHASE_STEP,
    ) -> None:
        for name, value in (("scatter", scatter), ("dust_scale", dust_scale)):
            if not 0 <= value < np.inf:
                raise LcfmError(f"{label}: {name} must be 0 mag or more, got {value!r}")
        if not np.isfinite(magnitude):
            raise LcfmError(f"{label}: magnitude must be a finite number, got {magnitude!r}")
        self.label, self.magnitude, self.scatter = label, magnitude, scatter
        self.band, self.dust_scale = band, dust_scale
        loaded = _load(label, source)
        self.first, self.last = float(loaded.minphase()), float(loaded.maxphase())
        n_states = _count_states(label, self.last - self.first, phase_step)
        self._phase = np.linspace(self.first, self.last, n_states)
        flux = _on_grid(label, loaded, self._phase)
        flux /= np.abs(flux).max()
        peak = rest_band_flux(flux.astype(np.float32), band).max()
        if not peak > 0:
            raise LcfmError(f"{label}: the source has no flux in {band}; name another band")
        flux *= ZERO_MAGNITUDE_NJY / peak
        self._atlas = Atlas(flux.astype(np.float32), np.array([0, n_states]))

    def __repr__(self) -> str:
        return (
            f"SncosmoSource({self.label!r}, magnitude={self.magnitude}, scatter={self.scatter}, "
            f"band={self.band!r}, dust_scale={self.dust_scale})"
        )

    @property
    def atlas(self) -> Atlas:
        """The spectra."""
        return self._atlas

    @property
    def colour_basis(self) -> Float32Array:
        """Host dust."""
        return host_dust()

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw luminosity and host dust."""
        intrinsic = rng.normal(self.magnitude, self.scatter, n)
        host_ebv = rng.exponential(self.dust_scale, n)
        a, b = coefficients(np.array([bands.get(self.band).mean_wavelength]))
        extinction = host_ebv * (HOST_R_V * a + b)
        return {
            "host_ebv": host_ebv,
            "intrinsic_mag": intrinsic,
            "peak_abs_mag": intrinsic + extinction,
        }

    def colour(self, parameters: Parameters) -> Float32Array:
        """Weights of the dust curves."""
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        return np.stack([dust * HOST_R_V, dust], axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """The one path."""
        return np.zeros((1, len(parameters["intrinsic_mag"])), dtype=np.int64)

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """Place in the series, and luminosity."""
        luminosity = np.exp(LN_PER_MAGNITUDE * parameters["intrinsic_mag"]).astype(np.float32)
        share = (np.clip(phase, self.first, self.last) - self.first) / (self.last - self.first)
        yield (share * (len(self._phase) - 1)).astype(np.float32), luminosity[owner]

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last phase of the source."""
        n = len(parameters["intrinsic_mag"])
        return np.full(n, self.first), np.full(n, self.last)


def _load(label: str, source: Any) -> Any:
    try:
        import sncosmo
    except ImportError as error:
        raise LcfmError(f"{label}: this source needs sncosmo: pip install sncosmo") from error
    if isinstance(source, sncosmo.Source):
        return source
    if isinstance(source, sncosmo.Model):
        raise LcfmError(
            f"{label}: expected a sncosmo.Source, got a sncosmo.Model; give its .source, since "
            "redshift and dust are those of the population"
        )
    try:
        return sncosmo.get_source(source)
    except Exception as error:  # unknown name, no network, damaged file: each its own kind
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise LcfmError(
            f"{label}: sncosmo cannot load the source {source!r} ({reason}); give a name that it "
            "knows and can fetch, or a sncosmo.Source built from your own files"
        ) from error


def _settings(source: Any) -> str:
    values = zip(source.param_names, source.parameters, strict=True)
    given = ", ".join(f"{name} = {value:g}" for name, value in values)
    return f"its parameters, {given}" if given else "its spectra"


def _count_states(label: str, span: float, phase_step: float) -> int:
    if not 0 < phase_step < np.inf:
        raise LcfmError(f"{label}: phase_step must be above 0 d, got {phase_step!r}")
    count = int(np.ceil(span / phase_step)) + 1
    if not 2 <= count <= MOST_STATES:
        raise LcfmError(
            f"{label}: {span:g} d in steps of {phase_step:g} d are {count:,} spectra, and 2 to "
            f"{MOST_STATES:,} are possible; give another phase_step"
        )
    return count


def _on_grid(label: str, source: Any, phase: FloatArray) -> FloatArray:
    """F_lambda of the source in the cells of the atlas, shape (n_phases, n_wave), any scale."""
    low, high = np.log(source.minwave()), np.log(source.maxwave())
    half = LN_STEP / 2
    inside = np.flatnonzero((LN_WAVELENGTH - half >= low) & (LN_WAVELENGTH + half <= high))
    if len(inside) < 2 * EDGE_CELLS:
        raise LcfmError(
            f"{label}: the source spans {source.minwave():g} to {source.maxwave():g} Å, too "
            "little of 900 to 25,000 Å; give spectra that cover the bands"
        )
    offsets = (np.arange(SAMPLES_PER_CELL) + 0.5) / SAMPLES_PER_CELL - 0.5
    fine = np.exp((LN_WAVELENGTH[inside, None] + LN_STEP * offsets).ravel())
    flux = np.asarray(source.flux(phase, fine), dtype=np.float64)
    if not np.isfinite(flux).all() or not (flux > 0).any():
        raise LcfmError(f"{label}: the source gives no flux, or NaN; check {_settings(source)}")
    cells = flux.reshape(len(phase), len(inside), SAMPLES_PER_CELL).mean(axis=2)
    return extend_in_wavelength(cells, int(inside[0]))
