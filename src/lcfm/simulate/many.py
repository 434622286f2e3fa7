"""Many: the same events through several telescopes and a spectrograph.

The physics of an event is drawn once. Each survey sees it with its own cadence, noise and
selection, and each light curve is a row with the survey's ``object_id`` and the event's
``event_id``.

A sample is cut into chunks as in `lcfm.simulate.run`; chunk j draws from ``SeedSequence(seed,
spawn_key=(j,))``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa

from lcfm.lightcurves import LightCurves
from lcfm.one_thread import one_thread
from lcfm.progress import progress_bar
from lcfm.ragged import Ragged
from lcfm.simulate.events import draw_events
from lcfm.simulate.mix import Mix, population_for
from lcfm.simulate.population import Population
from lcfm.simulate.quota import Quota
from lcfm.simulate.request import read_number, read_population, read_seed, read_surveys
from lcfm.simulate.require import EVERY_SURVEY, Requirement
from lcfm.simulate.run import CHUNK_OBJECTS, SimulationReport, class_counts
from lcfm.simulate.together import SameEvents, Together, gather, observe_each, seen_by, texts
from lcfm.spectra import Spectra
from lcfm.surveys.base import Survey
from lcfm.surveys.spectrograph import Spectrograph, get_spectrograph

_Table = TypeVar("_Table", LightCurves, Spectra)


@dataclass(frozen=True)
class ManyChunk:
    """One independent piece of a sample: everything a worker needs to make it."""

    surveys: tuple[Survey, ...]
    spectrograph: Spectrograph | None
    population: Population
    require: Requirement
    seed: int
    chunk_index: int
    first_event: int
    quota: tuple[tuple[str, int], ...]

    @property
    def n(self) -> int:
        """Events that the chunk keeps."""
        return sum(count for _, count in self.quota)

    @property
    def name(self) -> str:
        """All surveys, as in the report."""
        return "+".join(survey.name for survey in self.surveys)

    @property
    def folders(self) -> tuple[str, ...]:
        """Where its tables are written below an output: light curves alone are the output."""
        return ("",) if self.spectrograph is None else ("light_curves", "spectra")

    def settings(self) -> dict[str, object]:
        """What decides the tables, beside the seed."""
        return {
            "population": self.population,
            "survey settings": self.surveys,
            "requirement": self.require,
            "spectrograph": self.spectrograph,
        }

    def make(self) -> tuple[list[Ragged], SimulationReport]:
        """The light curves, and spectra if there is a spectrograph; see `make_many_chunk`."""
        made = make_many_chunk(self)
        tables = (made.light_curves, made.spectra)
        return [table for table in tables if table is not None], made.report


def simulate_many(
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    spectrograph: str | Spectrograph | None = None,
    require: Requirement = EVERY_SURVEY,
    population: Population | Mix | None = None,
    progress: bool = False,
) -> SameEvents:
    """Simulate `n` events, each through all surveys.

    Parameters
    ----------
    surveys
        Names on the surveys shelf or surveys of your own.
    n
        Events kept, divided among classes by the population's mix.
    seed
        The same seed gives the same tables.
    spectrograph
        Name in `lcfm.surveys.spectrograph.SPECTROGRAPHS`, one of your own, or None for no spectra.
    require
        Which surveys must have selected an event: `EverySurvey`, `AnySurvey` or `TheseSurveys`.
    population
        Class mix, redshifts, dust; or a mix alone (`lcfm.simulate.mix`), the eight classes of the
        set ``label8`` alike by default, as deep as the sample required.
    progress
        Show a progress bar with rate and remaining time.

    Returns
    -------
    SameEvents
        Light curves with columns as of `lcfm.simulate.simulate`, spectra, and counts.

    Raises
    ------
    LcfmError
        A survey or spectrograph is unknown, `n` is not positive, or a class is practically never
        selected.
    """
    chunks = plan_many(
        surveys, n, seed=seed, spectrograph=spectrograph, require=require, population=population
    )
    return SameEvents.concat(iter_many(chunks, progress=progress))


def iter_many(chunks: Sequence[ManyChunk], *, progress: bool = False) -> Iterator[SameEvents]:
    """Yield the sample chunk by chunk: memory is bounded by one."""
    with progress_bar(" events", total=sum(chunk.n for chunk in chunks), shown=progress) as bar:
        for chunk in chunks:
            yield make_many_chunk(chunk)
            bar.update(chunk.n)


def plan_many(
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    spectrograph: str | Spectrograph | None = None,
    require: Requirement = EVERY_SURVEY,
    population: Population | Mix | None = None,
) -> list[ManyChunk]:
    """Cut a sample into chunks; parameters as in `simulate_many`."""
    n, seed, population = read_number(n), read_seed(seed), read_population(population)
    chosen = tuple(read_surveys(surveys))
    drawn = population_for(require.deciding(chosen), population, Together(chosen, require))
    instrument = None if spectrograph is None else get_spectrograph(spectrograph)
    totals = class_counts(drawn.mix, n)
    n_chunks = math.ceil(n / CHUNK_OBJECTS)
    chunks: list[ManyChunk] = []
    first = 0
    for j in range(n_chunks):
        quota = tuple(
            (label, total * (j + 1) // n_chunks - total * j // n_chunks)
            for label, total in totals.items()
        )
        chunks.append(ManyChunk(chosen, instrument, drawn, require, seed, j, first, quota))
        first += chunks[-1].n
    return chunks


@one_thread()
def make_many_chunk(chunk: ManyChunk) -> SameEvents:
    """Draw and observe events until every class of the chunk has its number of events."""
    rng = np.random.default_rng(np.random.SeedSequence(chunk.seed, spawn_key=(chunk.chunk_index,)))
    quota = Quota(dict(chunk.quota))
    parts: list[SameEvents] = []
    names: list[str] = []
    while not quota.full:
        labels = quota.next_labels()
        events = draw_events(chunk.population, len(labels), rng, labels=labels)
        observed = observe_each(events, chunk.surveys, rng)
        found = np.flatnonzero(chunk.require.keeps(seen_by(observed, chunk.surveys, len(events))))
        kept = found[quota.take(labels, events.label[found])]
        quota.refuse_hopeless(chunk.name)
        if len(kept):
            event_id = np.array([f"{len(parts)}-{i}" for i in range(len(events))], dtype=object)
            names += event_id[kept].tolist()
            parts.append(
                gather(events, observed, chunk.surveys, kept, event_id, rng, chunk.spectrograph)
            )
    sample = SameEvents.concat(parts)
    number = dict(zip(names, rng.permutation(len(names)).tolist(), strict=True))
    spectra = sample.spectra
    return SameEvents(
        _renamed(sample.light_curves, number, chunk),
        None if spectra is None else _renamed(spectra, number, chunk),
        SimulationReport.of(quota, chunk.name),
    )


def _renamed(table: _Table, number: Mapping[str, int], chunk: ManyChunk) -> _Table:
    """Final names, in the order of the events' numbers."""
    of_row = np.array([number[name] for name in table.column("event_id")], dtype=np.int64)
    order = np.argsort(of_row, kind="stable")
    sorted_table = table[order]
    events = [f"sim-many-{chunk.seed}-{chunk.first_event + i}" for i in of_row[order]]
    surveys = sorted_table.column("survey")
    return sorted_table.with_columns(
        object_id=texts(f"{e}-{s.lower()}" for e, s in zip(events, surveys, strict=True)),
        event_id=texts(events),
        sim_seed=pa.array(np.full(len(events), chunk.seed)),
    )
