"""Tokens: the papers' numbers, and the vectorised code against a slow twin per object."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcfm import config
from lcfm.bands import mean_wavelengths
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.preprocess import SHIPPED, DropLimits, Preprocess, Trigger, Window

BANDS = ("ztfg", "ztfr")
Point = tuple[float, int, float, bool, bool]  # mjd, band, flux, detected, limit


def table(objects: list[list[Point]]) -> LightCurves:
    points = [p for one in objects for p in one]
    mjd, band, flux, detected, limit = zip(*points, strict=True) if points else ([],) * 5
    return LightCurves(
        pa.table({"object_id": [f"o{i}" for i in range(len(objects))]}),
        np.cumsum([0] + [len(one) for one in objects]),
        {
            "mjd": np.array(mjd, dtype=float),
            "band": np.array(band, dtype=int),
            "flux": np.array(flux, dtype=float),
            "flux_err": np.full(len(points), 100.0),
            "detected": np.array(detected, dtype=bool),
            "limit": np.array(limit, dtype=bool),
        },
        BANDS,
    )


def at(*detections: tuple[float, bool]) -> LightCurves:
    return table([[(mjd, 0, 1.0, seen, False) for mjd, seen in detections]])


def tokens_of(lcs: LightCurves, choices: Preprocess) -> np.ndarray:
    return choices.tokens(lcs, choices.fit(lcs)).values


def test_the_papers_token() -> None:
    lcs = table([[(58000.0, 0, 18154.0, True, False), (58010.0, 1, -1815.4, True, False)]])
    micron = mean_wavelengths(BANDS) / 1e4
    expected = [
        [micron[0], 0.0, 1.0, 100 / 18154],
        [micron[1], 0.1, -0.1, 100 / 18154],
    ]
    np.testing.assert_allclose(tokens_of(lcs, Preprocess()), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("detections", "origin"),
    [
        ([(0.0, False), (5.0, True), (9.0, True)], 5.0),
        ([(0.0, False), (5.0, True)], 0.0),  # one detection is no trigger
        ([(0.0, False), (5.0, False)], 0.0),
        ([(0.0, True), (30.0, True)], 0.0),
        ([(-3.0, False), (0.0, True), (30.5, True)], -3.0),
        ([(0.0, True), (40.0, True), (50.0, True)], 40.0),
    ],
)
def test_trigger_is_the_first_of_two_detections(
    detections: list[tuple[float, bool]], origin: float
) -> None:
    assert Trigger().origin(at(*detections))[0] == origin


def test_window_edges_are_inside() -> None:
    lcs = at((-30.01, False), (-30.0, False), (0.0, True), (1.0, True), (70.0, True), (70.01, True))
    np.testing.assert_allclose(tokens_of(lcs, Preprocess())[:, 1], [-0.3, 0.0, 0.01, 0.7])


def test_limits_are_kept_or_dropped() -> None:
    lcs = table([[(0.0, 0, 0.0, False, True), (1.0, 0, 5.0, True, False)]])
    assert len(tokens_of(lcs, Preprocess())) == 2
    assert len(tokens_of(lcs, Preprocess(limits=DropLimits()))) == 1


def test_gap_starts_anew_in_each_object() -> None:
    one = [(0.0, 0, 1.0, True, False), (3.0, 0, 1.0, True, False)]
    gap = tokens_of(table([one, one]), Preprocess(extra=("gap",)))[:, 4]
    np.testing.assert_allclose(gap, [0, math.log(4), 0, math.log(4)], rtol=1e-6)


def test_objects_without_observations_give_one_zero_token() -> None:
    lcs = table([[], [(0.0, 0, 9.0, True, False)], [(0.0, 0, 0.0, False, True)]])
    choices = Preprocess(limits=DropLimits(), standardise=True)
    tokens = choices.tokens(lcs, choices.fit(lcs))
    np.testing.assert_array_equal(tokens.lengths, [1, 1, 1])
    np.testing.assert_array_equal(choices.empty(lcs), [True, False, True])
    assert not tokens.values[[0, 2]].any()


def test_state_is_fitted_on_real_tokens_only() -> None:
    one = [(0.0, 0, 9.0, True, False), (3.0, 1, 1.0, True, False)]
    with_empty, without = table([[], one]), table([one])
    assert SHIPPED.fit(with_empty) == SHIPPED.fit(without)
    values = tokens_of(without, SHIPPED)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-5)
    assert Preprocess().fit(without).std == (1.0,) * 4
    with pytest.raises(LcfmError, match="no observation"):
        SHIPPED.fit(table([[]]))


POINT = st.tuples(
    st.floats(0, 200), st.integers(0, 1), st.floats(-1e4, 1e5), st.booleans(), st.booleans()
)
OBJECTS = st.lists(st.lists(POINT, max_size=8).map(sorted), min_size=1, max_size=6)


def slow(one: list[Point]) -> list[list[float]]:
    """The papers' tokens with ``gap`` and ``detected``, limits dropped, one object."""
    seen = [p[0] for p in one if p[3]]
    pairs = [a for a, b in itertools.pairwise(seen) if b - a <= 30]
    t0 = pairs[0] if pairs else one[0][0] if one else 0.0
    out: list[list[float]] = []
    before = None
    for mjd, band, flux, detected, limit in one:
        day = mjd - t0
        if limit or not -30 <= day <= 70:
            continue
        gap = 0.0 if before is None else day - before
        before = day
        micron = mean_wavelengths(BANDS)[band] / 1e4
        out.append([micron, day / 100, flux / 18154, 100 / 18154, math.log1p(gap), float(detected)])
    return out or [[0.0] * 6]


@settings(max_examples=60, deadline=None)
@given(OBJECTS)
def test_vectorised_tokens_are_those_of_the_slow_twin(objects: list[list[Point]]) -> None:
    choices = Preprocess(limits=DropLimits(), extra=("gap", "detected"))
    lcs = table(objects)
    expected = [token for one in objects for token in slow(one)]
    np.testing.assert_allclose(tokens_of(lcs, choices), expected, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("choices", [Preprocess(), SHIPPED])
def test_round_trip_through_plain_values(choices: Preprocess) -> None:
    plain = config.to_dict(choices)
    assert config.from_dict(Preprocess, plain) == choices
    with pytest.raises(LcfmError, match="unknown setting 'colour'"):
        config.from_dict(Preprocess, {**plain, "colour": 1})


def test_a_window_without_length_is_refused() -> None:
    with pytest.raises(LcfmError, match="window"):
        Window(after=0.0)
