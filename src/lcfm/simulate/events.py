"""Events: the physics half of a simulation, drawn once and seen by any number of telescopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import sources
from lcfm.errors import LcfmError
from lcfm.simulate.population import Population, apparent_magnitude
from lcfm.simulate.propagate import Foreground, class_band_flux
from lcfm.sources.base import Source

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Events:
    """n events of mixed classes: physics only, no telescope.

    Attributes
    ----------
    label : ndarray of object, shape (n,)
        Class of each event, as the population's mix names it.
    truth : dict of str to ndarray, each of shape (n,)
        ``type`` (that of the source, such as SNIc-BL where the class is SNIb/c), ``redshift``,
        ``mwebv`` and ``host_ebv`` [mag], and ``peak_abs_mag`` (rest frame, AB, with host dust:
        Bessell R for core collapse and kilonovae, else B; of the difference flux for AGN).
    parameters : dict of str to dict of str to ndarray
        Per type, the source's parameters of the events of that type in their order here.
    first_day, last_day : ndarray of float, shape (n,)
        Observer-frame days relative to t0 (the peak; an arbitrary day for AGN) between which flux
        is not zero.
    own_sources : mapping of str to Source
        As of the population.
    """

    label: NDArray[np.object_]
    truth: dict[str, NDArray[Any]]
    parameters: dict[str, dict[str, NDArray[Any]]]
    first_day: FloatArray
    last_day: FloatArray
    own_sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def type(self) -> NDArray[np.object_]:
        """Type of each event, shape (n,)."""
        return self.truth["type"]

    @property
    def apparent_magnitude(self) -> FloatArray:
        """Peak magnitude that a population's limit is about, shape (n,): AB, around r."""
        return apparent_magnitude(
            self.truth["peak_abs_mag"], self.truth["redshift"], self.truth["mwebv"]
        )

    def source(self, name: str) -> Source:
        """Source of a type."""
        return self.own_sources[name] if name in self.own_sources else sources.get(name)

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, rows: Any) -> Events:
        """Events at a mask, slice or array of indices."""
        index = np.atleast_1d(np.arange(len(self))[rows])
        parameters = {}
        for kind, values in self.parameters.items():
            mine = self.type == kind
            chosen = (np.cumsum(mine) - 1)[index[mine[index]]]
            if len(chosen):
                parameters[kind] = {name: array[chosen] for name, array in values.items()}
        truth = {name: array[index] for name, array in self.truth.items()}
        ends = self.first_day[index], self.last_day[index]
        return Events(self.label[index], truth, parameters, *ends, self.own_sources)

    def band_flux(
        self,
        owner: IntArray,
        band_code: NDArray[np.integer[Any]],
        day: NDArray[np.floating[Any]],
        bands: tuple[str, ...],
    ) -> NDArray[np.float32]:
        """Flux of points of any events in any bands.

        Parameters
        ----------
        owner : ndarray of int, shape (n_points,)
            Row of each point's event, ascending.
        band_code : ndarray of int, shape (n_points,)
            Index into `bands`.
        day : ndarray of float, shape (n_points,)
            Observer-frame days since t0.

        Returns
        -------
        ndarray of float32, shape (n_points,)
            nJy, 0 outside `first_day` … `last_day`; negative values occur in AGN.
        """
        owner = np.asarray(owner, dtype=np.int64)
        flux = np.zeros(len(owner), dtype=np.float32)
        for kind, parameters in self.parameters.items():
            mine = self.type == kind
            foreground = Foreground(self.truth["redshift"][mine], self.truth["mwebv"][mine])
            if mine.all():
                points: Any = slice(None)
                local = owner
            else:
                points = np.flatnonzero(mine[owner])
                local = (np.cumsum(mine) - 1)[owner[points]]
            flux[points] = class_band_flux(
                self.source(kind), parameters, foreground,
                local, band_code[points], day[points], bands,
            )  # fmt: skip
        return flux


def draw_events(
    population: Population,
    n: int,
    rng: np.random.Generator,
    *,
    labels: Sequence[str] | None = None,
) -> Events:
    """Draw n events from a population.

    Parameters
    ----------
    labels
        Class of each event, if the mix should not decide: classes of the mix or any other.

    Raises
    ------
    LcfmError
        `labels` has another length than n, or a class has no source.
    """
    if labels is None:
        label = population.draw_labels(n, rng)
    else:
        label = np.array(labels, dtype=object)
        if len(label) != n:
            raise LcfmError(f"labels: expected one per event, {n}, got {len(label)}")
    kind = population.draw_types(label, rng)
    truth: dict[str, NDArray[Any]] = {"type": kind}
    for column in ("redshift", "mwebv", "host_ebv", "peak_abs_mag"):
        truth[column] = np.zeros(n)
    parameters = {}
    first_day, last_day = np.zeros(n), np.zeros(n)
    for name in sorted(set(kind)):
        rows = np.flatnonzero(kind == name)
        drawn, redshift, mwebv = population.draw_type(name, len(rows), rng)
        parameters[name] = drawn
        truth["redshift"][rows], truth["mwebv"][rows] = redshift, mwebv
        truth["host_ebv"][rows] = drawn.get("host_ebv", 0.0)
        truth["peak_abs_mag"][rows] = drawn["peak_abs_mag"]
        first, last = population.source(name).phase_range(drawn)
        first_day[rows], last_day[rows] = first * (1 + redshift), last * (1 + redshift)
    return Events(label, truth, parameters, first_day, last_day, population.own_sources)
