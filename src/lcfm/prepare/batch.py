"""Tokens to right-padded batches: bucketed by length, so that little is padded.

Padding changes nothing: every encoder reads the mask, and a contract test holds each to it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lcfm.prepare.preprocess import Tokens

IntArray = NDArray[np.int64]

BLOCK = 32
"""Batches within which objects are ordered by length; among blocks, chance decides."""


@dataclass(frozen=True)
class Padded:
    """Sequences of one modality.

    Attributes
    ----------
    values : Tensor, shape (batch, length, channels)
        Zero where `mask` is false.
    mask : Tensor of bool, shape (batch, length)
        True where there is a token; true values come first.
    """

    values: torch.Tensor
    mask: torch.Tensor

    def to(self, device: torch.device) -> Padded:
        """Move to a device."""
        return Padded(self.values.to(device), self.mask.to(device))


@dataclass(frozen=True)
class Batch:
    """What an encoder and an objective see.

    Attributes
    ----------
    inputs : dict of str to Padded
        By modality (``lightcurve``, ``metadata``, …).
    columns : dict of str to Tensor, each of shape (batch,)
        Targets and weights by name.
    rows : ndarray of int, shape (batch,)
        Rows of the objects in the data set.
    """

    inputs: Mapping[str, Padded]
    columns: Mapping[str, torch.Tensor]
    rows: IntArray

    def to(self, device: torch.device) -> Batch:
        """Move to a device."""
        return Batch(
            {k: v.to(device) for k, v in self.inputs.items()},
            {k: v.to(device) for k, v in self.columns.items()},
            self.rows,
        )


@dataclass(frozen=True)
class DataSet:
    """Everything that a training or a prediction reads, in memory and aligned by row.

    Attributes
    ----------
    tokens : dict of str to Tokens
        By modality.
    columns : dict of str to ndarray, each of shape (n_objects,)
        Numbers only; labels as codes.
    """

    tokens: Mapping[str, Tokens]
    columns: Mapping[str, NDArray[np.generic]]

    def __len__(self) -> int:
        return len(next(iter(self.tokens.values())))

    @property
    def lengths(self) -> IntArray:
        """Tokens per object of the first modality."""
        return next(iter(self.tokens.values())).lengths

    def checksum(self) -> int:
        """CRC-32 over tokens and columns: another table has another one."""
        value = 0
        for tokens in self.tokens.values():
            value = zlib.crc32(tokens.values.tobytes(), value)
        for column in self.columns.values():
            value = zlib.crc32(column.tobytes(), value)
        return value

    def take(self, rows: IntArray) -> DataSet:
        """These rows as a data set of their own."""
        tokens = {name: tokens.take(rows) for name, tokens in self.tokens.items()}
        return DataSet(tokens, {name: values[rows] for name, values in self.columns.items()})

    def batch(self, rows: IntArray) -> Batch:
        """Gather and pad these rows."""
        inputs = {name: pad(tokens, rows) for name, tokens in self.tokens.items()}
        columns = {name: torch.from_numpy(v[rows]) for name, v in self.columns.items()}
        return Batch(inputs, columns, rows)

    def training_batch(self, rows: IntArray, rng: np.random.Generator) -> Batch:
        """These rows as a network is to learn from them: here as they are."""
        return self.batch(rows)


def pad(tokens: Tokens, rows: IntArray) -> Padded:
    """Gather these objects and pad them on the right to the longest of them."""
    lengths = tokens.lengths[rows]
    longest = int(lengths.max()) if len(rows) else 0
    position = np.arange(longest)
    mask = position < lengths[:, None]  # (batch, length)
    source = np.minimum(tokens.offsets[rows][:, None] + position, len(tokens.values) - 1)
    values = tokens.values[source]  # (batch, length, channels)
    values[~mask] = 0.0
    return Padded(torch.from_numpy(values), torch.from_numpy(mask))


def batches_by_length(
    lengths: IntArray, batch_size: int, rng: np.random.Generator | None = None
) -> Iterator[IntArray]:
    """Cut all rows into batches of similar length.

    Parameters
    ----------
    lengths : ndarray of int, shape (n,)
    batch_size
        Objects per batch; the last may hold fewer.
    rng
        Shuffles within and between batches; without it, batches come in order of length.

    Notes
    -----
    With `rng`, rows are shuffled first and sorted only inside blocks of :data:`BLOCK` batches, so
    that a batch is not always made of the same objects.
    """
    n = len(lengths)
    if rng is None:
        order = np.argsort(lengths, kind="stable")
        yield from np.split(order, range(batch_size, n, batch_size))
        return
    order = rng.permutation(n)
    block = BLOCK * batch_size
    batches: list[IntArray] = []
    for start in range(0, n, block):
        part = order[start : start + block]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches.extend(np.split(part, range(batch_size, len(part), batch_size)))
    for i in rng.permutation(len(batches)):
        yield batches[i]
