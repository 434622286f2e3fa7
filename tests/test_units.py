"""Units of flux and time against figures that one knows by heart."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units as u
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lcfm import units


def test_one_nanojansky_is_31_4_as_astropy_says() -> None:
    assert pytest.approx((1 * u.nJy).to_value(u.ABmag), abs=1e-3) == units.AB_ZEROPOINT_NJY
    assert pytest.approx(36.307805, rel=1e-6) == units.NJY_PER_FLUXCAL


def test_magnitudes_and_zeropoints_agree() -> None:
    assert_allclose(units.njy_from_magnitude([31.4, 28.9, 23.9]), [1.0, 10.0, 1000.0])
    assert_allclose(units.njy_from_zeropoint(1.0, 27.5), units.NJY_PER_FLUXCAL)
    assert_allclose(units.njy_from_zeropoint([1.0, 2.0], [31.4, 28.9]), [1.0, 20.0])


@given(st.floats(5, 35), st.floats(0.001, 0.5))
def test_magnitudes_and_back(magnitude: float, error: float) -> None:
    flux = units.njy_from_magnitude(magnitude)
    flux_err = units.njy_error_from_magnitude(flux, error)
    assert_allclose(units.magnitude_from_njy(flux), magnitude, rtol=1e-12)
    assert_allclose(units.magnitude_error_from_njy(flux, flux_err), error, rtol=1e-12)


def test_the_error_is_the_slope_of_the_magnitude() -> None:
    flux, step = 5000.0, 1e-3
    slope = units.magnitude_from_njy(flux) - units.magnitude_from_njy(flux + step)
    assert_allclose(units.magnitude_error_from_njy(flux, step), slope, rtol=1e-6)


def test_flux_that_is_not_positive_has_no_magnitude() -> None:
    assert np.isnan(units.magnitude_from_njy([0.0, -5.0, np.nan])).all()
    assert np.isnan(units.magnitude_error_from_njy([0.0, -5.0], 1.0)).all()


def test_relative_flux_is_parts_per_million_about_zero() -> None:
    assert_allclose(units.ppm_from_relative([1.0, 1.001, 0.5]), [0.0, 1000.0, -500_000.0])


def test_times_agree_with_astropy() -> None:
    assert units.mjd_from_jd(2_459_000.25) == Time(2_459_000.25, format="jd").mjd
    assert units.mjd_from_bkjd(100.0) == 2_454_833 + 100.0 + units.MJD_OF_JD_ZERO
    assert units.mjd_from_btjd(100.0) == 2_457_000 + 100.0 + units.MJD_OF_JD_ZERO
