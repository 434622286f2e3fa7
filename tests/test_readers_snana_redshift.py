"""Redshifts of SNANA: from a spectrum or from colours, in two columns; and the class of YSE."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from numpy.testing import assert_allclose, assert_array_equal

from lcfm.readers import read, read_with_report
from lcfm.readers.snana_fits import SnanaFits
from lcfm.readers.snana_redshift import redshifts

TEXT = """SURVEY: YSE
SNID: {name}
{keys}
NOBS: 1
NVAR: 4
VARLIST: MJD FLT FLUXCAL FLUXCALERR
OBS: 58900.5 g 120.0 5.0
END:
"""


def one(tmp_path: Path, *keys: str) -> tuple[float, float, str]:
    """Redshift, photo_z and label of a text file with these keys."""
    path = tmp_path / "2020a.snana.dat"
    path.write_text(TEXT.format(name="2020a", keys="\n".join(keys)))
    lcs = read(path)
    columns = [lcs.column(name)[0] for name in ("redshift", "photo_z", "label")]
    return (*columns,)


@pytest.mark.parametrize(
    ("keys", "redshift", "photo_z"),
    [
        (["REDSHIFT_HELIO: 0.100 +- 0.0005", "REDSHIFT_CMB: 0.101 +- 0.0005"], 0.1, np.nan),
        (["REDSHIFT_FINAL: 0.101 +- 0.001", "REDSHIFT_HELIO: 0.100 +- 0.001"], 0.1, np.nan),
        (["REDSHIFT_CMB: 0.101 +- 0.001"], 0.101, np.nan),
        (["REDSHIFT_SPEC: 0.3 +- 0.1", "REDSHIFT_HELIO: 0.2 +- 0.001"], 0.3, np.nan),
        (["REDSHIFT_HELIO: -9 +- 9", "HOSTGAL_SPECZ: 0.2 +- 0.001"], 0.2, np.nan),
        # the words of YSE decide, whatever the error says
        (["REDSHIFT_FINAL: 0.179 +- 0.052 (PHOTO-Z, HELIO)"], np.nan, 0.179),
        (["REDSHIFT_FINAL: 0.179 +- 0.000 (PHOTO-Z, HELIO)"], np.nan, 0.179),
        (["REDSHIFT_FINAL: 0.07 +- 0.02 (SPEC-Z, HELIO)", "PHOTO_Z: 0.07 +- 0.02"], 0.07, 0.07),
        # a large error, or the photometric redshift repeated
        (["REDSHIFT_HELIO: 0.35 +- 0.0468", "REDSHIFT_FINAL: 0.35 +- 0.0468"], np.nan, 0.35),
        (["REDSHIFT_HELIO: 0.4 +- 0.009", "HOSTGAL_PHOTOZ: 0.4 +- 0.009"], np.nan, 0.4),
        (["REDSHIFT_HELIO: 0.4 +- 0.001", "HOSTGAL_PHOTOZ: 0.4 +- 0.009"], 0.4, 0.4),
        # a simulation knows
        (["REDSHIFT_HELIO: 0.35 +- 0.05", "SIM_REDSHIFT: 0.3972"], 0.3972, 0.35),
        (["RA: 10.0"], np.nan, np.nan),
    ],
)
def test_a_redshift_is_from_a_spectrum_or_stands_in_photo_z(
    tmp_path: Path, keys: list[str], redshift: float, photo_z: float
) -> None:
    assert_allclose(one(tmp_path, *keys)[:2], [redshift, photo_z])


def test_photometric_redshifts_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_text(TEXT.format(name="a", keys="REDSHIFT_FINAL: 0.2 +- 0.05"))
    _, report = read_with_report(path)
    assert any("1 of 1 objects have a photometric redshift only" in r for r in report.remarks)


def test_each_row_is_judged_by_itself() -> None:
    columns = {
        "REDSHIFT_HELIO": [0.1, 0.2, -9.0],
        "REDSHIFT_HELIO_ERR": [0.001, 0.1, -9.0],
        "HOSTGAL_PHOTOZ": [-9.0, -9.0, 0.3],
    }
    found = redshifts(columns, 3)
    assert_array_equal(found["redshift"], [0.1, np.nan, np.nan])
    assert_array_equal(found["photo_z"], [np.nan, 0.2, 0.3])


@pytest.mark.parametrize(
    ("keys", "label"),
    [
        (["SPEC_CLASS: SN Ia-norm", "SPEC_CLASS_BROAD: SN Ia"], "SN Ia-norm"),
        (["SPEC_CLASS: NA"], ""),
        (["SNTYPE: 1", "SPEC_CLASS: SN II"], "1"),
        (["SNTYPE: -9", "SPEC_CLASS: SN II"], "SN II"),
    ],
)
def test_the_spectroscopic_class_is_the_label_where_there_is_no_type(
    tmp_path: Path, keys: list[str], label: str
) -> None:
    assert one(tmp_path, *keys)[2] == label


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")
@pytest.mark.parametrize(
    "stem",
    ["DES_Ia-0001", "LSST_WFD_NONIa-0004", "LSST_WFD_NONIa-0005",
     "elasticc2/SNIb-Templates_ELASTICC2_TRAIN_01_1percent_NONIaMODEL0-0007"],
)  # fmt: skip
def test_simulations_give_the_true_redshift(stem: str, shared_data: Path) -> None:
    head = shared_data / "formats" / "snana" / f"{stem}_HEAD.FITS.gz"
    lcs, _ = SnanaFits(survey="LSST").read(head)
    with fits.open(head, memmap=False) as hdus:
        table = hdus[1].data
        assert_allclose(lcs.column("redshift"), table["SIM_REDSHIFT_HELIO"])
        assert_allclose(lcs.column("photo_z"), table["HOSTGAL_PHOTOZ"])


@pytest.mark.shared
def test_real_files_keep_their_spectroscopic_redshift(shared_data: Path) -> None:
    folder = shared_data / "formats" / "snana"
    lcs, _ = SnanaFits().read(folder / "REAL_DES-SN5YR_Foundation_HEAD.FITS.gz")
    assert np.isfinite(lcs.column("redshift")).all()
    assert np.isnan(lcs.column("photo_z")).all()
    lcs = read(folder / "text_other" / "des_real_01248677.dat")
    assert_allclose(lcs.column("redshift"), 0.35067)
    assert_allclose(lcs.column("photo_z"), 0.3717)
    lcs = read(folder / "spcc_text" / "DES_SN000017.DAT")
    assert_allclose(lcs.column("redshift"), 0.3972)
    assert_allclose(lcs.column("photo_z"), 0.3502)
