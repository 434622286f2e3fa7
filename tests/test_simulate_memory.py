"""Peak memory of a simulation: measured in a process of its own, and bounded."""

from __future__ import annotations

import pytest

from lcfm.errors import LcfmError
from lcfm.experiments.simulate_memory import measure


@pytest.mark.slow
def test_memory_does_not_grow_with_the_sample() -> None:
    measured = measure((4_000, 20_000))
    small, large = measured["runs"]
    assert small["output_mb"] < large["output_mb"]
    assert 50 < small["peak_memory_mb"] < 2000
    assert measured["growth"] < 1.15


def test_a_failed_run_is_named() -> None:
    with pytest.raises(LcfmError, match=r"simulation of 5 objects failed.*unknown survey"):
        measure((5,), survey="xyz")
