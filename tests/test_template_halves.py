"""Splitting templates by supernova: no supernova in both halves, and a run of the measurement."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lcfm.experiments import template_halves
from lcfm.sources.core_collapse import CORE_COLLAPSE_SETS
from lcfm.sources.files import templates

RESULT = Path(__file__).parents[1] / "results" / "template_halves.json"


@pytest.mark.parametrize("seed", [0, 1])
def test_halves_share_no_supernova_and_leave_none_out(seed: int) -> None:
    first, second = template_halves.halves(seed)
    assert set(first) == set(second) == {"SNII", "SNIb", "SNIc", "SNIc-BL", "SNIIb"}
    every = {t.supernova for name in CORE_COLLAPSE_SETS for t in templates(name)}
    for name in first:
        one, other = set(first[name].supernovae), set(second[name].supernovae)
        assert not one & other
        assert one | other == every
        for source in (first[name], second[name]):
            drawn = source.draw(20, np.random.default_rng(0))  # each half has every type
            assert np.isfinite(drawn["peak_abs_mag"]).all()


def test_measure_compares_the_same_half_with_the_other() -> None:
    runs = template_halves.measure("label3", 0, n_train=120, n_test=90)
    assert [run["half"] for run in runs] == ["A", "B"]
    for run in runs:
        assert 0.5 < run["other"] <= 1.0
        assert run["loss"] == pytest.approx(run["same"] - run["other"])
    row = template_halves.summary(runs)[0]
    assert row["loss"] == pytest.approx(np.mean([run["loss"] for run in runs]))


def test_committed_loss_is_small_for_classes_of_many_supernovae() -> None:
    result = json.loads(RESULT.read_text())
    for row, again in zip(result["summary"], template_halves.summary(result["runs"]), strict=True):
        assert row == pytest.approx(again)
    loss = {row["target"]: row["loss"] for row in result["summary"]}
    for target in ("label3", "label8", "label12"):
        assert loss[target] <= template_halves.LARGEST_LOSS
