"""Cadence: where and when a telescope looked, in which band and how deep.

A sample of pointing histories, each the complete record of visits of one sky position. All visits
lie in flat arrays sorted by position and time, so that the visits of any number of events are found
by one binary search.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MINUTES_PER_DAY = 1440.0
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
    axis: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = len(self.offsets) - 1
        if not len(self.day) == len(self.band) == len(self.depth) == self.offsets[-1]:
            raise LcfmError("cadence: day, band and depth must have as many rows as offsets end at")
        if n < 1 or len(self.ra) != n or len(self.dec) != n or (np.diff(self.offsets) < 1).any():
            raise LcfmError("cadence: give ra, dec and at least one visit for each position")
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
                f"cadence: no visit in band {unknown[0]!r}; it has {', '.join(self.bands)}"
            )
        code = np.full(len(self.bands), -1, dtype=np.int8)
        for i, band in enumerate(bands):
            code[self.bands.index(band)] = i
        new = code[self.band]
        keep = new >= 0
        counts = np.add.reduceat(keep.astype(np.int64), self.offsets[:-1])
        full = counts > 0
        return Cadence(
            bands, self.mjd_zero, self.ra[full], self.dec[full],
            np.concatenate([[0], np.cumsum(counts[full])]),
            self.day[keep], new[keep], self.depth[keep],
        )  # fmt: skip


@cache
def load_cadence(name: str, bands: tuple[str, ...]) -> Cadence:
    """Read a sample of pointing histories that ships with the package.

    Parameters
    ----------
    name
        File name in ``data/cadence`` without its ending: ``ztf`` or ``lsst``.
    bands
        Bands wanted, in order.
    """
    file = resources.files("lcfm") / "data" / "cadence" / f"{name}.npz"
    if not file.is_file():
        raise LcfmError(f"no cadence {name!r} ships with the package; give a Cadence of your own")
    with resources.as_file(file) as path, np.load(path, allow_pickle=False) as stored:
        cadence = Cadence(
            tuple(str(band) for band in stored["bands"]),
            float(stored["mjd_zero"]),
            stored["ra"].astype(np.float64),
            stored["dec"].astype(np.float64),
            stored["offsets"],
            np.cumsum(stored["minute_step"], dtype=np.int64) / _MINUTES_PER_DAY,
            stored["band"].astype(np.int8),
            stored["depth_cmag"].astype(np.float32) / 100,
        )
    return cadence.select_bands(bands)
