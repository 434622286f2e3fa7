"""A library of templates as an atlas: where on its path a template stands at any phase.

Every template is put on a common footing: peak magnitude 0 in one rest-frame band, phase 0 at that
peak. Before its first phase it rises as a fireball, after its last it fades exponentially.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcfm import bands
from lcfm.sources.base import (
    ZERO_MAGNITUDE_NJY,
    Atlas,
    Float32Array,
    FloatArray,
    IntArray,
    rest_band_flux,
)
from lcfm.sources.dust import LN_PER_MAGNITUDE, coefficients
from lcfm.sources.files import Template

DAY_STEP = 0.0625
"""Step [d] of the table from phase to state: as good as a search among the phases, but fast."""
FAINTEST_RISE = 1e-3
"""Earlier spectra below this fraction of the peak are left out: noise of the extrapolation."""
DROP, DROP_DAYS = 1.0, 30.0
"""A template that fades by so many mag within so many days has left its plateau."""


class TemplateLibrary:
    """Templates of one source.

    Attributes
    ----------
    atlas : Atlas
        One path per template.
    explosion, first, last : ndarray, shape (n_templates,)
        Phase [d] of first light, of the first and of the last spectrum.
    on_plateau : ndarray of bool, shape (n_templates,)
        Ends before it has faded by `DROP` within any `DROP_DAYS` after its peak.
    band_coefficients : tuple of float
        Dust coefficients a and b (R_V a + b) in the band of the peak magnitude.
    """

    def __init__(self, series: Sequence[Template], band: str) -> None:
        flux, start, phases, brightness = [], [0], [], []
        for template in series:
            bright = rest_band_flux(template.flux.astype(np.float32), band)
            peak = int(bright.argmax())
            bright = bright / bright[peak]
            keep = bright > FAINTEST_RISE
            keep[peak:] = True
            scale = (
                ZERO_MAGNITUDE_NJY
                / rest_band_flux(template.flux[[peak]].astype(np.float32), band)[0]
            )
            flux.append(template.flux[keep] * scale)
            start.append(start[-1] + int(keep.sum()))
            phases.append(template.phase[keep] - template.phase[peak])
            brightness.append(np.maximum(bright[keep], FAINTEST_RISE))
        self.atlas = Atlas(np.concatenate(flux).astype(np.float32), np.array(start))
        self.first = np.array([phase[0] for phase in phases])
        self.last = np.array([phase[-1] for phase in phases])
        self.explosion = np.array(
            [_explosion(p, b) for p, b in zip(phases, brightness, strict=True)]
        )
        a, b = coefficients(np.array([bands.get(band).mean_wavelength]))
        self.band_coefficients = float(a[0]), float(b[0])
        self._supernova = np.array([template.supernova for template in series])
        self._type = np.array([template.label for template in series])
        self._day_zero = float(np.floor(self.first.min()))
        days = np.arange(self._day_zero, self.last.max() + 1, DAY_STEP)
        self._state: Float32Array = np.stack(
            [np.interp(days, phase, np.arange(len(phase))) for phase in phases]
        ).astype(np.float32)
        self._ln_brightness: FloatArray = np.stack(
            [np.log(np.interp(days, p, b)) for p, b in zip(phases, brightness, strict=True)]
        )

        magnitude = self._ln_brightness[:, days >= 0] / LN_PER_MAGNITUDE
        width = int(DROP_DAYS / DAY_STEP)
        self.on_plateau = (magnitude[:, width:] - magnitude[:, :-width]).max(axis=1) < DROP

    def draw_path(self, n: int, types: Sequence[str], rng: np.random.Generator) -> IntArray:
        """Draw a supernova of these types, then one of its templates."""
        allowed = np.isin(self._type, types)
        names = np.unique(self._supernova[allowed])
        variants = [np.flatnonzero(allowed & (self._supernova == name)) for name in names]
        counts = np.array([len(v) for v in variants])
        padded = np.stack([np.resize(v, counts.max()) for v in variants])
        supernova = rng.integers(len(counts), size=n)
        variant = (rng.random(n) * counts[supernova]).astype(int)
        return np.asarray(padded[supernova, variant])

    def state(self, path: IntArray, phase: FloatArray) -> Float32Array:
        """State coordinate along a path, that of its ends outside its phases."""
        day = (np.clip(phase, self.first[path], self.last[path]) - self._day_zero) / DAY_STEP
        below = day.astype(np.int64)
        left = self._state[path, below]
        right = self._state[path, np.minimum(below + 1, self._state.shape[1] - 1)]
        return np.asarray(left + (day - below).astype(np.float32) * (right - left))

    def continuation(self, path: IntArray, phase: FloatArray, late_decline: float) -> FloatArray:
        """Factor on `state`'s flux: fireball before the first phase, decline after the last."""
        explosion, last = self.explosion[path], self.last[path]
        ends = np.clip(phase, self.first[path], last)
        fireball = np.clip((phase - explosion) / (ends - explosion), 0, 1)
        return np.asarray(
            fireball**2 * np.exp(LN_PER_MAGNITUDE * late_decline * (np.maximum(phase, last) - last))
        )

    def ln_brightness(self, path: IntArray, phase: FloatArray) -> NDArray[np.float64]:
        """Natural log of the flux in the band relative to its peak, inside the template."""
        day = (np.clip(phase, self.first[path], self.last[path]) - self._day_zero) / DAY_STEP
        below = day.astype(np.int64)
        left = self._ln_brightness[path, below]
        right = self._ln_brightness[path, np.minimum(below + 1, self._ln_brightness.shape[1] - 1)]
        return np.asarray(left + (day - below) * (right - left))


def _explosion(phase: FloatArray, brightness: FloatArray) -> float:
    """Phase of first light, where flux ~ (t - explosion)² reaches both first phase and peak.

    Nugent et al. (2011); bounded to 0.5-10 d before the first phase.
    """
    root = np.sqrt(float(brightness[0]))
    estimate = phase[0] - 10.0 if root >= 1 else phase[0] / (1 - root)
    return float(np.clip(estimate, phase[0] - 10.0, phase[0] - 0.5))
