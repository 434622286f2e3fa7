"""Simulated spectra: fast equals slow, photometry agrees, noise and times are as stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from lcfm import bands, sources
from lcfm.errors import LcfmError
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.population import Population
from lcfm.simulate.propagate import dilution
from lcfm.simulate.spectra import spectra_table, spectral_flux, take_spectra
from lcfm.sources.dust import LN_PER_MAGNITUDE, extinction_per_ebv
from lcfm.surveys.spectrograph import LONG_SLIT, SEDM, SEDM_MAVEN, Spectrograph, get_spectrograph
from lcfm.surveys.spectroscopy import (
    AroundPeak,
    ConstantWidth,
    ExplosionToPeak,
    FixedUnit,
    ResolvingPower,
    TargetSNR,
)

FloatArray = NDArray[np.float64]


def drawn(label: str, n: int, depth: float = 19.5) -> Events:
    population = Population(limiting_magnitude=depth)
    return draw_events(population, n, np.random.default_rng(5), labels=[label] * n)


def explicit(events: Events, event: int, day: float, spectrograph: Spectrograph) -> FloatArray:
    """Flux on the pixels by `Source.spectrum`, on a grid of 1 Å, blurred pixel by pixel."""
    label = str(events.label[event])
    source, parameters = sources.get(label), events.parameters[label]
    redshift = events.truth["redshift"][event]
    fine = np.arange(spectrograph.first - 500, spectrograph.last + 500, 1.0)
    phase = day / (1 + redshift)
    flux = source.spectrum(parameters, event, phase, fine / (1 + redshift))
    flux = flux * dilution(np.array([redshift]))[0]
    flux = flux * np.exp(LN_PER_MAGNITUDE * events.truth["mwebv"][event] * extinction_per_ebv(fine))
    half, out = spectrograph.pixel / 2, []
    for centre in spectrograph.wavelength:
        sigma = spectrograph.resolution.fwhm(np.array([centre]))[0] / 2.35482
        upper, lower = (norm.cdf((fine - centre + side) / sigma) for side in (half, -half))
        out.append(((upper - lower) * flux).sum() / (upper - lower).sum())
    return np.array(out)


@pytest.mark.parametrize("label", sorted(set(sources.SOURCES) - {"AGN"}))
@pytest.mark.parametrize(
    "spectrograph",
    [SEDM, Spectrograph("mine", 4000, 8000, 20, ConstantWidth(40.0))],
    ids=["sedm", "mine"],
)
def test_fast_spectra_equal_explicit_ones(label: str, spectrograph: Spectrograph) -> None:
    events = drawn(label, 6)
    rows = np.array([4, 0, 2, 2])
    day = np.array([-3.0, 0.0, 12.0, 40.0])
    fast = spectral_flux(events, rows, day, spectrograph)
    for one, row, at in zip(fast, rows, day, strict=True):
        slow = explicit(events, int(row), float(at), spectrograph)
        bright = slow > 0.05 * slow.max()
        np.testing.assert_allclose(one[bright], slow[bright], rtol=5e-3)


def test_a_spectrum_has_the_flux_of_the_photometry() -> None:
    """Integrated over a band, a sharp spectrum gives the band flux."""
    events = drawn("SNIa", 5)
    sharp = Spectrograph("sharp", 3600, 7600, 4, ResolvingPower(2000.0))
    day = np.array([-6.0, 0.0, 5.0, 15.0, 30.0])
    flux = spectral_flux(events, np.arange(5), day, sharp)
    band = bands.get("ztfg")
    wavelength = sharp.wavelength
    response = np.interp(wavelength, band.wavelength, band.transmission, left=0, right=0)
    photons = np.trapezoid(flux * response * wavelength, wavelength, axis=1)
    reference = np.trapezoid(response / wavelength, wavelength) * 2.99792458e18
    band_flux = events.band_flux(np.arange(5), np.zeros(5, np.int64), day, ("ztfg",))
    np.testing.assert_allclose(photons / reference * 1e32, band_flux, rtol=5e-3)


def test_agn_show_all_their_light() -> None:
    events = drawn("AGN", 20)
    flux = spectral_flux(events, np.arange(20), np.full(20, 10.0), SEDM)
    assert (np.median(flux, axis=1) > 0).all()


def test_a_line_is_blurred_to_the_resolution() -> None:
    """The second moment of a step's derivative: what a blackbody cannot show, a template can."""
    events = drawn("SNIa", 1)
    coarse, finer = (
        spectral_flux(events, np.zeros(1, int), np.zeros(1), replace(SEDM, resolution=r))[0]
        for r in (ResolvingPower(30.0), ResolvingPower(150.0))
    )
    assert np.abs(np.diff(coarse, 2)).sum() < 0.5 * np.abs(np.diff(finer, 2)).sum()
    assert coarse.mean() == pytest.approx(finer.mean(), rel=0.02)


