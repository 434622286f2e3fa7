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
SCAN = ScanSettings(width=64, hidden=64, layers=3, inputs=FOURIER, pool=ATTENTION)
EVERY = (RandomTruncation(), BandDropout(), AddedNoise())

VARIANTS: Mapping[str, Variant] = {
    "GRU 100 × 2": Variant(encoder=GRUSettings()),
    "BiGRU 64 × 2": Variant(encoder=BIGRU),
    "BiGRU 64 × 2, attention": Variant(encoder=PooledGRUSettings(hidden=64, layers=2)),
    "BiGRU 64 × 2, Fourier": Variant(
        encoder=PooledGRUSettings(hidden=64, layers=2, inputs=FOURIER, pool=MeanMaxPool())
    ),
    "BiGRU 64 × 2, Fourier, attention": Variant(
        encoder=PooledGRUSettings(hidden=64, layers=2, inputs=FOURIER)
    ),
    "scan 64 × 3": Variant(
        encoder=ScanSettings(width=64, hidden=64, layers=3, inputs=PlainInput())
    ),
    "scan 64 × 3, Fourier, attention": Variant(encoder=SCAN),
    "scan 96 × 3, Fourier, attention": Variant(
        encoder=ScanSettings(width=96, hidden=96, layers=3, inputs=FOURIER, pool=ATTENTION)
    ),
    "transformer 64 × 2": Variant(encoder=TransformerSettings(), learning_rate=2e-3),
    "transformer 64 × 3": Variant(encoder=TransformerSettings(layers=3), learning_rate=2e-3),
    "BiGRU 64 × 2 + truncation": Variant(encoder=BIGRU, augment=(RandomTruncation(),)),
    "BiGRU 64 × 2 + band dropout": Variant(encoder=BIGRU, augment=(BandDropout(),)),
    "BiGRU 64 × 2 + noise": Variant(encoder=BIGRU, augment=(AddedNoise(),)),
    "BiGRU 64 × 2 + all three": Variant(encoder=BIGRU, augment=EVERY),
    "scan 64 × 3, Fourier, attention + truncation": Variant(
        encoder=SCAN, augment=(RandomTruncation(),)
    ),
}
"""Name in the table -> what is trained."""
