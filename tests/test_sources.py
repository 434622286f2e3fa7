"""Sources: every class obeys the contract, and its physics meets analytic cases."""

import numpy as np
import pytest

from lcfm import sources, taxonomy
from lcfm.errors import LcfmError, UnknownNameError
from lcfm.sources import agn, blackbody, files, interaction, kilonova, salt, slsn
from lcfm.sources.base import LN_WAVELENGTH, WAVELENGTH, ZERO_MAGNITUDE_NJY, rest_band_flux
from lcfm.sources.core_collapse import CORE_COLLAPSE_SETS, TYPE_IC_BL, TYPE_II, TYPE_IIB
from lcfm.sources.files import extend_in_wavelength, load, templates
from lcfm.sources.templates import TemplateSource

PACKED = (
    "sncosmo_pierel2018", "sncosmo_snana", "sncosmo_sako2011", "sncosmo_vincenzi2019",
    "snsedextend", "snpy_91bg", "hsiao",
)  # fmt: skip


def test_every_type_has_one_source() -> None:
    assert set(sources.SOURCES) == set(taxonomy.LABEL_SETS["label14"])
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


def test_ultraviolet_beyond_a_template_falls_as_the_fifth_power() -> None:
    """No clamp, no zero: lambda^5 below the first measured cell, lambda^-4 above the last."""
    packed = load("sncosmo_vincenzi2019")
    template = templates("sncosmo_vincenzi2019")[0]
    first, count = int(packed["0/first_cell"]), packed["0/flux"].shape[1]
    assert WAVELENGTH[first] > 1500.0
    peak = template.flux[template.flux.sum(axis=1).argmax()]
    assert (peak > 0).all()
    for cells, power in ((slice(0, first), 5.0), (slice(first + count, None), -4.0)):
        slope = np.diff(np.log(peak[cells])) / np.diff(LN_WAVELENGTH[cells])
        np.testing.assert_allclose(slope, power, rtol=1e-6)
    edge = peak[first : first + files.EDGE_CELLS].mean()
    assert peak[first - 1] == pytest.approx(edge, rel=0.15)


def test_light_beyond_the_lyman_limit_is_absorbed() -> None:
    source = sources.get("TDE")
    parameters = source.draw(1, np.random.default_rng(0))
    assert (source.spectrum(parameters, 0, 0.0, np.array([500.0, 899.0])) == 0).all()
    assert source.spectrum(parameters, 0, 0.0, np.array([950.0]))[0] > 0


def test_spectra_that_cannot_be_loaded_are_named(tmp_path, monkeypatch) -> None:
    with pytest.raises(
        LcfmError, match=r"no packed spectra named 'vincenzi'.*sncosmo_vincenzi2019"
    ):
        load("vincenzi")
    (tmp_path / "data" / "seds").mkdir(parents=True)
    (tmp_path / "data" / "seds" / "broken.npz").write_bytes(b"PK\x03\x04 cut off")
    monkeypatch.setattr(files.resources, "files", lambda package: tmp_path)
    with pytest.raises(LcfmError, match=r"'broken' of the package are damaged.*install lcfm again"):
        load("broken")
    source = TemplateSource("SNIb", ("hsiao",), "bessellr", -17.0, 0.5, -19.0, 0.1)
    monkeypatch.undo()
    with pytest.raises(LcfmError, match="SNIb: no template of type SNIb in hsiao"):
        source.draw(3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"scatter": -0.1}, "scatter must be 0 or more"),
        ({"dust_scale": float("nan")}, "dust_scale must be 0 or more"),
        ({"rise_stretch": (1.2, 0.8)}, "rise_stretch must be a range of positive numbers"),
        ({"decline_stretch": (0.0, 1.0)}, "decline_stretch must be a range of positive numbers"),
        ({"slope": (0.0, -1.0)}, "scatter of slope"),
    ],
)
def test_impossible_parameters_are_refused(setting: dict, words: str) -> None:
    usual = {"scatter": 0.5, "dust_scale": 0.1} | setting
    with pytest.raises(LcfmError, match=words):
        TemplateSource("SNII", CORE_COLLAPSE_SETS, "bessellr", -17.0, brightest=-19.0, **usual)


def test_first_template_is_of_the_leading_type() -> None:
    """Ic-BL and IIb have few supernovae: only the second template may be of a related type."""
    for source in (TYPE_IC_BL, TYPE_IIB):
        drawn = source.draw(400, np.random.default_rng(2))
        series = [t for n in source.sets for t in templates(n) if t.label in source.types]
        kind = np.array([template.label for template in series])
        assert set(kind[drawn["template"]]) == set(source.leading)
        assert set(kind[drawn["second_template"]]) == set(source.types)


