"""How fast a shipped model serves: ``lcfm embed`` and ``lcfm predict``, Parquet to Parquet.

Command::

    lcfm benchmark embed --out results/speed_embed.json

Takes about 3 minutes on 2 cores. Everything runs in this process by the code behind the commands,
in turns; loading the model is counted apart. Beside each rate stand the shares of its time:
reading, the network, what else is computed (tokens, padding, heads, the guard), and writing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from lcfm.experiments.runs import provenance, write_result
from lcfm.experiments.speed import repeated
from lcfm.lightcurves import LightCurves
from lcfm.readers import partitions
from lcfm.readers.parquet import write_parquet
from lcfm.readers.source import TableSource
from lcfm.serve.model import Model
from lcfm.serve.shipped import DEFAULT, load
from lcfm.serve.tables import (
    CHUNK,
    Honest,
    Serve,
    embedding_table,
    prediction_table,
    write_served,
)
from lcfm.simulate.run import simulate

N_SIMULATED = 10_000
COPIES = 5
ROUNDS = 3
AIM = 4_000
"""Light curves/s of ``lcfm embed`` on 2 cores; the nearest rival documents 68."""

SERVED: dict[str, Serve] = {
    "embed": embedding_table,
    "predict": Honest(),
    "predict --no-guard": prediction_table,
}


class Stopwatch:
    """Wall seconds spent in one kind of work."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = 0.0

    def start(self, *_: object) -> None:
        """Begin; arguments are those of a hook of PyTorch and not looked at."""
        self._since = time.perf_counter()

    def stop(self, *_: object) -> None:
        """End."""
        self.seconds += time.perf_counter() - self._since

    def over(self, tables: Iterable[LightCurves]) -> Iterator[LightCurves]:
        """The same tables; the time that each takes to come is counted."""
        rest = iter(tables)
        while True:
            self.start()
            table = next(rest, None)
            self.stop()
            if table is None:
                return
            yield table


@dataclass(frozen=True)
class Round:
    """One run from file to file: objects per second, and shares of its seconds."""

    rate: float
    shares: dict[str, float]


def serve_round(model: Model, source: Path, out: Path, make: Serve) -> Round:
    """Serve a file once.

    Parameters
    ----------
    model
        On the CPU.
    source, out
        Nested Parquet in, Parquet out.
    make
        Light curves to rows.
    """
    reading, network = Stopwatch(), Stopwatch()
    before = model.network.register_forward_pre_hook(network.start)
    after = model.network.register_forward_hook(network.stop)
    try:
        tables = reading.over(partitions(TableSource(path=source), CHUNK))
        served = write_served(model, tables, out, make, overwrite=True)
    finally:
        before.remove()
        after.remove()
    seconds = {
        "reading": reading.seconds,
        "network": network.seconds,
        "other computing": served.seconds_model - network.seconds,
        "writing": served.seconds - served.seconds_model - reading.seconds,
    }
    return Round(served.rate, {name: s / served.seconds for name, s in seconds.items()})


def measure(model: Model, source: Path, folder: Path) -> list[dict[str, Any]]:
    """Rates and shares of each command, measured in turns; the median of the rounds."""
    rounds: dict[str, list[Round]] = {name: [] for name in SERVED}
    for _ in range(ROUNDS):
        for name, make in SERVED.items():
            rounds[name].append(serve_round(model, source, folder / "out.parquet", make))
    rows = []
    for name, some in rounds.items():
        shares = {part: median(r.shares[part] for r in some) for part in some[0].shares}
        rows.append(
            {
                "command": name,
                "light_curves_per_second": round(median(r.rate for r in some)),
                "rounds": [r.rate for r in some],
                "share_outside_network": round(1 - shares["network"], 3),
                "shares": {part: round(share, 3) for part, share in shares.items()},
            }
        )
    return rows


def main(out: Path, *, command: str, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Measure the default shipped model, write the result, return rows to show."""
    begin = time.perf_counter()
    model = load(DEFAULT)
    loading = time.perf_counter() - begin
    say(f"simulating {N_SIMULATED:,} ZTF light curves, written {COPIES} times")
    lcs = simulate(["ztf"], n=N_SIMULATED, seed=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_parquet(repeated(lcs, COPIES), folder / "in.parquet")
        say(f"serving them with {DEFAULT}, {ROUNDS} rounds")
        rows = measure(model, folder / "in.parquet", folder)
    result = {
        "what": "light curves/s from Parquet to Parquet, and shares of the time",
        **provenance(command, {"simulated": 0}, {"simulated": lcs.fingerprint()}),
        "model": {
            "name": DEFAULT,
            "fingerprint": model.fingerprint(),
            "network": model.network.to_dict(),
            "seconds_to_load": round(loading, 3),
        },
        "objects": N_SIMULATED * COPIES,
        "points_per_object": round(lcs.n_points / len(lcs), 1),
        "threads": torch.get_num_threads(),
        "aim": {"command": "embed", "light_curves_per_second": AIM},
        "served": rows,
    }
    write_result(out, result)
    return [
        {
            "command": row["command"],
            "light curves/s": row["light_curves_per_second"],
            **row["shares"],
        }
        for row in rows
    ]
