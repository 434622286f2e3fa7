"""How fast: simulation beside sncosmo, training beside a bare loop, prediction file to file.

Command::

    lcfm benchmark foundation --out results/speed_foundation.json

Takes about 4 minutes on 2 cores. Everything that is compared is measured in one run, in turns, and
given as a ratio; absolute rates say what this machine does.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.heads import ClassHead
from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.experiments import speed_simulate
from lcfm.experiments.runs import provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.objectives.classify import CODE, Classify, ClassifySettings
from lcfm.prepare.batch import Batch, DataSet, batches_by_length
from lcfm.prepare.preprocess import SHIPPED
from lcfm.readers.parquet import iter_partitions, write_parquet
from lcfm.serve.model import Model
from lcfm.serve.tables import prediction_table, write_served
from lcfm.simulate.run import simulate
from lcfm.train.loop import train
from lcfm.train.pretrain import PretrainSettings
from lcfm.train.settings import FullLength, TrainSettings

N_OBJECTS = 10_000
N_PREDICTED = 50_000
ROUNDS = 3


def training(lcs: LightCurves, encoder: Any, *, batch_size: int = 256) -> dict[str, Any]:
    """Sequences/s of the training loop and of a bare loop over ready batches, in turns.

    Parameters
    ----------
    lcs
        Labelled light curves.
    encoder
        Settings of the encoder.
    """
    settings = TrainSettings(epochs=1, batch_size=batch_size, stopping=FullLength(), device="cpu")
    state = SHIPPED.fit(lcs)
    rates: dict[str, list[float]] = {"lcfm": [], "bare": []}
    for round_ in range(ROUNDS):
        network, objective, data = _classifier(lcs, encoder, state)
        rng = np.random.default_rng([round_, 0])
        lengths = data.tokens[LIGHTCURVE].lengths
        ready = [data.batch(rows) for rows in batches_by_length(lengths, batch_size, rng)]
        rates["bare"].append(len(data) / _seconds(lambda: _bare_loop(network, objective, ready)))  # noqa: B023
        network, objective, data = _classifier(lcs, encoder, state)
        history = train(network, objective, data, None, settings, seed=round_)
        rates["lcfm"].append(history.epochs[0]["sequences_per_second"])
    return {
        "encoder": encoder.kind,
        "objects": len(lcs),
        "batch_size": batch_size,
        "sequences_per_second": {k: round(median(v)) for k, v in rates.items()},
        "rounds": rates,
        "ratio_to_bare_loop": round(median(rates["lcfm"]) / median(rates["bare"]), 3),
    }


def prediction(lcs: LightCurves, encoder: Any, *, copies: int) -> dict[str, Any]:
    """Light curves/s from Parquet to Parquet, and the share of time outside the model.

    Parameters
    ----------
    lcs
        ZTF-like light curves, written `copies` times under new names.
    """
    state = SHIPPED.fit(lcs)
    torch.manual_seed(0)
    network = Network({LIGHTCURVE: encoder}, {LIGHTCURVE: len(SHIPPED.channels)})
    head = ClassHead(network.latent_size, tuple("abcdefgh"))
    model = Model(network, {"label": head}, SHIPPED, state, {})
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
        write_parquet(repeated(lcs, copies), source)
        runs = [
            write_served(
                model, iter_partitions(source, 20_000), out, prediction_table, overwrite=True
            )
            for _ in range(ROUNDS)
        ]
    return {
        "encoder": encoder.kind,
        "objects": runs[0].n_objects,
        "points_per_object": round(lcs.n_points / len(lcs), 1),
        "light_curves_per_second": round(median(r.rate for r in runs)),
        "rounds": [r.rate for r in runs],
        "share_outside_model": round(median(1 - r.seconds_model / r.seconds for r in runs), 3),
        "threads": torch.get_num_threads(),
    }


def encoders() -> tuple[Any, ...]:
    """The encoders measured: the papers' two-layer GRU of 100, and the default."""
    return (GRUSettings(), PretrainSettings().encoder)


def _classifier(lcs: LightCurves, encoder: Any, state: Any) -> tuple[Network, Classify, DataSet]:
    torch.manual_seed(0)
    network = Network({LIGHTCURVE: encoder}, {LIGHTCURVE: len(SHIPPED.channels)})
    objective = Classify(ClassifySettings(), network.latent_size, lcs)
    tokens = {LIGHTCURVE: SHIPPED.tokens(lcs, state)}
    return network, objective, DataSet(tokens, objective.columns(lcs))


def _bare_loop(network: Network, objective: Classify, batches: list[Batch]) -> None:
    """What anyone would write: no progress, no clipping by step, no state."""
    head = objective.head
    optimizer = torch.optim.AdamW([*network.parameters(), *head.parameters()], lr=1e-3)
    network.train()
    for batch in batches:
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(head(network(batch.inputs)), batch.columns[CODE])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def repeated(lcs: LightCurves, copies: int) -> LightCurves:
    """The table `copies` times, each object under a new name."""

    def renamed(copy: int) -> NDArray[Any]:
        return np.array([f"{name}-{copy}" for name in lcs.object_id], dtype=object)

    return LightCurves.concat([lcs.with_columns(object_id=renamed(i)) for i in range(copies)])


def main(out: Path, *, command: str, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Measure simulation, training and prediction, write the result, return rows to show."""
    say("simulation beside sncosmo")
    simulation = speed_simulate.measure()
    say("training beside a bare PyTorch loop")
    lcs = simulate(["ztf"], n=N_OBJECTS, seed=0)
    trainings = [training(lcs, encoder) for encoder in encoders()]
    say("prediction from Parquet to Parquet")
    predictions = [
        prediction(lcs, encoder, copies=N_PREDICTED // len(lcs)) for encoder in encoders()
    ]
    result = {
        "what": "rates on this machine; everything compared was measured in one run, in turns",
        **provenance(command, {"all": 0}, {"simulated": lcs.fingerprint()}),
        "simulation": simulation,
        "training": trainings,
        "prediction": predictions,
    }
    write_result(out, result)
    rows: list[dict[str, Any]] = [
        {
            "measured": "simulation, 100 epochs × 2 bands, 1 core",
            "per second": simulation["light_curves_per_second"],
            "beside": "sncosmo.realize_lcs",
            "ratio": simulation["ratio"],
        }
    ]
    for row in trainings:
        rows.append(
            {
                "measured": f"training, {row['encoder']}",
                "per second": row["sequences_per_second"]["lcfm"],
                "beside": "bare PyTorch loop",
                "ratio": row["ratio_to_bare_loop"],
            }
        )
    for row in predictions:
        rows.append(
            {
                "measured": f"prediction, {row['encoder']}, Parquet to Parquet",
                "per second": row["light_curves_per_second"],
                "beside": None,
                "ratio": None,
            }
        )
    return rows
