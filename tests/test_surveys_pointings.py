"""Tables of pointings of every format become cadences; what is wrong with one is said plainly."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lcfm.errors import LcfmError, ReadError, UnknownNameError
from lcfm.simulate import simulate
from lcfm.simulate.population import Population
from lcfm.surveys.cadence import Cadence, load_cadence, save_cadence
from lcfm.surveys.lsst import LSST
from lcfm.surveys.pointing_files import read_pointings
from lcfm.surveys.pointings import Pointings

OPSIM = ("fieldRA", "fieldDec", "observationStartMJD", "band", "fiveSigmaDepth")
OLD_OPSIM = ("fieldRA", "fieldDec", "observationStartMJD", "filter", "fiveSigmaDepth")
DP1 = ("ra", "dec", "expMidptMJD", "band", "magLim")
PLAIN = ("ra", "dec", "mjd", "band", "depth")


def _columns(names: tuple[str, ...], n: int = 400) -> dict[str, Any]:
    """Two fields, 20 degrees apart, visited in g and r by turns, every day."""
    k = np.arange(n)
    values = (
        np.where(k % 4 < 2, 10.0, 30.0), np.full(n, -30.0), 60000.0 + k * 0.25,
        np.where(k % 2 == 0, "g", "r"), 24.0 + 0.1 * (k % 3),
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def _write(path: Path, columns: dict[str, Any], table: str = "observations") -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.table(columns), path)
    elif path.suffix == ".db":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE info (key TEXT, value TEXT)")
            connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            rows = list(zip(*[np.asarray(c).tolist() for c in columns.values()], strict=True))
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        connection.close()
    else:
        rows = list(zip(*[np.asarray(c).tolist() for c in columns.values()], strict=True))
        lines = [",".join(columns), *(",".join(str(v) for v in row) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("file", "names", "table"),
    [
        ("run.db", OPSIM, "observations"),
        ("old.db", OLD_OPSIM, "SummaryAllProps"),
        ("run.parquet", OPSIM, ""),
        ("dp1.parquet", DP1, ""),
        ("plain.csv", PLAIN, ""),
    ],
)
def test_every_format_gives_the_same_cadence(
    tmp_path: Path, file: str, names: tuple[str, ...], table: str
) -> None:
    path = _write(tmp_path / file, _columns(names), table)
    pointings = read_pointings(path, survey="lsst", radius=1.0)
    assert pointings.bands == ("lsstg", "lsstr")
    cadence = pointings.at(np.array([10.2, 30.0]), np.array([-30.0, -30.5]))
    assert np.diff(cadence.offsets).tolist() == [200, 200]
    assert cadence.mjd_zero == 60000.0
    np.testing.assert_allclose(cadence.day[:4], [0, 0.25, 1, 1.25])
    assert cadence.band[:4].tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(cadence.depth[:3], [24.0, 24.1, 24.1])


def test_positions_out_of_reach_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pointings = read_pointings(_write(tmp_path / "p.parquet", _columns(OPSIM)))
    with caplog.at_level(logging.WARNING, logger="lcfm"):
        assert len(pointings.at(np.array([10.0, 100.0]), np.array([-30.0, 0.0]))) == 1
    assert "1 positions without a visit" in caplog.text
    with pytest.raises(LcfmError, match=r"no visit within 1\.75 degrees"):
        pointings.at(np.array([100.0]), np.array([0.0]))


def _pointings(ra: Any, dec: Any, **changes: Any) -> Pointings:
    n = len(ra)
    columns: dict[str, Any] = {
        "ra": np.array(ra, float), "dec": np.array(dec, float), "mjd": 60000.0 + np.arange(n),
        "band": np.full(n, "lsstg", dtype=object), "depth": np.full(n, 24.0), "radius": 1.0,
    }  # fmt: skip
    return Pointings(**{**columns, **changes})


def test_chips_of_one_exposure_count_once_by_the_nearest() -> None:
    twice = _pointings([10, 10.5], [0, 0], mjd=np.full(2, 60000.0), depth=np.array([24.0, 23.0]))
    cadence = twice.at(np.array([10.4]), np.array([0.0]))
    assert cadence.depth.tolist() == [23.0]


def test_right_ascension_wraps_and_poles_are_no_trouble() -> None:
    assert len(_pointings([359.8], [0]).at(np.array([0.3]), np.array([0.0])).day) == 1
    assert len(_pointings([10.0], [89.8]).at(np.array([190.0]), np.array([89.8])).day) == 1


def test_sampled_positions_are_uniform_however_often_fields_are_visited() -> None:
    ra = np.repeat([10.0, 50.0], [100, 1000])
    cadence = _pointings(ra, np.zeros(1100)).sample(600, np.random.default_rng(0))
    assert len(cadence) == 600
    assert 0.42 < (cadence.ra < 30).mean() < 0.58
    again = _pointings(ra, np.zeros(1100)).sample(600, np.random.default_rng(0))
    np.testing.assert_array_equal(cadence.ra, again.ra)


def test_sampling_says_when_no_position_has_enough_visits() -> None:
    with pytest.raises(LcfmError, match="lower minimum_visits"):
        _pointings([10.0] * 5, [0.0] * 5).sample(3, np.random.default_rng(0))


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    for name in ("e.parquet", "e.db", "e.csv"):
        path = _write(tmp_path / name, {k: v[:0] for k, v in _columns(OPSIM).items()})
        with pytest.raises(LcfmError, match="has no visit; give one"):
            read_pointings(path)
    (tmp_path / "nothing").write_bytes(b"")
    with pytest.raises(ReadError, match="is empty"):
        read_pointings(tmp_path / "nothing")


def test_a_missing_column_is_named_with_the_remedy(tmp_path: Path) -> None:
    columns = _columns(OPSIM)
    del columns["fiveSigmaDepth"]
    for name in ("m.parquet", "m.db", "m.csv"):
        with pytest.raises(ReadError, match=r"lacks the column 'fiveSigmaDepth'.*rename"):
            read_pointings(_write(tmp_path / name, columns))


def test_an_unknown_band_is_named_with_the_remedy(tmp_path: Path) -> None:
    columns = _columns(PLAIN)
    path = _write(tmp_path / "p.csv", columns)
    with pytest.raises(LcfmError, match=r"band 'g' is not known; give survey="):
        read_pointings(path, radius=1.0)
    columns["band"] = np.where(columns["band"] == "g", "q", "r")
    with pytest.raises(LcfmError, match="band 'q' is not known for ztf"):
        read_pointings(_write(tmp_path / "q.csv", columns), survey="ztf", radius=1.0)
    with pytest.raises(UnknownNameError, match="unknown band 'q'"):
        _pointings([1.0], [0.0], band=np.array(["q"], dtype=object))


def test_a_plain_table_needs_a_radius(tmp_path: Path) -> None:
    path = _write(tmp_path / "p.csv", _columns(PLAIN))
    with pytest.raises(LcfmError, match="radius="):
        read_pointings(path, survey="lsst")


def test_visits_without_depth_are_counted_and_all_of_them_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    columns = _columns(OPSIM)
    columns["fiveSigmaDepth"] = np.where(np.arange(400) < 30, np.nan, 24.0)
    with caplog.at_level(logging.WARNING, logger="lcfm"):
        assert len(read_pointings(_write(tmp_path / "d.parquet", columns))) == 370
    assert "30 of 400 visits" in caplog.text
    columns["fiveSigmaDepth"] = np.full(400, np.nan)
    with pytest.raises(LcfmError, match="none of the 400 visits"):
        read_pointings(_write(tmp_path / "n.parquet", columns))


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("depth", -99.0, "placeholder"),
        ("depth", 99.0, "placeholder"),
        ("depth", 30_000.0, "AB magnitudes"),
        ("ra", 999.0, "degrees"),
        ("dec", -91.0, "degrees"),
        ("mjd", 2_460_000.5, r"less 2400000\.5"),
        ("mjd", -1.0, "MJD"),
    ],
)
def test_values_that_no_visit_can_have_are_refused(
    tmp_path: Path, name: str, value: float, remedy: str
) -> None:
    columns = _columns(PLAIN)
    columns[name][7:9] = value
    path = _write(tmp_path / "p.csv", columns)
    expected = rf"p\.csv: {name} of 2 of 400 visits is not between .* {value:.10g}; .*{remedy}"
    with pytest.raises(LcfmError, match=expected):
        read_pointings(path, survey="lsst", radius=1.0)


def test_right_ascensions_may_be_negative() -> None:
    cadence = _pointings([-0.5, 359.5], [0, 0]).at(np.array([359.5]), np.array([0.0]))
    assert len(cadence.day) == 2


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="does not exist"):
        read_pointings(tmp_path / "absent.db")
    for content in (b"PAR1 truncated", b"SQLite format 3\x00truncated", b"a\xff\n1,2\n"):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(ReadError, match="x "):
            read_pointings(tmp_path / "x")
    sqlite3.connect(tmp_path / "none.db").execute("VACUUM").connection.close()
    with pytest.raises(ReadError):
        read_pointings(tmp_path / "none.db")


def _nights() -> Cadence:
    return Cadence(
        ("lsstg", "lsstr"), 60000.0, np.zeros(2), np.zeros(2), np.array([0, 5, 6]),
        np.array([0.6, 0.61, 0.62, 1.0, 1.6, 0.6]), np.array([0, 1, 0, 0, 0, 0], np.int8),
        np.array([24, 24, 24, 24, 23, 22], np.float32),
    )  # fmt: skip


def test_visits_of_one_night_add_up_to_their_depth() -> None:
    nights = _nights().add_up_nights()
    assert nights.offsets.tolist() == [0, 3, 4]
    assert nights.band.tolist() == [1, 0, 0, 0]
    np.testing.assert_allclose(nights.day, [0.61, (0.6 + 0.62 + 1.0) / 3, 1.6, 0.6])
    np.testing.assert_allclose(nights.depth, [24, 24 + 1.25 * np.log10(3), 23, 22], rtol=1e-6)


def test_a_cadence_survives_its_file_and_a_survey_takes_it(tmp_path: Path) -> None:
    pointings = read_pointings(_write(tmp_path / "run.db", _columns(OPSIM, 2000)))
    cadence = pointings.sample(20, np.random.default_rng(0))
    file = tmp_path / "run.npz"
    save_cadence(cadence, file)
    back = load_cadence(str(file), ("lsstg", "lsstr"))
    np.testing.assert_allclose(back.day, cadence.day, atol=1 / 2880)
    np.testing.assert_allclose(back.depth, cadence.depth, atol=0.005)
    survey = LSST(bands=("lsstg", "lsstr"), cadence_name=str(file))
    lcs = simulate([survey], 10, seed=0, population=Population({"SNIa": 1.0}, 23.0))
    assert set(lcs.bands) == {"lsstg", "lsstr"}
    save_cadence(cadence.select_bands(("lsstg",)), file)  # written anew: not the one in memory
    with pytest.raises(LcfmError, match="no visit in band 'lsstr'"):
        _ = survey.cadence


def test_cadence_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match=r"ends in \.npz"):
        save_cadence(_nights(), tmp_path / "c.txt")
    with pytest.raises(LcfmError, match="no cadence file"):
        load_cadence(str(tmp_path / "absent.npz"), ("lsstg",))
    with pytest.raises(LcfmError, match=r"no cadence 'nosuch' ships.*lsst_deep"):
        load_cadence("nosuch", ("lsstg",))
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ReadError, match="is not a cadence"):
        load_cadence(str(tmp_path / "other.npz"), ("lsstg",))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "radius", "visits"),
    [
        ("opsim_shorten_allcolumns", None, 100),
        ("rubin_dp1_ccdvisit_subsampled", None, 6791),
        ("rubin_sv_visits_subsampled", None, 4000),
        ("ztf_log_redback", 3.5, 760_343),
    ],
)
def test_real_tables_of_pointings_are_read(
    shared_data: Path, file: str, radius: float | None, visits: int
) -> None:
    pointings = read_pointings(shared_data / "cadence" / f"{file}.parquet", radius=radius)
    assert abs(len(pointings) - visits) < 0.02 * visits
    cadence = pointings.sample(10, np.random.default_rng(0), minimum_visits=1)
    assert len(cadence) == 10
    assert 15 < np.median(cadence.depth) < 26
