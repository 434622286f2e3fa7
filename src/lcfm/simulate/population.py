"""Population: which classes, how often, how far, behind how much Milky Way dust.

Redshifts follow rate(z) dV/dz / (1 + z) out to where an event of its own luminosity still peaks
above the limiting magnitude; luminosities are weighted by the volume in which they do. Both
together are a magnitude-limited sample, without drawing what no telescope could see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import sources
from lcfm.errors import LcfmError
from lcfm.simulate.propagate import Z_TABLE, distance_modulus, luminosity_distance_table

FloatArray = NDArray[np.float64]

MILKY_WAY_MAGNITUDES_PER_EBV = 2.7
"""Extinction around r, for the selection only."""


def _star_formation(z: FloatArray) -> FloatArray:
    """Madau & Dickinson (2014), eq. 15, relative to any constant."""
    return np.asarray((1 + z) ** 2.7 / (1 + ((1 + z) / 2.9) ** 5.6))


RATES: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "SNIa": lambda z: (1 + z) ** 1.7,  # Dilday et al. (2010), Perrett et al. (2012)
    "SNIa-91bg": lambda z: (1 + z) ** 1.5,  # as in PLAsTiCC, Kessler et al. (2019)
    "SNIax": _star_formation,
    "SNIb/c": _star_formation,
    "SNII": _star_formation,
    "SLSN-I": _star_formation,
    "TDE": lambda z: 10 ** (-5 * z / 6),  # Kochanek (2016)
    "AGN": lambda z: (1 + z) ** 3,  # Hopkins et al. (2007), below z = 2
}
"""Class -> events per comoving volume and rest-frame time against redshift, any scale."""


@dataclass(frozen=True)
class Population:
    """What explodes in the sky that a survey watches.

    Parameters
    ----------
    mix
        Class -> weight; all eight classes alike by default.
    limiting_magnitude
        Peak magnitude (AB, around r) that events must reach, so that redshifts and luminosities are
        those of a survey of this depth.
    max_redshift
        No event lies beyond.
    mwebv_median, mwebv_sigma
        Milky Way E(B-V): lognormal with this median and scatter in ln, cut at `mwebv_max`.
    """

    mix: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(sources.SOURCES, 1.0))
    limiting_magnitude: float = 19.3
    max_redshift: float = 3.0
    mwebv_median: float = 0.04
    mwebv_sigma: float = 0.85
    mwebv_max: float = 0.5

    def __post_init__(self) -> None:
        for label, weight in self.mix.items():
            sources.get(label)
            if not weight >= 0:
                raise LcfmError(f"mix: weight of {label!r} must be 0 or more, got {weight!r}")
        if not sum(self.mix.values()) > 0:
            raise LcfmError("mix: at least one class needs a weight above 0")
        if not 0 < self.max_redshift <= Z_TABLE[-1]:
            raise LcfmError(f"max_redshift must lie in (0, {Z_TABLE[-1]:g}]: {self.max_redshift}")

    def draw_labels(self, n: int, rng: np.random.Generator) -> NDArray[np.object_]:
        """Draw n class labels from the mix."""
        names = np.array(list(self.mix), dtype=object)
        weights = np.array(list(self.mix.values()), dtype=float)
        return np.asarray(rng.choice(names, size=n, p=weights / weights.sum()))

    def draw_mwebv(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw Milky Way E(B-V) [mag]."""
        drawn = self.mwebv_median * np.exp(self.mwebv_sigma * rng.standard_normal(n))
        return np.minimum(drawn, self.mwebv_max)

    def draw_class(
        self, label: str, n: int, rng: np.random.Generator
    ) -> tuple[dict[str, NDArray[Any]], FloatArray, FloatArray]:
        """Draw n events of one class: source parameters, redshift, mwebv."""
        source = sources.get(label)
        volume = _volume(label)
        # k-correction of a flat F_lambda: a redshifted source gains 2.5 log10(1 + z)
        apparent = distance_modulus(Z_TABLE) - 2.5 * np.log10(1 + Z_TABLE)
        rising = np.maximum.accumulate(apparent)

        def reach(modulus: FloatArray) -> FloatArray:
            return np.minimum(np.interp(modulus, rising, Z_TABLE), self.max_redshift)

        farthest = reach(np.array([self.limiting_magnitude - source.brightest]))
        most = np.interp(farthest, Z_TABLE, volume)[0]
        kept: list[tuple[dict[str, NDArray[Any]], FloatArray, FloatArray]] = []
        missing, batch = n, 2 * n + 16
        while missing > 0:
            parameters = source.draw(batch, rng)
            mwebv = self.draw_mwebv(batch, rng)
            faded = parameters["peak_abs_mag"] + MILKY_WAY_MAGNITUDES_PER_EBV * mwebv
            inside = np.interp(reach(self.limiting_magnitude - faded), Z_TABLE, volume)
            rows = np.flatnonzero(rng.random(batch) * most < inside)[:missing]
            redshift = np.interp(rng.random(len(rows)) * inside[rows], volume, Z_TABLE)
            kept.append(({k: v[rows] for k, v in parameters.items()}, redshift, mwebv[rows]))
            missing -= len(rows)
            accepted = max(len(rows), 1) / batch
            batch = int(min(max(1.2 * missing / accepted, 16), 4 * n + 64))
        names = kept[0][0]
        joined = {name: np.concatenate([part[0][name] for part in kept]) for name in names}
        redshift = np.concatenate([part[1] for part in kept])
        return joined, redshift, np.concatenate([part[2] for part in kept])


@cache
def _volume(label: str) -> FloatArray:
    """Events seen per observer's time out to `Z_TABLE`, any scale, rising strictly."""
    comoving = luminosity_distance_table() / (1 + Z_TABLE)
    shells = np.gradient(comoving**3, Z_TABLE) * RATES[label](Z_TABLE) / (1 + Z_TABLE)
    steps = np.diff(Z_TABLE) * (shells[1:] + shells[:-1]) / 2
    return np.concatenate([[0.0], np.cumsum(steps)])
