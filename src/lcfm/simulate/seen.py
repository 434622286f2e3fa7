"""Seen: how far, and in how much volume, events of a type reach a limiting magnitude."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lcfm.simulate.propagate import Z_TABLE, distance_modulus
from lcfm.simulate.rates import seen_within
from lcfm.sources.base import Source

FloatArray = NDArray[np.float64]

MILKY_WAY_MAGNITUDES_PER_EBV = 2.7
"""Extinction around r, for the selection only."""

_DRAWS = 4000  # events from which the volume of a type is computed: 2 % for the widest
_MOST_TWICE = 0.03  # share of a sample that may be second events of one draw


@dataclass(frozen=True)
class MilkyWay:
    """Distribution of Milky Way E(B-V): lognormal around `median`, `sigma` in ln, cut at `most`."""

    median: float
    sigma: float
    most: float

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw E(B-V) [mag] of n events."""
        drawn = self.median * np.exp(self.sigma * rng.standard_normal(n))
        return np.minimum(drawn, self.most)


@dataclass(frozen=True)
class Sight:
    """What a telescope sees of the events of a type.

    Parameters
    ----------
    name
        Type; its rate depends on redshift.
    limiting_magnitude
        Peak magnitude (AB, around r) that an event must reach.
    max_redshift
        No event lies beyond.
    """

    name: str
    limiting_magnitude: float
    max_redshift: float

    def volume(self, peak_abs_mag: FloatArray, mwebv: FloatArray) -> FloatArray:
        """Observer's events per year for a local rate of one within the reach of each event."""
        faded = peak_abs_mag + MILKY_WAY_MAGNITUDES_PER_EBV * mwebv
        farthest = reach(self.limiting_magnitude - faded, self.max_redshift)
        return np.interp(farthest, Z_TABLE, seen_within(self.name))


@dataclass(frozen=True)
class Volume:
    """Volumes in which the events of a type are seen, as `Sight.volume`.

    Attributes
    ----------
    mean
        Over luminosities and dust.
    most
        Scale of draws by volume: an event is taken once in ``most / volume`` draws, and a few of
        the most luminous, seen in more than that, as often as their volume asks: up to some 3 % of
        a sample (7 % of the AGN of ZTF) are second events of one draw, elsewhere in space. The
        volume of the most luminous event itself would do without them, at up to ten times the
        draws.
    """

    mean: float
    most: float


def seen(source: Source, sight: Sight, dust: MilkyWay) -> Volume:
    """Volumes of a source's events, from draws with a seed of their own."""
    return _seen(_This(source), sight, dust)


def reach(modulus: FloatArray, max_redshift: float) -> FloatArray:
    """Redshift out to which an event that is `modulus` magnitudes above the limit is seen."""
    # k-correction of a flat F_lambda: a redshifted source gains 2.5 log10(1 + z)
    apparent = distance_modulus(Z_TABLE) - 2.5 * np.log10(1 + Z_TABLE)
    rising = np.maximum.accumulate(apparent)
    return np.minimum(np.interp(modulus, rising, Z_TABLE), max_redshift)


class _This:
    """A source as the key of a cache: itself, for sources of users may have no hash."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def __hash__(self) -> int:
        return id(self.source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and other.source is self.source


@lru_cache(maxsize=256)
def _seen(this: _This, sight: Sight, dust: MilkyWay) -> Volume:
    rng = np.random.default_rng(0)
    magnitude = this.source.draw(_DRAWS, rng)["peak_abs_mag"]
    volume = sight.volume(magnitude, dust.draw(_DRAWS, rng))
    largest = np.sort(volume)[::-1]
    beyond = np.cumsum(largest) - largest * np.arange(1, _DRAWS + 1)
    last = int(np.searchsorted(beyond, _MOST_TWICE * volume.sum(), side="right")) - 1
    return Volume(float(volume.mean()), float(largest[last]))
