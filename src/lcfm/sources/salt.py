"""Normal SNe Ia: SALT3 (Kenworthy et al. 2021, ApJ 923, 265), two spectral components and a colour.

    F(p, lambda) = x0 [M0 + x1 M1] 10^(-0.4 c CL(lambda)),   M_B = M0_B - alpha x1 + beta c

Beyond the last phase of the model (+50 d) each wavelength declines by its own slope (Leibundgut
1988), and from +170 d on by that of positrons: 1.4 mag / 100 d in UBVR, 1.0 from I on, as SN 2001el
from 310 to 445 d (Stritzinger & Sollerman 2007, A&A 470, L1) and seven others from 200 to 500 d
(Lair et al. 2006, astro-ph/0610084). Their J and H, then nearly flat, are not followed. Below
2000 Å flux falls as lambda^5, above 11,000 Å as lambda^-4.

Progenitors are young or old; the young share grows with redshift,

    delta(z) = 1 / (1 + (1 + z)^-2.8 / 0.87)           (Nicolas et al. 2021, A&A 649, A74, eq. 2)

and the old ones may have low x1 (their eq. 3, base model). Old hosts are massive and dustier.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from lcfm.sources.base import (
    LAST_PHASE,
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
from lcfm.sources.dust import LN_PER_MAGNITUDE
from lcfm.sources.files import extend_in_wavelength, load

ALPHA, BETA = 0.14, 3.1
PEAK_B = -19.12 - 0.09
"""AB magnitude in Bessell B for x1 = c = 0 and H0 = 70; AB lies 0.09 mag below Vega there.

