"""Cadence: where and when a telescope looked, in which band and how deep.

A sample of pointing histories, each the complete record of visits of one sky position. All visits
lie in flat arrays sorted by position and time, so that the visits of any number of events are found
by one binary search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.atomic import new_file
from lcfm.errors import LcfmError, ReadError
from lcfm.surveys.followed import Followed

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MINUTES_PER_DAY = 1440.0
_SPREAD = 0.49  # minutes
_DAYS_PER_POSITION = 1e5  # spacing of positions on the search axis: longer than any history


@dataclass(frozen=True, eq=False)
class Cadence:
    """Pointing histories of many sky positions.

    Parameters
    ----------
    bands
        Names that `band` counts through.
    mjd_zero
        MJD that `day` counts from.
    ra, dec : ndarray, shape (n_positions,)
        Degrees.
    offsets : ndarray of int, shape (n_positions + 1,)
        Visits of position i are rows ``offsets[i]:offsets[i + 1]``.
    day : ndarray of float, shape (n_visits,)
        Days since `mjd_zero`, ascending within a position.
    band : ndarray of int, shape (n_visits,)
    depth : ndarray of float, shape (n_visits,)
        5-sigma AB magnitude of a point source.
    followed
        The object that each history was made for; None if they are those of fields.

    Attributes
    ----------
    axis : ndarray, shape (n_visits,)
        Days with a wide gap between positions: ascending overall, for one binary search.
    """

    bands: tuple[str, ...]
    mjd_zero: float
    ra: FloatArray
    dec: FloatArray
    offsets: IntArray
    day: FloatArray
    band: NDArray[np.int8]
    depth: NDArray[np.float32]
    followed: Followed | None = None
    axis: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = len(self.offsets) - 1
        if not len(self.day) == len(self.band) == len(self.depth) == self.offsets[-1]:
            raise LcfmError("cadence: day, band and depth must have as many rows as offsets end at")
        if n < 1 or len(self.ra) != n or len(self.dec) != n or (np.diff(self.offsets) < 1).any():
            raise LcfmError("cadence: give ra, dec and at least one visit for each position")
        if self.followed is not None:
            self.followed.check(n, len(self.day))
        position = np.repeat(np.arange(n), np.diff(self.offsets))
        axis = position * _DAYS_PER_POSITION + self.day
        if (
            (np.diff(axis) < 0).any()
            or self.day.min() < 0
            or self.day.max() > _DAYS_PER_POSITION / 2
        ):
            raise LcfmError("cadence: days must ascend within each position and start at mjd_zero")
        object.__setattr__(self, "axis", axis)

    def __len__(self) -> int:
        return len(self.ra)

    @property
    def first_day(self) -> FloatArray:
        """Day of the first visit of each position."""
        return self.day[self.offsets[:-1]]

    @property
    def last_day(self) -> FloatArray:
        """Day of the last visit of each position."""
        return self.day[self.offsets[1:] - 1]

    def visits_between(
        self, position: IntArray, start: FloatArray, stop: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """First row and number of the visits of a position between two days, each shape (n,)."""
        # Clip so that a search never runs into the neighbouring position.
        half = _DAYS_PER_POSITION / 2
        base = position * _DAYS_PER_POSITION
        low = np.searchsorted(self.axis, base + np.maximum(start, -half), side="left")
        high = np.searchsorted(self.axis, base + np.minimum(stop, half), side="right")
        return low, np.maximum(high - low, 0)

    def select_bands(self, bands: tuple[str, ...]) -> Cadence:
        """Keep the visits in `bands`, numbered in this order, and the positions that have any."""
        unknown = [band for band in bands if band not in self.bands]
        if unknown:
            raise LcfmError(
                f"cadence: no visit in band {unknown[0]!r}, only in {', '.join(self.bands)}; name "
                "bands among these or give a cadence that has it"
            )
        code = np.full(len(self.bands), -1, dtype=np.int8)
        for i, band in enumerate(bands):
            code[self.bands.index(band)] = i
        new = code[self.band]
        return self._keep(new >= 0, bands, new)

    def between(self, first_mjd: float, last_mjd: float) -> Cadence:
        """Keep the visits from one MJD to another and the positions that have any.

        Raises
        ------
        LcfmError
            There is no visit in between.
        """
        mjd = self.mjd_zero + self.day
        keep = (mjd >= first_mjd) & (mjd <= last_mjd)
        if not keep.any():
            raise LcfmError(
                f"cadence: no visit between MJD {first_mjd:g} and {last_mjd:g}; its visits span "
                f"MJD {mjd.min():.0f} to {mjd.max():.0f}"
            )
        return self._keep(keep, self.bands, self.band)

    def add_up_nights(self) -> Cadence:
        """Add up the visits of one night and band, as surveys do that visit within minutes.

        Depths add up as inverse variances, times as their mean weighted so; nights end at noon UTC.

        Raises
        ------
        LcfmError
            The histories are those of followed objects, whose visits were published as they are.
        """
        if self.followed is not None:
            raise LcfmError("cadence: visits of followed objects are published as they are")
        position = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        night = np.floor(self.mjd_zero + self.day - 0.5)
        order = np.lexsort((self.band, night, position))
        group = np.stack([position, night, self.band])[:, order]
        starts = np.flatnonzero(np.diff(group, axis=1, prepend=-1).any(axis=0))
        weight = 10 ** (0.8 * self.depth[order].astype(np.float64))
        total = np.add.reduceat(weight, starts)
        day = np.add.reduceat(weight * self.day[order], starts) / total
        whose, band = position[order][starts], self.band[order][starts]
        by_time = np.lexsort((band, day, whose))
        return Cadence(
            self.bands, self.mjd_zero, self.ra, self.dec,
            np.searchsorted(whose, np.arange(len(self) + 1)),
            day[by_time], band[by_time],
            (1.25 * np.log10(total[by_time])).astype(np.float32),
        )  # fmt: skip

    def through(self, bands: tuple[str, ...]) -> Cadence:
        """Take the same visits through other curves: `bands` stand for this cadence's, in order."""
        if len(bands) != len(self.bands):
            raise LcfmError(
                f"cadence: give one band for each of {', '.join(self.bands)}, got {len(bands)}"
            )
        return replace(self, bands=bands)

    def _keep(
        self, keep: NDArray[np.bool_], bands: tuple[str, ...], code: NDArray[np.int8]
    ) -> Cadence:
        counts = np.add.reduceat(keep.astype(np.int64), self.offsets[:-1])
        full = counts > 0
        return Cadence(
            bands, self.mjd_zero, self.ra[full], self.dec[full],
            np.concatenate([[0], np.cumsum(counts[full])]),
            self.day[keep], code[keep], self.depth[keep],
            None if self.followed is None else self.followed.keep(full, keep),
        )  # fmt: skip


