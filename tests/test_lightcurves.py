"""The table of light curves: what every operation keeps, and its life on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lcfm.errors import LcfmError, ReadError
from lcfm.lightcurves import LightCurves, ragged_take
from lcfm.readers.parquet import (
    NestedParquet,
    from_arrow,
    iter_partitions,
    to_arrow,
    write_parquet,
    write_partitioned,
)
from lcfm.rows import group_rows

FEW = settings(max_examples=40, deadline=None)
NO_DROPS = "object without points"


@st.composite
def tables(draw: st.DrawFn, prefix: str = "o") -> LightCurves:
    """Up to six objects with up to five points each, two surveys, three bands."""
    lengths = draw(st.lists(st.integers(0, 5), max_size=6))
    n = sum(lengths)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    owner = np.repeat(np.arange(len(lengths)), lengths)
    mjd = np.round(rng.uniform(0, 10, n)) + 60_000
    order = np.lexsort((mjd, owner))
    objects = pa.table(
        {
            "object_id": pa.array([f"{prefix}{i}" for i in range(len(lengths))], pa.string()),
            "survey": pa.array([("ZTF", "LSST")[i % 2] for i in range(len(lengths))], pa.string()),
            "redshift": pa.array(rng.uniform(0, 1, len(lengths))),
        }
    )
    points = {
        "mjd": mjd[order],
        "band": rng.integers(0, 3, n),
        "flux": rng.normal(0, 100, n),
        "flux_err": rng.uniform(1, 2, n),
        "limit": rng.random(n) < 0.2,
    }
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return LightCurves(objects, offsets.astype(int), points, ("ztfg", "ztfr", "lssti"))


def rows(lcs: LightCurves) -> list[tuple[object, ...]]:
    """Every point as a tuple, in order, with the names of its object and band."""
    names = np.array([*lcs.bands, ""], dtype=object)[lcs.points["band"]]
    ids = lcs.object_id[lcs.owner]
    keys = ("mjd", "flux", "flux_err", "detected", "limit")
    return list(zip(ids, names, *(lcs.points[k].tolist() for k in keys), strict=True))


def same(a: LightCurves, b: LightCurves) -> bool:
    return list(a.object_id) == list(b.object_id) and rows(a) == rows(b)


# -- selection --------------------------------------------------------------------------------


@FEW
@given(tables(), st.data())
def test_positions_masks_and_slices_agree_with_a_plain_loop(
    lcs: LightCurves, data: st.DataObject
) -> None:
    positions = data.draw(st.lists(st.integers(0, max(len(lcs) - 1, 0)), unique=True))
    positions = positions if len(lcs) else []
    picked = lcs[np.array(positions, dtype=int)]
    assert list(picked.object_id) == [lcs.object_id[i] for i in positions]
    assert rows(picked) == [row for i in positions for row in rows(lcs[i])]
    mask = np.isin(np.arange(len(lcs)), positions)
    assert same(lcs[mask], lcs[np.flatnonzero(mask)])
    start, stop = sorted(data.draw(st.tuples(st.integers(0, 7), st.integers(0, 7))))
    assert same(lcs[start:stop], lcs[np.arange(len(lcs))[start:stop]])


@FEW
@given(tables(), st.integers(1, 7))
def test_chunks_put_together_are_the_table(lcs: LightCurves, size: int) -> None:
    chunks = list(lcs.iter_chunks(size))
    assert all(len(c) <= size for c in chunks)
    if chunks:
        assert same(LightCurves.concat(chunks), lcs)
    else:
        assert len(lcs) == 0


@FEW
@given(tables())
def test_surveys_hold_every_object_once(lcs: LightCurves) -> None:
    parts = lcs.split_by_survey()
    assert sorted(i for part in parts.values() for i in part.object_id) == sorted(lcs.object_id)
    assert all(set(part.column("survey")) == {name} for name, part in parts.items())
    assert sum(part.n_points for part in parts.values()) == lcs.n_points


@FEW
@given(tables())
def test_selected_points_are_those_of_the_mask(lcs: LightCurves) -> None:
    keep = lcs.points["flux"] > 0
    chosen = lcs.select_points(keep)
    assert rows(chosen) == [row for row, k in zip(rows(lcs), keep, strict=True) if k]
    assert len(chosen) == len(lcs)
    with pytest.raises(LcfmError, match="mask of shape"):
        lcs.select_points(np.ones(lcs.n_points + 1, bool))


@FEW
@given(tables(), st.data())
def test_until_keeps_what_came_before_and_every_object(
    lcs: LightCurves, data: st.DataObject
) -> None:
    times = st.floats(59_998, 60_012)
    last = np.array(data.draw(st.lists(times, min_size=len(lcs), max_size=len(lcs))))
    cut = lcs.until(last)
    assert list(cut.object_id) == list(lcs.object_id)
    keep = [mjd <= last[owner] for mjd, owner in zip(lcs.points["mjd"], lcs.owner, strict=True)]
    assert same(cut, lcs.select_points(keep))
    assert same(cut.until(last), cut)
    earlier = last - 3.0
    assert same(lcs.until(earlier), cut.until(earlier))
    assert same(lcs.until(np.inf), lcs)


def test_one_object_by_number_also_from_the_end(toy_lightcurves: LightCurves) -> None:
    assert same(toy_lightcurves[-1], toy_lightcurves[len(toy_lightcurves) - 1])
    with pytest.raises(IndexError):
        toy_lightcurves[len(toy_lightcurves)]


def test_contiguous_parts_share_memory(toy_lightcurves: LightCurves) -> None:
    part = toy_lightcurves[10:20]
    assert np.shares_memory(part.points["flux"], toy_lightcurves.points["flux"])


def test_the_table_cannot_be_written_to(toy_lightcurves: LightCurves) -> None:
    with pytest.raises(ValueError, match="read-only"):
        toy_lightcurves.points["flux"][0] = 0
    with pytest.raises(ValueError, match="read-only"):
        toy_lightcurves[3:].offsets[0] = 1


@FEW
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.data())
def test_ragged_take_is_a_loop_over_ranges(lengths: list[int], data: st.DataObject) -> None:
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    picked = np.array(data.draw(st.lists(st.integers(0, len(lengths) - 1))), dtype=int)
    new, taken = ragged_take(offsets, picked)
    assert taken.tolist() == [k for i in picked for k in range(offsets[i], offsets[i + 1])]
    assert np.diff(new).tolist() == [lengths[i] for i in picked]


# -- combination ------------------------------------------------------------------------------


@FEW
@given(tables("a"), tables("b"))
def test_concat_keeps_rows_and_order(a: LightCurves, b: LightCurves) -> None:
    both = LightCurves.concat([a, b])
    assert rows(both) == rows(a) + rows(b)
    assert_array_equal(both.lengths, np.concatenate([a.lengths, b.lengths]))


def test_concat_of_other_bands_and_columns(toy_lightcurves: LightCurves) -> None:
    other = LightCurves(
        pa.table({"object_id": ["x"]}),
        [0, 1],
        {"mjd": [1.0], "band": [0], "flux": [5.0], "flux_err": [1.0]},
        ("lsstg",),
    )
    both = LightCurves.concat([toy_lightcurves, other])
    assert both.bands == ("ztfg", "ztfr", "lsstg")
    assert rows(both)[-1][:2] == ("x", "lsstg")
    assert np.isnan(both.column("redshift")[-1])
    assert both.column("label")[-1] == ""
    with pytest.raises(LcfmError, match="nothing"):
        LightCurves.concat([])
    with pytest.raises(LcfmError, match="'x' occurs more than once"):
        LightCurves.concat([other, other])


@FEW
@given(tables(), st.data())
def test_merge_of_two_halves_of_the_points_is_the_table(
    lcs: LightCurves, data: st.DataObject
) -> None:
    first = np.array(
        data.draw(st.lists(st.booleans(), min_size=lcs.n_points, max_size=lcs.n_points)), dtype=bool
    )
    merged = lcs.select_points(first).merge(lcs.select_points(~first))
    assert list(merged.object_id) == list(lcs.object_id)
    assert sorted(rows(merged)) == sorted(rows(lcs))
    again = merged.merge(lcs)
    assert sorted(rows(again)) == sorted(rows(lcs))
    assert (np.diff(again.points["mjd"])[np.diff(again.owner) == 0] >= 0).all()


def test_merge_adds_points_and_objects_and_keeps_columns() -> None:
    def table(ids: list[str], z: float, band: str, mjd: float) -> LightCurves:
        n = len(ids)
        objects = pa.table({"object_id": ids, "redshift": [z] * n})
        points = {"mjd": [mjd] * n, "band": [0] * n, "flux": [9.0] * n, "flux_err": [1.0] * n}
        return LightCurves(objects, np.arange(n + 1), points, (band,))

    merged = table(["a", "b"], 0.1, "ztfr", 5.0).merge(table(["c", "a"], 0.9, "ztfg", 4.0))
    assert list(merged.object_id) == ["a", "b", "c"]
    assert_array_equal(merged.column("redshift"), [0.1, 0.1, 0.9])
    assert [row[:3] for row in rows(merged)] == [
        ("a", "ztfg", 4.0),
        ("a", "ztfr", 5.0),
        ("b", "ztfr", 5.0),
        ("c", "ztfg", 4.0),
    ]


@FEW
@given(tables())
def test_columns_are_added_and_replaced(lcs: LightCurves) -> None:
    values = np.arange(len(lcs), dtype=float)
    new = lcs.with_columns(redshift=values, label=["SNIa"] * len(lcs))
    assert_array_equal(new.column("redshift"), values)
    assert rows(new) == rows(lcs)
    assert "label" not in lcs.columns
    with pytest.raises(LcfmError, match="values for"):
        lcs.with_columns(redshift=np.zeros(len(lcs) + 1))


# -- construction -----------------------------------------------------------------------------


@FEW
@given(tables(), st.randoms(use_true_random=False))
def test_loose_rows_in_any_order_give_the_same_table(lcs: LightCurves, random) -> None:  # type: ignore[no-untyped-def]
    full = lcs[lcs.lengths > 0]
    order = list(range(full.n_points))
    random.shuffle(order)
    points = {k: v[order] for k, v in full.points.items() if k != "band"}
    names = np.array([*full.bands, ""])[full.points["band"]][order]
    built, report = LightCurves.from_rows(full.objects, full.owner[order], points, names)
    assert list(built.object_id) == list(full.object_id)
    assert sorted(rows(built)) == sorted(set(rows(full)))
    assert (np.diff(built.points["mjd"])[np.diff(built.owner) == 0] >= 0).all()
    assert report.n_points == full.n_points
    assert report.clean


def test_grouped_rows_build_the_table_directly() -> None:
    objects = pa.table({"object_id": ["a", "b"], "survey": ["ZTF", "ZTF"]})
    points = {"mjd": [2.0, 1.0], "flux": [1.0, 1.0], "flux_err": [1.0, 1.0]}
    parts = group_rows(objects, np.array([1, 0]), points, np.array(["g", "r"]), ())
    assert list(LightCurves(*parts[:4]).object_id) == ["a", "b"]
    assert parts[3] == ("ztfg", "ztfr")


def test_whole_numbers_of_64_bits_survive_as_names_and_decimals_are_refused() -> None:
    big = 2**63 - 1
    points = {"mjd": [1.0], "band": [0], "flux": [1.0], "flux_err": [1.0]}
    lcs = LightCurves(pa.table({"object_id": [big]}), [0, 1], points, ("ztfg",))
    assert lcs.object_id[0] == str(big)
    with pytest.raises(LcfmError, match="decimal"):
        LightCurves(pa.table({"object_id": [1e18]}), [0, 1], points, ("ztfg",))


@pytest.mark.parametrize(
    ("offsets", "change", "text"),
    [
        ([0, 2], {}, "offsets end at 2"),
        ([0, 1, 1], {}, "2 entries"),
        ([0, 1], {"band": [3]}, "band codes"),
        ([0, 1], {"flux": [1.0, 2.0]}, "differ in length"),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    offsets: list[int], change: dict[str, list[float]], text: str
) -> None:
    points = {"mjd": [1.0], "band": [0], "flux": [1.0], "flux_err": [1.0]} | change
    with pytest.raises(LcfmError, match=text):
        LightCurves(pa.table({"object_id": ["a"]}), offsets, points, ("ztfg",))


def test_the_description_names_what_is_there(toy_lightcurves: LightCurves) -> None:
    text = toy_lightcurves.describe()
    for part in ("60 objects", "ztfg, ztfr", "SNIa 20", "60 known"):
        assert part in text
    assert "0 objects" in toy_lightcurves[:0].describe()


def test_the_fingerprint_follows_names_of_bands_and_not_their_codes(
    toy_lightcurves: LightCurves,
) -> None:
    points = dict(toy_lightcurves.points)
    points["band"] = 1 - points["band"]
    swapped = LightCurves(
        toy_lightcurves.objects, toy_lightcurves.offsets, points, toy_lightcurves.bands[::-1]
    )
    assert swapped.fingerprint() == toy_lightcurves.fingerprint()
    assert toy_lightcurves[1:].fingerprint() != toy_lightcurves.fingerprint()


# -- on disk ----------------------------------------------------------------------------------


@FEW
@given(tables())
def test_arrow_and_back(lcs: LightCurves) -> None:
    back, report = from_arrow(to_arrow(lcs))
    full = lcs[lcs.lengths > 0]
    assert list(back.object_id) == list(full.object_id)
    assert sorted(rows(back)) == sorted(set(rows(full)))
    assert set(report.drops) <= {NO_DROPS, "exact copy of another row"}


def test_parquet_and_back(toy_lightcurves: LightCurves, tmp_path: Path) -> None:
    write_parquet(toy_lightcurves, tmp_path / "toy.parquet")
    back, report = NestedParquet().read(tmp_path / "toy.parquet")
    assert back.fingerprint() == toy_lightcurves.fingerprint()
    assert back.objects.equals(toy_lightcurves.objects)
    assert report.clean


def test_a_partitioned_folder_and_back(toy_lightcurves: LightCurves, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    assert write_partitioned(toy_lightcurves.iter_chunks(25), folder) == 60
    assert len(list(folder.glob("*.parquet"))) == 3
    assert NestedParquet().read(folder)[0].fingerprint() == toy_lightcurves.fingerprint()
    with pytest.raises(LcfmError, match="exists already"):
        write_partitioned([toy_lightcurves], folder)
    write_partitioned([toy_lightcurves[:5]], folder, overwrite=True)
    assert len(NestedParquet().read(folder)[0]) == 5


def test_nested_pandas_opens_the_file(toy_lightcurves: LightCurves, tmp_path: Path) -> None:
    nested_pandas = pytest.importorskip("nested_pandas")
    write_parquet(toy_lightcurves, tmp_path / "toy.parquet")
    frame = nested_pandas.read_parquet(tmp_path / "toy.parquet")
    first = frame["lightcurve"].iloc[0]
    assert_allclose(first["flux"], toy_lightcurves[0].points["flux"])
    assert set(first["band"]) <= set(toy_lightcurves.bands)


def test_a_struct_of_lists_is_read_too(toy_lightcurves: LightCurves) -> None:
    table = to_arrow(toy_lightcurves)
    nested = table["lightcurve"].combine_chunks()
    nested = nested.chunk(0) if isinstance(nested, pa.ChunkedArray) else nested
    flat = nested.flatten()
    lists = [
        pa.ListArray.from_arrays(nested.offsets, flat.field(i)) for i in range(flat.type.num_fields)
    ]
    struct = pa.StructArray.from_arrays(lists, names=[f.name for f in flat.type])
    other = table.drop_columns(["lightcurve"]).append_column("lightcurve", struct)
    assert from_arrow(other)[0].fingerprint() == toy_lightcurves.fingerprint()


def test_partitions_are_read_row_group_by_row_group(
    toy_lightcurves: LightCurves, tmp_path: Path
) -> None:
    path = tmp_path / "toy.parquet"
    pq.write_table(to_arrow(toy_lightcurves), path, row_group_size=10)
    groups = pq.read_metadata(path)
    columns = [groups.row_group(3).column(i) for i in range(groups.num_columns)]
    start = min(c.dictionary_page_offset or c.data_page_offset for c in columns)
    content = bytearray(path.read_bytes())
    content[start : start + 500] = bytes(500)  # the fourth group is damaged, the footer is not
    path.write_bytes(content)
    parts = iter_partitions(path, 10)
    for i in range(3):  # what stands before the damage comes without looking at it
        assert list(next(parts).object_id) == list(toy_lightcurves.object_id[10 * i : 10 * i + 10])
    with pytest.raises(ReadError, match="copy it again"):
        next(parts)


def test_memory_of_streaming_does_not_grow_with_the_file(
    toy_lightcurves: LightCurves, tmp_path: Path
) -> None:
    def peak(n_copies: int) -> int:
        path = tmp_path / f"{n_copies}.parquet"
        one = to_arrow(toy_lightcurves)
        pq.write_table(pa.concat_tables([one] * n_copies), path, row_group_size=60)
        before = pa.total_allocated_bytes()
        return max(pa.total_allocated_bytes() - before for _ in iter_partitions(path, 60))

    assert peak(40) < 2 * peak(4)


def empty_table(n: int) -> LightCurves:
    """Objects without points."""
    none = {name: np.zeros(0) for name in ("mjd", "band", "flux", "flux_err")}
    return LightCurves(
        pa.table({"object_id": [f"o{i}" for i in range(n)]}), [0] * (n + 1), none, ()
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3, -1], "'code' holds whole numbers, but classes are text: .*'class 3'"),
        ([3.0, None], "'code' holds whole numbers, .*'class 3'"),
        ([0.5, 3.0], "'code' holds numbers, .*'class 0.5'"),
        ([True, False], "'code' holds truth values, .*'class True'"),
    ],
)
def test_names_are_text_whatever_holds_the_numbers(values: list[object], words: str) -> None:
    lcs = empty_table(2).with_columns(code=pa.array(values))
    with pytest.raises(LcfmError, match=words):
        lcs.names("code")


def test_names_with_gaps() -> None:
    lcs = empty_table(2).with_columns(
        code=pa.array(["3", None]).dictionary_encode(), none=pa.array([None, None], pa.float64())
    )
    assert lcs.names("code").tolist() == lcs.column("code").tolist() == ["3", ""]
    assert lcs.names("none").tolist() == ["", ""]
