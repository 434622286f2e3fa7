"""Environments and processes for the simulators of ``lcfm benchmark simulate``.

The packages that lcfm is compared with are no dependencies of it: each gets a virtual environment
of its own, made once with pip at pinned versions and kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.datasets import cache_folder
from lcfm.errors import LcfmError

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
) | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
_SIMULATORS = Path(__file__).with_name("simulators")
_DONE = "installed.json"


class Environment(Protocol):
    """Where a simulator runs."""

    def python(self) -> Path:
        """Its interpreter, ready to be used."""


@dataclass(frozen=True)
class ThisEnvironment:
    """That of the benchmark itself."""

    def python(self) -> Path:
        """The running interpreter."""
        return Path(sys.executable)


@dataclass(frozen=True)
class MadeEnvironment:
    """A virtual environment with pinned packages, made when first asked for.

    Parameters
    ----------
    name
        Of what it is for.
    installs
        Arguments of ``pip install``, one call after the other.
    """

    name: str
    installs: tuple[tuple[str, ...], ...]

    @property
    def folder(self) -> Path:
        """In the user's cache; other versions of packages or of Python have another folder."""
        text = json.dumps([self.installs, sys.version_info[:2]])
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return cache_folder() / "environments" / f"{self.name}-{digest}"

    def python(self) -> Path:
        """Its interpreter; the environment is made if it is not there, or only in part.

        Raises
        ------
        LcfmError
            pip cannot install the packages.
        """
        program = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if (self.folder / _DONE).exists():
            return program
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._call([sys.executable, "-m", "venv", str(self.folder)])
        for arguments in self.installs:
            quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
            self._call([str(program), "-m", "pip", "install", *quiet, *arguments])
        (self.folder / _DONE).write_text(json.dumps(self.installs))
        return program

    def _call(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            reason = reasons[-1].removeprefix("ERROR: ") if reasons else done.stderr[-300:].strip()
            raise LcfmError(
                f"cannot make the environment of {self.name}: {reason or 'no reason given'}; it "
                "needs a package registry that pip reaches, or leave this simulator out"
            )


SNCOSMO = MadeEnvironment(
    "sncosmo", (("sncosmo==2.13.1", "astropy==8.0.2", "numpy==2.4.6", "scipy==1.17.1"),)
)
LIGHTCURVELYNX = MadeEnvironment(
    "lightcurvelynx", (("lightcurvelynx==0.6.6", "extinction==0.4.9", *SNCOSMO.installs[0]),)
)
# jax-snana asks for Python 3.12, but its code and what it needs run on 3.11, too.
JAX_SNANA = MadeEnvironment(
    "jax-snana",
    (
        (
            "jax==0.10.2", "jaxlib==0.10.2", "numpyro==0.22.0", "numpy==2.4.6", "scipy==1.17.1",
            "astropy==8.0.2", "pandas==3.1.1", "pyarrow==26.0.1", "h5py==3.16.0",
            "platformdirs==4.14.5", "isal==1.9.1", "pyyaml==6.0.3",
        ),
        ("--no-deps", "--ignore-requires-python", "jax-snana==0.1.0"),
    ),
)  # fmt: skip


class Running:
    """A simulator in a process of its own, with one thread, that waits for its turn.

    Parameters
    ----------
    name
        File in `lcfm.experiments.simulators` without its suffix.
    environment
        Where it runs.
    task
        File written by `write_task`.

    Attributes
    ----------
    started
        Seconds and versions that the simulator reported when all was loaded.

    Raises
    ------
    LcfmError
        The process ended, at start or later.
    """

    def __init__(self, name: str, environment: Environment, task: Path) -> None:
        self.name = name
        files = [str(_SIMULATORS / "serve.py"), str(_SIMULATORS / f"{name}.py"), str(task)]
        self._log = task.with_suffix(f".{name}.log").open("w+")
        self._process = subprocess.Popen(
            [str(environment.python()), *files],
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.started = self._answer()

    def run(self, first: int, stop: int, seed: int) -> dict[str, Any]:
        """Simulate events: ``points``, ``wall_s`` and ``cpu_s``."""
        return self._ask(["run", first, stop, seed])

    def fluxes(self, path: Path) -> NDArray[Any]:
        """Noiseless fluxes [nJy] of the compared events, shape (n_compared, n_bands, n_days)."""
        self._ask(["fluxes", str(path)])
        table: NDArray[Any] = np.load(path)
        return table

    def _ask(self, words: list[Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            last = self._log.read().strip().splitlines()[-1:] or ["it said nothing"]
            self.close()
            raise LcfmError(f"the process of simulator {self.name!r} ended: {last[0]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, which waits for nothing else than its input."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()
