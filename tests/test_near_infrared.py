"""Near infrared of templates: no seam is left, and what is sound stays as published."""

import numpy as np
import pytest

from lcfm.sources import near_infrared
from lcfm.sources.base import WAVELENGTH
from lcfm.sources.core_collapse import CORE_COLLAPSE_SETS
from lcfm.sources.files import load, templates

FIRST, COUNT = 200, 300
GRID = WAVELENGTH[FIRST : FIRST + COUNT]
BLACKBODY = GRID**-2.5


def bright(flux: np.ndarray) -> np.ndarray:
    """States above 3 % of the peak between 4,000 and 8,500 Å."""
    brightness = flux[:, (WAVELENGTH > 4000) & (WAVELENGTH < 8500)].mean(axis=1)
    return brightness > 0.03 * brightness.max()


@pytest.mark.parametrize("name", [*CORE_COLLAPSE_SETS, "snpy_91bg", "hsiao"])
def test_no_bright_spectrum_steps_in_the_near_infrared(name: str) -> None:
    for template in templates(name):
        flux = template.flux[bright(template.flux)][:, WAVELENGTH > near_infrared.JOIN - 50]
        step = np.exp(np.abs(np.diff(np.log(flux), axis=1)))
        assert step.max() < 1.5, template.name


@pytest.mark.parametrize("name", [*CORE_COLLAPSE_SETS, "snpy_91bg", "hsiao"])
def test_what_is_believed_is_as_published(name: str) -> None:
    packed = load(name)
    mended = 0
    for number, template in enumerate(templates(name)):
        published = packed[f"{number}/flux"].astype(float) * packed[f"{number}/scale"][:, None]
        first = int(packed[f"{number}/first_cell"])
        ours = template.flux[:, first : first + published.shape[1]]
        count = near_infrared.believed(published, first)
        assert (WAVELENGTH[first + count - 1] > 8950).all()
        same = np.arange(published.shape[1]) < count[:, None]
        np.testing.assert_array_equal(ours[same], published[same])
        mended += int((~same).any(axis=1)[bright(template.flux)].sum())
    # those made of measurements to beyond 1 micrometre are left alone
    assert (mended > 0) == (name in CORE_COLLAPSE_SETS)


def test_a_seam_is_replaced_by_the_continuum() -> None:
    seam = int(np.searchsorted(GRID, 9050.0))
    spectrum = BLACKBODY * np.where(np.arange(COUNT) < seam, 1.0, 12.0)
    assert near_infrared.believed(spectrum[None], FIRST) == [seam]
    np.testing.assert_allclose(near_infrared.repair(spectrum[None], FIRST)[0], BLACKBODY, rtol=1e-9)


def test_zeros_are_replaced_and_a_slow_fall_is_followed_only_so_far() -> None:
    zeros = BLACKBODY * (GRID < 10200)
    np.testing.assert_allclose(near_infrared.repair(zeros[None], FIRST)[0], BLACKBODY, rtol=1e-9)
    falling = BLACKBODY * np.minimum(1.0, (GRID / 9000) ** -20)
    mended = near_infrared.repair(falling[None], FIRST)[0] / BLACKBODY
    assert mended.min() == pytest.approx(1 / near_infrared.FARTHEST, rel=0.1)


def test_lines_and_templates_that_end_earlier_stay() -> None:
    line = 1 + 0.8 * np.exp(-(((GRID - 9900) / 150) ** 2) / 2)
    np.testing.assert_array_equal(
        near_infrared.repair((BLACKBODY * line)[None], FIRST)[0], BLACKBODY * line
    )
    optical = np.ones((2, int(np.searchsorted(GRID, 8000))))
    np.testing.assert_array_equal(near_infrared.repair(optical, FIRST), optical)
    dark = np.zeros((1, COUNT))
    np.testing.assert_array_equal(near_infrared.repair(dark, FIRST), dark)
