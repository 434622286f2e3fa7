"""Settings to plain dictionaries and back, strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcfm.config import choose, fingerprint, from_dict, to_dict
from lcfm.errors import LcfmError, UnknownNameError


@dataclass(frozen=True)
class Box:
    kind: ClassVar[str] = "box"
    width: float = 1.0


@dataclass(frozen=True)
class Ball:
    kind: ClassVar[str] = "ball"
    radius: float = 1.0
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room:
    size: int
    shape: Box | Ball = field(default_factory=Box)
    mode: Literal["light", "dark"] = "light"
    seed: int | None = None
    open: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)


SHAPES: dict[str, type[Any]] = {"box": Box, "ball": Ball}


@given(
    st.integers(), st.one_of(st.none(), st.integers()), st.booleans(),
    st.one_of(
        st.builds(Box, st.floats(0, 9)),
        st.builds(Ball, st.floats(0, 9), st.lists(st.text(max_size=3)).map(tuple)),
    ),
    st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=3),
)  # fmt: skip
def test_through_json_and_back(
    size: int, seed: int | None, is_open: bool, shape: Box | Ball, weights: dict[str, float]
) -> None:
    room = Room(size, shape, "dark", seed, is_open, weights)
    assert from_dict(Room, json.loads(json.dumps(to_dict(room)))) == room


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"size": 1, "sise": 2}, "unknown setting 'sise'; known: size, shape"),
        ({}, "size"),
        ({"size": "1"}, "Room.size: expected int, got '1'"),
        ({"size": True}, "expected int"),
        ({"size": 1, "mode": "dusk"}, "'light', 'dark'"),
        ({"size": 1, "open": 1}, "expected bool"),
        ({"size": 1, "shape": {"kind": "cone"}}, "cone"),
        ({"size": 1, "shape": {"kind": "box", "radius": 1}}, "unknown setting 'radius'"),
        ({"size": 1, "shape": {"kind": "ball", "names": "ab"}}, "expected a list"),
        ({"size": 1, "seed": 1.5}, "none of the allowed types"),
        ([1], "expected a table"),
    ],
)
def test_mistakes_name_the_place(values: Any, text: str) -> None:
    with pytest.raises(LcfmError) as caught:
        from_dict(Room, values)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_whole_numbers_are_good_decimals() -> None:
    assert from_dict(Box, {"width": 2}) == Box(2.0)


def test_a_wrong_kind_is_refused_and_a_right_one_chosen() -> None:
    with pytest.raises(LcfmError, match="kind 'ball' is not 'box'"):
        from_dict(Box, {"kind": "ball"})
    assert choose(SHAPES, {"kind": "ball", "radius": 2.0}, what="shape") == Ball(2.0)
    with pytest.raises(UnknownNameError, match="unknown shape 'cone'; known: ball, box"):
        choose(SHAPES, {"kind": "cone"}, what="shape")


def test_only_instances_have_settings() -> None:
    with pytest.raises(TypeError, match="dataclass instance"):
        to_dict(Box)


def test_the_fingerprint_knows_content_and_not_order() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint(Box(1.0)) != fingerprint(Box(1.5))
    assert fingerprint(Box()) == fingerprint(to_dict(Box()))
