"""Followed: histories that were made for one object each, as those in the literature are.

A survey visits fields; the literature holds objects that somebody followed because they were bright
enough, with exposures as long as they asked for, and published in a way of their own. So each
position of such a cadence is one followed object: an event takes the history of an object that was
about as bright and faded about as fast (what stays bright is followed for longer), its peak near
the day on which that one peaked, and what is not detected reaches the user only where that
telescope published it. No label is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from lcfm.errors import LcfmError

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
RecordArray = NDArray[np.uint8]

PEAK_SCATTER, FADE_SCATTER = 0.4, 0.3
"""Magnitudes between an event and the object whose history it takes: peak, fading."""
FADE_DAYS = 40.0
"""Days after the peak at which fading is measured."""
_NEAREST = 5
DAY_SCATTER = 3.0
"""Days between the peaks of both."""


class Record(IntEnum):
    """How a telescope's photometry of an object was published."""

    MAGNITUDES = 0
    """Detections alone."""
    FAINT_MAGNITUDES = 1
    """Magnitudes of all positive fluxes, however uncertain."""
    LIMITS = 2
    """Upper limits without a flux where nothing is detected."""
    FLUXES = 3
    """Fluxes, perhaps negative, marked as limits where nothing is detected."""
    NO_ERRORS = 4
    """Detections without an error, for which the catalogue assumes 0.1 mag."""


@dataclass(frozen=True, eq=False)
class Followed:
    """What is known of the objects whose histories a cadence holds.

    Parameters
    ----------
    day : ndarray, shape (n_positions,)
        Peak, as the days of the cadence.
    magnitude : ndarray, shape (n_positions,)
        Brightest measurement [AB mag].
    fade : ndarray, shape (n_positions,)
        Magnitudes by which it was fainter `FADE_DAYS` after the peak, around r.
    relative : ndarray of float32, shape (n_visits,)
        Part of the error that is proportional to the flux.
    record : ndarray of uint8, shape (n_visits,)
        A `Record`.
    """

    day: FloatArray
    magnitude: FloatArray
    fade: FloatArray
    relative: Float32Array
    record: RecordArray

    def check(self, n_positions: int, n_visits: int) -> None:
        """Raise LcfmError unless there is one row for each position and each visit."""
        per_position = len(self.day), len(self.magnitude)
        if (
            per_position != (n_positions,) * 2
            or (len(self.relative), len(self.record)) != (n_visits,) * 2
        ):
            raise LcfmError(
                f"followed: give day, magnitude and fade for each of {n_positions} positions, "
                f"relative and record for each of {n_visits} visits"
            )

    def keep(self, positions: NDArray[np.bool_], visits: NDArray[np.bool_]) -> Followed:
        """Some of the positions and visits."""
        return Followed(
            self.day[positions], self.magnitude[positions], self.fade[positions],
            self.relative[visits], self.record[visits],
        )  # fmt: skip

    def place(
        self, peak_magnitude: FloatArray, fade: FloatArray, rng: np.random.Generator
    ) -> tuple[IntArray, FloatArray]:
        """Draw for each event an object much like it, and the day of its t0.

        Parameters
        ----------
        peak_magnitude, fade : ndarray, shape (n,)
            Of the events.

        Returns
        -------
        position, t0 : ndarray, shape (n,)
        """
        n = len(peak_magnitude)
        scatter = np.array([PEAK_SCATTER, FADE_SCATTER])
        objects = np.column_stack([self.magnitude, self.fade]) / scatter
        wanted = np.column_stack([peak_magnitude, fade]) / scatter + rng.standard_normal((n, 2))
        # Beyond the ends of the list, the nearest few serve alike.
        nearest = cKDTree(objects).query(wanted, k=np.arange(1, 1 + min(_NEAREST, len(objects))))[1]
        position = nearest[np.arange(n), rng.integers(0, nearest.shape[1], n)]
        return position, self.day[position] + DAY_SCATTER * rng.standard_normal(n)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Columns of a cadence file."""
        return {
            "followed_day": self.day.astype(np.float32),
            "followed_magnitude": self.magnitude.astype(np.float32),
            "followed_fade": self.fade.astype(np.float32),
            "relative_permille": np.rint(self.relative * 1000).astype(np.uint16),
            "record": self.record,
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Followed | None:
        """From a cadence file; None if its histories are those of fields."""
        if "record" not in stored:
            return None
        return cls(
            stored["followed_day"].astype(np.float64),
            stored["followed_magnitude"].astype(np.float64),
            stored["followed_fade"].astype(np.float64),
            stored["relative_permille"].astype(np.float32) / 1000,
            stored["record"],
        )
