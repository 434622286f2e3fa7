"""Events: the physics half of a simulation, drawn once and seen by any number of telescopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.simulate.population import Population

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Events:
    """n events of mixed classes.

    Attributes
    ----------
    label : ndarray of object, shape (n,)
        Class of each event.
    truth : dict of str to ndarray, each of shape (n,)
        ``redshift``, ``mwebv``, ``host_ebv``, ``peak_abs_mag`` and more.
    first_day, last_day : ndarray of float, shape (n,)
        Observer-frame days relative to t0 in which flux is not zero.
    """

    label: NDArray[np.object_]
    truth: dict[str, NDArray[Any]]
    first_day: FloatArray
    last_day: FloatArray

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, rows: Any) -> Events:
        raise NotImplementedError

    def band_flux(
        self, owner: IntArray, band_code: IntArray, day: FloatArray, bands: tuple[str, ...]
    ) -> NDArray[np.float32]:
        """Flux [nJy] of each point; `owner` ascends, `day` is observer-frame days since t0."""
        raise NotImplementedError


def draw_events(
    population: Population,
    n: int,
    rng: np.random.Generator,
    *,
    labels: Sequence[str] | None = None,
) -> Events:
    """Draw n events from a population; `labels` fixes each event's class."""
    raise NotImplementedError
