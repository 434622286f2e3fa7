"""Observe: events through one survey, from pointings to the photometry that its users get.

All events are handled at once on flat arrays, in this order:

    position, t0 -> visits -> true flux -> noise -> detection -> photometry -> selection

Nothing loops over events, so the cost is that of a few passes over the points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcfm.simulate.events import Events
from lcfm.surveys.base import Measured, Survey
from lcfm.surveys.cadence import Cadence
from lcfm.units import AB_ZEROPOINT_NJY

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_MAGNITUDES_TO_LN = np.float32(-0.4 * np.log(10.0))
_BEFORE_T0 = 60.0
_AFTER_T0 = 100.0
"""Days of pointing history wanted around t0, so that light curves are rarely cut by its ends."""


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


def observe(events: Events, survey: Survey, rng: np.random.Generator) -> Observed:
    """Look at every event once, at a random position and time of the survey.

    Parameters
    ----------
    events
        Physics, drawn by `draw_events`.
    survey
        The telescope.
    rng
        Source of positions, times, noise and selection.

    Returns
    -------
    Observed
        Events that were detected, triggered and selected, with their points in time order.
    """
    cadence = survey.cadence
    position, t0 = place(len(events), cadence, rng)
    owner, visit = _visits(events, survey, cadence, position, t0, rng)
    day = (cadence.day[visit] - t0[owner]).astype(np.float32)
    band = cadence.band[visit]
    truth = events.band_flux(owner, band, day, survey.bands)
    points = measure(len(events), owner, day, truth, cadence.depth[visit], survey, rng)

    keep, flux, flux_err, limit = survey.photometry.deliver(points)
    peak, peak_flux = _brightest(points)
    low, high = survey.window
    keep &= (day >= low + peak[owner]) & (day <= high + peak[owner])
    detections = np.bincount(owner, weights=points.detected & keep, minlength=len(events))
    found = np.flatnonzero(points.detected)
    with np.errstate(divide="ignore"):
        magnitude = AB_ZEROPOINT_NJY - 2.5 * np.log10(peak_flux)
    chosen = survey.trigger.fires(len(events), owner[found], day[found])
    chosen &= detections >= survey.minimum_detections
    chosen &= rng.random(len(events)) < survey.selection.probability(magnitude)

    keep &= chosen[owner]
    event = np.flatnonzero(chosen)
    counts = np.bincount(owner[keep], minlength=len(events))[event]
    mjd = cadence.mjd_zero + cadence.day[visit[keep]]
    return Observed(
        event=event,
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        mjd=mjd,
        band=band[keep].astype(np.int16),
        flux=flux[keep],
        flux_err=flux_err[keep],
        detected=points.detected[keep],
        limit=limit[keep],
        ra=cadence.ra[position[event]],
        dec=cadence.dec[position[event]],
        t0_mjd=cadence.mjd_zero + t0[event],
        peak_mjd=cadence.mjd_zero + t0[event] + peak[event],
        peak_magnitude=magnitude[event],
    )


def place(n: int, cadence: Cadence, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """Draw a position and, uniformly in its history, the day of t0 for n events."""
    position = rng.integers(0, len(cadence), n)
    first = cadence.first_day[position] + _BEFORE_T0
    last = np.maximum(cadence.last_day[position] - _AFTER_T0, first)
    return position, rng.uniform(first, last)


def measure(
    n: int,
    owner: IntArray,
    day: Float32Array,
    truth: Float32Array,
    depth: Float32Array,
    survey: Survey,
    rng: np.random.Generator,
) -> Measured:
    """Add noise to true fluxes and decide which points are detections.

    Parameters
    ----------
    n
        Number of events.
    owner, day, truth, depth : ndarray, shape (n_points,)
        Event, day, true flux [nJy] and 5-sigma depth [mag] of each point.
    survey
        Noise, scatter and detection threshold.
    rng
        Source of the noise.
    """
    scatter = survey.scatter
    size = len(owner)
    if scatter.depth:
        depth = depth + np.float32(scatter.depth) * rng.standard_normal(size, dtype=np.float32)
    depth_flux = np.exp((depth - np.float32(AB_ZEROPOINT_NJY)) * _MAGNITUDES_TO_LN)
    sigma = survey.noise.sigma(truth, depth_flux)
    if scatter.error:
        sigma *= np.exp(np.float32(scatter.error) * rng.standard_normal(size, dtype=np.float32))
    noise = rng.standard_normal(size, dtype=np.float32)
    if scatter.outliers:
        n_outliers = rng.binomial(size, scatter.outliers)
        noise[rng.integers(0, max(size, 1), n_outliers)] *= np.float32(scatter.outlier_scale)
    flux = truth + sigma * noise
    sky = depth_flux * np.float32(0.2)
    # A source fainter than in the reference image is detected as a negative difference.
    detected = np.abs(flux) >= np.float32(survey.threshold) * sky
    return Measured(n, owner, day, flux, sigma, sky, detected)


def _visits(
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
    start, counts = cadence.visits_between(position, t0 + first, t0 + last)
    ends = np.cumsum(counts)
    owner = np.repeat(np.arange(len(events)), counts)
    visit = np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - (ends - counts), counts)
    if survey.scatter.lost:
        kept = rng.random(len(visit), dtype=np.float32) >= np.float32(survey.scatter.lost)
        owner, visit = owner[kept], visit[kept]
    return owner, visit


def _brightest(points: Measured) -> tuple[FloatArray, FloatArray]:
    """Day and flux [nJy] of the brightest detection of each event; 0 without any."""
    rows = np.flatnonzero(points.detected)
    owner = points.owner[rows]
    size = np.abs(points.flux[rows])
    peak, peak_flux = np.zeros(points.n), np.zeros(points.n)
    if len(rows):
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        best = np.maximum.reduceat(size, starts)
        peak_flux[owner[starts]] = best
        top = rows[size == np.repeat(best, np.diff(np.append(starts, len(rows))))]
        peak[points.owner[top]] = points.day[top]
    return peak, peak_flux
