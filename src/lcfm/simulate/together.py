"""Together: what several telescopes and a spectrograph saw of the same events, on one clock.

Each survey observes an event at a position and in a year of its own. In the tables, t0, position
and spectra of an event agree: they are those of the first survey listed that selected it, and the
times of the others are moved by whole days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lcfm.lightcurves import LightCurves
from lcfm.simulate.events import Events
from lcfm.simulate.observe import Observed, observe
from lcfm.simulate.require import EVERY_SURVEY, Requirement
from lcfm.simulate.run import SimulationReport, light_curves
from lcfm.simulate.spectra import spectra_table, take_spectra
from lcfm.simulate.streams import stream
from lcfm.spectra import Spectra
from lcfm.surveys.base import Survey
from lcfm.surveys.spectrograph import Spectrograph


@dataclass(frozen=True, eq=False)
class SameEvents:
    """Events as several telescopes saw them.

    Attributes
    ----------
    light_curves : LightCurves
        One row per event and survey; ``event_id`` is shared.
    spectra : Spectra or None
        With the same ``event_id``; None without a spectrograph.
    report : SimulationReport
        Events drawn, selected and kept of each class.
    """

    light_curves: LightCurves
    spectra: Spectra | None = None
    report: SimulationReport = SimulationReport()

    @classmethod
    def concat(cls, parts: Iterable[SameEvents]) -> SameEvents:
        """Put samples one after another."""
        parts = list(parts)
        spectra = [part.spectra for part in parts if part.spectra is not None]
        return cls(
            LightCurves.concat(part.light_curves for part in parts),
            Spectra.concat(spectra) if spectra else None,
            sum((part.report for part in parts), SimulationReport()),
        )


@dataclass(frozen=True)
class Together:
    """Several surveys, of which `require` says who must have selected an event."""

    surveys: tuple[Survey, ...]
    require: Requirement

    def rows(self, events: Events, rng: np.random.Generator) -> NDArray[np.int64]:
        """Rows of the events that enter."""
        observed = observe_each(events, self.surveys, rng)
        return np.flatnonzero(self.require.keeps(seen_by(observed, self.surveys, len(events))))


def observe_many(
    events: Events,
    surveys: Sequence[Survey],
    rng: np.random.Generator,
    *,
    require: Requirement = EVERY_SURVEY,
    spectrograph: Spectrograph | None = None,
) -> SameEvents:
    """Look at events of your own through several telescopes.

    Returns
    -------
    SameEvents
        Of those that `require` keeps; ``event_id`` is the row in `events`.
    """
    observed = observe_each(events, surveys, rng)
    kept = np.flatnonzero(require.keeps(seen_by(observed, surveys, len(events))))
    event_id = np.array([str(i) for i in range(len(events))], dtype=object)
    return gather(events, observed, surveys, kept, event_id, rng, spectrograph)


def observe_each(
    events: Events, surveys: Sequence[Survey], rng: np.random.Generator
) -> list[Observed]:
    """What each survey sees of events whose t0 has the same decimals of a day for all.

    Each survey has a stream of its own, so what it sees does not depend on the others.
    """
    day_fraction = rng.random(len(events))
    seed = int(rng.integers(2**63))
    return [
        observe(events, survey, stream(seed, survey.name), day_fraction=day_fraction)
        for survey in surveys
    ]


def seen_by(
    observed: Sequence[Observed], surveys: Sequence[Survey], n: int
) -> dict[str, NDArray[np.bool_]]:
    """By survey name, which of n events it selected."""
    return {
        survey.name: np.isin(np.arange(n), one.event)
        for survey, one in zip(surveys, observed, strict=True)
    }


def gather(
    events: Events,
    observed: Sequence[Observed],
    surveys: Sequence[Survey],
    kept: NDArray[np.int64],
    event_id: NDArray[np.object_],
    rng: np.random.Generator,
    spectrograph: Spectrograph | None,
) -> SameEvents:
    """Tables of the events kept, on one clock.

    Parameters
    ----------
    observed
        What each survey saw of `events`.
    kept : ndarray of int, shape (n_kept,)
        Rows of `events`, ascending.
    event_id : ndarray of str, shape (n_events,)
        Names; ``object_id`` adds that of the survey.
    """
    t0_mjd, ra, dec = (np.full(len(events), np.nan) for _ in range(3))
    for one in observed[::-1]:
        t0_mjd[one.event], ra[one.event], dec[one.event] = one.t0_mjd, one.ra, one.dec
    tables = []
    for survey, one in zip(surveys, observed, strict=True):
        table = light_curves(events, one, survey)
        later = np.rint(t0_mjd[one.event] - one.t0_mjd)
        points = {**table.points, "mjd": table.points["mjd"] + later[table.owner]}
        table = LightCurves(table.objects, table.offsets, points, table.bands)
        table = table.with_columns(
            object_id=texts(f"{name}-{survey.name.lower()}" for name in event_id[one.event]),
            event_id=texts(event_id[one.event]),
            ra=ra[one.event], dec=dec[one.event], sim_t0_mjd=t0_mjd[one.event],
            peak_mjd=table.numbers("peak_mjd") + later,
        )  # fmt: skip
        tables.append(table[np.isin(one.event, kept)])
    spectra = None
    if spectrograph is not None:
        chosen = events[kept]
        taken = take_spectra(chosen, spectrograph, rng)
        spectra = spectra_table(chosen, taken, spectrograph, event_id[kept], t0_mjd[kept])
    return SameEvents(LightCurves.concat(tables), spectra)


def texts(values: Iterable[str]) -> pa.Array:
    """Arrow column of text."""
    return pa.array(list(values), type=pa.string())
