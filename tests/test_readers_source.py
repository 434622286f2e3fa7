"""What a table leaves unsaid is said beside its path, and reaches the reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import written_formats
from lcfm.cli import build_parser, options
from lcfm.errors import LcfmError, ReadError
from lcfm.readers import READERS, partitions, read
from lcfm.readers.base import with_survey
from lcfm.readers.source import TableSource
from lcfm.readers.tabular import TabularReader
from written_formats import WRITERS

PLAIN = "id,mjd,band,flux,fluxerr\n7,59000.1,g,1850,90\n7,59003.1,r,2100,80\n"


def parsed(line: str) -> TableSource:
    return options.table(build_parser().parse_args(line.split()))


@pytest.mark.parametrize("command", ["predict m", "embed m", "finetune m", "evaluate m"])
def test_every_command_with_a_table_takes_its_settings(command: str) -> None:
    line = f"{command} --data t.csv --out o --zeropoint 31.4 --survey ZTF --format table"
    assert parsed(line) == TableSource(path="t.csv", zeropoint=31.4, survey="ZTF", format="table")
    assert parsed(f"{command} --data t.csv --out o") == TableSource(path="t.csv")


@pytest.mark.parametrize("command", ["pretrain classifier", "reproduce foundation"])
def test_several_tables_share_their_settings(command: str) -> None:
    line = f"{command} --data t.csv --data u.csv --out o --zeropoint 31.4 --survey ZTF"
    found = options.tables(build_parser().parse_args(line.split()))
    assert found == [TableSource(path=p, zeropoint=31.4, survey="ZTF") for p in ("t.csv", "u.csv")]


def test_the_help_names_every_format() -> None:
    assert set(READERS) == set(options.FORMATS)


@pytest.mark.parametrize("text", ["bright", "nan", "inf"])
def test_a_zeropoint_is_a_number(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(f"predict m --data t --out o --zeropoint {text}")
    assert f"expected a number, got '{text}'" in capsys.readouterr().err


def test_a_zeropoint_scales_the_flux_and_a_survey_resolves_letters(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(PLAIN)
    with pytest.raises(ReadError, match=r"--zeropoint 31\.4"):
        read(path)
    with pytest.raises(ReadError, match="--survey"):
        read(TableSource(path=path, zeropoint=31.4))
    lcs = read(TableSource(path=path, zeropoint=28.9, survey="ZTF"))
    assert lcs.bands == ("ztfg", "ztfr")
    assert list(lcs.column("survey")) == ["ZTF"]
    np.testing.assert_allclose(lcs.points["flux"], [18_500, 21_000], rtol=1e-6)
    (part,) = partitions(TableSource(path=path, zeropoint=28.9, survey="ZTF"), 10)
    assert part.fingerprint() == lcs.fingerprint()


def test_a_format_can_be_named(tmp_path: Path) -> None:
    path = WRITERS["plasticc-csv"](tmp_path)
    assert len(read(path)) == 3
    with pytest.raises(ReadError, match="--zeropoint"):  # as a plain table it lacks one
        read(TableSource(path=path, format="table"))
    with pytest.raises(LcfmError, match="unknown format 'csv'"):
        read(TableSource(path=path, format="csv"))


@pytest.mark.parametrize("name", ["nested-parquet", "objects-points"])
def test_a_survey_goes_where_parquet_names_none(name: str, tmp_path: Path) -> None:
    path = WRITERS[name](tmp_path)
    file = path if path.is_file() else path / "objects.parquet"
    table = pq.read_table(file)
    survey = table.column_names.index("survey")
    surveys = pa.array(["", None, "ZTF"])
    pq.write_table(table.set_column(survey, "survey", surveys), file)
    lcs = read(TableSource(path=path, survey="LSST"))
    assert list(lcs.column("survey")) == ["LSST", "LSST", "ZTF"]
    pq.write_table(table.drop_columns(["survey"]), file)
    source = TableSource(path=path, survey="LSST")
    assert list(read(source).column("survey")) == ["LSST"] * 3
    assert [s for part in partitions(source, 2) for s in part.column("survey")] == ["LSST"] * 3


def test_a_survey_goes_where_snana_names_none(tmp_path: Path) -> None:
    for name, file in (("snana-text", "SN0.DAT"), ("snana-csv", "TOY_HEAD.csv.gz")):
        folder = tmp_path / name
        folder.mkdir()
        WRITERS[name](folder)
        if name == "snana-text":
            text = (folder / file).read_text().replace("SURVEY: LSST\n", "")
            (folder / file).write_text(text)
        lcs = read(TableSource(path=folder / file, survey="LSST"))
        assert set(lcs.column("survey")) == {"LSST"}
        assert lcs.bands == ("lsstg", "lsstr")


def test_a_table_keeps_the_surveys_it_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,mjd,band,mag,magerr,survey\na,59000,g,20,0.1,LSST\nb,59000,g,20,0.1,\n")
    lcs = read(TableSource(path=path, survey="ZTF"))
    assert list(lcs.column("survey")) == ["LSST", "ZTF"]
    assert lcs.bands == ("lsstg", "ztfg")


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"table"}))
def test_a_setting_that_a_format_does_not_need_is_refused(name: str, tmp_path: Path) -> None:
    source = TableSource(path=WRITERS[name](tmp_path), zeropoint=31.4)
    with pytest.raises(ReadError, match="leave --zeropoint out"):
        read(source)


def test_settings_of_a_reader_are_those_of_the_class() -> None:
    source = TableSource(path="t", zeropoint=25.0, survey="ZTF")
    assert source.reader(TabularReader) == TabularReader(zeropoint=25.0, survey="ZTF")


def test_an_empty_survey_changes_nothing() -> None:
    objects = written_formats.truth().objects
    assert with_survey(objects, "") is objects


def test_pretrain_takes_several_tables_with_the_same_settings() -> None:
    line = "pretrain classifier --data a.csv --data b.csv --out o --zeropoint 31.4 --survey ZTF"
    found = options.tables(build_parser().parse_args(line.split()))
    assert found == [TableSource(path=p, zeropoint=31.4, survey="ZTF") for p in ("a.csv", "b.csv")]
