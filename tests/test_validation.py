"""Bad input: each kind of row is dropped and counted, or refused in one clear sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.validation import REMEDIES, Drop, Report, check_points, exact_copies, time_order


def build(**change: Any) -> tuple[LightCurves, Report]:
    """Object a with four good points and object b with one, some of it changed."""
    rows: dict[str, Any] = {
        "mjd": [1.0, 2.0, 3.0, 4.0, 1.0],
        "flux": [10.0] * 5,
        "flux_err": [1.0] * 5,
        "band": ["g", "r", "g", "r", "g"],
        "owner": [0, 0, 0, 0, 1],
    } | change
    objects = pa.table({"object_id": ["a", "b"], "survey": ["ZTF", "ZTF"]})
    points = {k: rows[k] for k in rows if k not in ("band", "owner")}
    return LightCurves.from_rows(objects, rows["owner"], points, rows["band"])


def test_good_rows_are_all_kept() -> None:
    lcs, report = build()
    assert (len(lcs), lcs.n_points) == (2, 5)
    assert report.clean
    assert str(report) == "2 objects, 5 points read"


NAN, INF = float("nan"), float("inf")

BAD = [
    pytest.param({"mjd": [1.0, NAN, INF, 4.0, 1.0]}, "time is not finite", 2, id="times"),
    pytest.param({"flux": [NAN, 1, -INF, 1, 1]}, "flux is not finite", 2, id="fluxes"),
    pytest.param(
        {"flux_err": [0.0, -1.0, NAN, 1.0, 1.0]},
        "flux_err is not positive and finite", 3, id="errors",
    ),
    pytest.param({"band": ["g", "q", "g", "", "g"]}, "unknown band", 2, id="bands"),
    pytest.param({"owner": [0, 0, 0, -1, 1]}, "row without an object", 1, id="orphans"),
    pytest.param(
        {"mjd": [1.0, 1.0, 1.0, 1.0, 1.0], "band": ["g"] * 5},
        "exact copy of another row", 3, id="copies",
    ),
    pytest.param({"owner": [0] * 5}, "object without points", 1, id="empty object"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason", "count"), BAD)
def test_bad_rows_are_dropped_counted_and_explained(
    change: dict[str, Any], reason: str, count: int
) -> None:
    lcs, report = build(**change)
    assert report.drops[reason].count == count
    assert REMEDIES[reason] in str(report)
    points_lost = sum(d.count for r, d in report.drops.items() if r != "object without points")
    assert lcs.n_points == report.n_points - points_lost
    assert np.isfinite(lcs.points["flux"]).all()
    assert (lcs.points["flux_err"] > 0).all()
    assert report.clean == (reason == "exact copy of another row")


def test_a_row_counts_under_its_first_reason_only() -> None:
    _, report = build(mjd=[NAN, 2, 3, 4, 1], flux=[NAN, 1, 1, 1, 1], band=["?", "r", "g", "r", "g"])
    assert {k: d.count for k, d in report.drops.items()} == {"time is not finite": 1}
    assert report.drops["time is not finite"].example == "a"


def test_an_object_that_loses_every_row_is_named() -> None:
    lcs, report = build(flux=[1.0, 1.0, 1.0, 1.0, NAN])
    assert list(lcs.object_id) == ["a"]
    assert report.drops["object without points"] == Drop(1, "b")


def test_one_epoch_is_enough() -> None:
    lcs, report = build(owner=[0, 0, 0, 0, 1])
    assert lcs.lengths.tolist() == [4, 1]
    assert report.clean


def test_unsorted_epochs_are_sorted_and_equal_times_of_two_values_are_kept() -> None:
    lcs, report = build(mjd=[3.0, 1.0, 2.0, 1.0, 1.0], flux=[1.0, 2.0, 3.0, 4.0, 5.0])
    assert lcs[0].points["mjd"].tolist() == [1.0, 1.0, 2.0, 3.0]
    assert lcs[0].points["flux"].tolist() == [2.0, 4.0, 3.0, 1.0]
    assert report.clean


def test_a_limit_needs_no_flux_but_an_error() -> None:
    lcs, report = build(
        flux=[NAN, 1, 1, 1, 1], flux_err=[1, 0, 1, 1, 1], limit=[True, True, False, False, False]
    )
    assert lcs.n_points == 4
    assert list(report.drops) == ["flux_err is not positive and finite"]


def test_without_any_rows_the_table_is_empty() -> None:
    lcs, report = build(mjd=[], flux=[], flux_err=[], band=[], owner=[])
    assert len(lcs) == 0
    assert report.drops["object without points"].count == 2


def test_missing_columns_are_named() -> None:
    objects = pa.table({"object_id": ["a"]})
    with pytest.raises(LcfmError, match="points lack the column 'flux_err'"):
        LightCurves.from_rows(objects, [0], {"mjd": [1.0], "flux": [1.0]}, ["ztfg"])
    with pytest.raises(LcfmError, match="objects lack the column 'object_id'; they have name"):
        LightCurves.from_rows({"name": ["a"]}, [], {}, [])


def test_strict_validation_refuses_and_the_lenient_one_counts() -> None:
    objects = pa.table({"object_id": ["a"]})
    points = {"mjd": [1.0, 2.0], "band": [0, 0], "flux": [1.0, NAN], "flux_err": [1.0, 1.0]}
    lcs = LightCurves(objects, [0, 2], points, ("ztfg",))
    kept, report = lcs.validate()
    assert kept.n_points == 1
    assert report.drops["flux is not finite"].count == 1
    with pytest.raises(LcfmError, match="flux is not finite"):
        lcs.validate(strict=True)
    assert kept.validate(strict=True)[0].n_points == 1


def test_reports_add_up_and_say_each_remark_once() -> None:
    a = Report(1, 10, {"unknown band": Drop(2, "x")}, ("from one file",))
    b = Report(2, 20, {"unknown band": Drop(3, "y"), "time is not finite": Drop(1)}, a.remarks)
    both = a + b
    assert (both.n_objects, both.n_points) == (3, 30)
    assert both.drops["unknown band"] == Drop(5, "x")
    assert both.remarks == ("from one file",)
    assert not both.clean
    assert "dropped 5: unknown band, e.g. object x" in str(both)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("in_order", [False, True])
def test_the_order_of_times_is_that_of_a_stable_sort(in_order: bool, missing: bool) -> None:
    rng = np.random.default_rng(2)
    owner = rng.integers(0, 4, 300)
    mjd = rng.integers(0, 5, 300).astype(float)
    mjd[::50] = np.nan if missing else 1.0
    band = rng.integers(0, 2, 300)
    columns = (owner, mjd, band)
    if in_order:
        order = np.lexsort(columns[::-1])
        columns = tuple(column[order] for column in columns)
    assert time_order(*columns).tolist() == np.lexsort(columns[::-1]).tolist()
    assert time_order(owner[:0], mjd[:0]).tolist() == []


@pytest.mark.parametrize("in_order", [False, True])
def test_copies_are_found_as_a_plain_loop_finds_them(in_order: bool) -> None:
    rng = np.random.default_rng(1)
    n = 200
    owner = rng.integers(0, 30, n)
    owner = np.sort(owner) if in_order else owner
    points: dict[str, Any] = {
        "mjd": rng.integers(0, 3, n).astype(float),
        "band": rng.integers(0, 2, n),
        "flux": rng.integers(0, 2, n).astype(float),
        "flux_err": np.ones(n),
        "limit": np.zeros(n, dtype=bool),
    }
    seen: set[tuple[float, ...]] = set()
    expected = []
    for row in zip(owner, *points.values(), strict=True):
        expected.append(row in seen)
        seen.add(row)
    assert exact_copies(points, owner).tolist() == expected
    keep, bad = check_points(points, owner)
    assert (~keep).tolist() == expected
    assert list(bad) == ["exact copy of another row"]
