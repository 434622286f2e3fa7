"""``lcfm data info`` of a file: format, contents, and what was dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from lcfm.cli import main
from lcfm.lightcurves import LightCurves
from lcfm.readers.info import label_columns, table_info
from lcfm.readers.parquet import write_parquet
from lcfm.summary import utc_date

TABLE = """oid,jd,band,flux,flux_err,label,host,redshift,ra
a,2459000.5,ztfg,2000,10,SNIa,x,0.1,1
a,2459001.5,ztfr,2000,10,SNIa,x,0.1,1
b,2459002.5,ztfr,2000,10,SNII,y,,2
b,2459003.5,xx,2000,10,SNII,y,,2
c,2459004.5,ztfr,2000,-1,SNIa,z,0.2,3
"""


def test_info_says_what_was_recognised_and_dropped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    assert main(["data", "info", str(path), "--zeropoint", "31.4"]) == 0
    text = capsys.readouterr().out
    for part in (
        "t.csv: format table",
        "3 objects, 5 points read",
        "times are JD, converted to MJD",
        "dropped 1: unknown band, e.g. object b",
        "dropped 1: flux_err is not positive",
        "2 objects, 3 points kept",
        "ztfr 2, ztfg 1",
        "(2020-05-31 to 2020-06-02 UTC)",
        "SNIa 1",
        "known for 1 of 2 (50%), 0.100 … 0.100",
        "ra",
    ):
        assert part in text, text
    assert main(["data", "info", str(path)]) == 2
    assert "--zeropoint 31.4" in capsys.readouterr().err


def test_info_of_a_shipped_table_and_of_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    text = table_info("ztf-sample")
    for part in (
        "format nested-parquet",
        "nothing dropped",
        "label5",
        "SNIb/c",
        "803 of 961 (84%)",
    ):
        assert part in text
    assert main(["data", "info", "ztf-sample"]) == 0
    assert "cite" in capsys.readouterr().out
    assert main(["data", "info", "no-such-file"]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_columns_of_labels_have_few_values(toy_lightcurves: LightCurves, tmp_path: Path) -> None:
    hosts = [f"host {i}" for i in range(len(toy_lightcurves))]
    sites = ["north", "south"] * (len(hosts) // 2)
    lcs = toy_lightcurves.with_columns(host=hosts, site=sites)
    assert label_columns(lcs) == ["label", "site"]
    write_parquet(lcs, tmp_path / "lcs.parquet")
    text = table_info(tmp_path / "lcs.parquet")
    assert "north 30, south 30" in text
    assert "kept" not in text


def test_dates_of_mjd() -> None:
    assert utc_date(51544.9) == "2000-01-01"
