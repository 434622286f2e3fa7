"""Label efficiency: known curves are read back, bounds are bounds, draws make the interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcfm.errors import LcfmError
from lcfm.evaluate.label_efficiency import (
    Count,
    curve_of,
    label_efficiency,
    labels_needed,
    monotone,
)

COUNTS = (32, 64, 128, 256, 512)
SCORES = st.floats(0.0, 1.0, allow_subnormal=False)
CURVES = st.lists(SCORES, min_size=5, max_size=5)


def flat(scores: list[float]) -> dict[int, dict[int, float]]:
    """A curve with one draw."""
    return {n: {0: score} for n, score in zip(COUNTS, scores, strict=True)}


def place(count: Count) -> tuple[int, float]:
    """Where a count lies on its curve."""
    return count.bound, count.labels


def test_a_straight_line_in_log_labels_is_read_back() -> None:
    curve = {n: {d: 0.1 * np.log2(n) for d in range(5)} for n in COUNTS}
    found = label_efficiency(curve, {0: 0.1 * np.log2(200)}, 25, rng=np.random.default_rng(0))
    assert found.needed.labels == pytest.approx(200)
    assert found.needed.bound == found.low.bound == found.high.bound == 0
    assert found.factor == "8.0"
    assert str(found) == "200 labels (200 to 200)"  # draws do not differ


def test_what_is_never_reached_is_a_bound() -> None:
    curve = flat([0.5, 0.6, 0.7, 0.8, 0.9])
    never = label_efficiency(curve, {0: 0.95}, 32, rng=np.random.default_rng(0), resamples=10)
    assert str(never) == "> 512 labels (> 512 to > 512)"
    assert never.factor == "> 16"
    assert never.to_dict()["needed"] == {"labels": 512.0, "bound": ">"}
    at_once = label_efficiency(curve, {0: 0.4}, 0, rng=np.random.default_rng(0), resamples=10)
    assert str(at_once.needed) == "≤ 32"
    assert at_once.factor == "–"


def test_a_dip_does_not_count_twice() -> None:
    counts, scores = monotone(flat([0.5, 0.7, 0.6, 0.8, 0.9]))
    assert counts == list(COUNTS)
    assert scores == pytest.approx([0.5, 0.65, 0.65, 0.8, 0.9])


def test_draws_make_the_interval_and_the_same_ones_for_both() -> None:
    rng = np.random.default_rng(1)
    luck = rng.normal(0.0, 0.05, 20)
    curve = {n: {d: 0.1 * np.log2(n) + luck[d] for d in range(20)} for n in COUNTS}
    alike = {d: 0.1 * np.log2(128) + luck[d] for d in range(20)}
    paired = label_efficiency(curve, alike, 16, rng=rng, resamples=200)
    assert paired.low.labels == pytest.approx(paired.high.labels)  # what is lucky in both cancels
    other = {d + 100: score for d, score in alike.items()}
    apart = label_efficiency(curve, other, 16, rng=rng, resamples=200)
    assert apart.low.labels < 128 < apart.high.labels
    bound = label_efficiency(curve, {d: 0.9 + luck[d] for d in range(20)}, 16, rng=rng)
    assert bound.needed.bound in (0, 1)
    assert place(bound.low) <= place(bound.needed) <= place(bound.high)


def test_records_become_a_curve() -> None:
    rows = [
        {"n_train": 32, "seed": 0, "macro_auroc": 0.5},
        {"n_train": 32, "seed": 0, "macro_auroc": 0.7},  # of a second pretraining
        {"n_train": 64, "seed": 1, "macro_auroc": 0.8},
    ]
    assert curve_of(rows) == {32: {0: pytest.approx(0.6)}, 64: {1: 0.8}}


def test_what_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(LcfmError, match="scores of both curves"):
        label_efficiency({}, {0: 0.5}, 32, rng=rng)
    with pytest.raises(LcfmError, match="scores of both curves"):
        label_efficiency(flat([0.5] * 5), {}, 32, rng=rng)
    with pytest.raises(LcfmError, match="rising numbers of labels above 0"):
        labels_needed([0, 32], [0.5, 0.6], 0.5)
    with pytest.raises(LcfmError, match="fall somewhere"):
        labels_needed([32, 64], [0.6, 0.5], 0.5)


@settings(deadline=None)
@given(CURVES)
def test_a_monotone_curve_rises_stays_inside_and_keeps_its_mean(scores: list[float]) -> None:
    _, fitted = monotone(flat(scores))
    assert (np.diff(fitted) >= 0).all()
    assert min(scores) - 1e-12 <= fitted[0]
    assert fitted[-1] <= max(scores) + 1e-12
    assert np.mean(fitted) == pytest.approx(np.mean(scores))


@settings(deadline=None)
@given(CURVES, SCORES, SCORES)
def test_a_better_score_never_needs_fewer_labels(
    scores: list[float], one: float, two: float
) -> None:
    counts, fitted = monotone(flat(scores))
    low, high = (labels_needed(counts, list(fitted), s) for s in sorted((one, two)))
    assert place(low) <= place(high)
    assert COUNTS[0] <= low.labels <= high.labels <= COUNTS[-1]


@settings(deadline=None)
@given(CURVES, SCORES)
def test_what_was_read_has_the_score_that_was_asked(scores: list[float], wanted: float) -> None:
    counts, fitted = monotone(flat(scores))
    found = labels_needed(counts, list(fitted), wanted)
    there = np.interp(np.log(found.labels), np.log(counts), fitted)
    if found.bound > 0:
        assert fitted[-1] < wanted
    elif found.bound < 0:
        assert fitted[0] >= wanted
    else:
        assert there == pytest.approx(wanted, abs=1e-6)


@settings(deadline=None)
@given(CURVES, SCORES, st.integers(0, 100))
def test_one_draw_has_no_interval(scores: list[float], wanted: float, seed: int) -> None:
    found = label_efficiency(
        flat(scores), {0: wanted}, 32, rng=np.random.default_rng(seed), resamples=3
    )
    assert found.low == found.needed == found.high
