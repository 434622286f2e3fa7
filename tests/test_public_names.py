"""``import lcfm`` costs nothing, and its names are there when they are used."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import lcfm


def seconds(code: str) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def test_import_takes_less_than_a_tenth_of_a_second() -> None:
    assert seconds("import lcfm") - seconds("pass") < 0.1


@pytest.mark.parametrize("name", sorted(lcfm._HOMES))
def test_each_public_name_can_be_imported(name: str) -> None:
    assert name in dir(lcfm)
    assert getattr(lcfm, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lightcurve'"):
        _ = lcfm.lightcurve
