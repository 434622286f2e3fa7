"""A pretrained network whose latent vectors of a table are computed once.

What freezes the network (``head``, ``head+mlp``, ``map``) asks it for the same vectors in every
epoch of every fit, and again for the same test part. Here they are looked up, as features are in
:class:`lcfm.evaluate.baselines.FeatureTable`; heads are fitted and answer by the code that fits
any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.evaluate.baselines import FeatureTable
from lcfm.lightcurves import LightCurves
from lcfm.prepare.batch import Padded
from lcfm.prepare.preprocess import Preprocess, PreprocessState, Tokens
from lcfm.serve.model import Model


def looked_up(model: Model, lcs: LightCurves) -> Model:
    """The model with its latent vectors of these objects, for policies that freeze the network.

    Parameters
    ----------
    model
        Pretrained model; it is asked once for all objects, on a GPU if there is one.
    lcs
        All objects that will be asked for, training and test.

    Returns
    -------
    Model
        Without weights below its heads: a policy that moves the network moves nothing here, so
        give those the model itself.
    """
    model.to("auto")
    table = FeatureTable(lcs, lambda some: np.asarray(model.embed(some), dtype=np.float64))
    model.to("cpu")
    network = _Passed(model.network.latent_size)
    preprocess = LatentTokens(table=table)
    return Model(network, model.heads, preprocess, model.state, model.provenance)


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentTokens(Preprocess):
    """One token for each object, its latent vector.

    Attributes
    ----------
    table
        Latent vectors by ``object_id``.
    """

    table: FeatureTable

    def tokens(self, lcs: LightCurves, state: PreprocessState) -> Tokens:
        """Latent vectors of objects of the table."""
        values = self.table(lcs).astype(np.float32)
        return Tokens(np.arange(len(lcs) + 1, dtype=np.int64), values)


class _Passed(Network):
    """Hands on the only token of each object."""

    def __init__(self, size: int) -> None:
        nn.Module.__init__(self)  # no encoder is built
        self.settings, self.channels = {}, {}
        self.latent_size = size
        self.place = nn.Parameter(torch.zeros(()))  # says on which device the network is

    def forward(self, inputs: Mapping[str, Padded]) -> torch.Tensor:
        """Latent vectors, shape (batch, latent_size)."""
        return inputs[LIGHTCURVE].values[:, 0]

    def first_layer(self) -> list[nn.Parameter]:
        """None: it is below what is looked up."""
        return []
