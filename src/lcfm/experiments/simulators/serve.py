"""One simulator in a process of its own, told over standard input what to do and when.

Run as ``python serve.py SIMULATOR.py TASK.npz``. The first line that it prints says that all is
loaded; then each line of JSON read, ``["run", first, stop, seed]`` or ``["fluxes", path]``, is
answered by one. So several simulators can take turns, and start-up is counted apart. Needs NumPy
and the standard library only: it runs in environments without lcfm.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Simulator(Protocol):
    """What a file of this folder has under this name; made from a task.

    Attributes
    ----------
    packages
        Whose versions matter.
    """

    packages: tuple[str, ...]

    def __init__(self, task: Mapping[str, NDArray[Any]]) -> None: ...

    def run(self, first: int, stop: int, seed: int) -> int:
        """Simulate these events with noise; return the number of points."""

    def fluxes(self) -> NDArray[Any]:
        """Noiseless fluxes [nJy] of the compared events, shape (n_compared, n_bands, n_days)."""


def load(path: Path) -> type[Simulator]:
    """The class of a file, which may import another of its folder."""
    sys.path.append(str(path.parent))  # last: its names must not hide those of packages
    found: type[Simulator] = importlib.import_module(path.stem).Simulator
    return found


def main(path: str, task_path: str) -> None:
    """Answer until standard input ends."""
    warnings.simplefilter("ignore")
    wall, cpu = time.perf_counter(), time.process_time()
    with np.load(task_path) as task:
        simulator = load(Path(path))(dict(task))
    _answer({
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "versions": {name: version(name) for name in simulator.packages},
        "python": sys.version.split()[0],
    })  # fmt: skip
    for line in sys.stdin:
        word, *arguments = json.loads(line)
        if word == "fluxes":
            np.save(arguments[0], simulator.fluxes())
            _answer({})
        else:
            wall, cpu = time.perf_counter(), time.process_time()
            points = simulator.run(*arguments)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            _answer({"points": points, "wall_s": wall, "cpu_s": cpu})


def _answer(message: Mapping[str, Any]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
