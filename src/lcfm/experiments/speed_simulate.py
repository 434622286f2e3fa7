"""Simulated light curves per second beside `sncosmo.realize_lcs`, on one core.

Both realise the same SNe Ia: SALT3 components, redshifts, stretches, colours and Milky Way dust of
the same events, 100 epochs in each of two bands, noise of sky and source. Ours also draws the
events, decides on detections and builds the table. Reading data and filling caches is start-up and
counted apart. The comparison is void if noiseless fluxes differ by more than 1 % of the peak.
"""

from __future__ import annotations

import io
import os
import platform
import time
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands
from lcfm.errors import LcfmError
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.observe import observe
from lcfm.simulate.population import Population
from lcfm.simulate.propagate import distance_modulus
from lcfm.simulate.run import light_curves
from lcfm.sources.base import WAVELENGTH
from lcfm.sources.files import load
from lcfm.surveys.base import Survey
from lcfm.surveys.cadence import Cadence
from lcfm.surveys.detection import SharpThreshold, Trigger
from lcfm.surveys.noise import DifferenceNoise
from lcfm.surveys.photometry import Forced
from lcfm.surveys.selection import Everything

FloatArray = NDArray[np.float64]

N_EPOCHS = 100
BANDS = ("ztfg", "ztfr")
DEPTH = 20.5
SOURCE_NOISE = 169.0
N_COMPARED = 200
ROUNDS = 3
TOLERANCE = 0.01
_CHUNK = 1000
_LEAD = 60.0  # days of history that `observe` wants before t0
_FIRST, _LAST = -13.0, 41.0  # days around t0 that every event has flux on


@dataclass(frozen=True)
class Bench(Survey):
    """100 epochs in each band around t0, all of which are measured."""

    name: str = "bench"
    bands: tuple[str, ...] = BANDS
    cadence_name: str = ""
    noise: DifferenceNoise = DifferenceNoise(source=SOURCE_NOISE)
    detection: SharpThreshold = SharpThreshold()
    trigger: Trigger = Trigger(1)
    photometry: Forced = Forced(before=35.0, after=60.0)
    selection: Everything = Everything()
    minimum_detections: int = 0
    window: tuple[float, float] = (-100.0, 60.0)

    @cached_property
    def cadence(self) -> Cadence:
        """One position; a visit long before and long after fix t0 to a span of 2 days."""
        epochs = _LEAD + epoch_days()
        day = np.concatenate([[0.0], np.repeat(epochs, 2), [_LEAD + 152.0]])
        band = np.concatenate([[0], np.tile([0, 1], N_EPOCHS), [0]]).astype(np.int8)
        offsets = np.array([0, len(day)])
        depth = np.full(len(day), DEPTH, dtype=np.float32)
        return Cadence(BANDS, 60000.0, np.zeros(1), np.zeros(1), offsets, day, band, depth)


def epoch_days() -> FloatArray:
    """Days of the epochs, shape (N_EPOCHS,)."""
    return np.linspace(_FIRST + 2.0, _LAST, N_EPOCHS)