def save_cadence(cadence: Cadence, path: str | Path) -> None:
    """Write a cadence to an ``.npz`` file, times to the minute and depths to 0.01 mag.

    A survey takes the path for its `cadence_name`.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise LcfmError(f"a cadence is written to a file that ends in .npz, not to {path.name!r}")
    minutes = np.rint(cadence.day * _MINUTES_PER_DAY)
    followed: dict[str, Any] = {} if cadence.followed is None else cadence.followed.arrays()
    with new_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            bands=np.array(cadence.bands),
            mjd_zero=np.float64(cadence.mjd_zero),
            ra=cadence.ra.astype(np.float32),
            dec=cadence.dec.astype(np.float32),
            offsets=cadence.offsets.astype(np.int64),
            # Steps in time compress far better than times: the reader adds them up again.
            minute_step=np.diff(minutes, prepend=0.0).astype(np.int32),
            band=cadence.band.astype(np.uint8),
            depth_cmag=np.rint(cadence.depth * 100).astype(np.uint16),
            **followed,
        )


def load_cadence(name: str, bands: tuple[str, ...]) -> Cadence:
    """Read a sample of pointing histories.

    Parameters
    ----------
    name
        One that ships with the package (file name in ``data/cadence`` without its ending, such as
        ``ztf``), or the path of an ``.npz`` file written by `save_cadence`.
    bands
        Bands wanted, in order.

    Raises
    ------
    LcfmError
        There is no such cadence, or it has no visit in one of the bands.
    ReadError
        The file is not a cadence.
    """
    own = name.endswith(".npz")
    folder = resources.files("lcfm") / "data" / "cadence"
    file = Path(name) if own else folder / f"{name}.npz"
    if not file.is_file():
        if own:
            raise LcfmError(f"no cadence file {name}; write one with save_cadence")
        ours = sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".npz"))
        raise LcfmError(
            f"no cadence {name!r} ships with the package, which has {', '.join(ours)}; give the "
            "path of an .npz file for one of your own"
        )
    with resources.as_file(file) as path:
        changed = path.stat().st_mtime_ns if own else 0
        return _load(path, changed, bands)


@lru_cache(maxsize=32)
def _load(path: Path, changed: int, bands: tuple[str, ...]) -> Cadence:
    """Read a file; `changed` tells a file that was written anew from the one in memory."""
    try:
        return _read(path).select_bands(bands)
    except (OSError, KeyError, ValueError) as error:
        if isinstance(error, LcfmError):
            raise
        raise ReadError(f"{path} is not a cadence as save_cadence writes it: {error}") from error


def _read(path: Path) -> Cadence:
    with np.load(path, allow_pickle=False) as stored:
        return Cadence(
            tuple(str(band) for band in stored["bands"]),
            float(stored["mjd_zero"]),
            stored["ra"].astype(np.float64),
            stored["dec"].astype(np.float64),
            stored["offsets"],
            _days(stored),
            stored["band"].astype(np.int8),
            stored["depth_cmag"].astype(np.float32) / 100,
            Followed.read(stored),
        )


def _days(stored: Mapping[str, Any]) -> FloatArray:
    """Days of the visits: whole ticks where the file names their length, else minutes."""
    steps = np.cumsum(stored["minute_step"], dtype=np.int64)
    if "tick" in stored:
        return np.asarray(steps * float(stored["tick"]))
    return _spread(steps) / _MINUTES_PER_DAY


def _spread(minutes: IntArray) -> FloatArray:
    """Put visits anywhere in the first half of their minute, always at the same place.

    Whole minutes would tell simulated light curves from real ones. Visits of one minute stay
    together, so that the order stays, and rounding gives the minutes back.
    """
    new = np.diff(minutes, prepend=-1) != 0
    place = np.random.default_rng(0).uniform(0.0, _SPREAD, int(new.sum()))
    return np.asarray(minutes + place[np.cumsum(new) - 1])
