"""Spectral features of the physical models: their strength, their width, and colours kept."""

import numpy as np
import pytest

from lcfm import sources
from lcfm.sources import agn_lines, blackbody, kilonova, kilonova_lines, slsn_lines, tde_lines
from lcfm.sources.base import LN_STEP, WAVELENGTH, rest_band_flux
from lcfm.sources.lines import about_its_mean, bump, emission


def test_a_line_has_its_width_and_its_flux() -> None:
    line = emission(6562.8, 12000.0)
    assert np.sum(line * WAVELENGTH * LN_STEP) == pytest.approx(1.0)
    half = np.interp(np.exp(6000.0 / 299792.458) * 6562.8, WAVELENGTH, bump(6562.8, 12000.0))
    assert half == pytest.approx(0.5, abs=0.01)


def test_features_about_their_mean_keep_broad_flux() -> None:
    trough = -0.4 * bump(4400.0, 10000.0)
    factor = about_its_mean(trough, 0.1)
    assert factor.min() < 0.75
    assert np.log(factor).sum() == pytest.approx(0.0, abs=1e-9)
    assert about_its_mean(np.ones((2, len(WAVELENGTH))), 0.1) == pytest.approx(1.0)


def test_agn_have_the_lines_of_the_composite() -> None:
    """H alpha of Vanden Berk et al. (2001) in the middle of five strengths."""
    atlas = sources.get("AGN").atlas
    middle = atlas.start[2] + (atlas.start[3] - atlas.start[2]) // 2
    spectrum = atlas.flux[middle].astype(float)
    near = (WAVELENGTH > 6350) & (WAVELENGTH < 6800)
    edge = near & ((WAVELENGTH < 6400) | (WAVELENGTH > 6750))
    line = np.polyfit(np.log(WAVELENGTH[edge]), np.log(spectrum[edge]), 1)
    excess = spectrum / np.exp(np.polyval(line, np.log(WAVELENGTH))) - 1
    width = np.sum((excess * WAVELENGTH)[near]) * LN_STEP
    assert width == pytest.approx(194.5, rel=0.05)
    drawn = agn_lines.draw(4000, np.random.default_rng(0))
    assert np.log10(agn_lines.STRENGTHS[drawn]).std() == pytest.approx(0.2, abs=0.03)


def test_slsn_show_oxygen_while_hot_and_iron_when_cool() -> None:
    """Where O II 4450 absorbs and where Fe II 5169 does, relative to the bare photosphere."""
    bare = blackbody.atlas().flux[blackbody.N_TEMPERATURES :]
    ratio = slsn_lines.atlas().flux[2 * blackbody.N_TEMPERATURES :][: len(bare)] / bare
    hot, cool = blackbody.state(np.array([16000.0, 7000.0])).astype(int)
    oxygen, iron, continuum = (
        int(np.abs(WAVELENGTH - w).argmin()) for w in (4450.0, 4930.0, 5800.0)
    )
    assert ratio[hot, oxygen] < 0.9 * ratio[hot, continuum]
    assert ratio[hot, iron] == pytest.approx(ratio[hot, continuum], rel=0.03)
    assert ratio[cool, iron] < 0.8 * ratio[cool, continuum]


@pytest.mark.parametrize("band", ["lsstu", "ztfg", "ztfr", "lssti", "lsstz"])
def test_lines_of_slsn_keep_broad_colours(band: str) -> None:
    bare = rest_band_flux(blackbody.atlas().flux[blackbody.N_TEMPERATURES :], band)
    lined = rest_band_flux(slsn_lines.atlas().flux, band).reshape(len(slsn_lines.STRENGTHS), -1)
    cold, hot = blackbody.state(np.array([5000.0, 30000.0])).astype(int)
    assert np.abs(-2.5 * np.log10(lined / bare))[:, cold:hot].max() < 0.1


