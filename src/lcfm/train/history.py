"""History: what a training measured, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """What the loop measured.

    Attributes
    ----------
    epochs : list of dict
        Mean of each loss term over the epoch (``train_loss``, ``valid_loss``, …), sequences/s.
    best_epoch
        The epoch whose weights were kept.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
