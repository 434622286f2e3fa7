"""SN Ia-91T: SALT3 with broad light curves, too bright for them, and blue before 4000 Å.

    F(p, lambda) = x0 [M0 + x1 M1] 10^(-0.4 c CL(lambda)) (lambda / 4000 Å)^(-u)  below 4000 Å
    M_B = M0_B - alpha x1 + beta c - excess

1991T-like SNe Ia continue the slow decliners: 0.1-0.5 mag brighter at the same decline rate
(Phillips et al. 2022, ApJ 938, 47; 0.2 +- 0.25 mag after SALT corrections: Yang et al. 2022, ApJ
938, 83), Ca II and Si II weak and ultraviolet light curves broad (Phillips et al. 2024, ApJS 273,
16), in star-forming hosts.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.sources.base import WAVELENGTH, Float32Array, FloatArray, Parameters
from lcfm.sources.salt import ALPHA, BETA, PEAK_B, NormalIa, young_share

BLUE_OF = 4000.0
"""Å, below which weak lines leave more light."""


class OverluminousIa(NormalIa):
    """SN Ia-91T; parameters as of `NormalIa`, and ``ultraviolet``, the power u."""

    label = "SNIa-91T"

    @property
    def colour_basis(self) -> Float32Array:
        """SALT3 colour law, and the ultraviolet excess."""
        return np.concatenate([super().colour_basis, _excess()[None, :]])

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw x1, c, ultraviolet excess and peak magnitude."""
        x1 = np.clip(rng.normal(1.1, 0.5, n), -0.2, 2.8)
        c = np.minimum(rng.normal(-0.075, 0.05, n) + rng.exponential(0.13, n), 0.8)
        excess = rng.normal(0.25, 0.15, n)
        return {
            "x1": x1,
            "c": c,
            "ultraviolet": np.clip(rng.normal(0.8, 0.4, n), 0, None),
            "peak_abs_mag": PEAK_B - ALPHA * x1 + BETA * c - excess,
        }

    def abundance(self, parameters: Parameters, redshift: FloatArray) -> FloatArray:
        """All progenitors are young."""
        return young_share(redshift)

    def colour(self, parameters: Parameters) -> Float32Array:
        """The colour c and the ultraviolet excess."""
        weights = [parameters["c"], parameters["ultraviolet"]]
        return np.stack(weights, axis=1).astype(np.float32)


@cache
def _excess() -> Float32Array:
    return np.log(BLUE_OF / np.minimum(WAVELENGTH, BLUE_OF)).astype(np.float32)
