"""Passbands: names resolve only with certainty, curves are physical."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lcfm import bands
from lcfm.bands import Band
from lcfm.errors import LcfmError, UnknownNameError


@pytest.fixture
def own_band() -> Iterator[Band]:
    band = Band("test::k", np.array([20_000.0, 22_000.0]), np.array([1.0, 1.0]))
    bands.register(band)
    yield band
    del bands._custom["test::k"]


def test_a_box_has_its_mean_in_the_middle() -> None:
    box = Band("box", np.linspace(4000, 5000, 11), np.ones(11))
    assert box.mean_wavelength == pytest.approx(4500)
    ramp = Band("ramp", np.linspace(0, 3, 3001), np.linspace(0, 3, 3001))
    assert ramp.mean_wavelength == pytest.approx(2, rel=1e-6)  # ∫λ²dλ / ∫λdλ


@pytest.mark.parametrize(
    ("wavelength", "transmission", "unit", "text"),
    [
        ([1.0], [1.0], "nJy", "same length"),
        ([1.0, 2.0], [1.0, 1.0, 1.0], "nJy", "same length"),
        ([2.0, 1.0], [1.0, 1.0], "nJy", "ascend"),
        ([1.0, 2.0], [1.0, -1.0], "nJy", "negative"),
        ([1.0, 2.0], [0.0, 0.0], "nJy", "zero everywhere"),
        ([1.0, 2.0], [1.0, 1.0], "Jy", "unit"),
    ],
)
def test_bad_curves_are_refused(
    wavelength: list[float], transmission: list[float], unit: str, text: str
) -> None:
    with pytest.raises(LcfmError, match=text):
        Band("bad", np.array(wavelength), np.array(transmission), unit)


@pytest.mark.parametrize("name", bands.names())
def test_shipped_curves_are_physical(name: str) -> None:
    band = bands.get(name)
    assert 1000 < band.mean_wavelength < 60_000
    assert band.wavelength[0] < band.mean_wavelength < band.wavelength[-1]
    assert 0.9 < band.transmission.max() < 1.02  # peak 1 before the curve was thinned
    assert band.origin
    assert band.unit == ("ppm" if name in ("kepler", "tess") else "nJy")
    with pytest.raises(ValueError, match="read-only"):
        band.transmission[0] = 1


def test_lsst_bands_stand_in_the_order_of_colour() -> None:
    means = bands.mean_wavelengths(tuple(f"lsst{b}" for b in "ugrizy"))
    assert (np.diff(means) > 0).all()
    assert_allclose(means[:2], [3690, 4830], atol=60)  # SMTN-002: 3671, 4827 Å


@pytest.mark.parametrize(
    ("name", "survey", "expected"),
    [
        ("lsstg", None, "lsstg"),
        (" ztfg ", None, "ztfg"),
        ("LSST-Y", None, "lssty"),
        ("LSST-g", "anything", "lsstg"),
        ("ZTF_g", None, None),
        ("DES-z", None, "desz"),
        ("g", None, None),
        ("g", "ZTF", "ztfg"),
        ("1", "ztf", "ztfg"),
        ("zr", "ZTF", "ztfr"),
        ("Y", "LSST", "lssty"),
        ("0", "PLAsTiCC", "lsstu"),
        ("g", "FOUNDATION", "ps1::g"),
        ("g", "PS1MD", "ps1::g"),
        ("g", "DES", "desg"),
        ("u", "ZTF", None),
        ("g", "CSP", None),
        ("g", "", None),
        ("g", "PS1_LOWZ_COMBINED(CFA4p1)", None),
        ("w", "PS1_HST_COMBINED(HST)", None),
        ("V", "LOWZ", None),
    ],
)
def test_resolution(name: str, survey: str | None, expected: str | None) -> None:
    assert bands.resolve(name, survey) == expected


def test_every_alias_leads_to_a_band() -> None:
    targets = {t for table in bands._SURVEY_FILTERS.values() for t in table.values()}
    assert targets | set(bands._ALIASES.values()) <= set(bands.names())
    assert set(bands._SURVEY_ALIASES.values()) <= set(bands._SURVEY_FILTERS)


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="ztfg"):
        bands.get("zftg")


def test_a_band_of_your_own(own_band: Band) -> None:
    assert bands.get("test::k") is own_band
    assert bands.resolve("test::k", "LOWZ") == "test::k"
    assert "test::k" in bands.names()
    with pytest.raises(LcfmError, match="exists already"):
        bands.register(own_band)
    with pytest.raises(LcfmError, match="exists already"):
        bands.register(Band("ztfg", np.array([1.0, 2.0]), np.array([1.0, 1.0])))


@pytest.mark.parametrize(
    ("name", "survey", "letter"),
    [("ztfg", "ZTF", "g"), ("ps1::z", "YSE", "z"), ("ztfg", "YSE", "ztfg"), ("lsstg", "", "lsstg")],
)
def test_letters_lead_back_to_the_band(name: str, survey: str, letter: str) -> None:
    assert bands.letter(name, survey) == letter
    assert bands.resolve(letter, survey or None) == name
