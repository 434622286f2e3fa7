"""Visits: where and when events happen, and which exposures of a survey see them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcfm.simulate.events import Events
from lcfm.surveys.base import Survey
from lcfm.surveys.cadence import Cadence
from lcfm.surveys.followed import FADE_DAYS

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]

_END_SCATTER = 0.9
"""Of the natural log of the day on which a history ends."""


def positions(
    events: Events, survey: Survey, cadence: Cadence, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Draw a position and the day of t0 for each event.

    Among followed objects, an event takes the place of one that was about as bright for as long.
    """
    if cadence.followed is not None:
        return cadence.followed.place(events.apparent_magnitude, _fade(events), rng)
    return place(len(events), cadence, rng, survey.margins)


def _fade(events: Events) -> FloatArray:
    """Magnitudes in r between t0 and `FADE_DAYS` later, at most 5, shape (n,)."""
    owner = np.repeat(np.arange(len(events)), 2)
    day = np.tile(np.array([0.0, FADE_DAYS]), len(events))
    flux = np.abs(events.band_flux(owner, np.zeros(len(owner), np.int8), day, ("sdssr",)))
    peak, later = flux.reshape(-1, 2).astype(np.float64).T
    return np.clip(2.5 * np.log10(np.maximum(peak, 1e-3) / np.maximum(later, 1e-3)), -1.0, 5.0)


def place(
    n: int,
    cadence: Cadence,
    rng: np.random.Generator,
    margins: tuple[float, float] = Survey.margins,
) -> tuple[IntArray, FloatArray]:
    """Draw a position and, uniformly in its history, the day of t0 for n events.

    Parameters
    ----------
    margins
        Days of history wanted before and after t0; t0 lies in the middle of a shorter history.
    """
    position = rng.integers(0, len(cadence), n)
    first = cadence.first_day[position] + margins[0]
    last = cadence.last_day[position] - margins[1]
    middle = (cadence.first_day[position] + cadence.last_day[position]) / 2
    short = last < first
    return position, rng.uniform(np.where(short, middle, first), np.where(short, middle, last))


def visits(
    events: Events,
    survey: Survey,
    cadence: Cadence,
    position: IntArray,
    t0: FloatArray,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Event and cadence row of each visit that can matter to the survey's users."""
    low, high = survey.window
    first = np.maximum(events.first_day, low) - survey.photometry.before
    last = np.minimum(events.last_day, high) + survey.photometry.after
    if survey.phases is not None:
        stretch = 1 + events.truth["redshift"]
        first = np.maximum(first, survey.phases[0] * stretch)
        last = np.minimum(last, survey.phases[1] * stretch)
    ends_after = survey.scatter.ends_after
    if ends_after is not None:
        last = np.minimum(
            last, ends_after * np.exp(_END_SCATTER * rng.standard_normal(len(events)))
        )
    start, counts = cadence.visits_between(position, t0 + first, t0 + last)
    ends = np.cumsum(counts)
    owner = np.repeat(np.arange(len(events)), counts)
    visit = np.arange(len(owner)) + np.repeat(start - (ends - counts), counts)
    if survey.scatter.lost:
        share: np.float32 | Float32Array = np.float32(survey.scatter.lost)
        evenness = survey.scatter.evenness
        if evenness is not None:
            a, b = share * evenness, (1 - share) * evenness
            share = rng.beta(a, b, len(events)).astype(np.float32)[owner]
        kept = rng.random(len(visit), dtype=np.float32) >= share
        owner, visit = owner[kept], visit[kept]
    return owner, visit
