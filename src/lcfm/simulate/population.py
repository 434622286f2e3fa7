"""Population: which classes, how often, how far, behind how much Milky Way dust.

Redshifts follow rate(z) dV/dz / (1 + z) out to where an event of its own luminosity still peaks
above the limiting magnitude; luminosities are weighted by the volume in which they do. Both
together are a magnitude-limited sample, without drawing what no telescope could see. A class of the
mix that is made of several types is divided among them as such a sample would hold them: by local
rate times the volume in which each type is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import sources
from lcfm.errors import LcfmError, UnknownNameError
from lcfm.simulate.propagate import Z_TABLE, distance_modulus
from lcfm.simulate.rates import rate_of, seen_within
from lcfm.simulate.seen import MILKY_WAY_MAGNITUDES_PER_EBV, MilkyWay, Sight, Volume, seen
from lcfm.sources.base import Source
from lcfm.surveys.selection import Depth
from lcfm.taxonomy import LABEL_SETS, types_of

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """What explodes in the sky that a survey watches.

    Parameters
    ----------
    mix
        Class -> weight in the sample; the eight of the set ``label8`` alike by default. A class is
        a type that has a source (``SNIc-BL``), or one made of such types (``SNIb/c``).
    limiting_magnitude
        Peak magnitude (AB, around r) that events must reach, so that redshifts and luminosities are
        those of a survey of this depth.
    max_redshift
        No event lies beyond.
    mwebv_median, mwebv_sigma
        Milky Way E(B-V): lognormal with this median and scatter in ln, cut at `mwebv_max`, and not
        read from a map at ra and dec: those who label events look off the plane, while fields of
        a survey lie in it too. 3,549 training objects of ZTF have a median of 0.038 and 0.83.
    own_sources
        Type -> source of your own, beside or instead of those of `lcfm.sources`. Its events are as
        common as `lcfm.simulate.rates.RATES` says of the type, or else at a constant rate.
    deeper
        Type -> magnitudes by which its limit is fainter, where a survey follows it further.
    limits
        Depths of samples of one size that are put together, in place of `limiting_magnitude`.

    Raises
    ------
    UnknownNameError
        A class of the mix has no source.
    LcfmError
        A weight, magnitude, redshift or dust parameter is impossible.
    """

    mix: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(LABEL_SETS["label8"], 1))
    limiting_magnitude: float = 19.3
    max_redshift: float = 3.0
    mwebv_median: float = 0.04
    mwebv_sigma: float = 0.85
    mwebv_max: float = 0.5
    own_sources: Mapping[str, Source] = field(default_factory=dict)
    deeper: Mapping[str, float] = field(default_factory=dict)
    limits: tuple[Depth, ...] = ()

    def __post_init__(self) -> None:
        for name, source in self.own_sources.items():
            if not isinstance(source, Source):
                raise LcfmError(
                    f"own_sources: {name!r} must be an instance of lcfm.sources.base.Source, "
                    f"got {source!r}"
                )
        if not isinstance(self.mix, Mapping):
            raise LcfmError(
                "mix must give each class its weight, such as {'SNIa': 1, 'TDE': 2}, "
                f"got {self.mix!r}"
            )
        for label, weight in self.mix.items():
            self.types(label)
            if not (isinstance(weight, Real) and 0 <= weight < np.inf):
                raise LcfmError(f"mix: weight of {label!r} must be 0 or more, got {weight!r}")
        if not sum(self.mix.values()) > 0:
            raise LcfmError("mix: at least one class needs a weight above 0")
        if not 0 < self.max_redshift <= Z_TABLE[-1]:
            raise LcfmError(f"max_redshift must lie in (0, {Z_TABLE[-1]:g}]: {self.max_redshift}")
        if not np.isfinite(self.limiting_magnitude):
            raise LcfmError(f"limiting_magnitude must be finite, got {self.limiting_magnitude!r}")
        for dust in ("mwebv_median", "mwebv_sigma", "mwebv_max"):
            if not 0 <= getattr(self, dust) < np.inf:
                raise LcfmError(f"{dust} must be 0 or more, got {getattr(self, dust)!r}")

    @classmethod
    def of(cls, label_set: str, limiting_magnitude: float = 19.3) -> Population:
        """Return a population in which all classes of a label set are equally common.

        Raises
        ------
        UnknownNameError
            There is no such set in `lcfm.taxonomy`.
        """
        if label_set not in LABEL_SETS:
            raise UnknownNameError.of("label set", label_set, LABEL_SETS)
        return cls(dict.fromkeys(LABEL_SETS[label_set], 1.0), limiting_magnitude)

    @classmethod
    def by_rate(cls, classes: Sequence[str], limiting_magnitude: float = 19.3) -> Population:
        """Return a population whose classes are as common as in a magnitude-limited sample.

        Raises
        ------
        LcfmError
            A class has no rate of occurrence, as AGN, which do not occur but are.
        """
        return cls(dict.fromkeys(classes, 1.0), limiting_magnitude).weighted_by_rate()

    def weighted_by_rate(self) -> Population:
        """Return it with the classes of its mix as common as they occur, down to its limits."""
        for name in (name for label in self.mix for name in self.types(label)):
            if not rate_of(name).local > 0:
                raise LcfmError(
                    f"{name} has no rate of occurrence; leave it out of the classes, or give every "
                    "class its weight with Population(mix=...)"
                )
        mix = dict.fromkeys(self.mix, 0.0)
        for sample in self._samples():
            expected = {label: sum(map(sample.expected, self.types(label))) for label in self.mix}
            size = sum(expected.values()) if self.limits else 1.0
            for label, number in expected.items():
                mix[label] += number / size if size > 0 else 0.0
        return replace(self, mix=mix)

    def _samples(self) -> list[Population]:
        """The samples that are put together, or this one alone."""
        return [
            replace(
                self, limits=(), limiting_magnitude=depth.limiting_magnitude,
                max_redshift=min(self.max_redshift, depth.max_redshift),
            )
            for depth in self.limits
        ] or [self]  # fmt: skip

    def source(self, name: str) -> Source:
        """Source of a type."""
        return self.own_sources[name] if name in self.own_sources else sources.get(name)

    def limit(self, name: str) -> float:
        """Peak magnitude that events of a type must reach."""
        return self.limiting_magnitude + self.deeper.get(name, 0.0)

    def types(self, label: str) -> tuple[str, ...]:
        """Types that a class is made of and that have a source.

        Raises
        ------
        UnknownNameError
            There is none.
        """
        known = {**sources.SOURCES, **self.own_sources}
        found = types_of(label, known)
        if not found:
            raise UnknownNameError.of("class of the mix", label, {**known, **self.mix})
        return found

    def expected(self, name: str) -> float:
        """Events of a type per year [rest frame at z = 0] that reach the limiting magnitude."""
        return rate_of(name).local * self._volume(name).mean

    def fractions(self, label: str) -> dict[str, float]:
        """Share of each type in a class of this magnitude-limited sample."""
        names = self.types(label)
        if len(names) == 1:
            return {names[0]: 1.0}
        expected = {name: self.expected(name) for name in names}
        total = sum(expected.values())
        if not total > 0:
            return dict.fromkeys(names, 1 / len(names))
        return {name: value / total for name, value in expected.items()}

    def draw_labels(self, n: int, rng: np.random.Generator) -> NDArray[np.object_]:
        """Draw n class labels from the mix."""
        names = np.array(list(self.mix), dtype=object)
        weights = np.array(list(self.mix.values()), dtype=float)
        return np.asarray(rng.choice(names, size=n, p=weights / weights.sum()))

    def draw_types(
        self, labels: NDArray[np.object_], rng: np.random.Generator
    ) -> NDArray[np.object_]:
        """Draw the type of each event, given its class."""
        types = np.array(labels, dtype=object)
        for label in sorted(set(labels)):
            share = self.fractions(label)
            rows = np.flatnonzero(labels == label)
            names = np.array(list(share), dtype=object)
            if len(names) == 1:
                types[rows] = names[0]
            else:
                types[rows] = rng.choice(names, size=len(rows), p=list(share.values()))
        return types

    def draw_mwebv(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw Milky Way E(B-V) [mag]."""
        return self._dust.draw(n, rng)

    def draw_type(
        self, name: str, n: int, rng: np.random.Generator
    ) -> tuple[dict[str, NDArray[Any]], FloatArray, FloatArray]:
        """Draw n events of one type: source parameters, redshift, mwebv.

        Raises
        ------
        LcfmError
            No event of this type reaches the limiting magnitude.
        """
        if self.limits:
            return self._draw_compiled(name, n, rng)
        source = self.source(name)
        sight, most = self._sight(name), self._volume(name).most
        volume = seen_within(name)
        if not most > 0:
            raise _unseen(name, sight)
        kept: list[tuple[dict[str, NDArray[Any]], FloatArray, FloatArray]] = []
        missing, batch, tried, found = n, 2 * n + 16, 0, 0
        while missing > 0:
            parameters = source.draw(batch, rng)
            mwebv = self.draw_mwebv(batch, rng)
            inside = sight.volume(parameters["peak_abs_mag"], mwebv)
            times = np.floor(inside / most + rng.random(batch)).astype(np.int64)
            rows = rng.permutation(np.repeat(np.arange(batch), times))
            redshift = np.interp(rng.random(len(rows)) * inside[rows], volume, Z_TABLE)
            chosen = {k: v[rows] for k, v in parameters.items()}
            common = np.flatnonzero(rng.random(len(rows)) < source.abundance(chosen, redshift))
            tried, found = tried + batch, found + len(common)
            common = common[:missing]
            kept.append(
                ({k: v[common] for k, v in chosen.items()}, redshift[common], mwebv[rows][common])
            )
            missing -= len(common)
            if tried > 200_000 and not found:
                raise _unseen(name, sight)
            batch = int(min(max(1.2 * missing * tried / max(found, 1), 16), 4 * n + 64))
        names = kept[0][0]
        joined = {key: np.concatenate([part[0][key] for part in kept]) for key in names}
        redshift = np.concatenate([part[1] for part in kept])
        return joined, redshift, np.concatenate([part[2] for part in kept])

    def _draw_compiled(
        self, name: str, n: int, rng: np.random.Generator
    ) -> tuple[dict[str, NDArray[Any]], FloatArray, FloatArray]:
        """Draw every event from one of the samples, in mixed order."""
        counts = rng.multinomial(n, np.full(len(self.limits), 1 / len(self.limits)))
        parts = [
            sample.draw_type(name, int(count), rng)
            for sample, count in zip(self._samples(), counts, strict=True)
            if count
        ]
        order = rng.permutation(n)
        parameters = {
            key: np.concatenate([part[0][key] for part in parts])[order] for key in parts[0][0]
        }
        redshift, mwebv = (np.concatenate([part[i] for part in parts])[order] for i in (1, 2))
        return parameters, redshift, mwebv

    @property
    def _dust(self) -> MilkyWay:
        return MilkyWay(self.mwebv_median, self.mwebv_sigma, self.mwebv_max)

    def _sight(self, name: str) -> Sight:
        return Sight(name, self.limit(name), self.max_redshift)

    def _volume(self, name: str) -> Volume:
        return seen(self.source(name), self._sight(name), self._dust)


def apparent_magnitude(
    peak_abs_mag: FloatArray, redshift: FloatArray, mwebv: FloatArray
) -> FloatArray:
    """Peak magnitude (AB, around r) of events, with the k-correction of a flat F_lambda."""
    faded = peak_abs_mag + MILKY_WAY_MAGNITUDES_PER_EBV * mwebv
    return np.asarray(faded + distance_modulus(redshift) - 2.5 * np.log10(1 + redshift))


def _unseen(name: str, sight: Sight) -> LcfmError:
    return LcfmError(
        f"no event of {name!r} reaches magnitude {sight.limiting_magnitude:g}; raise "
        "limiting_magnitude or leave it out"
    )
