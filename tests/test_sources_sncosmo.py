"""Sources of sncosmo: band fluxes beside sncosmo's own, use in a simulation, refusals."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcfm import bands
from lcfm.errors import LcfmError
from lcfm.simulate import simulate
from lcfm.simulate.population import Population
from lcfm.simulate.propagate import Foreground, class_band_flux, distance_modulus
from lcfm.sources.dust import HOST_R_V
from lcfm.sources.sncosmo_source import SncosmoSource

sncosmo = pytest.importorskip("sncosmo", reason="needs sncosmo")

BANDS = ("ztfg", "ztfr", "lssti", "lsstz")


def toy_series(scale: float = 1.0) -> Any:
    """A warm continuum that cools, with a broad line."""
    phase, wave = np.arange(-20.0, 61.0, 2.0), np.arange(1500.0, 12_000.0, 10.0)
    temperature = 9000 + 4000 * np.exp(-(phase + 20) / 25)
    flux = wave**-5 / np.expm1(1.438777e8 / (wave * temperature[:, None]))
    flux *= 1 - 0.4 * np.exp(-0.5 * ((wave - 6150) / 80) ** 2)
    pulse = np.exp(-0.5 * (phase / np.where(phase < 0, 9, 22)) ** 2)
    return sncosmo.TimeSeriesSource(phase, wave, scale * flux / flux.max() * pulse[:, None])


@pytest.fixture(params=["toy", pytest.param("hsiao", marks=pytest.mark.shared)])
def series(request: pytest.FixtureRequest) -> Any:
    if request.param == "toy":
        return toy_series()
    folder: Path = request.getfixturevalue("shared_data")
    with np.load(folder / "sed" / "sncosmo_hsiao" / "hsiao_v3.npz") as data:
        phase, wave, flux = (data[k].astype(float) for k in ("phase", "wavelength", "flux"))
    return sncosmo.TimeSeriesSource(phase, wave, flux)


@pytest.mark.parametrize("redshift", [0.01, 0.1, 0.4])
@pytest.mark.parametrize(("mwebv", "host_ebv"), [(0.0, 0.0), (0.15, 0.3)])
def test_band_fluxes_agree_with_sncosmo(
    series: Any, redshift: float, mwebv: float, host_ebv: float
) -> None:
    source = SncosmoSource("mine", series, magnitude=-19.0, scatter=0.0)
    parameters = source.draw(1, np.random.default_rng(0))
    parameters["host_ebv"][:] = host_ebv
    model = sncosmo.Model(
        series,
        effects=[sncosmo.OD94Dust(), sncosmo.OD94Dust()],
        effect_names=["host", "mw"],
        effect_frames=["rest", "obs"],
    )
    peak = series.peakmag(_bandpass("bessellb"), "ab")
    faint = -19.0 + distance_modulus(np.array([redshift]))[0] - peak
    model.set(
        z=redshift, t0=0.0, amplitude=series.parameters[0] * 10 ** (-0.4 * faint),
        hostebv=host_ebv, mwebv=mwebv, hostr_v=HOST_R_V,
    )  # fmt: skip
    day = np.linspace(-12.0, 45.0, 40) * (1 + redshift)
    foreground = Foreground(np.array([redshift]), np.array([mwebv]))
    owner = np.zeros(len(day), dtype=np.int64)
    for code, band in enumerate(BANDS):
        theirs = model.bandflux(_bandpass(band), day, zp=31.4, zpsys="ab")
        ours = class_band_flux(source, parameters, foreground, owner, owner + code, day, BANDS)
        np.testing.assert_allclose(ours, theirs, rtol=0.005, atol=0.0005 * theirs.max())


def _bandpass(name: str) -> Any:
    band = bands.get(name)
    return sncosmo.Bandpass(band.wavelength, band.transmission, name=f"test-{name}")


def test_peak_magnitudes_are_those_asked_for() -> None:
    source = SncosmoSource("mine", toy_series(1e-20), magnitude=-17.5, scatter=0.3, dust_scale=0.1)
    drawn = source.draw(20_000, np.random.default_rng(1))
    assert abs(drawn["intrinsic_mag"].mean() + 17.5) < 0.01
    assert abs(drawn["intrinsic_mag"].std() - 0.3) < 0.01
    assert abs(drawn["host_ebv"].mean() - 0.1) < 0.005
    assert (drawn["peak_abs_mag"] >= drawn["intrinsic_mag"]).all()


def test_a_population_simulates_it_also_in_another_process() -> None:
    source = pickle.loads(
        pickle.dumps(SncosmoSource("mine", toy_series(), magnitude=-18, scatter=0.4))
    )
    population = Population(mix={"mine": 1.0, "SNIa": 1.0}, own_sources={"mine": source})
    lcs = simulate(["ztf"], 60, seed=0, population=population)
    assert (lcs.column("label") == "mine").sum() == 30


def test_no_flux_outside_the_phases() -> None:
    source = SncosmoSource("mine", toy_series(), magnitude=-18, scatter=0.4)
    parameters = source.draw(2, np.random.default_rng(0))
    first, last = source.phase_range(parameters)
    assert first.tolist() == [-20, -20]
    assert last.tolist() == [60, 60]
    assert source.spectrum(parameters, 0, 61.0, np.array([5000.0]))[0] == 0
    assert source.spectrum(parameters, 0, 0.0, np.array([5000.0]))[0] > 0


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"scatter": -1.0}, "scatter must be 0 mag or more"),
        ({"dust_scale": np.nan}, "dust_scale must be 0 mag or more"),
        ({"magnitude": np.inf}, "magnitude must be a finite number"),
        ({"phase_step": 0.0}, "phase_step must be above 0 d"),
        ({"phase_step": 1e-4}, "give another phase_step"),
        ({"band": "nope"}, "unknown band 'nope'"),
        ({"source": "no-such-source"}, "cannot load the source 'no-such-source'.*built from your"),
        (
            {"source": toy_series(0.0)},
            r"mine: the source gives no flux, or NaN; check its parameters, amplitude = 1$",
        ),
        ({"source": sncosmo.Model(toy_series())}, "got a sncosmo.Model; give its .source"),
    ],
)
def test_impossible_requests_are_one_sentence(change: dict[str, Any], text: str) -> None:
    request: dict[str, Any] = {"source": toy_series(), "magnitude": -18.0, "scatter": 0.3} | change
    with pytest.raises(LcfmError, match=text):
        SncosmoSource("mine", **request)


def test_spectra_of_too_few_wavelengths_are_refused() -> None:
    phase, wave = np.arange(3.0), np.linspace(5000.0, 5100.0, 20)
    narrow = sncosmo.TimeSeriesSource(phase, wave, np.ones((3, 20)), time_spline_degree=1)
    with pytest.raises(LcfmError, match=r"spans 5000 to 5100 Å.*cover the bands"):
        SncosmoSource("mine", narrow, magnitude=-18.0, scatter=0.3)