def measure(n: int = 50_000, n_reference: int | None = None, *, seed: int = 0) -> dict[str, Any]:
    """Measure both on this machine.

    Parameters
    ----------
    n, n_reference
        Light curves that we and that sncosmo make; the same number by default.
    seed
        Of the events and their noise.

    Raises
    ------
    LcfmError
        sncosmo is not installed, or the fluxes differ.
    """
    started = time.process_time()
    survey = Bench()
    population = Population(mix={"SNIa": 1.0}, limiting_magnitude=19.5)
    _ours(_CHUNK, survey, population, seed)
    start_up = time.process_time() - started
    started = time.process_time()
    model = reference_model()
    start_up_reference = time.process_time() - started

    events = draw_events(population, N_COMPARED, np.random.default_rng(seed))
    difference = largest_difference(events, model)
    if difference > TOLERANCE:
        raise LcfmError(f"void: fluxes differ from sncosmo's by up to {difference:.2%} of the peak")
    n_reference = n if n_reference is None else n_reference
    rounds = []
    for turn in range(ROUNDS):  # in turns, so that other work on the machine slows both
        seconds, points, detected = _ours(n // ROUNDS, survey, population, seed + turn)
        taken = _reference(n_reference // ROUNDS, model, population, seed + turn)
        rounds.append((n // ROUNDS / seconds, n_reference // ROUNDS / taken))
    return {
        "light_curves": n // ROUNDS * ROUNDS,
        "points_per_light_curve": points / (n // ROUNDS),
        "share_detected": round(detected / points, 3),
        "light_curves_per_second": round(median(rate for rate, _ in rounds)),
        "sncosmo_light_curves": n_reference // ROUNDS * ROUNDS,
        "sncosmo_light_curves_per_second": round(median(rate for _, rate in rounds), 1),
        "ratio": round(median(rate / other for rate, other in rounds), 1),
        "rounds": [[round(rate), round(other, 1)] for rate, other in rounds],
        "largest_flux_difference": round(difference, 5),
        "start_up_seconds": round(start_up, 2),
        "sncosmo_start_up_seconds": round(start_up_reference, 2),
        "threads": os.environ.get("OMP_NUM_THREADS", "not set"),
        "machine": platform.processor() or platform.machine(),
    }


def reference_model() -> Any:
    """SALT3 with Milky Way dust in sncosmo, from the components that ship with lcfm."""
    try:
        import sncosmo
    except ImportError as error:
        raise LcfmError("this benchmark needs sncosmo; install it: pip install sncosmo") from error
    data = load("salt3_k21")
    first = int(data["first_cell"])
    wavelength = WAVELENGTH[first : first + data["m0"].shape[1]]
    phase = data["phase"]
    names = ("m0", "m1")
    flux = [np.asarray(data[k], dtype=float) * data[f"{k}_scale"][:, None] for k in names]
    zero = [_grid(phase[[0, -1]], wavelength[[0, -1]], np.zeros((2, 2))) for _ in range(3)]
    law, (low, high) = data["colour_law"], data["colour_range"]
    terms = [str(len(law)), *(repr(float(x)) for x in law), "Salt2ExtinctionLaw.version 1"]
    terms += [f"Salt2ExtinctionLaw.min_lambda {low}", f"Salt2ExtinctionLaw.max_lambda {high}"]
    source = sncosmo.SALT3Source(
        m0file=_grid(phase, wavelength, flux[0]),
        m1file=_grid(phase, wavelength, flux[1]),
        clfile=io.StringIO("\n".join(terms)),
        cdfile=io.StringIO("2000 0\n9200 0\n"),
        lcrv00file=zero[0],
        lcrv11file=zero[1],
        lcrv01file=zero[2],
    )
    return sncosmo.Model(
        source, effects=[sncosmo.CCM89Dust()], effect_names=["mw"], effect_frames=["obs"]
    )


def reference_parameters(events: Events, model: Any) -> list[dict[str, float]]:
    """The same SNe Ia in sncosmo's terms."""
    drawn = events.parameters["SNIa"]
    redshift = events.truth["redshift"]
    model.source.set(x0=1.0, x1=0.0, c=0.0)
    magnitude = model.source.peakmag(_bandpass("bessellb"), "ab")
    faintness = drawn["peak_abs_mag"] + distance_modulus(redshift) - magnitude
    columns = {
        "z": redshift,
        "x0": 10 ** (-0.4 * faintness),
        "x1": drawn["x1"],
        "c": drawn["c"],
        "mwebv": events.truth["mwebv"],
    }
    return [
        {"t0": 0.0, **{name: float(values[i]) for name, values in columns.items()}}
        for i in range(len(events))
    ]


def largest_difference(events: Events, model: Any) -> float:
    """Largest difference of noiseless fluxes as a share of each event's peak in that band."""
    days = np.linspace(_FIRST, _LAST, 28)
    worst = 0.0
    for i, parameters in enumerate(reference_parameters(events, model)):
        model.set(**parameters)
        for code, band in enumerate(BANDS):
            theirs = model.bandflux(_bandpass(band), days, zp=31.4, zpsys="ab")
            zero = np.zeros(len(days), dtype=np.int64)
            ours = events[i].band_flux(zero, zero + code, days, BANDS)
            worst = max(worst, float(np.abs(ours - theirs).max() / theirs.max()))
    return worst


def _ours(n: int, survey: Survey, population: Population, seed: int) -> tuple[float, int, int]:
    """Seconds, points and detections of n light curves."""
    started = time.process_time()
    rng = np.random.default_rng(seed)
    points = detected = 0
    for start in range(0, n, _CHUNK):
        events = draw_events(population, min(_CHUNK, n - start), rng)
        lcs = light_curves(events, observe(events, survey, rng), survey, prefix=f"{start}-")
        points += lcs.n_points
        detected += int(lcs.points["detected"].sum())
    seconds = time.process_time() - started
    if points != 2 * N_EPOCHS * n:
        raise LcfmError(f"void: {points:,} points instead of {2 * N_EPOCHS * n:,}")
    return seconds, points, detected


def _reference(n: int, model: Any, population: Population, seed: int) -> float:
    """Seconds that `sncosmo.realize_lcs` takes; parameters are drawn before."""
    import sncosmo
    from astropy.table import Table

    events = draw_events(population, n, np.random.default_rng(seed))
    parameters = reference_parameters(events, model)
    rows = 2 * N_EPOCHS
    sky = 10 ** (-0.4 * (DEPTH - 31.4)) / 5
    observations = Table(
        {
            "time": np.repeat(epoch_days(), 2) - 1.0,
            "band": np.array([_bandpass(band) for band in BANDS] * N_EPOCHS, dtype=object),
            "gain": np.full(rows, 1 / SOURCE_NOISE),
            "skynoise": np.full(rows, sky),
            "zp": np.full(rows, 31.4),
            "zpsys": np.full(rows, "ab"),
        }
    )
    started = time.process_time()
    for start in range(0, n, _CHUNK):
        sncosmo.realize_lcs(observations, model, parameters[start : start + _CHUNK])
    return time.process_time() - started


def _bandpass(name: str) -> Any:
    import sncosmo

    band = bands.get(name)
    return sncosmo.Bandpass(band.wavelength, band.transmission, name=f"lcfm-{name}")


def _grid(phase: FloatArray, wavelength: FloatArray, values: FloatArray) -> io.StringIO:
    """Phase, wavelength and value in three columns, as sncosmo reads them."""
    first, second = np.meshgrid(phase, wavelength, indexing="ij")
    text = io.StringIO()
    np.savetxt(text, np.stack([first.ravel(), second.ravel(), values.ravel()], axis=1))
    text.seek(0)
    return text