def test_type_ii_declines_from_plateau_to_linear() -> None:
    """s2 in V, 20 to 75 d: 1.3 +- 0.9 mag / 100 d, faster if brighter (Anderson et al. 2014)."""
    n = 300
    drawn = TYPE_II.draw(n, np.random.default_rng(6))
    drawn["plateau_end"] = np.full(n, 1e4)  # s2 is measured before it
    days = np.linspace(20.0, 75.0, 12)
    owner, phase = np.repeat(np.arange(n), 12), np.tile(days, n)
    brightness = np.zeros(n * 12)
    of_state = rest_band_flux(TYPE_II.atlas.flux, "bessellv")
    paths = TYPE_II.paths(drawn)
    for path, (state, amplitude) in zip(paths, TYPE_II.trace(drawn, owner, phase), strict=True):
        row = TYPE_II.atlas.start[path][owner] + state
        brightness += amplitude * np.interp(row, np.arange(len(of_state)), of_state)
    magnitude = -2.5 * np.log10(brightness).reshape(n, 12)
    slope = 100 * np.polyfit(days, magnitude.T, 1)[0]
    assert 0.9 < np.median(slope) < 2.3
    assert 0.7 < np.subtract(*np.percentile(slope, [84, 16])) / 2 < 2.0
    assert np.corrcoef(slope, drawn["intrinsic_mag"])[0, 1] < -0.1


def test_share_of_young_progenitors_grows_with_redshift() -> None:
    """Nicolas et al. (2021), eq. 2: delta = 0.465 here and now."""
    share = salt.young_share(np.array([0.0, 0.05, 0.5, 1.0]))
    np.testing.assert_allclose(share, [0.4652, 0.4993, 0.7303, 0.8584], atol=2e-4)


def test_91t_is_brighter_broader_and_bluer_than_a_normal_ia() -> None:
    rng = np.random.default_rng(1)
    normal, bright = (sources.get(k).draw(3000, rng) for k in ("SNIa", "SNIa-91T"))
    assert np.median(bright["peak_abs_mag"]) < np.median(normal["peak_abs_mag"]) - 0.3
    assert np.median(bright["x1"]) > np.median(normal["x1"]) + 0.8
    one = {"x1": np.ones(1), "c": np.zeros(1), "peak_abs_mag": np.full(1, -19.7)}
    wavelength = np.array([3000.0, 3900.0, 4500.0])
    plain = sources.get("SNIa").spectrum(one, 0, 0.0, wavelength)
    excess = sources.get("SNIa-91T").spectrum(one | {"ultraviolet": np.ones(1)}, 0, 0.0, wavelength)
    np.testing.assert_allclose(excess / plain, [4000 / 3000, 4000 / 3900, 1.0], rtol=0.01)


def test_interacting_supernova_has_its_line_and_its_shape() -> None:
    source = interaction.InteractingSN()
    drawn = source.draw(1, np.random.default_rng(0))
    drawn |= {"slope": np.zeros(1), "host_ebv": np.zeros(1)}
    wavelength = np.linspace(6000.0, 7100.0, 4000)
    dark = drawn | {"equivalent_width": np.zeros(1)}
    for width in (40.0, 200.0):
        bright = drawn | {"equivalent_width": np.full(1, width)}
        line = source.spectrum(bright, 0, 0.0, wavelength)
        continuum = source.spectrum(dark, 0, 0.0, wavelength)
        measured = np.trapezoid(line / continuum - 1, wavelength)
        assert measured == pytest.approx(width, rel=0.1)  # Lorentzian wings reach further out
    rise = drawn["rise_time"][0]
    zero = np.zeros(3, dtype=np.int64)
    phase = np.array([-rise, -rise / 2, 0.0])
    relative = interaction.light_curve(drawn, zero, phase)
    np.testing.assert_allclose(relative, [0.0, 0.75, 1.0], atol=1e-12)
    late = interaction.light_curve(drawn, zero[:2], np.array([200.0, 300.0]))
    slope = -2.5 * np.log10(late[1] / late[0]) / 100
    assert slope == pytest.approx(interaction.LATE_SHARE * drawn["decline"][0], rel=0.02)


def test_kilonova_is_like_gw170817s() -> None:
    """The fit of Villar et al. (2017): R near -15.5 after a day, red and faint after five."""
    source = kilonova.Kilonova()
    drawn = source.draw(2, np.random.default_rng(0))
    fit = {"mass": (0.023, 0.050), "velocity": (0.256, 0.149), "opacity": (0.5, 3.65),
           "floor": (3983.0, 1151.0)}  # fmt: skip
    for name, pair in fit.items():
        for cloud, value in zip(kilonova.CLOUDS, pair, strict=True):
            drawn[f"{cloud}_{name}"] = np.full(2, value)
    magnitude = {}
    for day in (1.0, 5.0):
        for band in ("bessellb", "bessellr", "bessellr"):
            total = 0.0
            for cloud in kilonova.CLOUDS:
                luminosity, kelvin = kilonova.light_curve(drawn, cloud)
                at = [np.interp(day, kilonova.AGE, curve[0]) for curve in (luminosity, kelvin)]
                spectrum = blackbody.planck(WAVELENGTH, at[1]) * at[0] / blackbody.TEN_PARSEC_AREA
                total += rest_band_flux(spectrum[None].astype(np.float32), band)[0]
            magnitude[band, day] = -2.5 * np.log10(total / ZERO_MAGNITUDE_NJY)
    assert magnitude["bessellr", 1.0] == pytest.approx(-15.6, abs=0.5)
    assert magnitude["bessellr", 5.0] == pytest.approx(-13.4, abs=0.7)
    assert magnitude["bessellb", 5.0] - magnitude["bessellr", 5.0] > 1.0
    assert source.draw(500, np.random.default_rng(1))["peak_abs_mag"].min() > -16.5


