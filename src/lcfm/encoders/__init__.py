"""Encoders: one file per network, one line here.

`ENCODERS` maps the name in a checkpoint to the class, `SETTINGS` to the settings that build it.
"""

from __future__ import annotations

from lcfm.encoders.base import Encoder
from lcfm.encoders.bigru import BiGRU, BiGRUSettings
from lcfm.encoders.gru import GRU, GRUSettings
from lcfm.encoders.metadata import Metadata, MetadataSettings
from lcfm.encoders.pooled import PooledGRU, PooledGRUSettings
from lcfm.encoders.scan import Scan, ScanSettings
from lcfm.encoders.transformer import Transformer, TransformerSettings

ENCODERS: dict[str, type[Encoder]] = {
    "gru": GRU,
    "bigru": BiGRU,
    "pooled_gru": PooledGRU,
    "scan": Scan,
    "transformer": Transformer,
    "metadata": Metadata,
}
SETTINGS: dict[str, type] = {
    s.kind: s
    for s in (
        GRUSettings,
        BiGRUSettings,
        PooledGRUSettings,
        ScanSettings,
        TransformerSettings,
        MetadataSettings,
    )
}
