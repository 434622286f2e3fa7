"""Run: simulated samples of any size, the same for the same seed whatever the workers.

A sample is cut into chunks of fixed class counts. Chunk j of a survey draws from a stream of its
own (`lcfm.simulate.streams`), so chunks are independent and may be made in any order, by any number
of processes, and a survey's table is the same whatever others are simulated beside it. Within a
chunk, each class is drawn again until enough of its events were detected and selected; how many
that took is part of the report.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pyarrow as pa

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.one_thread import one_thread
from lcfm.progress import progress_bar
from lcfm.ragged import Ragged
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.mix import Mix, population_for
from lcfm.simulate.observe import Observed, observe
from lcfm.simulate.population import Population
from lcfm.simulate.quota import Quota
from lcfm.simulate.request import read_number, read_population, read_seed, read_surveys
from lcfm.simulate.streams import stream
from lcfm.surveys.base import Survey

CHUNK_OBJECTS = 1000
"""Objects a chunk keeps, about: part of what a seed means, so not a setting."""


@dataclass(frozen=True)
class SimulationReport:
    """How many events each class took.

    Attributes
    ----------
    drawn, selected : dict of (survey, class) to int
        Events drawn, and those among them that were detected, triggered and selected.
    kept : dict of (survey, class) to int
        Objects in the table; surplus selected events are not kept.
    """

    drawn: Mapping[tuple[str, str], int] = field(default_factory=dict)
    selected: Mapping[tuple[str, str], int] = field(default_factory=dict)
    kept: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, quota: Quota, survey: str) -> SimulationReport:
        """Counts of a quota that a survey filled."""
        counts = (quota.drawn, quota.selected, quota.kept)
        return cls(*({(survey, label): n for label, n in by.items()} for by in counts))

    def __add__(self, other: SimulationReport) -> SimulationReport:
        return SimulationReport(
            _sum(self.drawn, other.drawn),
            _sum(self.selected, other.selected),
            _sum(self.kept, other.kept),
        )

    def __str__(self) -> str:
        width = 2 + max(len(survey) for survey, _ in [("survey", ""), *self.drawn])
        lines = [f"{'survey':<{width}}{'class':<12}{'drawn':>10}{'selected':>10}{'kept':>8}"]
        for key, drawn in self.drawn.items():
            survey, label = key
            selected, kept = self.selected.get(key, 0), self.kept.get(key, 0)
            lines.append(f"{survey:<{width}}{label:<12}{drawn:>10,}{selected:>10,}{kept:>8,}")
        for survey in dict.fromkeys(survey for survey, _ in self.kept):
            missing = [label for (of, label), n in self.kept.items() if of == survey and not n]
            if missing:
                lines.append(
                    f"{survey}: none of {', '.join(missing)}, whose share of the objects is less "
                    "than one; raise n to have them"
                )
        return "\n".join(lines)


@dataclass(frozen=True)
class Chunk:
    """One independent piece of a sample: everything a worker needs to make it."""

    survey: Survey
    population: Population
    seed: int
    chunk_index: int
    first_object: int
    quota: tuple[tuple[str, int], ...]

    folders: ClassVar[tuple[str, ...]] = ("",)

    @property
    def n(self) -> int:
        """Objects that the chunk keeps."""
        return sum(count for _, count in self.quota)

    @property
    def name(self) -> str:
        """Which part of the sample it belongs to."""
        return self.survey.name

    def settings(self) -> dict[str, object]:
        """What decides the table, beside the seed."""
        return {"population": self.population, "survey settings": self.survey}

    def make(self) -> tuple[list[Ragged], SimulationReport]:
        """The light curves; see `make_chunk`."""
        table, report = make_chunk(self)
        return [table], report


def simulate(
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    population: Population | Mix | None = None,
    progress: bool = False,
) -> LightCurves:
    """Simulate `n` labelled light curves for each survey.

    Parameters
    ----------
    surveys
        Names on the surveys shelf (``"ztf"``, ``"lsst"``) or surveys of your own.
    n
        Objects kept per survey, divided among classes by the population's mix (equally by default).
    seed
        The same seed gives a survey the same table, whatever the other surveys.
    population
        Class mix, redshifts, dust; or a mix alone (`lcfm.simulate.mix`), the eight classes of the
        set ``label8`` alike by default, as deep as each survey's sample.
    progress
        Show a progress bar with rate and remaining time.

    Returns
    -------
    LightCurves
        With columns ``label``, ``type`` (the finer one, SNIc-BL of SNIb/c), ``redshift``,
        ``mwebv``, ``ra``, ``dec`` [deg], ``peak_mjd`` and the truth in columns that begin with
        ``sim_``.

    Raises
    ------
    LcfmError
        A survey is unknown, `n` or `seed` is no such number, or a class is practically never
        selected.

    Notes
    -----
    ``object_id`` is made of survey, seed and number, so samples of one survey and seed have the
    same ids, whatever their classes; give samples that are to be joined seeds of their own.
    """
    return simulate_with_report(surveys, n, seed=seed, population=population, progress=progress)[0]


def simulate_with_report(
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    population: Population | Mix | None = None,
    progress: bool = False,
) -> tuple[LightCurves, SimulationReport]:
    """As `simulate`, with the counts of drawn and selected events."""
    tables, report = [], SimulationReport()
    chunks = plan(surveys, n, seed=seed, population=population)
    with progress_bar(" events", total=sum(chunk.n for chunk in chunks), shown=progress) as bar:
        for chunk in chunks:
            table, counts = make_chunk(chunk)
            tables.append(table)
            report += counts
            bar.update(len(table))
    return LightCurves.concat(tables), report


def plan(
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    population: Population | Mix | None = None,
) -> list[Chunk]:
    """Cut a sample into chunks, in the order of the table; parameters as in `simulate`."""
    n, seed, population = read_number(n), read_seed(seed), read_population(population)
    chunks = []
    for survey in read_surveys(surveys):
        chosen = population_for(survey, population)
        totals = class_counts(chosen.mix, n)
        n_chunks = math.ceil(n / CHUNK_OBJECTS)
        first = 0
        for j in range(n_chunks):
            quota = tuple(
                (label, total * (j + 1) // n_chunks - total * j // n_chunks)
                for label, total in totals.items()
            )
            chunks.append(Chunk(survey, chosen, seed, j, first, quota))
            first += chunks[-1].n
    return chunks


def class_counts(mix: Mapping[str, float], n: int) -> dict[str, int]:
    """Divide n objects by class weights, by largest remainder; the counts add up to n."""
    weights = np.array(list(mix.values()), dtype=np.float64)
    if len(weights) == 0 or (weights < 0).any() or not weights.sum() > 0:
        raise LcfmError(f"class mix must have weights >= 0 with a positive sum, got {dict(mix)}")
    exact = n * weights / weights.sum()
    counts = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: n - counts.sum()]] += 1
    return {label: int(count) for label, count in zip(mix, counts, strict=True)}


@one_thread()
def make_chunk(chunk: Chunk) -> tuple[LightCurves, SimulationReport]:
    """Draw and observe events until every class of the chunk has its number of objects.

    The function of one partition: its result depends on the chunk alone, so it may run in this
    process, in worker processes or on the machines of a Dask cluster.

    Raises
    ------
    LcfmError
        A class is practically never selected.
    """
    rng = stream(chunk.seed, chunk.survey.name, chunk.chunk_index)
    quota = Quota(dict(chunk.quota))
    parts: list[LightCurves] = []
    while not quota.full:
        labels = quota.next_labels()
        events = draw_events(chunk.population, len(labels), rng, labels=labels)
        observed = observe(events, chunk.survey, rng)
        take = quota.take(labels, events.label[observed.event])
        parts.append(light_curves(events, observed, chunk.survey, prefix=f"{len(parts)}-")[take])
        quota.refuse_hopeless(chunk.survey.name)
    table = LightCurves.concat(parts)
    table = table[rng.permutation(len(table))]
    ids = [
        f"sim-{chunk.survey.name.lower()}-{chunk.seed}-{chunk.first_object + i}"
        for i in range(len(table))
    ]
    table = table.with_columns(
        object_id=pa.array(ids),
        event_id=pa.array(ids),
        sim_seed=pa.array(np.full(len(table), chunk.seed)),
    )
    return table, SimulationReport.of(quota, chunk.survey.name)


def light_curves(
    events: Events, observed: Observed, survey: Survey, *, prefix: str = ""
) -> LightCurves:
    """Put observed events and their truth into a table, named `prefix` and a number."""
    rows = observed.event
    columns: dict[str, object] = {
        "object_id": pa.array([f"{prefix}{i}" for i in range(len(rows))], type=pa.string()),
        "survey": pa.array([survey.name] * len(rows), type=pa.string()),
        "label": pa.array(events.label[rows], type=pa.string()),
    }
    for name, values in events.truth.items():
        plain = name in ("type", "redshift", "mwebv")
        columns[name if plain else f"sim_{name}"] = values[rows]
    columns["ra"], columns["dec"] = observed.ra, observed.dec
    columns["peak_mjd"] = observed.peak_mjd
    columns["sim_t0_mjd"] = observed.t0_mjd
    points = {
        name: getattr(observed, name)
        for name in ("mjd", "band", "flux", "flux_err", "detected", "limit")
    }
    return LightCurves(pa.table(columns), observed.offsets, points, survey.bands)


def _sum(
    a: Mapping[tuple[str, str], int], b: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    return {key: a.get(key, 0) + b.get(key, 0) for key in {**a, **b}}
