"""Observe: events through one survey, from pointings to the photometry that its users get.

Events are handled by the hundred on flat arrays, in this order:

    position, t0 -> visits -> true flux -> noise -> detection -> photometry -> selection

Nothing loops over single events, so the cost is that of a few passes over the points.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.simulate.events import Events
from lcfm.simulate.found import summarise
from lcfm.simulate.visits import positions, visits
from lcfm.surveys.base import Survey
from lcfm.surveys.cadence import Cadence
from lcfm.surveys.photometry import Measured
from lcfm.units import AB_ZEROPOINT_NJY

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_MAGNITUDES_TO_LN = np.float32(-0.4 * np.log(10.0))
_BLOCK_EVENTS = 500
"""Events handled at once: their points stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Light curves of the events that entered the sample.

    Attributes
    ----------
    event : ndarray of int, shape (n_kept,)
        Rows of the events given, ascending.
    offsets : ndarray of int, shape (n_kept + 1,)
    mjd, band, flux, flux_err, detected, limit : ndarray, each of shape (n_points,)
        As in `LightCurves`; `band` counts through the survey's bands.
    ra, dec, t0_mjd, peak_mjd, peak_magnitude : ndarray, each of shape (n_kept,)
        Position of the pointing history [deg], true time origin of the event, and time and AB
        magnitude of the brightest detection.
    """

    event: IntArray
    offsets: IntArray
    mjd: FloatArray
    band: NDArray[np.int16]
    flux: Float32Array
    flux_err: Float32Array
    detected: BoolArray
    limit: BoolArray
    ra: FloatArray
    dec: FloatArray
    t0_mjd: FloatArray
    peak_mjd: FloatArray
    peak_magnitude: FloatArray


def observe(
    events: Events,
    survey: Survey,
    rng: np.random.Generator,
    *,
    day_fraction: FloatArray | None = None,
) -> Observed:
    """Look at every event once, at a random position and time of the survey.

    Parameters
    ----------
    events
        Physics, drawn by `draw_events`.
    survey
        The telescope.
    rng
        Source of positions, times, noise and selection.
    day_fraction : ndarray, shape (n_events,)
        Decimals of the MJD of each t0, if several surveys shall agree on them: then their times
        differ by whole days, and nights stay nights when they are put on one clock.

    Returns
    -------
    Observed
        Events that were detected, triggered and selected, with their points in time order.
    """
    cadence = survey.cadence
    n = len(events)
    blocks = []
    for start in range(0, max(n, 1), _BLOCK_EVENTS):
        rows = slice(start, start + _BLOCK_EVENTS)
        position, t0 = positions(events[rows], survey, cadence, rng)
        if day_fraction is not None:
            t0 = np.floor(cadence.mjd_zero + t0) + day_fraction[rows] - cadence.mjd_zero
        blocks.append(_observe_block(events[rows], start, survey, cadence, position, t0, rng))
    if len(blocks) == 1:
        return blocks[0]
    columns = {
        field.name: np.concatenate([getattr(block, field.name) for block in blocks])
        for field in fields(Observed)
        if field.name != "offsets"
    }
    lengths = np.concatenate([np.diff(block.offsets) for block in blocks])
    return Observed(offsets=np.concatenate([[0], np.cumsum(lengths)]), **columns)


def _observe_block(
    events: Events,
    first_event: int,
    survey: Survey,
    cadence: Cadence,
    position: IntArray,
    t0: FloatArray,
    rng: np.random.Generator,
) -> Observed:
    n = len(events)
    owner, visit = visits(events, survey, cadence, position, t0, rng)
    start_of = np.searchsorted(owner, np.arange(n + 1))
    n_visits = np.diff(start_of)
    visited = cadence.day.take(visit)
    day = (visited - np.repeat(t0, n_visits)).astype(np.float32)
    band = cadence.band.take(visit)
    truth = events.band_flux(owner, band, day, survey.bands)
    _subtract_reference(truth, owner, band, events, survey, rng)
    relative, record = (
        (None, None)
        if cadence.followed is None
        else (cadence.followed.relative[visit], cadence.followed.record[visit])
    )
    threshold = None
    if survey.scatter.raised:
        raised = (1 + rng.exponential(survey.scatter.raised, n)).astype(np.float32)
        threshold = np.repeat(raised, n_visits)
    measured = measure(truth, cadence.depth.take(visit), survey, rng, relative, threshold)
    if record is not None:
        measured = replace(measured, record=record)

    # What users never get makes no object: all that follows counts the published detections.
    reaches = survey.photometry.reaches(measured)
    found = summarise(n, owner, day, measured.flux, measured.detected & reaches)
    with np.errstate(divide="ignore"):
        magnitude = AB_ZEROPOINT_NJY - 2.5 * np.log10(found.peak_flux)
    chosen = survey.trigger.fires(n, found.owner, found.day)
    chance = survey.selection.probability(magnitude, events.type)
    if survey.selection.faintest is not None:  # else everything enters, and nobody chooses
        chance *= survey.trigger.taken(found.peak - found.first)
    chosen &= rng.random(n) < chance

    low, high = survey.window
    start = np.maximum(found.first - survey.photometry.before, found.peak + low)
    stop = np.minimum(found.last + survey.photometry.after, found.peak + high)
    start = np.where(chosen, start, np.inf).astype(np.float32)
    keep = day >= np.repeat(start, n_visits)
    keep &= day <= np.repeat(stop.astype(np.float32), n_visits)
    keep &= reaches
    # Counted after the window, which may cut detections far from the brightest.
    chosen &= _per_event(keep & measured.detected, start_of) >= survey.minimum_detections
    if survey.minimum_points:
        chosen &= _per_event(keep, start_of) >= survey.minimum_points
    keep &= np.repeat(chosen, n_visits)
    rows: Any = slice(None) if keep.all() else np.flatnonzero(keep)
    measured = measured.take(rows)
    seen, error, limit = survey.photometry.deliver(measured)
    event = np.flatnonzero(chosen)
    counts = _per_event(keep, start_of)[event]
    return Observed(
        event=event + first_event,
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        mjd=cadence.mjd_zero + visited[rows],
        band=band[rows].astype(np.int16),
        flux=seen,
        flux_err=error,
        detected=measured.detected,
        limit=limit,
        ra=cadence.ra[position[event]],
        dec=cadence.dec[position[event]],
        t0_mjd=cadence.mjd_zero + t0[event],
        peak_mjd=cadence.mjd_zero + t0[event] + found.peak[event],
        peak_magnitude=magnitude[event],
    )


def _per_event(chosen: BoolArray, start: IntArray) -> IntArray:
    """How many points of each event are chosen, from where its points start, shape (n + 1,)."""
    return np.diff(np.searchsorted(np.flatnonzero(chosen), start))


def _subtract_reference(
    truth: Float32Array,
    owner: IntArray,
    band: NDArray[np.int8],
    events: Events,
    survey: Survey,
    rng: np.random.Generator,
) -> None:
    """Take the flux that the reference images contain off the true fluxes, in place."""
    n_bands = len(survey.bands)
    event, image_band, day = survey.reference.epochs(len(events), n_bands, rng)
    if len(event):
        offset = np.zeros(len(events) * n_bands, dtype=np.float32)
        contained = events.band_flux(event, image_band, day.astype(np.float32), survey.bands)
        offset[event * n_bands + image_band] = contained
        truth -= offset[owner * n_bands + band]


def measure(
    truth: Float32Array,
    depth: Float32Array,
    survey: Survey,
    rng: np.random.Generator,
    relative: Float32Array | None = None,
    threshold: Float32Array | None = None,
) -> Measured:
    """Add noise to true fluxes and decide which points are detections.

    Parameters
    ----------
    truth, depth : ndarray, shape (n_points,)
        True flux [nJy] and 5-sigma depth [mag] of each point.
    survey
        Noise, scatter and detection.
    rng
        Source of the noise.
    relative : ndarray, shape (n_points,), optional
        Relative error of each point beside that of the survey's noise.
    threshold : ndarray, shape (n_points,), optional
        Factor by which the detection threshold of each point is raised.

    Returns
    -------
    Measured
    """
    scatter = survey.scatter
    size = len(truth)
    exponent = (depth - np.float32(AB_ZEROPOINT_NJY)) * _MAGNITUDES_TO_LN
    if scatter.depth:
        spread = _MAGNITUDES_TO_LN * np.float32(scatter.depth)
        exponent += spread * rng.standard_normal(size, dtype=np.float32)
    depth_flux = np.exp(exponent)
    sigma = survey.noise.sigma(truth, depth_flux)
    if relative is not None:
        sigma = np.hypot(sigma, relative * truth)
    if scatter.error:
        sigma *= np.exp(np.float32(scatter.error) * rng.standard_normal(size, dtype=np.float32))
    noise = rng.standard_normal(size, dtype=np.float32)
    if scatter.outliers and size:
        n_outliers = rng.binomial(size, scatter.outliers)
        noise[rng.integers(0, size, n_outliers)] *= np.float32(scatter.outlier_scale)
    flux = truth + sigma * noise
    if scatter.unreported:
        flux += truth * (
            np.float32(scatter.unreported) * rng.standard_normal(size, dtype=np.float32)
        )
    sky = depth_flux * np.float32(0.2)
    # A source fainter than in the reference image is detected as a negative difference.
    needed = sky if threshold is None else sky * threshold
    detected = survey.detection.detect(np.abs(flux) / needed, rng)
    return Measured(flux, sigma, sky, detected)
