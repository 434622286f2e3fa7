"""Bridges to SNANA and LightCurveLynx: what is written there is read here and by their readers."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from numpy.testing import assert_allclose, assert_array_equal

from lcfm.errors import LcfmError, ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers import read, read_with_report
from lcfm.readers.lightcurvelynx import LightCurveLynx
from lcfm.readers.lightcurvelynx_write import to_lightcurvelynx, write_lightcurvelynx
from lcfm.readers.snana_write import write_snana_fits
from lcfm.simulate import simulate
from lcfm.simulate.mix import Alike
from lcfm.simulate.request import LARGEST_SEED
from lcfm.units import NJY_PER_FLUXCAL


@pytest.fixture(scope="module")
def lcs() -> LightCurves:
    """Two surveys, alerts with limits and forced photometry."""
    # readers sort visits of the same minute by band
    table, _ = simulate(["ztf", "lsst"], 24, seed=5).validate()
    redshift = table.numbers("redshift").copy()
    redshift[3] = np.nan
    return table.with_columns(redshift=redshift)


def assert_same(ours: LightCurves, theirs: LightCurves) -> None:
    """The same objects and points; of the columns those that all formats hold."""
    assert_array_equal(ours.object_id, theirs.object_id)
    assert_array_equal(ours.offsets, theirs.offsets)
    for name in ("mjd", "flux", "flux_err"):
        assert_allclose(ours.points[name], theirs.points[name], rtol=1e-6)
    names = [np.array(t.bands)[t.points["band"]] for t in (ours, theirs)]
    assert_array_equal(*names)
    assert_array_equal(ours.points["detected"], theirs.points["detected"])
    for name in ("survey", "label"):
        assert_array_equal(ours.column(name), theirs.column(name))
    for name in ("redshift", "ra", "dec", "mwebv"):
        assert_allclose(ours.numbers(name), theirs.numbers(name), rtol=1e-6)


# -- SNANA ------------------------------------------------------------------------------------


def test_snana_fits_comes_back(
    lcs: LightCurves, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="lcfm"):
        write_snana_fits(lcs, tmp_path / "SIMS")
    limits = lcs.points["limit"]
    assert f"{limits.sum()} limits" in caplog.text
    found, report = read_with_report(tmp_path / "SIMS")
    assert report.clean
    order = np.argsort([list(lcs.object_id).index(i) for i in found.object_id])
    assert_same(lcs.select_points(~limits), found[order])
    assert {p.name for p in (tmp_path / "SIMS").iterdir() if p.suffix != ".gz"} == {
        ".lcfm", "SIMS.LIST", "SIMS.README", "SIMS.IGNORE",
    }  # fmt: skip
    heads = (tmp_path / "SIMS" / "SIMS.LIST").read_text().split()
    assert heads == ["LSST_HEAD.FITS.gz", "ZTF_HEAD.FITS.gz"]


def test_the_truth_of_simulations_comes_back(tmp_path: Path) -> None:
    lcs = simulate(["ztf"], 12, seed=LARGEST_SEED, population=Alike(("SNIa", "SNIb/c")))
    lcs = lcs.select_points(~lcs.points["limit"])
    write_snana_fits(lcs, tmp_path / "SIMS")
    found = read(tmp_path / "SIMS")
    for name in ("sim_t0_mjd", "sim_host_ebv", "sim_peak_abs_mag", "peak_mjd", "redshift"):
        assert_allclose(found.numbers(name), lcs.numbers(name), rtol=1e-12)
    assert set(lcs.column("type")) > {"SNIa"}
    for name in ("label", "type", "sim_seed"):
        assert_array_equal(found.column(name), lcs.column(name))
    with fits.open(tmp_path / "SIMS" / "ZTF_HEAD.FITS.gz") as hdus:
        header, head = hdus[0].header, hdus[1].data
        assert header["DATATYPE"] == "SIM_SNANA"
        assert (header["SIMOPT_MWCOLORLAW"], header["SIM_MWRV"]) == (94, 3.1)
        assert_array_equal(head["SIM_MODEL_NAME"], [f"lcfm.{v}" for v in lcs.column("type")])
        assert_allclose(head["SIM_REDSHIFT_CMB"], lcs.numbers("redshift"))
        assert_allclose(head["SIM_MWEBV"], lcs.numbers("mwebv"))


def test_what_nobody_simulated_is_data(lcs: LightCurves, tmp_path: Path) -> None:
    real = ("object_id", "survey", "label", "type", "redshift", "ra", "dec", "mwebv", "peak_mjd")
    observed = LightCurves(lcs.objects.select(real), lcs.offsets, lcs.points, lcs.bands)
    write_snana_fits(observed, tmp_path / "DATA")
    with fits.open(tmp_path / "DATA" / "ZTF_HEAD.FITS.gz") as hdus:
        assert hdus[0].header["DATATYPE"] == "DATA"
        assert [n for n in hdus[1].columns.names if n.startswith("SIM_")] == ["SIM_TYPE_NAME"]
    assert not [n for n in read(tmp_path / "DATA").columns if n.startswith("sim_")]


def test_sncosmo_reads_our_snana_fits(lcs: LightCurves, tmp_path: Path) -> None:
    sncosmo = pytest.importorskip("sncosmo", reason="needs sncosmo")
    ztf = lcs.split_by_survey()["ZTF"]
    ztf = ztf.select_points(~ztf.points["limit"])
    write_snana_fits(ztf, tmp_path / "out")
    tables = sncosmo.read_snana_fits(
        str(tmp_path / "out" / "ZTF_HEAD.FITS.gz"), str(tmp_path / "out" / "ZTF_PHOT.FITS.gz")
    )
    assert len(tables) == len(ztf)
    for i, table in enumerate(tables):
        one = ztf[i]
        assert _text(table.meta["SNID"]) == one.object_id[0]
        assert table.meta["NOBS"] == len(table) == one.n_points
        assert_allclose(table["MJD"], one.points["mjd"])
        assert_allclose(np.asarray(table["FLUXCAL"]) * NJY_PER_FLUXCAL, one.points["flux"], 1e-5)
        letters = [f"ztf{_text(b)}" for b in table["BAND"]]
        assert letters == [one.bands[b] for b in one.points["band"]]
        detected = one.points["detected"]
        flag = np.asarray(table["PHOTFLAG"])
        assert_array_equal((flag & 4096) > 0, detected)
        assert np.flatnonzero(flag & 2048).tolist() == [np.flatnonzero(detected)[0]]


def _text(value: Any) -> str:
    return value.decode().strip() if isinstance(value, bytes) else str(value).strip()


def test_snana_refuses_what_it_cannot_hold(lcs: LightCurves, tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="holds no objects"):
        write_snana_fits(lcs[:0], tmp_path / "a")
    with pytest.raises(LcfmError, match="'kepler' is relative photometry"):
        write_snana_fits(relative_photometry(), tmp_path / "b")
    (tmp_path / "c").mkdir()
    with pytest.raises(LcfmError, match="exists already"):
        write_snana_fits(lcs, tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []
    with pytest.raises(LcfmError, match="nodir does not exist; create it first"):
        write_snana_fits(lcs, tmp_path / "nodir" / "c")
    assert not (tmp_path / "nodir").exists()


def relative_photometry() -> LightCurves:
    points = {"mjd": [1.0], "band": [0], "flux": [10.0], "flux_err": [1.0]}
    return LightCurves(pa.table({"object_id": ["k"]}), [0, 1], points, ("kepler",))


# -- LightCurveLynx ---------------------------------------------------------------------------


def test_nested_frames_come_back_whole(lcs: LightCurves, tmp_path: Path) -> None:
    write_lightcurvelynx(lcs, tmp_path / "a.parquet")
    found, report = read_with_report(tmp_path / "a.parquet")
    assert report.clean
    assert_same(lcs, found)
    assert_array_equal(lcs.points["limit"], found.points["limit"])
    assert_array_equal(lcs.column("event_id"), found.column("event_id"))
    assert_allclose(lcs.column("sim_t0_mjd"), found.column("sim_t0_mjd"))


def test_a_nested_frame_reads_as_theirs(lcs: LightCurves, tmp_path: Path) -> None:
    pytest.importorskip("nested_pandas", reason="needs nested-pandas")
    frame = to_lightcurvelynx(lcs)
    assert {"id", "ra", "dec", "nobs", "t0", "z", "lightcurve"} <= set(frame.columns)
    assert_allclose(frame["t0"], lcs.column("sim_t0_mjd"))
    first = frame.iloc[0]["lightcurve"]
    assert {"mjd", "filter", "flux", "fluxerr", "survey_idx", "is_saturated"} <= set(first.columns)
    assert_allclose(first["flux"], lcs[0].points["flux"])
    assert set(first["filter"]) <= {"g", "r", "i"}
    assert set(first["full_filter_name"]) <= {"ZTF_g", "ZTF_r", "ZTF_i"}
    assert len(frame["lightcurve.flux"]) == lcs.n_points
    frame.to_parquet(tmp_path / "a.parquet")
    assert_same(lcs, read(tmp_path / "a.parquet"))


def their_frame(path: Path, **changes: Any) -> Path:
    """A file with the columns that LightCurveLynx 0.6.6 writes: two events, two surveys."""
    lists = {
        "mjd": [[1.0, 2.0, 3.0], [2.0, 3.0]],
        "filter": [["g", "r", "g"], ["g", "r"]],
        "flux": [[100.0, 200.0, 50.0], [30.0, 1e9]],
        "fluxerr": [[10.0, 10.0, 20.0], [10.0, 10.0]],
        "flux_perfect": [[99.0, 201.0, 49.0], [31.0, 1e9]],
        "survey_idx": [[0, 0, 1], [0, 0]],
        "obs_idx": [[0, 1, 7], [3, 4]],
        "is_saturated": [[False, False, False], [False, True]],
        "full_filter_name": [["LSST_g", "LSST_r", "ZTF_g"], ["LSST_g", "LSST_r"]],
    } | changes
    lists = {name: values for name, values in lists.items() if values is not None}
    nested = pa.StructArray.from_arrays([pa.array(v) for v in lists.values()], names=list(lists))
    table = pa.table(
        {
            "id": [0, 1], "ra": [10.0, 20.0], "dec": [-9.0, 5.0], "nobs": [3, 2],
            "t0": [1.5, 2.5], "z": [0.1, 0.2], "salt_x1": [0.5, -0.5], "lightcurve": nested,
            "params": [{"salt.x1": 0.5}, {"salt.x1": -0.5}], "__index_level_0__": [0, 1],
        }
    )  # fmt: skip
    pq.write_table(table, path)
    return path


def test_one_object_per_survey_of_their_events(tmp_path: Path) -> None:
    lcs, report = read_with_report(their_frame(tmp_path / "a.parquet"))
    assert lcs.object_id.tolist() == ["0-0", "0-1", "1"]
    assert lcs.column("event_id").tolist() == ["0", "0", "1"]
    assert lcs.column("survey").tolist() == ["LSST", "ZTF", "LSST"]
    assert lcs.lengths.tolist() == [2, 1, 1]
    assert [lcs.bands[b] for b in lcs.points["band"]] == ["lsstg", "lsstr", "ztfg", "lsstg"]
    assert lcs.column("redshift").tolist() == [0.1, 0.1, 0.2]
    assert lcs.column("salt_x1").tolist() == [0.5, 0.5, -0.5]
    assert lcs.points["detected"].tolist() == [True, True, False, False]
    assert report.drops["saturated"].count == 1
    assert report.n_points == 5


def test_letters_need_a_survey(tmp_path: Path) -> None:
    path = their_frame(tmp_path / "a.parquet", full_filter_name=None)
    lcs, report = read_with_report(path)
    assert len(lcs) == 0
    assert "give LightCurveLynx(surveys=...)" in str(report)
    named = read(path, format=LightCurveLynx(surveys=("LSST", "ZTF")))
    assert named.column("survey").tolist() == ["LSST", "ZTF", "LSST"]
    with pytest.raises(ReadError, match="1 surveys were named"):
        read(path, format=LightCurveLynx(surveys=("LSST",)))


def test_batches_that_count_from_zero_each_stay_apart(tmp_path: Path) -> None:
    for part in ("sims_part0", "sims_part1"):
        their_frame(tmp_path / f"{part}.parquet")
    lcs = read(tmp_path)
    assert len(lcs) == 6
    assert lcs.column("event_id")[-1] == "sims_part1-1"


def test_noiseless_fluxes_are_counted_out(tmp_path: Path) -> None:
    path = their_frame(tmp_path / "a.parquet", fluxerr=[[0.0, 10.0, 20.0], [10.0, 10.0]])
    lcs, report = read_with_report(path)
    assert lcs.n_points == 3
    assert sum(d.count for d in report.drops.values()) == 2  # one has no error, one is saturated


def test_nested_frames_replace_and_create_nothing_unasked(lcs: LightCurves, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("precious")
    with pytest.raises(LcfmError, match="exists already"):
        write_lightcurvelynx(lcs, path)
    assert path.read_text() == "precious"
    write_lightcurvelynx(lcs[:3], path, overwrite=True)
    assert len(read(path)) == 3
    with pytest.raises(LcfmError, match="nodir does not exist; create it first"):
        write_lightcurvelynx(lcs, tmp_path / "nodir" / "a.parquet")
    assert not (tmp_path / "nodir").exists()


def test_nested_frames_hold_no_relative_photometry() -> None:
    with pytest.raises(LcfmError, match="'kepler' is relative photometry"):
        to_lightcurvelynx(relative_photometry())
