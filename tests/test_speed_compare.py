"""The comparison of simulators: equal events, void if fluxes differ, ratios from raw rounds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.experiments import speed_compare, speed_figure
from lcfm.experiments.speed_compare import (
    CONTESTANTS,
    TOLERANCE,
    Contestant,
    largest_difference,
    measure,
    summary,
)
from lcfm.experiments.speed_environments import MadeEnvironment, Running, ThisEnvironment
from lcfm.experiments.speed_task import events_of, make_task, write_task
from lcfm.simulate.events import draw_events
from lcfm.simulate.population import Population

RESULTS = Path(__file__).parents[1] / "results"
OURS = Contestant("lcfm", "ours", 40, same_fluxes=True)


def test_ours_and_sncosmo_take_turns_on_the_same_events() -> None:
    pytest.importorskip("sncosmo")
    other = Contestant("sncosmo", "sncosmo_lcs", 4, same_fluxes=True)
    measured = measure((OURS, other), rounds=2)
    assert [run["simulator"] for run in measured["runs"]] == ["lcfm", "sncosmo"] * 2
    assert all(run["points"] == 200 * run["n"] for run in measured["runs"])
    assert 1e-5 < measured["flux_difference"]["sncosmo"] < TOLERANCE
    assert measured["start_up"]["sncosmo"]["versions"]["sncosmo"]
    ours, theirs = measured["summary"]
    assert ours["ratio_cpu"]["mean"] == 1
    assert theirs["ratio_cpu"]["mean"] > 1


def test_all_of_ours_run() -> None:
    files = {c.file for c in CONTESTANTS if c.file.startswith("ours")}
    ours = [OURS, *(Contestant(name, name, 6) for name in sorted(files - {"ours"}))]
    measured = measure(ours, rounds=2)
    assert all(run["points"] > 0 for run in measured["runs"])


def test_events_of_a_task_are_those_drawn() -> None:
    task = make_task(7, seed=3, n_compared=2)
    drawn = draw_events(
        Population({"SNIa": 1.0}, limiting_magnitude=19.5), 7, np.random.default_rng(3)
    )
    point = np.zeros(1, dtype=np.int64)
    for events, row in ((events_of(task, 2, 5), 1), (drawn, 3)):
        flux = events.band_flux(point + row, point, np.array([5.0]), ("ztfg", "ztfr"))
        alone = events_of(task, 3, 4).band_flux(point, point, np.array([5.0]), ("ztfg", "ztfr"))
        assert flux == pytest.approx(alone, rel=1e-5)


def test_difference_counts_where_flux_is_bright_only() -> None:
    theirs = np.array([[[1.0, 100.0, 50.0]]])
    ours = np.array([[[2.0, 100.5, 49.0]]])
    assert largest_difference(ours, theirs) == pytest.approx(0.02)


def test_too_large_a_difference_makes_the_comparison_void(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("sncosmo")
    monkeypatch.setattr(speed_compare, "TOLERANCE", 1e-9)
    other = Contestant("sncosmo", "sncosmo_lcs", 4, same_fluxes=True)
    with pytest.raises(LcfmError, match="void: fluxes differ from those of sncosmo"):
        measure((OURS, other), rounds=2)


def test_summary_divides_round_by_round() -> None:
    runs = [
        {"simulator": name, "round": k, "n": n, "points": n, "cpu_s": s, "wall_s": 2 * s}
        for k in (0, 1)
        for name, n, s in (("lcfm", 100, 1.0 + k), ("other", 10, 1.0))
    ]
    row = summary(runs, "lcfm")[1]
    assert row["per_second"]["mean"] == 5
    assert row["ratio_cpu"]["mean"] == pytest.approx((10 + 5) / 2)
    assert row["ratio_cpu"]["std"] == pytest.approx(np.std([10, 5], ddof=1))


def test_an_environment_that_pip_cannot_fill_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCFM_DATA", str(tmp_path))
    nowhere = str(tmp_path / "no-such-folder")
    environment = MadeEnvironment("nothing", (("--no-index", "--find-links", nowhere, "numpy"),))
    with pytest.raises(LcfmError, match="environment of nothing"):
        environment.python()
    assert not os.path.exists(environment.folder / "installed.json")


def test_a_simulator_that_fails_is_named(tmp_path: Path) -> None:
    task = tmp_path / "task.npz"
    write_task({"phase": np.zeros(1)}, task)
    with pytest.raises(LcfmError, match="'ours' ended: KeyError"):
        Running("ours", ThisEnvironment(), task)


def test_figure_is_written(tmp_path: Path) -> None:
    row = {"per_cpu_second": {"mean": 1e5, "std": 1e3}, "ratio_cpu": {"mean": 1.0, "std": 0.1}}
    slow = {"per_cpu_second": {"mean": 900.0, "std": 9.0}, "ratio_cpu": {"mean": 111.0, "std": 2.0}}
    path = tmp_path / "speed.png"
    speed_figure.write([{"simulator": "lcfm", **row}, {"simulator": "sncosmo", **slow}], path)
    assert path.stat().st_size > 5000


def test_committed_ratios_follow_from_the_raw_rounds() -> None:
    result = json.loads((RESULTS / "speed_simulate.json").read_text())
    again = summary(result["runs"], "lcfm")
    for now, then in zip(again, result["summary"], strict=True):
        for key in ("per_cpu_second", "per_second", "ratio_cpu", "ratio"):
            assert now[key] == pytest.approx(then[key])
    assert max(result["flux_difference"].values()) < TOLERANCE
    assert len({run["round"] for run in result["runs"]}) >= 3
