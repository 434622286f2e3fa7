"""Plain tables: aliases, units, whole ids, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from lcfm.errors import ReadError
from lcfm.readers import read, read_with_report
from lcfm.readers.source import TableSource
from lcfm.readers.tabular import TabularReader

BIG = 9007199254740993  # 2**53 + 1: a float cannot hold it


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_rubin_columns_and_64_bit_ids(tmp_path: Path) -> None:
    path = write(
        tmp_path / "forced.csv",
        "diaObjectId,midpointMjdTai,band,psfFlux,psfFluxErr,survey\n"
        f"{BIG},60000.5,g,1000,100,LSST\n{BIG},60001.5,r,-5,100,LSST\n"
        f"{BIG + 1},60002.5,g,9,3,LSST\n",
    )
    lcs, report = read_with_report(path)
    assert list(lcs.object_id) == [str(BIG), str(BIG + 1)]
    assert lcs.bands == ("lsstg", "lsstr")
    np.testing.assert_allclose(lcs.points["flux"], [1000, -5, 9])
    assert any("nJy" in r for r in report.remarks)


def test_ztf_magnitudes_in_jd(tmp_path: Path) -> None:
    path = write(
        tmp_path / "alerts.csv",
        "oid,jd,fid,magpsf,sigmapsf,survey\na,2459000.5,1,20.0,0.1,ZTF\na,2459003.5,2,19.0,0.1,ZTF\n",
    )
    lcs = read(path)
    np.testing.assert_allclose(lcs.points["mjd"], [59000.0, 59003.0])
    np.testing.assert_allclose(lcs.points["flux"], [36307.8, 91201.1], rtol=1e-5)
    assert lcs.bands == ("ztfg", "ztfr")


@pytest.mark.parametrize("kind", ["ecsv", "votable", "fits", "parquet", "txt"])
def test_formats_give_the_same_table(tmp_path: Path, kind: str) -> None:
    columns = {
        "object_id": np.array(["a", "a", "b"]),
        "mjd": np.array([59000.0, 59001.0, 59002.0]),
        "filter": np.array(["ztfg", "ztfr", "ztfg"]),
        "flux": np.array([100.0, 200.0, 300.0]),
        "fluxerr": np.array([10.0, 10.0, 10.0]),
        "zp": np.array([25.0, 25.0, 25.0]),
        "zpsys": np.array(["ab", "ab", "ab"]),
    }
    path = tmp_path / f"table.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table(columns), path)
    else:
        formats = {"ecsv": "ascii.ecsv", "txt": "ascii.basic"}
        Table(columns).write(path, format=formats.get(kind, kind))
    lcs = read(path)
    assert list(lcs.object_id) == ["a", "b"]
    np.testing.assert_allclose(lcs.points["flux"], np.array([100, 200, 300]) * 10**2.56, rtol=1e-5)


def test_a_unit_in_the_file_is_believed(tmp_path: Path) -> None:
    table = Table({"mjd": [59000.0], "band": ["ztfg"], "flux": [5.0], "flux_err": [1.0]})
    table["flux"].unit = "nJy"
    table.write(tmp_path / "one.ecsv", format="ascii.ecsv")
    lcs = read(tmp_path / "one.ecsv")
    assert list(lcs.object_id) == ["one"]
    assert lcs.points["flux"][0] == 5.0


HEAD = "object_id,mjd,band,flux,flux_err\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "a,59000,ztfg,100,1\n", "zeropoint"),
        (HEAD + "a,59000,ztfg,18.5,0.1\na,59001,ztfg,19.5,0.1\n", "zeropoint"),
        (HEAD.replace("mjd", "when"), "no column for a time"),
        (HEAD, "no rows"),
        ("object_id,mjd,band,flux,flux_err,zp,zpsys\na,59000,ztfg,100,1,25,vega\n", "AB"),
        ("object_id,mjd,band,flux,flux_err,zp\na,12.5,ztfg,100,1,25\n", "neither MJD"),
        ("", "empty or truncated"),
    ],
)
def test_what_cannot_be_known_is_asked_for(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ReadError, match=words):
        read(write(tmp_path / "table.csv", text))


def test_magnitudes_declared_as_flux_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", HEAD + "a,59000,ztfg,18.5,0.1\na,59001,ztfg,19.5,0.1\n")
    with pytest.raises(ReadError, match="as magnitudes do"):
        read(path, format=TabularReader(zeropoint=31.4))


def test_settings_say_what_a_file_leaves_unsaid(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", HEAD + "a,59000,g,1850,10\na,59001,q,1950,10\n")
    lcs, report = read_with_report(path, format=TabularReader(zeropoint=31.4, survey="ZTF"))
    assert lcs.bands == ("ztfg",)
    assert report.drops["unknown band"].count == 1


@pytest.mark.parametrize(
    ("units", "flux", "flux_err"),
    [(("nJy", "nJy"), 5.0, 1.0), (("uJy", "uJy"), 5e3, 1e3), (("nJy", "uJy"), 5.0, 1e3)],
)
def test_flux_and_error_each_have_their_unit(
    tmp_path: Path, units: tuple[str, str], flux: float, flux_err: float
) -> None:
    table = Table({"mjd": [59000.0], "band": ["ztfg"], "flux": [5.0], "flux_err": [1.0]})
    table["flux"].unit, table["flux_err"].unit = units
    table.write(tmp_path / "one.ecsv", format="ascii.ecsv")
    lcs = read(tmp_path / "one.ecsv")
    np.testing.assert_allclose([*lcs.points["flux"], *lcs.points["flux_err"]], [flux, flux_err])


@pytest.mark.parametrize(
    ("columns", "unit", "words"),
    [
        ({"zp": [25.0]}, "nJy", "says otherwise"),
        ({}, "erg / (s cm2 AA)", "not per frequency"),
        ({}, "ct", "no zeropoint"),
    ],
)
def test_units_that_contradict_or_do_not_suffice(
    tmp_path: Path, columns: dict[str, list[float]], unit: str, words: str
) -> None:
    table = Table(
        {"mjd": [59000.0], "band": ["ztfg"], "flux": [50.0], "flux_err": [2.0], **columns}
    )
    table["flux"].unit = table["flux_err"].unit = unit
    table.write(tmp_path / "one.ecsv", format="ascii.ecsv")
    with pytest.raises(ReadError, match=words):
        read(tmp_path / "one.ecsv")


def test_fluxcal_keeps_its_zeropoint_beside_that_of_the_image(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv", "SNID,MJD,FLT,FLUXCAL,FLUXCALERR,ZPT\n1,59000,ztfg,120.5,1.1,30.2\n"
    )
    np.testing.assert_allclose(read(path).points["flux"], [120.5 * 10**1.56], rtol=1e-6)


@pytest.mark.parametrize("suffix", ["csv", "txt", "tsv", "dat"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
def test_texts_of_any_delimiter_with_comments(tmp_path: Path, suffix: str, delimiter: str) -> None:
    rows = [
        "id mjd band flux fluxerr zp",
        "007 59000.5 ztfg 5 2 25",
        f"{2**64 - 1} 59001 ztfr 6 2 25",
    ]
    text = "# mine\n" + "\n".join(rows).replace(" ", delimiter) + "\n"
    lcs = read(write(tmp_path / f"t.{suffix}", text))
    assert list(lcs.object_id) == ["007", str(2**64 - 1)]


def test_rows_without_an_object_are_refused(tmp_path: Path) -> None:
    text = f"id,mjd,band,flux,flux_err,zp\n{BIG},59000,ztfg,100,1,25\n,59001,ztfg,100,1,25\n"
    with pytest.raises(ReadError, match="1 of 2 rows have no 'id'"):
        read(write(tmp_path / "t.csv", text))
    table = pa.table(
        {
            "id": pa.array([BIG, None]),
            "mjd": [59000.0, 59001.0],
            "band": ["ztfg", "ztfg"],
            "psfFlux": [100.0, 100.0],
            "psfFluxErr": [5.0, 5.0],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(ReadError, match="1 of 2 rows have no 'id'"):
        read(tmp_path / "t.parquet")


def test_placeholders_of_magnitudes_are_dropped_and_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv",
        "id,mjd,band,mag,magerr\na,59000,ztfg,99,99\na,59001,ztfg,20,0.1\na,59002,ztfg,-999,0.1\n",
    )
    lcs, report = read_with_report(path)
    np.testing.assert_allclose(lcs.points["flux"], [36307.8], rtol=1e-5)
    assert sum(drop.count for drop in report.drops.values()) == 2
    assert any("2 magnitudes such as 99" in r for r in report.remarks)


def test_days_of_two_kinds_are_refused(tmp_path: Path) -> None:
    text = "id,mjd,band,mag,magerr\na,2459000.5,ztfg,20,0.1\na,59001,ztfg,20,0.1\n"
    with pytest.raises(ReadError, match="neither MJD"):
        read(write(tmp_path / "t.csv", text))


def test_letters_without_a_survey_are_asked_for(tmp_path: Path) -> None:
    text = "id,mjd,band,mag,magerr\na,59000.5,g,20,0.1\n"
    with pytest.raises(ReadError, match="TabularReader"):
        read(write(tmp_path / "t.csv", text))


@pytest.mark.parametrize(
    ("fluxes", "detected", "words"),
    [
        ((500.0, 30.0), [True, True], "every measurement is taken as a detection"),
        ((500.0, -30.0), [True, False], "a S/N of 5 and more"),
    ],
)
def test_detections_where_no_column_tells_them(
    tmp_path: Path, fluxes: tuple[float, float], detected: list[bool], words: str
) -> None:
    lines = [f"a,{58000 + i},ztfg,{flux},10,31.4" for i, flux in enumerate(fluxes)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["object_id,mjd,band,flux,flux_err,zp", *lines]))
    lcs, report = read_with_report(path)
    assert lcs.points["detected"].tolist() == detected
    assert any(words in remark for remark in report.remarks)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("object_id,when,band,flux,flux_err", r"a time \(understood: mjd, .*jd.* it has object_id"),
        ("object_id,mjd,colour,flux,flux_err", r"a band \(understood: band, filter.*colour"),
        ("object_id,mjd,band,lum", r"a brightness \(.*nor for the error of the brightness \("),
        ("object_id,mjd,band,flux,mag_err", "in the same kind"),
        ("when,where", "a time .*nor for a band"),
    ],
)
def test_the_missing_column_is_named(tmp_path: Path, head: str, words: str) -> None:
    path = write(tmp_path / "t.csv", head + "\n" + ",".join("1" * (1 + head.count(","))) + "\n")
    with pytest.raises(ReadError, match=words):
        read(path)
    with pytest.raises(ReadError, match=words):
        read(path, format="table")


@pytest.mark.parametrize(("head", "known"), [("oid,when,band,flux", True), ("when,where", False)])
def test_a_table_with_columns_of_ours_is_of_a_known_format(
    tmp_path: Path, head: str, known: bool
) -> None:
    path = write(tmp_path / "t.csv", f"{head}\n" + "1,2,3,4\n")
    with pytest.raises(ReadError, match="has no column for a time") as caught:
        read(path)
    assert ("no known format" not in str(caught.value)) == known


def test_a_file_that_is_no_table_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "noise.dat"
    path.write_bytes(bytes(range(256)) * 8)
    with pytest.raises(ReadError, match="empty or truncated"):
        read(path)


@pytest.mark.parametrize(
    ("zeropoint", "said"), [(2.5, "magnitude -5.0"), (31.4, None), (40.0, "magnitude 32.5")]
)
def test_an_absurd_zeropoint_is_doubted(
    tmp_path: Path, zeropoint: float, said: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "t.csv", HEAD + "a,59000,ztfg,1000,10\na,59001,ztfr,1000,10\n")
    source = TableSource(path=path, zeropoint=zeropoint)
    _, report = read_with_report(source)
    assert [said in c for c in report.cautions if said] == ([True] if said else [])
    assert bool(report.cautions) == bool(said)
    read(source)
    warned = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert len(warned) == bool(said), "said even where no progress is shown"


def test_julian_dates_are_said_even_when_quiet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(
        tmp_path / "t.csv",
        "oid,jd,band,mag,mag_err\na,2459000.5,ztfg,20,0.1\na,2459001.5,ztfr,19,0.1\n",
    )
    read(path)
    (warned,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert "times are JD, converted to MJD" in warned


def further() -> dict[str, np.ndarray]:
    """Two objects, whose rows alternate, with columns of their own beside those we know."""
    return {
        "__index_level_0__": np.arange(4),
        "oid": np.array(["b", "a", "b", "a"]),
        "mjd": np.array([59000.0, 59000.0, 59001.0, 59001.0]),
        "band": np.array(["ztfg"] * 4),
        "mag": np.array([18.0, 19.0, 18.1, 19.1]),
        "magerr": np.full(4, 0.1),
        "type": np.array(["SNIIP", "SNIa", "SNIIP", "SNIa"]),
        "label5": np.array(["SNII", "SNIa", "", "SNIa"]),
        "code": np.array([2, 1, 2, 1]),
        "mass": np.array([np.nan, 10.5, np.nan, np.nan]),
        "chi2": np.array([1.0, 2.0, 1.5, 2.5]),
        "flag": np.array([0, 0, 1, 0]),
    }


@pytest.mark.parametrize("kind", ["csv", "parquet", "fits", "ecsv"])
def test_what_is_the_same_in_all_rows_of_an_object_is_kept_under_its_name(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table(further()), path)
    else:
        Table(further()).write(path, format={"ecsv": "ascii.ecsv"}.get(kind))
    lcs, report = read_with_report(path)
    assert lcs.object_id.tolist() == ["a", "b"]
    assert lcs.column("label").tolist() == lcs.column("type").tolist() == ["SNIa", "SNIIP"]
    assert lcs.column("label5").tolist() == ["SNIa", "SNII"]
    assert lcs.column("code").tolist() == [1, 2]
    np.testing.assert_array_equal(lcs.numbers("mass"), [10.5, np.nan])
    assert not {"chi2", "flag", "__index_level_0__"} & set(lcs.columns)
    (said,) = [remark for remark in report.remarks if remark.startswith("left out")]
    assert "chi2, flag (2 of" in said
    assert "further columns of the objects: type, label5, code, mass" in report.remarks
    assert not any("__index" in remark for remark in report.remarks)


def test_lists_bytes_and_gaps_of_a_parquet_file(tmp_path: Path) -> None:
    rows = {name: values for name, values in further().items() if name != "type"}
    gaps = pa.array(["x", None, "x", None]).dictionary_encode()
    lists = pa.array([[1], [2], [1], [2]])
    names = pa.array([7, 8, 7, 8])
    stamps = pa.array([b"\xff", b"\xfe", b"\xff", b"\xfe"])
    table = pa.table({**rows, "host": gaps, "lists": lists, "instrument": names, "stamp": stamps})
    pq.write_table(table, tmp_path / "t.parquet")
    lcs, report = read_with_report(tmp_path / "t.parquet")
    assert lcs.column("host").tolist() == ["", "x"]
    assert lcs.column("instrument").tolist() == ["8", "7"]
    assert any("chi2, flag, lists, stamp (4 of" in remark for remark in report.remarks)
