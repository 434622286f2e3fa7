"""Padding and batches by length."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lcfm.prepare.batch import DataSet, batches_by_length, pad
from lcfm.prepare.preprocess import Tokens

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=120)


def tokens_of(lengths: list[int]) -> Tokens:
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = np.arange(2 * offsets[-1], dtype=np.float32).reshape(-1, 2) + 1.0
    return Tokens(offsets, values)


@settings(max_examples=40, deadline=None)
@given(LENGTHS, st.integers(1, 16), st.one_of(st.none(), st.integers(0, 5)))
def test_batches_cover_every_row_once(lengths: list[int], size: int, seed: int | None) -> None:
    rng = None if seed is None else np.random.default_rng(seed)
    found = list(batches_by_length(np.array(lengths), size, rng))
    assert all(0 < len(rows) <= size for rows in found)
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.arange(len(lengths)))


@settings(max_examples=40, deadline=None)
@given(LENGTHS)
def test_padding_keeps_every_token_and_fills_with_zeros(lengths: list[int]) -> None:
    tokens = tokens_of(lengths)
    rows = np.arange(len(lengths))[::-1].copy()
    padded = pad(tokens, rows)
    assert padded.values.shape == (len(lengths), max(lengths), 2)
    for values, mask, row in zip(padded.values, padded.mask, rows, strict=True):
        own = tokens.values[tokens.offsets[row] : tokens.offsets[row + 1]]
        np.testing.assert_array_equal(values[mask].numpy(), own)
        assert not values[~mask].any()
        assert mask[: len(own)].all()


def test_the_same_rng_gives_the_same_batches() -> None:
    lengths = np.arange(50) % 7 + 1
    once = [list(r) for r in batches_by_length(lengths, 8, np.random.default_rng(3))]
    again = [list(r) for r in batches_by_length(lengths, 8, np.random.default_rng(3))]
    assert once == again


def test_a_part_of_a_data_set_stays_aligned() -> None:
    data = DataSet({"lightcurve": tokens_of([1, 3, 2])}, {"code": np.array([10, 11, 12])})
    rows = np.array([2, 0])
    part, direct = data.take(rows).batch(np.array([0, 1])), data.batch(rows)
    assert torch.equal(part.columns["code"], torch.tensor([12, 10]))
    assert torch.equal(part.inputs["lightcurve"].values, direct.inputs["lightcurve"].values)