Betoule et al. (2014, A&A 568, A22) have -19.05 in light hosts and -19.12 in massive ones, Riess et
al. (2022, ApJ 934, L7) -19.16 for H0 = 70. The -19.36 of SNANA goes with magnitudes that are 0.27
fainter: with it, SNe Ia were 0.18 to 0.28 mag more luminous than in all of five tables."""
INTRINSIC_SCATTER = 0.11
FIRST_PHASE, LAST_MODEL_PHASE, POSITRON_PHASE = -20.0, 50.0, 170.0
FINE_UNTIL = -5.0
"""Phase before which states are half a day apart: the rise bends by more than 1 % within a day."""
TAIL_STEP, POSITRON_STEP = 8.0, 35.0
"""Days between states beyond the model: between them flux exceeds its law by 1 and 3 % at most."""
YOUNG_RATIO, YOUNG_POWER = 0.87, 2.8
OLD_IN_HIGH_MODE = 0.51
"""Share of old progenitors whose x1 is that of the young."""
YOUNG_DUST, OLD_DUST = 0.13, 0.17
"""Mean of the exponential part of c: more in massive hosts (Popovic et al. 2021, ApJ 913, 49)."""
_LATE_WAVELENGTH = (3500.0, 4400.0, 5500.0, 6500.0, 8000.0)
_LATE_SLOPE = (0.014, 0.0155, 0.026, 0.030, 0.038)  # mag / d in U, B, V, R, I
_POSITRON_SLOPE = (0.0143, 0.0143, 0.0148, 0.0145, 0.0103)


class NormalIa(Source):
    """SN Ia: x1 and c by the age of the progenitor, whose mixture changes with redshift.

    x1 is bimodal (Nicolas et al. 2021); c is a Gaussian with an exponential tail of host dust, as
    of Ginolin et al. (2025, A&A 694, A4). Host dust is inside c.
    """

    label = "SNIa"

    @property
    def atlas(self) -> Atlas:
        """The spectra."""
        return _atlas()

    @property
    def colour_basis(self) -> Float32Array:
        """SALT3 colour law."""
        return _colour_law()[None, :]

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw age, x1, c and peak magnitude, as many young as old; see `abundance`."""
        young = rng.random(n) < 0.5
        high = young | (rng.random(n) < OLD_IN_HIGH_MODE)
        x1 = np.where(high, rng.normal(0.37, 0.61, n), rng.normal(-1.22, 0.56, n))
        dust = rng.exponential(np.where(young, YOUNG_DUST, OLD_DUST))
        c = np.minimum(rng.normal(-0.075, 0.05, n) + dust, 0.8)
        x1 = np.clip(x1, -3.0, 3.0)
        scatter = rng.normal(0, INTRINSIC_SCATTER, n)
        magnitude = PEAK_B - ALPHA * x1 + BETA * c + scatter
        return {"young": young, "x1": x1, "c": c, "peak_abs_mag": magnitude}

    def abundance(self, parameters: Parameters, redshift: FloatArray) -> FloatArray:
        """Share of young progenitors, or of old ones."""
        share = young_share(redshift)
        return np.where(parameters["young"], share, 1 - share)

    def colour(self, parameters: Parameters) -> Float32Array:
        """The colour c."""
        return np.asarray(parameters["c"][:, None], dtype=np.float32)

    def paths(self, parameters: Parameters) -> IntArray:
        """M0 and M1."""
        return np.tile(np.array([[0], [1]]), len(parameters["c"]))

    def trace(
        self, parameters: Parameters, owner: IntArray, phase: FloatArray
    ) -> Iterator[tuple[Float32Array, Float32Array]]:
        """x0 and x0 x1 times the two components."""
        coordinate = _coordinate(phase)
        for amplitude in self.steady_amplitudes(parameters):
            yield coordinate, amplitude[owner]

    def steady_amplitudes(self, parameters: Parameters) -> Float32Array:
        """x0 and x0 x1."""
        # peak_abs_mag is the dimmed magnitude, and the colour law is zero at B
        x0 = np.exp(LN_PER_MAGNITUDE * parameters["peak_abs_mag"]).astype(np.float32)
        return np.stack([x0, (x0 * parameters["x1"]).astype(np.float32)])

    def phase_range(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """First and last rest-frame phase with flux."""
        n = len(parameters["c"])
        return np.full(n, FIRST_PHASE), np.full(n, LAST_PHASE)


def young_share(redshift: FloatArray) -> FloatArray:
    """Share of SNe Ia with young progenitors, delta(z)."""
    return np.asarray(1 / (1 + (1 + redshift) ** -YOUNG_POWER / YOUNG_RATIO))


def _coordinate(phase: FloatArray) -> Float32Array:
    """State at a phase: two a day before `FINE_UNTIL`, one a day, one in a step of the tails."""
    state = np.minimum(phase, LAST_MODEL_PHASE) + np.minimum(phase, FINE_UNTIL)
    state -= 2 * FIRST_PHASE
    if phase.max(initial=-np.inf) <= LAST_MODEL_PHASE:  # as most points that are observed
        return np.asarray(state, dtype=np.float32)
    state += (np.clip(phase, LAST_MODEL_PHASE, POSITRON_PHASE) - LAST_MODEL_PHASE) / TAIL_STEP
    state += (np.maximum(phase, POSITRON_PHASE) - POSITRON_PHASE) / POSITRON_STEP
    return np.asarray(state, dtype=np.float32)


def _states() -> FloatArray:
    """Phase of each state within the model."""
    rise = np.arange(FIRST_PHASE, FINE_UNTIL, 0.5)
    return np.concatenate([rise, np.arange(FINE_UNTIL, LAST_MODEL_PHASE + 1)])


def _faded() -> FloatArray:
    """Magnitudes since the model's last phase, by state of the tails and wavelength."""
    late, last = POSITRON_PHASE - LAST_MODEL_PHASE, LAST_PHASE - POSITRON_PHASE
    slopes = [np.interp(WAVELENGTH, _LATE_WAVELENGTH, s) for s in (_LATE_SLOPE, _POSITRON_SLOPE)]
    faded = np.arange(TAIL_STEP, late + TAIL_STEP / 2, TAIL_STEP)[:, None] * slopes[0]
    later = np.arange(POSITRON_STEP, last + POSITRON_STEP / 2, POSITRON_STEP)[:, None] * slopes[1]
    return np.concatenate([faded, faded[-1] + later])


@cache
def _atlas() -> Atlas:
    data = load("salt3_k21")
    cell = int(data["first_cell"])
    fading = np.exp(LN_PER_MAGNITUDE * _faded())
    components = []
    for name in ("m0", "m1"):
        inside = data[name].astype(float) * data[f"{name}_scale"][:, None]
        inside = CubicSpline(data["phase"], inside)(_states())
        flux = extend_in_wavelength(inside, cell)
        components.append(np.concatenate([flux, flux[-1] * fading]))
    atlas = np.concatenate(components).astype(np.float32)
    n_states = len(components[0])
    atlas *= np.float32(ZERO_MAGNITUDE_NJY / rest_band_flux(atlas[:n_states], "bessellb").max())
    return Atlas(atlas, n_states * np.arange(3))


@cache
def _colour_law() -> Float32Array:
    """-0.4 ln(10) CL(lambda): polynomial inside the fitted range, its tangents outside."""
    data = load("salt3_k21")
    law = np.asarray(data["colour_law"])
    low, high = (data["colour_range"] - 4302.57) / (5428.55 - 4302.57)
    reduced = (WAVELENGTH - 4302.57) / (5428.55 - 4302.57)
    polynomial = np.polynomial.Polynomial([0, 1 - law.sum(), *law])
    slope = polynomial.deriv()
    inside = np.clip(reduced, low, high)
    value = polynomial(inside) + slope(inside) * (reduced - inside)
    return np.asarray(-LN_PER_MAGNITUDE * value, dtype=np.float32)
