"""Samplers: who meets whom in a batch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcfm import config
from lcfm.errors import LcfmError
from lcfm.prepare.batch import DataSet
from lcfm.prepare.preprocess import Tokens
from lcfm.prepare.samplers import EVENT, GROUP, SAMPLERS, Balanced, ByEvent, ByLength, Sampler
from toy import toy_lightcurves

SEEDS = st.one_of(st.none(), st.integers(0, 5))
CODES = st.lists(st.integers(0, 4), min_size=1, max_size=150)


def data_of(codes: list[int], *, seed: int = 0) -> DataSet:
    """Objects with these codes, as groups and as events, and lengths by chance."""
    lengths = np.random.default_rng(seed).integers(1, 40, len(codes))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    code = np.array(codes, dtype=np.int64)
    tokens = Tokens(offsets, np.zeros((offsets[-1], 1), dtype=np.float32))
    return DataSet({"lightcurve": tokens}, {GROUP: code, EVENT: code})


def drawn(sampler: Sampler, data: DataSet, size: int, seed: int | None) -> list[np.ndarray]:
    return list(sampler.batches(data, size, None if seed is None else np.random.default_rng(seed)))


@pytest.mark.parametrize("kind", sorted(SAMPLERS))
@settings(max_examples=30, deadline=None)
@given(codes=CODES, more=st.integers(0, 9), seed=SEEDS)
def test_the_same_generator_draws_the_same_batches(
    kind: str, codes: list[int], more: int, seed: int | None
) -> None:
    data, sampler = data_of(codes), SAMPLERS[kind]()
    assert config.choose(SAMPLERS, {"kind": kind}, what="sampler") == sampler
    size = max(Counter(codes).values()) + more
    once, again = (drawn(sampler, data, size, seed) for _ in range(2))
    assert [list(rows) for rows in once] == [list(rows) for rows in again]


@pytest.mark.parametrize("sampler", [ByLength(), Balanced()])
@settings(max_examples=30, deadline=None)
@given(codes=CODES, size=st.integers(1, 20))
def test_without_chance_every_object_comes_once(
    sampler: Sampler, codes: list[int], size: int
) -> None:
    found = drawn(sampler, data_of(codes), size, None)
    assert all(len(rows) == size for rows in found[:-1])
    assert sorted(np.concatenate(found)) == list(range(len(codes)))


@settings(max_examples=60, deadline=None)
@given(CODES, st.integers(1, 20), st.integers(0, 5))
def test_balanced_batches_hold_all_groups_in_equal_parts(
    codes: list[int], size: int, seed: int
) -> None:
    data = data_of(codes)
    members = Counter(codes)
    found = drawn(Balanced(), data, size, seed)
    assert sum(map(len, found)) == len(codes)
    for rows in found:
        share = Counter(data.columns[GROUP][rows])
        parts = [share[g] for g in members]
        assert max(parts) - min(parts) <= 1
        for row, times in Counter(rows).items():  # only where the group is smaller than its share
            group = codes[row]
            assert times <= -(-share[group] // members[group])


@settings(max_examples=60, deadline=None)
@given(CODES, st.integers(1, 20), st.integers(0, 5))
def test_no_object_comes_again_before_its_whole_group_has_come(
    codes: list[int], size: int, seed: int
) -> None:
    times = Counter(np.concatenate(drawn(Balanced(), data_of(codes), size, seed)).tolist())
    for group in set(codes):
        counts = [times[i] for i, code in enumerate(codes) if code == group]
        assert max(counts) - min(counts) <= 1


def test_balanced_batches_are_padded_little() -> None:
    codes = [0] * 3000 + [1] * 600 + [2] * 60
    data = data_of(codes)
    waste = []
    for sampler in (Balanced(), ByLength()):
        longest = [data.lengths[rows].max() * len(rows) for rows in drawn(sampler, data, 60, 0)]
        kept = [data.lengths[rows].sum() for rows in drawn(sampler, data, 60, 0)]
        waste.append(1 - sum(kept) / sum(longest))
    shuffled = 1 - data.lengths.mean() / 39  # what batches without order would waste
    assert waste[1] < waste[0] < 0.75 * shuffled


def test_validation_meets_groups_in_their_proportion() -> None:
    codes = [0] * 90 + [1] * 10
    for rows in drawn(Balanced(), data_of(codes), 20, None):
        assert Counter(data_of(codes).columns[GROUP][rows]) == {0: 18, 1: 2}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=120), st.integers(0, 20), SEEDS)
def test_an_event_is_never_torn_apart(codes: list[int], more: int, seed: int | None) -> None:
    size = max(Counter(codes).values()) + more
    data = data_of(codes)
    found = drawn(ByEvent(), data, size, seed)
    assert sorted(np.concatenate(found)) == list(range(len(codes)))
    assert all(0 < len(rows) <= size for rows in found)
    for event in set(codes):
        assert sum(event in data.columns[EVENT][rows] for rows in found) == 1


def test_pairs_fill_their_batches_and_are_padded_little() -> None:
    data = data_of([i // 2 for i in range(4000)])
    found = drawn(ByEvent(), data, 64, 0)
    assert np.mean([len(rows) for rows in found]) > 60
    order = [tuple(rows) for rows in found]
    assert order != [tuple(rows) for rows in drawn(ByEvent(), data, 64, 1)]
    padded = sum(data.lengths[rows].max() * len(rows) for rows in found)
    assert data.lengths.sum() / padded > 0.65  # an event is as long as the longer of its rows


def test_an_event_larger_than_a_batch_is_an_error() -> None:
    with pytest.raises(LcfmError, match="an event has 3 rows, a batch holds 2"):
        drawn(ByEvent(), data_of([7, 7, 7, 1]), 2, 0)


def test_columns_come_from_the_table() -> None:
    lcs = toy_lightcurves(12)
    surveys = ["ZTF" if i < 6 else "LSST" for i in range(12)]
    events = [f"e{i % 6}" for i in range(12)]
    lcs = lcs.with_columns(survey=surveys, event_id=events)
    assert ByLength().columns(lcs, "label") == {}
    assert len(set(Balanced().columns(lcs, None)[GROUP])) == 2
    group = Balanced().columns(lcs, "label")[GROUP]
    cells = list(zip(surveys, lcs.column("label"), strict=True))
    assert len(set(group)) == 6
    assert len(set(zip(group, cells, strict=True))) == 6
    event = ByEvent().columns(lcs, None)[EVENT]
    assert list(event[:6]) == list(event[6:])
    assert len(set(ByEvent(column="survey").columns(lcs, None)[EVENT])) == 2
