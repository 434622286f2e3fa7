"""Light curves changed at random while a network trains, each time they come.

A simulation is seen in every epoch; cut short, without one of its bands or noisier it teaches more
than as it was, and a network that met the first ten days alone can answer on the tenth. Steps work
on light curves in nJy and days, before tokens are made, so that the time origin, gaps and scales
follow from what is left. All chance comes from the generator of the loop.

A step never takes the last detection of an object: where it would, the object stays as it was.

There is no step that moves an event to another redshift. It would need fluxes at wavelengths
between those of the bands, and light that faint ones lost below the threshold; the simulator draws
both from spectra, and costs less than a training step.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lcfm.expect import expect
from lcfm.lightcurves import DETECTION_SNR, LightCurves
from lcfm.prepare.batch import Batch, DataSet, IntArray
from lcfm.prepare.preprocess import Tokens, Trigger

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class RandomTruncation:
    """Some light curves end on a day after the trigger, as if it were today.

    Attributes
    ----------
    share
        Of the objects that are cut.
    latest
        Days after the trigger; the last day is uniform between 0 and it.
    """

    kind: ClassVar[str] = "truncation"
    share: float = 0.5
    latest: float = 60.0

    def __post_init__(self) -> None:
        _expect_share(self, self.share)
        expect(self, "latest", self.latest > 0, "above 0 (days)")

    def __call__(self, lcs: LightCurves, rng: np.random.Generator) -> LightCurves:
        """Cut at random."""
        chosen = rng.random(len(lcs)) < self.share
        last = np.where(chosen, rng.uniform(0.0, self.latest, len(lcs)), np.inf)
        end = Trigger().origin(lcs) + last
        return _reduced(lcs, lcs.points["mjd"] <= np.repeat(end, lcs.lengths))


@dataclass(frozen=True, kw_only=True)
class BandDropout:
    """Some light curves lose all that one of their bands saw.

    Attributes
    ----------
    share
        Of the objects that lose one; which is chosen uniformly among those of the table.
    """

    kind: ClassVar[str] = "band_dropout"
    share: float = 0.2

    def __post_init__(self) -> None:
        _expect_share(self, self.share)

    def __call__(self, lcs: LightCurves, rng: np.random.Generator) -> LightCurves:
        """Drop bands at random."""
        chosen = rng.random(len(lcs)) < self.share
        # One order of all bands for each object: the first that it has is the one it loses.
        order = rng.random((len(lcs), len(lcs.bands)))
        band, owner = lcs.points["band"], lcs.owner
        has = np.zeros(order.shape, dtype=bool)
        has[owner, band] = True
        lost = np.where(has, order, np.inf).argmin(axis=1) if len(lcs.bands) else owner[:0]
        return _reduced(lcs, ~(chosen[owner] & (band == lost[owner])))


@dataclass(frozen=True, kw_only=True)
class AddedNoise:
    """Some light curves become noisier: fluxes scatter more, and their errors say so.

    An error grows from σ to f σ with one f for each object, ln f uniform in 0 … ln `largest`, and
    the flux gets a normal deviate of σ √(f² − 1). Limits rise by f. A detection that falls below a
    signal-to-noise of 5 is none any longer: a flux below threshold where the object has such
    fluxes, else it is lost, as it would be among alerts.

    Attributes
    ----------
    share
        Of the objects that become noisier.
    largest
        f at most.
    """

    kind: ClassVar[str] = "noise"
    share: float = 0.3
    largest: float = 2.0

    def __post_init__(self) -> None:
        _expect_share(self, self.share)
        expect(self, "largest", self.largest >= 1.0, "1 or above")

    def __call__(self, lcs: LightCurves, rng: np.random.Generator) -> LightCurves:
        """Add noise at random."""
        chosen = rng.random(len(lcs)) < self.share
        factor = np.where(chosen, self.largest ** rng.random(len(lcs)), 1.0)
        owner, points = lcs.owner, lcs.points
        grown = np.repeat(factor, lcs.lengths)
        error = points["flux_err"] * grown
        added = points["flux_err"] * np.sqrt(grown**2 - 1.0) * rng.standard_normal(lcs.n_points)
        flux = np.where(points["limit"], points["flux"], points["flux"] + added)
        was = points["detected"]
        # What was a detection at any ratio remains one where nothing was added.
        detected = was & ((grown == 1.0) | (flux >= DETECTION_SNR * error))
        lost_all = ~_found(lcs, detected) & _found(lcs, was)
        calm = np.repeat(lost_all, lcs.lengths)
        noisy = lcs.with_points(
            flux=np.where(calm, points["flux"], flux),
            flux_err=np.where(calm, points["flux_err"], error),
            detected=np.where(calm, was, detected),
        )
        measured_below = _found(lcs, ~was & ~points["limit"])
        return noisy.select_points(~was | noisy.points["detected"] | measured_below[owner])


Augmentation = RandomTruncation | BandDropout | AddedNoise

AUGMENTATIONS: dict[str, type[Augmentation]] = {
    a.kind: a for a in (RandomTruncation, BandDropout, AddedNoise)
}


@dataclass(frozen=True)
class AugmentedSet(DataSet):
    """A data set whose training batches are made anew from changed light curves.

    Attributes
    ----------
    lcs
        Light curves, aligned by row with tokens and columns.
    tokenise
        Tokens of each modality of some light curves.
    steps
        What is done to them, in this order.
    """

    lcs: LightCurves
    tokenise: Callable[[LightCurves], Mapping[str, Tokens]]
    steps: tuple[Augmentation, ...]

    def training_batch(self, rows: IntArray, rng: np.random.Generator) -> Batch:
        """These rows, changed at random."""
        changed = self.lcs[rows]
        for step in self.steps:
            changed = step(changed, rng)
        columns = {name: values[rows] for name, values in self.columns.items()}
        made = DataSet(self.tokenise(changed), columns).batch(np.arange(len(rows)))
        return Batch(made.inputs, made.columns, rows)

    def checksum(self) -> int:
        """Of tokens and columns, and of what is done to the light curves."""
        return zlib.crc32(repr(self.steps).encode(), super().checksum())


def _expect_share(owner: object, share: float) -> None:
    expect(owner, "share", 0.0 <= share <= 1.0, "between 0 and 1")


def _found(lcs: LightCurves, marked: BoolArray) -> BoolArray:
    """True for objects of which a point is marked, shape (n_objects,)."""
    return np.bincount(lcs.owner[marked], minlength=len(lcs)) > 0


def _reduced(lcs: LightCurves, keep: BoolArray) -> LightCurves:
    """Points of a mask, and all of an object that would lose its last detection."""
    untouched = ~_found(lcs, keep & lcs.points["detected"])
    return lcs.select_points(keep | untouched[lcs.owner])