def test_heat_stays_in_heavy_and_slow_ejecta() -> None:
    """Barnes et al. (2016): at the table's own masses, and between them."""
    share = kilonova.thermalisation(np.array([0.01, 0.05, 0.023]), np.array([0.2, 0.2, 0.2]))
    a, b, d, age = 1.31, 0.21, 1.13, kilonova.AGE
    term = 2 * b * age**d
    np.testing.assert_allclose(share[0], 0.36 * (np.exp(-a * age) + np.log(1 + term) / term))
    assert (share[1] >= share[2]).all()
    assert (share[2] >= share[0]).all()
    assert ((share > 0) & (share <= 0.72)).all()


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
    walk = agn.damped_random_walk(sigma, tau, step * np.arange(41), np.random.default_rng(3))
    assert walk.std() == pytest.approx(0.2, rel=0.03)
    lagged = (walk[:, :-10] * walk[:, 10:]).mean() / walk.var()
    assert lagged == pytest.approx(np.exp(-1.0), abs=0.03)  # ten steps are one tau


def test_walk_with_coarse_ends_is_stationary_and_long() -> None:
    """Forced photometry of three years finds flux on all its days, whatever day is the peak."""
    n = 4000
    days = agn.walk_days()
    assert days[0] == -days[-1] == -agn.HALF_RANGE
    walk = agn.damped_random_walk(
        np.full(n, 0.2), np.full(n, 100.0), days, np.random.default_rng(4)
    )
    np.testing.assert_allclose(walk.std(axis=0), 0.2, rtol=0.06)
    drawn = sources.get("AGN").draw(50, np.random.default_rng(5))
    first, last = sources.get("AGN").phase_range(drawn)
    assert first.max() <= -1100
    assert last.min() >= 1100
    for day in (-1000.0, -602.0, -600.0, 0.0, 599.0, 608.0, 1099.0):
        phase = day - drawn["peak_day"]
        state, _ = next(sources.get("AGN").trace(drawn, np.arange(50), phase))
        expected = [np.interp(day, days, one) for one in drawn["walk"]]
        expected = (np.array(expected) + agn.MAX_OFFSET) / agn.OFFSET_STEP
        np.testing.assert_allclose(state, np.clip(expected, 0, 119.999), atol=2e-3)


@pytest.mark.parametrize("label", ["SNII", "SNIb", "SNIax", "SNIa-91bg", "SNIIn", "TDE", "SLSN-I"])
def test_light_goes_on_by_its_law_as_long_as_any_survey_looks(label: str) -> None:
    """A TDE at z = 0.1 is still seen after 440 d: no step to zero within three years."""
    source = sources.get(label)
    parameters = source.draw(20, np.random.default_rng(8))
    assert source.phase_range(parameters)[1].min() >= 1100
    phase = np.arange(400.0, 1101.0, 10.0)  # beyond the last spectrum of any template
    owner = np.repeat(np.arange(20), len(phase))
    traced = source.trace(parameters, owner, np.tile(phase, 20))
    light = next(traced)[1].reshape(20, -1)
    fading = -2.5 * np.log10(light[:, 1:] / light[:, :-1]) / 10  # mag / d
    assert (light > 0).all()
    assert fading.min() > -1e-6
    assert fading.max() < 0.12


@pytest.mark.parametrize("label", ["SNIa", "SNIa-91T"])
def test_type_ia_fade_as_sn_2001el(label: str) -> None:
    """1.4 mag / 100 d in B and V, less in I, without a step where one law follows the other."""
    source = sources.get(label)
    parameters = source.draw(1, np.random.default_rng(8))
    assert source.phase_range(parameters)[1].min() >= 1100
    wavelength = np.array([4400.0, 5500.0, 8000.0])
    phases = [49.9, 50.1, 169.9, 170.1, 310.0, 445.0, 1100.0]
    flux = np.array([source.spectrum(parameters, 0, phase, wavelength) for phase in phases])
    magnitude = -2.5 * np.log10(flux)
    np.testing.assert_allclose(magnitude[[0, 2]], magnitude[[1, 3]], atol=0.02)
    rate = (magnitude[5] - magnitude[4]) / 1.35  # mag / 100 d
    np.testing.assert_allclose(rate, [1.43, 1.48, 1.03], atol=0.05)
    assert (flux[-1] > 0).all()
