"""Every reader keeps the contract; the dialects of SNANA, and real files of other people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from numpy.testing import assert_allclose, assert_array_equal

import written_formats
from lcfm.errors import ReadError, UnknownNameError
from lcfm.readers import READERS, partitions, read, read_with_report
from lcfm.readers.plasticc import CLASSES, PlasticcCsv
from lcfm.readers.snana_csv import SnanaCsv
from lcfm.readers.snana_fits import SnanaFits
from lcfm.readers.snana_text import SnanaText
from lcfm.units import NJY_PER_FLUXCAL
from written_formats import WRITERS, truth, write_csv, write_snana_fits, write_snana_text

FORMATS = sorted(READERS)


def one_sentence(text: str) -> bool:
    return "\n" not in text and len(text) < 500 and "Traceback" not in text


def test_a_column_beside_its_alias_is_taken_as_it_is(tmp_path: Path) -> None:
    path = WRITERS["objects-points"](tmp_path)
    points = pq.read_table(path / "points.parquet")
    points = points.append_column("upper_limit", pa.array(np.zeros(len(points), dtype=bool)))
    if "limit" not in points.column_names:
        points = points.append_column("limit", pa.array(np.zeros(len(points), dtype=bool)))
    pq.write_table(points, path / "points.parquet")
    assert not read(path).points["limit"].any()


# -- the contract -----------------------------------------------------------------------------


def test_every_format_has_a_fixture() -> None:
    assert set(WRITERS) == set(READERS)


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_written_is_read(name: str, tmp_path: Path) -> None:
    path, expected = WRITERS[name](tmp_path), truth()
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) < 20_000
    lcs, report = read_with_report(path)
    assert tuple(lcs.object_id) == written_formats.IDS
    assert_array_equal(lcs.offsets, expected.offsets)
    assert_allclose(lcs.points["mjd"], expected.points["mjd"], atol=1e-6)
    assert_allclose(lcs.points["flux"], expected.points["flux"], rtol=1e-5, atol=1e-3)
    assert_allclose(lcs.points["flux_err"], expected.points["flux_err"], rtol=1e-5)
    assert_array_equal(lcs.points["detected"], expected.points["detected"])
    assert not lcs.points["limit"].any()
    assert_array_equal(
        np.array(lcs.bands)[lcs.points["band"]],
        np.array(expected.bands)[expected.points["band"]],
    )
    for column in ("redshift", "ra", "dec", "mwebv"):
        assert_allclose(lcs.column(column), expected.column(column), rtol=1e-6)
    assert_array_equal(lcs.column("label"), expected.column("label"))
    assert (np.diff(lcs.points["mjd"])[np.diff(lcs.owner) == 0] >= 0).all()
    assert report.n_objects == 3
    assert report.clean


@pytest.mark.parametrize("name", FORMATS)
def test_its_own_reader_is_the_first_that_recognises_it(name: str, tmp_path: Path) -> None:
    path = WRITERS[name](tmp_path)
    assert next(n for n, kind in READERS.items() if kind().recognises(path)) == name


@pytest.mark.parametrize("name", FORMATS)
def test_parts_hold_every_object_once(name: str, tmp_path: Path) -> None:
    parts = list(partitions(WRITERS[name](tmp_path), 2))
    assert [i for part in parts for i in part.object_id] == list(written_formats.IDS)
    assert all(len(part) <= 2 for part in parts)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("keep", [0.0, 0.5], ids=["empty", "cut"])
def test_a_damaged_file_is_one_sentence(name: str, keep: float, tmp_path: Path) -> None:
    WRITERS[name](tmp_path)
    files = [p for p in tmp_path.iterdir() if p.name != "README.txt"]
    for number, victim in enumerate(files):
        folder = tmp_path / f"damage-{number}"
        folder.mkdir()
        path = WRITERS[name](folder)
        damaged = folder / victim.name
        content = damaged.read_bytes()
        damaged.write_bytes(content[: int(keep * len(content))])
        if name == "snana-text":
            path = damaged  # in a folder, a file without a key is any other text file
        for format_name in (None, name):
            with pytest.raises(ReadError) as caught:
                read(path, format=format_name)
            assert one_sentence(str(caught.value))


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_something_else_is_one_sentence(name: str, tmp_path: Path) -> None:
    for suffix in (".txt", ".csv", ".parquet", "_HEAD.FITS", "_HEAD.csv"):
        path = tmp_path / f"other{suffix}"
        path.write_text("not a light curve\n1, 2, 3\n")
        assert not READERS[name]().recognises(path)
        with pytest.raises(ReadError) as caught:
            READERS[name]().read(path)
        assert one_sentence(str(caught.value))


def test_nothing_there_and_unknown_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="does not exist"):
        read(tmp_path / "missing.parquet")
    with pytest.raises(ReadError, match="no known format"):
        read(tmp_path)
    with pytest.raises(UnknownNameError, match="snana-fits"):
        read(tmp_path, format="snana")


# -- dialects of SNANA ------------------------------------------------------------------------


@pytest.mark.parametrize("band", ["BAND", "FLT"])
@pytest.mark.parametrize("dec", ["DEC", "DECL"])
@pytest.mark.parametrize("ints", [True, False], ids=["int", "text"])
def test_fits_dialects(band: str, dec: str, ints: bool, tmp_path: Path) -> None:
    lcs, _ = SnanaFits().read(write_snana_fits(tmp_path, band=band, dec=dec, ints=ints))
    assert lcs.fingerprint() == SnanaFits().read(tmp_path)[0].fingerprint()
    assert tuple(lcs.object_id) == written_formats.IDS
    assert_array_equal(lcs.column("dec"), [-9.0] * 3)


def test_stale_pointers_yield_to_separators(tmp_path: Path) -> None:
    lcs, report = SnanaFits().read(write_snana_fits(tmp_path, shift=1))
    assert_array_equal(lcs.lengths, written_formats.N_POINTS)
    assert any("stale" in remark for remark in report.remarks)


def test_pointers_and_separators_that_disagree_are_refused(tmp_path: Path) -> None:
    head = write_snana_fits(tmp_path, shift=1)
    with fits.open(head, memmap=False) as hdus:
        hdus[1].data = hdus[1].data[:2]
        hdus.writeto(head, overwrite=True)
    with pytest.raises(ReadError, match="PTROBS"):
        SnanaFits().read(head)


def test_head_without_phot_names_the_missing_file(tmp_path: Path) -> None:
    head = write_snana_fits(tmp_path)
    (tmp_path / "TOY_PHOT.FITS.gz").unlink()
    with pytest.raises(ReadError, match=r"TOY_PHOT\.FITS.*missing"):
        SnanaFits().read(head)


def test_a_plain_fits_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    head = write_snana_fits(tmp_path)
    for part in ("HEAD", "PHOT"):
        packed = tmp_path / f"TOY_{part}.FITS.gz"
        with fits.open(packed, memmap=False) as hdus:
            hdus.writeto(tmp_path / f"TOY_{part}.FITS")
        packed.unlink()
    phot = tmp_path / "TOY_PHOT.FITS"
    head = tmp_path / "TOY_HEAD.FITS"
    assert len(SnanaFits().read(head)[0]) == 3
    phot.write_bytes(phot.read_bytes()[:-2880])
    with pytest.raises(ReadError, match="truncated"):
        SnanaFits().read(head)


def test_text_with_fewer_rows_than_it_says_is_refused(tmp_path: Path) -> None:
    path = write_snana_text(tmp_path) / "SN0.DAT"
    lines = path.read_text().splitlines()
    last = max(i for i, line in enumerate(lines) if line.startswith("OBS:"))
    path.write_text("\n".join(lines[:last]))
    with pytest.raises(ReadError, match="NOBS says 4"):
        SnanaText().read(path)


def test_text_with_more_rows_than_it_says_is_remarked(tmp_path: Path) -> None:
    path = write_snana_text(tmp_path) / "SN0.DAT"
    path.write_text(path.read_text().replace("NOBS: 4", "NOBS: 3"))
    lcs, report = SnanaText().read(path)
    assert lcs.n_points == 4
    assert any("NOBS says 3" in remark for remark in report.remarks)


def test_sentinels_are_counted_apart(tmp_path: Path) -> None:
    rows = [(1, 60_000 + i, "LSST-g", 100.0, e) for i, e in enumerate((2.0, 1e8, -9.0, 3.0))]
    write_csv(tmp_path / "A_HEAD.csv.gz", ("SNID", "REDSHIFT_HELIO"), [(1, -9.0)])
    write_csv(tmp_path / "A_PHOT.csv.gz", ("SNID", "MJD", "BAND", "FLUXCAL", "FLUXCALERR"), rows)
    lcs, report = SnanaCsv().read(tmp_path)
    assert lcs.n_points == 2
    assert np.isnan(lcs.column("redshift")[0])
    assert report.drops["sentinel in place of a number"].count == 2
    assert report.n_points == 4


def test_rows_of_unknown_objects_and_empty_flags_are_borne(tmp_path: Path) -> None:
    rows = [(1, 60_000, "LSST-g", 9.0, 1.0, 4096), (2, 60_000, "LSST-g", 9.0, -9.0, "")]
    rows += [(2, 60_001, "LSST-g", 9.0, 1.0, ""), (1, 60_001, "LSST-g", 9.0, 1.0, 0)]
    names = ("SNID", "MJD", "BAND", "FLUXCAL", "FLUXCALERR", "PHOTFLAG")
    write_csv(tmp_path / "A_HEAD.csv.gz", ("SNID", "SNTYPE"), [(1, 101)])
    write_csv(tmp_path / "A_PHOT.csv.gz", names, rows)
    lcs, report = SnanaCsv().read(tmp_path)
    assert lcs.points["detected"].tolist() == [True, False]
    assert report.drops["row without an object"].count == 1
    assert report.drops["sentinel in place of a number"].count == 1
    write_csv(tmp_path / "A_HEAD.csv.gz", ("SNID", "MWEBV"), [(1, "low")])
    with pytest.raises(ReadError, match="MWEBV must hold numbers"):
        SnanaCsv().read(tmp_path)


def test_letters_of_mixed_surveys_are_not_guessed(tmp_path: Path) -> None:
    folder = write_snana_text(tmp_path)
    path = folder / "SN0.DAT"
    path.write_text(path.read_text().replace("SURVEY: LSST", "SURVEY: PS1_LOWZ_COMBINED(CFA4p1)"))
    lcs, report = SnanaText().read(path)
    assert len(lcs) == 0
    assert report.drops["unknown band"].count == 4
    lcs, report = SnanaText(filters={"g": "sdssg", "r": "sdssr"}).read(path)
    assert lcs.bands == ("sdssg", "sdssr")


def test_plasticc_without_metadata_names_what_is_missing(tmp_path: Path) -> None:
    points = WRITERS["plasticc-csv"](tmp_path)
    (tmp_path / "toy_metadata.csv.gz").unlink()
    with pytest.raises(ReadError, match="metadata"):
        PlasticcCsv().read(points)


def test_plasticc_picks_the_metadata_named_alike(tmp_path: Path) -> None:
    points = WRITERS["plasticc-csv"](tmp_path)
    write_csv(tmp_path / "another_metadata.csv.gz", ("object_id", "target"), [(1, 42)])
    assert len(PlasticcCsv().read(points)[0]) == 3


def test_plasticc_placeholders_are_unknown(tmp_path: Path) -> None:
    points = WRITERS["plasticc-csv"](tmp_path)
    names = ("object_id", "true_target", "true_z", "true_peakmjd")
    values = [(92, 0.0, 59_570.0), (90, 0.5, 60_001.0), (994, -9.0, 60_002.0)]
    rows = [(i, *v) for i, v in zip(written_formats.IDS, values, strict=True)]
    write_csv(tmp_path / "toy_metadata.csv.gz", names, rows)
    lcs, _ = PlasticcCsv().read(points)
    assert_array_equal(lcs.column("redshift"), [np.nan, 0.5, np.nan])
    assert_array_equal(lcs.column("peak_mjd"), [np.nan, 60_001.0, 60_002.0])
    assert_array_equal(lcs.column("label"), ["RRL", "SNIa", "PISN"])


# -- files of other people --------------------------------------------------------------------

FITS_FILES = {  # survey to give, objects, points without separators, rows of unknown bands
    "DES_Ia-0001": ("DES", 200, 12_518, 0),
    "LSST_WFD_NONIa-0004": ("", 111, 17_837, 0),
    "LSST_WFD_NONIa-0005": ("", 4, 696, 0),
    "PIP_PLUS_10REAL_SIMFOUNDB8fea7_SNIaMODEL0-0001": ("", 569, 8_459, 0),
    "PIP_PLUS_10REAL_SIMLOWZRE93e81_SNIaMODEL0-0001": ("", 345, 14_614, 14_614),
    "REAL_DES-SN5YR_Foundation": ("", 185, 6_010, 0),
    "elasticc2/KN_K17_ELASTICC2_TRAIN_01_1percent_NONIaMODEL0-0007": ("", 0, 0, 0),
    "elasticc2/Mdwarf-flare_ELASTICC2_TRAIN_01_1percent_NONIaMODEL0-0007": ("", 0, 0, 0),
    "elasticc2/SNIb-Templates_ELASTICC2_TRAIN_01_1percent_NONIaMODEL0-0007": ("", 9, 1_347, 0),
}


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")
@pytest.mark.parametrize("stem", FITS_FILES)
def test_real_fits_files(stem: str, shared_data: Path) -> None:
    survey, n_objects, n_points, unknown = FITS_FILES[stem]
    head = shared_data / "formats" / "snana" / f"{stem}_HEAD.FITS.gz"
    lcs, report = SnanaFits(survey=survey).read(head)
    assert (report.n_objects, report.n_points) == (n_objects, n_points)
    with (
        fits.open(head, memmap=False) as heads,
        fits.open(str(head).replace("HEAD", "PHOT"), memmap=False) as phots,
    ):
        phot = phots[1].data
        assert n_objects == len(heads[1].data)
        assert n_points == (phot["MJD"] != -777).sum()
        drop = report.drops.get("unknown band")
        assert (drop.count if drop else 0) == unknown
        if unknown or not n_objects:
            assert len(lcs) == 0
            return
        assert_array_equal(lcs.object_id, [str(s).strip() for s in heads[1].data["SNID"]])
        assert_array_equal(lcs.lengths, heads[1].data["NOBS"])
        total = phot["FLUXCAL"][phot["MJD"] != -777].astype(float).sum() * NJY_PER_FLUXCAL
        assert_allclose(lcs.points["flux"].astype(float).sum(), total, rtol=1e-5)
        if (phot["PHOTFLAG"] > 0).any():
            assert lcs.points["detected"].sum() == ((phot["PHOTFLAG"] & 4096) > 0).sum()
    assert any("stale" in r for r in report.remarks) == stem.startswith("DES_Ia")


@pytest.mark.shared
def test_real_head_without_phot(shared_data: Path) -> None:
    with pytest.raises(ReadError, match="DES_NONIa-0001_PHOT"):
        read(shared_data / "formats" / "snana" / "DES_NONIa-0001_HEAD.FITS.gz")


def plain_rows(path: Path) -> tuple[int, float]:
    """Number of rows OBS and the sum of FLUXCAL, read in the plainest way."""
    lines = path.read_text().splitlines()
    names = next(line for line in lines if line.startswith("VARLIST:")).split()
    place = names.index("FLUXCAL")
    values = [float(line.split()[place]) for line in lines if line.strip().startswith("OBS:")]
    return len(values), sum(values)


UNRESOLVED = ("ANU", "CFA", "CSP", "HST", "JLA")


@pytest.mark.shared
def test_real_text_files(shared_data: Path) -> None:
    folder = shared_data / "formats" / "snana"
    files = [
        *(folder / "spcc_text").glob("*.DAT"),
        *(folder / "text_other").glob("*.[dDt][aAx][tT]"),
    ]
    assert len(files) == 18
    for path in files:
        lcs, report = read_with_report(path)
        n, total = plain_rows(path)
        assert (report.n_objects, report.n_points) == (1, n), path.name
        if path.name.startswith(UNRESOLVED):
            assert report.drops["unknown band"].count == n
            continue
        assert lcs.n_points == n
        flux = lcs.points["flux"].astype(float).sum() / NJY_PER_FLUXCAL
        assert_allclose(flux, total, rtol=1e-4)


@pytest.mark.shared
def test_real_spcc_types(shared_data: Path) -> None:
    lcs = read(shared_data / "formats" / "snana" / "spcc_text")
    assert sorted(set(lcs.column("label"))) == ["II", "IIL", "IIn", "Ia", "Ib"]
    assert set(lcs.bands) == {"desg", "desr", "desi", "desz"}


@pytest.mark.shared
def test_real_supernnova_tables(shared_data: Path) -> None:
    path = shared_data / "formats" / "snana" / "text_other" / "SuperNNova_DES_HEAD.csv.gz"
    lcs, report = SnanaCsv(survey="DES").read(path)
    assert len(lcs) == 2
    assert lcs.n_points == 126
    assert report.drops["sentinel in place of a number"].count == 1


@pytest.mark.shared
def test_plasticc_numbers_mean_what_the_training_set_says(shared_data: Path) -> None:
    table = pq.read_table(
        shared_data / "plasticc" / "objects.parquet", columns=["plasticc_class", "label"]
    )
    pairs = set(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    assert len(pairs) == 14
    assert {number: CLASSES[number] for number, _ in pairs} == dict(pairs)