def test_cool_kilonovae_show_strontium_and_hot_ones_do_not() -> None:
    temperatures = np.log(np.array([12000.0, 3000.0]))
    trough, beside = (int(np.abs(WAVELENGTH - w).argmin()) for w in (8000.0, 7100.0))
    for cloud in kilonova.CLOUDS:
        hot, cool = kilonova_lines.factors(temperatures, 1.0, cloud)
        assert hot[trough] == pytest.approx(hot[beside], rel=0.02)
        assert cool[trough] < 0.8 * cool[beside]


def test_lanthanides_of_the_red_cloud_dim_the_blue() -> None:
    blue, red = (kilonova_lines.factors(np.log([3000.0]), 1.0, c)[0] for c in kilonova.CLOUDS)
    cell = int(np.abs(WAVELENGTH - 3500.0).argmin())
    assert red[cell] / blue[cell] == pytest.approx((3500 / 5000) ** 2, rel=0.03)


@pytest.mark.parametrize("band", ["ztfg", "ztfr", "lssti", "lsstz", "lssty"])
def test_lines_of_kilonovae_keep_broad_colours(band: str) -> None:
    """At the typical strength, at the temperatures at which a cloud is bright in these bands."""
    ln_temperature = np.log(np.array([3500.0, 4000.0, 5000.0, 7000.0]))
    bare = np.array([blackbody.planck(WAVELENGTH, t) for t in np.exp(ln_temperature)])
    lined = bare * kilonova_lines.factors(ln_temperature, 1.0, "blue")
    ratio = rest_band_flux(lined, band) / rest_band_flux(bare, band)
    assert np.abs(-2.5 * np.log10(ratio)).max() < 0.12


def test_tde_lines_have_the_equivalent_width_drawn() -> None:
    """H alpha, in an event so slow that its echo is as bright."""
    source = sources.get("TDE")
    drawn = source.draw(1, np.random.default_rng(0))
    drawn |= {"host_ebv": np.zeros(1), "heating": np.zeros(1), "helium_width": np.zeros(1)}
    drawn |= {"rise_time": np.full(1, 1e4), "line_fwhm": np.full(1, 8000.0)}
    wavelength = np.linspace(6200.0, 6950.0, 3000)
    bare = source.spectrum(drawn | {"hydrogen_width": np.zeros(1)}, 0, 0.0, wavelength)
    lined = source.spectrum(drawn | {"hydrogen_width": np.full(1, 150.0)}, 0, 0.0, wavelength)
    line = np.trapezoid(lined - bare, wavelength)
    at_centre = float(np.interp(6562.8, wavelength, bare))
    assert line / at_centre == pytest.approx(150.0, rel=0.02)


def test_tde_lines_are_of_three_subtypes_and_none_at_the_highest_luminosity() -> None:
    """Hammerstein et al. (2023): 6 with H, 17 with H and He, 3 with He."""
    drawn = tde_lines.draw(np.full(4000, 1e44), np.random.default_rng(1))
    hydrogen, helium = drawn["hydrogen_width"] > 0, drawn["helium_width"] > 0
    assert (hydrogen & ~helium).mean() == pytest.approx(6 / 26, abs=0.03)
    assert (hydrogen & helium).mean() == pytest.approx(17 / 26, abs=0.03)
    assert (helium & ~hydrogen).mean() == pytest.approx(3 / 26, abs=0.03)
    assert 8000 < np.median(drawn["line_fwhm"]) < 20000
    brightest = tde_lines.draw(np.full(1000, 1e45), np.random.default_rng(1))
    assert (brightest["hydrogen_width"] + brightest["helium_width"] > 0).mean() < 0.05


def test_tde_lines_come_after_the_continuum() -> None:
    """H alpha's flux peaks later than the photosphere's, by some of the lag."""
    source = sources.get("TDE")
    drawn = source.draw(1, np.random.default_rng(0)) | {"heating": np.zeros(1)}
    drawn |= {"hydrogen_width": np.full(1, 150.0), "line_lag": np.full(1, 30.0)}
    day = np.linspace(-20.0, 60.0, 161)
    continuum, line, _ = source.trace(drawn, np.zeros(161, dtype=np.int64), day)
    assert day[continuum[1].argmax()] == pytest.approx(0.0, abs=1.0)
    assert 5.0 < day[line[1].argmax()] < 30.0
