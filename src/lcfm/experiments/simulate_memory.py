"""Peak memory of a simulation written to disk, and whether it grows with the number of objects.

``lcfm simulate`` runs in a process of its own for each size; the operating system says how much
memory that process held at most.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lcfm.errors import LcfmError

SIZES = (20_000, 500_000)
"""Objects: enough for all caches to be full, and the size that is stated."""

_COMMAND = """
import json, resource, sys
from lcfm.cli import main
status = main(json.loads(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
raise SystemExit(status)
"""
_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
_MEGABYTE = 1e6


def measure(sizes: Sequence[int] = SIZES, *, survey: str = "ztf", seed: int = 0) -> dict[str, Any]:
    """Simulate samples of several sizes to a folder, each in one fresh process.

    Parameters
    ----------
    sizes
        Objects of each run, ascending.
    survey
        Name on the surveys shelf.
    seed
        Of all runs.

    Returns
    -------
    dict
        ``runs``: objects, peak resident memory [MB], seconds, and output on disk [MB]; ``growth``:
        peak memory of the last run over that of the first.

    Raises
    ------
    LcfmError
        A run failed.
    """
    runs = [_one(n, survey, seed) for n in sizes]
    return {
        "survey": survey,
        "seed": seed,
        "workers": 1,
        "runs": runs,
        "growth": round(runs[-1]["peak_memory_mb"] / runs[0]["peak_memory_mb"], 3),
    }


def _one(n: int, survey: str, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sims"
        words = ["simulate", "--survey", survey, "--n", str(n), "--seed", str(seed), "--quiet"]
        command = [sys.executable, "-c", _COMMAND, json.dumps([*words, "--out", str(out)])]
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        if done.returncode:
            raise LcfmError(f"simulation of {n:,} objects failed: {done.stderr.strip()}")
        size = sum(part.stat().st_size for part in out.iterdir())
    peak = int(done.stdout.split()[-1]) * _BYTES_PER_UNIT
    return {
        "objects": n,
        "peak_memory_mb": round(peak / _MEGABYTE, 1),
        "seconds": round(seconds, 1),
        "output_mb": round(size / _MEGABYTE, 1),
    }
