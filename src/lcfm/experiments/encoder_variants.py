"""What was tried: networks and augmentations, all trained on the same curves for as many epochs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lcfm.encoders.bigru import BiGRUSettings
from lcfm.encoders.fourier import FourierInput, PlainInput
from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.pooled import PooledGRUSettings
from lcfm.encoders.pooling import AttentionPool, MeanMaxPool
from lcfm.encoders.scan import ScanSettings
from lcfm.encoders.transformer import TransformerSettings
from lcfm.prepare.augment import AddedNoise, Augmentation, BandDropout, RandomTruncation
from lcfm.train.pretrain import RECIPE


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One row of the table.

    Attributes
    ----------
    encoder
        Settings of the network.
    augment
        What is done to its training light curves.
    learning_rate
        At most; the course is that of `lcfm.train.pretrain.RECIPE`.
    """

    encoder: Any
    augment: tuple[Augmentation, ...] = ()
    learning_rate: float = RECIPE.learning_rate


FOURIER, ATTENTION = FourierInput(), AttentionPool()
BIGRU = BiGRUSettings(hidden=64, layers=2)
TRANSFORMER = TransformerSettings(layers=3)
SCAN = ScanSettings(width=64, hidden=64, layers=3, inputs=FOURIER)
SLOWER = 2e-3
"""Learning rate of transformers: with the recipe's 4e-3 they end 0.015 higher in loss."""
EVERY = (RandomTruncation(), BandDropout(), AddedNoise())

VARIANTS: Mapping[str, Variant] = {
    "BiGRU 64 × 2": Variant(encoder=BIGRU),
    "transformer 64 × 3": Variant(encoder=TRANSFORMER, learning_rate=SLOWER),
    "transformer 64 × 3 + all three": Variant(
        encoder=TRANSFORMER, augment=EVERY, learning_rate=SLOWER
    ),
    "BiGRU 64 × 2, Fourier": Variant(
        encoder=PooledGRUSettings(hidden=64, layers=2, inputs=FOURIER, pool=MeanMaxPool())
    ),
    "scan 64 × 3": Variant(
        encoder=ScanSettings(width=64, hidden=64, layers=3, inputs=PlainInput())
    ),
    "transformer 64 × 2": Variant(encoder=TransformerSettings(layers=2), learning_rate=SLOWER),
    "BiGRU 64 × 2, Fourier, attention": Variant(
        encoder=PooledGRUSettings(hidden=64, layers=2, inputs=FOURIER)
    ),
    "scan 64 × 3, Fourier": Variant(encoder=SCAN),
    "scan 64 × 3, Fourier, attention": Variant(
        encoder=ScanSettings(width=64, hidden=64, layers=3, inputs=FOURIER, pool=ATTENTION)
    ),
    "transformer 64 × 2, attention": Variant(
        encoder=TransformerSettings(layers=2, pool=ATTENTION), learning_rate=SLOWER
    ),
    "transformer 64 × 2, no Fourier": Variant(
        encoder=TransformerSettings(layers=2, inputs=PlainInput()), learning_rate=SLOWER
    ),
    "GRU 100 × 2": Variant(encoder=GRUSettings()),
    "scan 64 × 3, Fourier + all three": Variant(encoder=SCAN, augment=EVERY),
}
"""Name in the table -> what is trained."""