@pytest.mark.parametrize("spectrograph", [SEDM, SEDM_MAVEN, LONG_SLIT])
def test_every_class_yields_spectra_with_the_signal_to_noise_wanted(
    spectrograph: Spectrograph,
) -> None:
    labels = sorted(sources.SOURCES) * 5
    rng = np.random.default_rng(1)
    events = draw_events(Population(), len(labels), rng, labels=labels)
    taken = take_spectra(events, replace(spectrograph, per_event=2), rng)
    assert taken.event.tolist() == np.repeat(np.arange(len(labels)), 2).tolist()
    seen = taken.exposures
    assert np.isfinite(seen.flux).all()
    assert (seen.flux_err > 0).all()
    ratio = np.median(seen.flux / seen.flux_err, axis=1)
    np.testing.assert_allclose(ratio, seen.snr, rtol=0.25)
    np.testing.assert_allclose(np.median(np.abs(seen.flux), axis=1), 1.0, rtol=1e-5)
    assert (taken.day >= events.first_day[taken.event]).all()


def test_noise_is_that_of_its_errors_and_grows_at_the_edges() -> None:
    flux = np.full((400, len(SEDM.wavelength)), 3e-16)
    exposures = replace(SEDM, normalisation=FixedUnit(1e-16)).expose(flux, np.random.default_rng(0))
    pull = (exposures.flux - 3.0) / exposures.flux_err
    assert pull.std() == pytest.approx(1.0, abs=0.02)
    error = exposures.flux_err[0]
    middle = error[np.abs(SEDM.wavelength - 7000) < 200].mean()
    assert error[0] > 2 * middle
    assert error[-1] > 1.1 * middle


def test_faint_spectra_are_limited_by_the_sky() -> None:
    """With source alone the variance follows the flux; behind a bright sky it does not."""
    wavelength = SEDM.wavelength
    for size, expected in ((1e-12, 4.0), (1e-19, 1.0)):
        flux = np.where(np.arange(len(wavelength)) % 2, 4.0, 1.0)[None] * size
        variance = SEDM.noise.variance(flux, wavelength) * wavelength
        variance *= SEDM.noise.throughput(wavelength)
        assert variance[0, 1] / variance[0, 0] == pytest.approx(expected, rel=0.01)


def test_times_of_spectra() -> None:
    rng = np.random.default_rng(2)
    first, last = np.full(4000, -18.0), np.full(4000, 100.0)
    early = ExplosionToPeak().draw(first, last, rng)
    assert early.min() > -18.0
    assert early.max() < 0.0
    assert early.mean() == pytest.approx(-9.0, abs=0.5)
    about = AroundPeak(-2.0, 8.0).draw(first, last, rng)
    assert about.min() >= -18.0
    assert about.std() == pytest.approx(7.6, abs=0.4)
    assert ExplosionToPeak(30.0).draw(np.full(9, -600.0), np.ones(9), rng).min() > -30.0


def test_table_of_spectra() -> None:
    events = drawn("SNII", 3)
    rng = np.random.default_rng(3)
    names, t0 = np.array(["x", "y", "z"], dtype=object), np.array([59000.0, 59100.0, 59200.0])
    spectrograph = replace(SEDM, per_event=2)
    taken = take_spectra(events, spectrograph, rng)
    spectra = spectra_table(events, taken, spectrograph, names, t0)
    assert spectra.column("event_id").tolist() == ["x", "x", "y", "y", "z", "z"]
    assert set(spectra.column("instrument")) == {"SEDM"}
    assert set(spectra.column("frame")) == {"observer"}
    np.testing.assert_allclose(spectra.numbers("mjd"), np.repeat(t0, 2) + taken.day)
    np.testing.assert_array_equal(spectra[0].points["flux"], taken.exposures.flux[0])
    _, report = spectra.validate(strict=True)
    assert report.clean


def test_mistakes_are_explained() -> None:
    with pytest.raises(LcfmError, match="unknown spectrograph 'hires'; known: longslit, sedm"):
        get_spectrograph("hires")
    with pytest.raises(LcfmError, match="range inside 1,000 to 25,000"):
        Spectrograph("mine", 9000, 4000)
    with pytest.raises(LcfmError, match="pixel must be positive"):
        Spectrograph("mine", pixel=0)
    with pytest.raises(LcfmError, match="must be positive"):
        Spectrograph("mine", snr=TargetSNR(0.0))
    with pytest.raises(LcfmError, match="no flux in half of SEDM's range"):
        SEDM.expose(np.zeros((2, len(SEDM.wavelength))), np.random.default_rng(0))
