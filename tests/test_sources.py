"""Sources: every class obeys the contract, and its physics meets analytic cases."""

import numpy as np
import pytest

from lcfm import sources, taxonomy
from lcfm.errors import UnknownNameError
from lcfm.sources import agn, blackbody, slsn
from lcfm.sources.base import LN_WAVELENGTH, WAVELENGTH, ZERO_MAGNITUDE_NJY, rest_band_flux
from lcfm.sources.files import extend_in_wavelength, load

PACKED = (
    "sncosmo_pierel2018", "sncosmo_snana", "sncosmo_sako2011", "sncosmo_vincenzi2019",
    "snsedextend", "snpy_91bg", "hsiao",
)  # fmt: skip


def test_sources_are_the_eight_pretraining_classes() -> None:
    assert set(sources.SOURCES) == set(taxonomy.LABEL_SETS["label8"])
    assert all(source.label == label for label, source in sources.SOURCES.items())
    with pytest.raises(UnknownNameError, match="SNIax"):
        sources.get("SNIq")


@pytest.mark.parametrize("label", sources.SOURCES)
def test_contract(label: str) -> None:
    source = sources.get(label)
    n, rng = 50, np.random.default_rng(4)
    parameters = source.draw(n, rng)
    assert all(len(values) == n for values in parameters.values())
    assert np.isfinite(parameters["peak_abs_mag"]).all()
    assert source.atlas.flux.shape == (source.atlas.start[-1], len(WAVELENGTH))
    assert np.isfinite(source.atlas.flux).all()
    paths = source.paths(parameters)
    assert paths.min() >= 0
    assert paths.max() < len(source.atlas.start) - 1
    assert source.colour(parameters).shape == (n, len(source.colour_basis))
    first, last = source.phase_range(parameters)
    assert (first < 0).all()
    assert (last > 0).all()
    owner = np.repeat(np.arange(n), 40)
    phase = np.linspace(first, last, 40).T.ravel()
    traced = list(source.trace(parameters, owner, phase))
    assert len(traced) == len(paths)
    length = np.diff(source.atlas.start)
    for component, (state, amplitude) in enumerate(traced):
        assert state.dtype == amplitude.dtype == np.float32
        assert np.isfinite(amplitude).all()
        assert (state >= 0).all()
        assert (state <= length[paths[component]][owner] - 1 + 1e-3).all()


@pytest.mark.parametrize("label", sources.SOURCES)
def test_same_seed_draws_the_same_events(label: str) -> None:
    one, two = (sources.get(label).draw(20, np.random.default_rng(7)) for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.parametrize("name", PACKED)
def test_packed_spectra_are_positive(name: str) -> None:
    data = load(name)
    for number in range(len(data["name"])):
        flux = data[f"{number}/flux"]
        assert np.isfinite(flux).all()
        assert (flux >= 0).all()
        assert len(flux) == len(data[f"{number}/phase"])


def test_peak_magnitude_is_the_one_drawn() -> None:
    """A SN Ia with x1 = c = 0 has its peak magnitude in Bessell B at phase 0."""
    source = sources.get("SNIa")
    parameters = {"x1": np.zeros(1), "c": np.zeros(1), "peak_abs_mag": np.array([-19.0])}
    spectrum = source.spectrum(parameters, 0, 0.0, WAVELENGTH).astype(np.float32)
    magnitude = -2.5 * np.log10(rest_band_flux(spectrum[None], "bessellb")[0] / ZERO_MAGNITUDE_NJY)
    assert magnitude == pytest.approx(-19.0, abs=0.02)


def test_spectra_are_continued_smoothly_where_a_template_ends() -> None:
    inside = np.ones((1, 200))
    flux = extend_in_wavelength(inside, 100)[0]
    assert len(flux) == len(LN_WAVELENGTH)
    assert np.abs(np.diff(np.log(flux))).max() < 0.1  # no step at the seams
    assert flux[0] < 0.2
    assert flux[-1] < 0.01


def test_blackbody_holds_its_luminosity() -> None:
    wavelength = np.geomspace(50.0, 1e6, 40000)
    for spectrum in (blackbody.planck, blackbody.suppressed):
        total = np.trapezoid(spectrum(wavelength, 9000.0), wavelength)
        assert total == pytest.approx(1.0, abs=5e-3)
    pair = np.array([2000.0, 4000.0])
    ratio = blackbody.suppressed(pair, 15000.0) / blackbody.planck(pair, 15000.0)
    assert ratio[0] / ratio[1] == pytest.approx(2000 / 3000)


def test_arnett_light_curve_meets_its_limits() -> None:
    """Peak lies where the luminosity crosses the power; late, it equals the power less leakage."""
    parameters = {
        "spin_period": np.array([3.0]), "magnetic_field": np.array([1.0]),
        "ejecta_mass": np.array([4.0]), "velocity": np.array([10000.0]),
        "opacity": np.array([0.1]), "gamma_opacity": np.array([1e6]),
    }  # fmt: skip
    luminosity = slsn.light_curve(parameters)[0]
    spin_down = 1.3e5 * 9.0
    time = slsn.AGE * 86400.0
    power = 2.6e52 / 9.0 / spin_down / (1 + time / spin_down) ** 2
    peak = luminosity.argmax()
    assert luminosity[peak] == pytest.approx(power[peak], rel=0.05)
    assert luminosity[-1] == pytest.approx(power[-1], rel=0.05)


def test_damped_random_walk_has_its_variance_and_time_scale() -> None:
    n, step = 4000, 5.0
    sigma, tau = np.full(n, 0.2), np.full(n, 50.0)
    walk = agn.damped_random_walk(sigma, tau, 41, step, np.random.default_rng(3))
    assert walk.std() == pytest.approx(0.2, rel=0.03)
    lagged = (walk[:, :-10] * walk[:, 10:]).mean() / walk.var()
    assert lagged == pytest.approx(np.exp(-1.0), abs=0.03)  # ten steps are one tau
