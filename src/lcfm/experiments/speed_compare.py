"""Light curves per second and core beside sncosmo, LightCurveLynx and jax-snana.

Command::

    lcfm benchmark simulate --out results/speed_simulate.json

Takes about 10 minutes on 2 cores, some of it for 500,000 objects whose peak memory is stated. The
other packages are installed with pip into environments of their own, once.

Ours, `sncosmo.realize_lcs` and LightCurveLynx make light curves of the same events with the same
SALT3 components, Milky Way dust, 100 epochs in each of two bands, and noise of sky and source. All
have one thread and take turns, so that other work on the machine slows all; start-up (imports,
reading, caches) is counted apart. A comparison is void if noiseless fluxes differ by more than 1 %
where they exceed 5 % of the peak. jax-snana draws events of its own, like them in the mean, so that
its fluxes are not compared.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.experiments import simulate_memory, speed_figure
from lcfm.experiments.runs import provenance, write_result
from lcfm.experiments.speed_environments import (
    JAX_SNANA,
    LIGHTCURVELYNX,
    SNCOSMO,
    Environment,
    Running,
    ThisEnvironment,
)
from lcfm.experiments.speed_task import make_task, write_task

SEED = 0
ROUNDS = 8
TOLERANCE, BRIGHT = 0.01, 0.05
OURS = "lcfm"


@dataclass(frozen=True)
class Contestant:
    """One simulator and how much it makes in a round.

    Parameters
    ----------
    name
        In the result.
    file
        In `lcfm.experiments.simulators`, without suffix.
    n
        Objects of each round.
    environment
        Where it runs.
    same_fluxes
        Whether it simulates the events of the task, so that its fluxes must be ours.
    settings
        Entries of the task that it has of its own.
    """

    name: str
    file: str
    n: int
    environment: Environment = field(default_factory=ThisEnvironment)
    same_fluxes: bool = False
    settings: Mapping[str, float] = field(default_factory=dict)


CONTESTANTS = (
    Contestant(OURS, "ours", 100_000, same_fluxes=True),
    Contestant("sncosmo", "sncosmo_lcs", 2_000, SNCOSMO, same_fluxes=True),
    Contestant("LightCurveLynx", "lightcurvelynx_lcs", 2_000, LIGHTCURVELYNX, same_fluxes=True),
    Contestant(
        "LightCurveLynx, passbands in steps of 10 Å", "lightcurvelynx_lcs", 2_000, LIGHTCURVELYNX,
        same_fluxes=True, settings={"delta_wave": 10.0},
    ),
    Contestant("jax-snana", "jax_snana_lcs", 10_000, JAX_SNANA),
    Contestant("lcfm, SNe Ia as ZTF finds them", "ours_pipeline", 20_000),
    Contestant("lcfm, eight classes as ZTF finds them", "ours_classes", 20_000),
    Contestant("lcfm, noisy spectra of every type", "ours_spectra", 8_000),
    Contestant("lcfm, events through ZTF and LSST with a spectrum", "ours_many", 1_000),
)  # fmt: skip


def measure(
    contestants: Sequence[Contestant] = CONTESTANTS,
    *,
    rounds: int = ROUNDS,
    seed: int = SEED,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Let all contestants take turns.

    Parameters
    ----------
    contestants
        The first is what the others are compared with.
    rounds
        Turns of each.
    seed
        Of the events; noise of round k is seeded with ``seed + k``.

    Returns
    -------
    dict
        ``start_up`` and ``flux_difference`` by contestant, ``runs`` (one record per contestant and
        round), and ``summary``.

    Raises
    ------
    LcfmError
        An environment cannot be made, a simulator failed, or fluxes differ.
    """
    n = max(contestant.n for contestant in contestants)
    task = make_task(n, seed)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        running: dict[str, Running] = {}
        for number, contestant in enumerate(contestants):
            say(f"starting {contestant.name}")
            path = folder / f"{number}.npz"
            own = {key: np.array(value) for key, value in contestant.settings.items()}
            write_task(task | own, path)
            process = Running(contestant.file, contestant.environment, path)
            running[contestant.name] = stack.enter_context(process)
        differences = _flux_differences(contestants, running, folder)
        runs = []
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}")
            for contestant in contestants:
                taken = running[contestant.name].run(0, contestant.n, seed + turn)
                runs.append(
                    {"simulator": contestant.name, "round": turn, "n": contestant.n, **taken}
                )
        start_up = {key: process.started for key, process in running.items()}
    return {
        "events": hashlib.sha256(np.stack([task["redshift"], task["x0"]]).tobytes()).hexdigest(),
        "start_up": start_up,
        "flux_difference": differences,
        "runs": runs,
        "summary": summary(runs, contestants[0].name),
    }


