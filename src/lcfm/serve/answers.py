"""What a network says of many objects, in batches of like length."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.prepare.batch import DataSet, batches_by_length

FloatArray = NDArray[np.float32]
Question = Callable[[torch.Tensor], torch.Tensor]
"""From latent vectors (batch, latent_size) to numbers (batch, n)."""
BATCH_SIZE = 1024


def answers(network: Network, data: DataSet, questions: Sequence[Question]) -> list[FloatArray]:
    """Answers to each question, shape (n_objects, n); latent vectors are computed once."""
    out: list[FloatArray] = []
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        for rows in batches_by_length(data.tokens[LIGHTCURVE].lengths, BATCH_SIZE):
            latent = network(data.batch(rows).to(device).inputs)
            values = [question(latent).cpu().numpy() for question in questions]
            if not out:
                out = [np.empty((len(data), v.shape[1]), dtype=np.float32) for v in values]
            for column, answer in zip(out, values, strict=True):
                column[rows] = answer
    return out
