"""What a user may ask a simulation for, and the sentence for everything else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.simulate.mix import Alike
from lcfm.simulate.population import Population
from lcfm.simulate.request import (
    LARGEST_SEED,
    read_number,
    read_population,
    read_seed,
    read_surveys,
)
from lcfm.surveys.ztf import ZTF


@pytest.mark.parametrize("seed", [2**70, LARGEST_SEED + 1, -1, 1.5, None, "1", True])
def test_a_seed_is_an_integer_that_a_column_can_hold(seed: object) -> None:
    with pytest.raises(LcfmError, match=r"seed must be an integer from 0 to 9223372036854775807"):
        read_seed(seed)


@pytest.mark.parametrize("n", [0, -3, 4.5, "10", None, False])
def test_a_number_is_an_integer_above_zero(n: object) -> None:
    with pytest.raises(LcfmError, match=r"n must be an integer of at least 1, got"):
        read_number(n)


def test_integers_of_numpy_are_integers() -> None:
    assert (read_seed(np.int64(3)), read_number(np.uint8(4))) == (3, 4)
    assert read_seed(LARGEST_SEED) == LARGEST_SEED


@pytest.mark.parametrize(
    ("surveys", "text"),
    [
        ([], "at least one survey"),
        (["x"], "unknown survey 'x'; known: "),
        (["ztf", "ZTF"], "each survey may be named once"),
        ([None], "expected names such as 'ztf' .* got None"),
        (None, "expected names such as 'ztf' .* got None"),
        ([ZTF], r"ZTF is a class; give an instance, ZTF\(\)"),
        (ZTF, r"ZTF is a class; give an instance, ZTF\(\)"),
    ],
)
def test_surveys_are_names_or_instances(surveys: object, text: str) -> None:
    with pytest.raises(LcfmError, match=text):
        read_surveys(surveys)


@pytest.mark.parametrize("surveys", ["ztf", ["ZTF"], ZTF(), (ZTF(),)])
def test_one_survey_alone_is_a_list_of_one(surveys: object) -> None:
    assert read_surveys(surveys) == [ZTF()]


@pytest.mark.parametrize("population", [{"SNIa": 1}, "label8", ["SNIa"], Population, Alike])
def test_a_population_is_a_population_or_a_mix(population: object) -> None:
    with pytest.raises(LcfmError, match=r"population must be a Population or a mix, such as"):
        read_population(population)
    for good in (None, Population(), Alike(("SNIa",))):
        assert read_population(good) is good


@pytest.mark.parametrize(
    ("mix", "text"),
    [
        (["SNIa"], "mix must give each class its weight, such as"),
        ("label8", "mix must give each class its weight, such as"),
        ({"SNIa": "a"}, "weight of 'SNIa' must be 0 or more, got 'a'"),
        ({"SNIa": None}, "weight of 'SNIa' must be 0 or more, got None"),
    ],
)
def test_a_mix_gives_each_class_a_weight(mix: Any, text: str) -> None:
    with pytest.raises(LcfmError, match=text):
        Population(mix)