def largest_difference(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """Largest |ours / theirs - 1| where theirs exceeds 5 % of that event's peak in the band.

    Parameters
    ----------
    ours, theirs : ndarray, shape (n_events, n_bands, n_days)
        Noiseless fluxes.
    """
    bright = theirs > BRIGHT * theirs.max(axis=2, keepdims=True)
    return float(np.abs(ours[bright] / theirs[bright] - 1).max())


def summary(runs: Sequence[Mapping[str, Any]], ours: str) -> list[dict[str, Any]]:
    """Rates per second of processor time and of the clock, and ours over theirs, round by round.

    Parameters
    ----------
    runs
        As of `measure`.
    ours
        Name of the simulator whose rates the others divide.
    """
    rates = {
        name: {
            clock: np.array([run["n"] / run[clock] for run in runs if run["simulator"] == name])
            for clock in ("cpu_s", "wall_s")
        }
        for name in dict.fromkeys(run["simulator"] for run in runs)
    }
    rows = []
    for name, rate in rates.items():
        ratio = {clock: rates[ours][clock] / rate[clock] for clock in rate}
        points = sum(run["points"] for run in runs if run["simulator"] == name)
        objects = sum(run["n"] for run in runs if run["simulator"] == name)
        rows.append(
            {
                "simulator": name,
                "objects": objects,
                "points_per_object": round(points / objects, 1),
                "per_cpu_second": _mean_and_std(rate["cpu_s"]),
                "per_second": _mean_and_std(rate["wall_s"]),
                "ratio_cpu": _mean_and_std(ratio["cpu_s"]),
                "ratio": _mean_and_std(ratio["wall_s"]),
            }
        )
    return rows


def _flux_differences(
    contestants: Sequence[Contestant], running: Mapping[str, Running], folder: Path
) -> dict[str, float]:
    """By contestant; an error if one is too large."""
    ours = running[contestants[0].name].fluxes(folder / "ours.npy")
    found = {}
    for contestant in contestants[1:]:
        if contestant.same_fluxes:
            theirs = running[contestant.name].fluxes(folder / "theirs.npy")
            found[contestant.name] = largest_difference(ours, theirs)
            if found[contestant.name] > TOLERANCE:
                raise LcfmError(
                    f"void: fluxes differ from those of {contestant.name} by up to "
                    f"{found[contestant.name]:.2%} where they exceed {BRIGHT:.0%} of the peak; "
                    f"{TOLERANCE:.0%} is allowed"
                )
    return found


def _mean_and_std(values: NDArray[Any]) -> dict[str, float]:
    return {"mean": float(values.mean()), "std": float(values.std(ddof=1))}


def main(out: Path, *, command: str, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Measure rates and memory, write the result and its figure, return rows to show."""
    measured = measure(say=say)
    say("peak memory of 500,000 objects")
    memory = simulate_memory.measure()
    result = {
        "what": "objects simulated per second and core; all had one thread and took turns",
        **provenance(command, {"events": SEED, "noise": SEED}, {"events": measured.pop("events")}),
        "tolerance": {"flux_difference": TOLERANCE, "where_flux_exceeds": BRIGHT},
        **measured,
        "memory": memory,
    }
    write_result(out, result)
    speed_figure.write(result["summary"], out.with_suffix(".png"))
    return [
        {
            "simulator": row["simulator"],
            "per second and core": round(row["per_cpu_second"]["mean"]),
            "lcfm / this": None if ours else row["ratio_cpu"]["mean"],
            "std": None if ours else row["ratio_cpu"]["std"],
        }
        for row in result["summary"]
        for ours in [row["simulator"].startswith(OURS)]
    ]
