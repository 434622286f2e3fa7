"""The simulation benchmark compares like with like."""

from __future__ import annotations

import pytest

pytest.importorskip("sncosmo")

from lcfm.experiments.speed_simulate import TOLERANCE, measure


def test_fluxes_agree_with_sncosmo_and_all_epochs_are_realised() -> None:
    result = measure(n=300, n_reference=20)
    assert result["points_per_light_curve"] == 200
    assert result["largest_flux_difference"] < TOLERANCE
    assert 0.5 < result["share_detected"] < 1
    assert result["ratio"] > 1
