"""Points of three classes that two telescopes see, one with an offset that a network can undo.

Each object is one token ``(x, y, s)``: classes lie at the corners of a triangle in (x, y), the
domain moves both by ±OFFSET and stands in ``s`` besides. Whoever knows ``s`` can classify as if
there were no offset; whoever keeps ``s`` in the latent vector tells the telescope.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import torch
import torch.nn.functional as F

from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.lightcurves import LightCurves
from lcfm.objectives import OBJECTIVES
from lcfm.objectives.base import Objective
from lcfm.objectives.discriminator import DOMAIN, Discriminator
from lcfm.objectives.named import Settings
from lcfm.prepare.batch import DataSet
from lcfm.prepare.preprocess import Tokens

OFFSET = (0.8, 0.4)
LATENT = 8


def table_of(labels: list[str], surveys: list[str], events: list[str]) -> LightCurves:
    """Objects with one meaningless point each, for the columns."""
    n = len(labels)
    objects = pa.table(
        {
            "object_id": [f"toy-{i}" for i in range(n)],
            "event_id": events,
            "survey": surveys,
            "label": labels,
        }
    )
    ones = np.ones(n)
    points = {"mjd": ones, "band": np.zeros(n), "flux": ones, "flux_err": ones}
    return LightCurves(objects, np.arange(n + 1), points, ("ztfg",))


def two_domains(n: int = 1200, *, seed: int = 0) -> tuple[LightCurves, Tokens]:
    """Table and tokens of `n` objects."""
    rng = np.random.default_rng(seed)
    code, side = rng.integers(0, 3, n), 2.0 * rng.integers(0, 2, n) - 1.0
    angle = 2 * np.pi * code / 3
    values = np.stack([np.cos(angle), np.sin(angle), side], axis=1)
    values += rng.normal(0.0, (0.25, 0.25, 0.3), (n, 3))
    values[:, :2] += side[:, None] * np.array(OFFSET)
    lcs = table_of(
        [("SNIa", "SNII", "TDE")[c] for c in code],
        ["LSST" if s > 0 else "ZTF" for s in side],
        [f"event-{i}" for i in range(n)],
    )
    return lcs, Tokens(np.arange(n + 1), values.astype(np.float32))


def build(
    settings: Settings, lcs: LightCurves, tokens: Tokens, *, seed: int = 0
) -> tuple[Network, Objective, DataSet]:
    """A small network with new weights, an objective, and the data."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Network(
            {LIGHTCURVE: GRUSettings(hidden=32, layers=1, latent=LATENT)},
            {LIGHTCURVE: tokens.values.shape[1]},
        )
        objective = OBJECTIVES[settings.kind](settings, LATENT, lcs)
    return network, objective, DataSet({LIGHTCURVE: tokens}, objective.columns(lcs))


def latents(network: Network, data: DataSet) -> torch.Tensor:
    """Frozen latent vectors, shape (n_objects, LATENT)."""
    with torch.no_grad():
        out: torch.Tensor = network(data.batch(np.arange(len(data))).inputs)
    return out


def domain_accuracy(latent: torch.Tensor, lcs: LightCurves, n_train: int) -> float:
    """Accuracy of a fresh discriminator on objects behind the first `n_train`; 0.5 is chance."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        fresh = Discriminator("survey", latent.shape[1], lcs)
        domain = torch.from_numpy(fresh.columns(lcs)[DOMAIN])
        optimizer = torch.optim.Adam(fresh.parameters(), lr=3e-3)
        for _ in range(60):
            for rows in torch.randperm(n_train).split(100):
                optimizer.zero_grad()
                F.cross_entropy(fresh.layers(latent[rows]), domain[rows]).backward()
                optimizer.step()
    right = fresh.layers(latent[n_train:]).argmax(dim=1) == domain[n_train:]
    return float(right.float().mean())
