"""PLAsTiCC: LSST as the challenge's training set shows it, three years of forced photometry.

Kessler et al. 2019, PASP 131, 094501. Visits and depths are those of objects of the training set
(sha256 rule of `lcfm.prepare.split`, never test objects), whose errors `LSST`'s noise reproduces
(0.3 to 0.8 nJy of variance per nJy of flux; 0.5 % of the brightest). Fitted to the same objects:

- half of the points are detected at 5.5 times their error, 28 % at 4.5, 96 % at 10;
- magnitudes of detected SNe Ia and II: a spectroscopic sample, complete to 19.5, a quarter at
  21.5, none beyond 24.3.

Flux is given at all visits of three years, whatever happened; `lcfm.surveys.lsst` cuts it to the
days around the detections, as alerts will.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcfm.surveys.detection import SharpThreshold, SoftThreshold
from lcfm.surveys.lsst import LSST
from lcfm.surveys.noise import Scatter
from lcfm.surveys.photometry import Alerts, DetectionsOnly, Forced
from lcfm.surveys.selection import Everything, SpectroscopicSelection

_THREE_YEARS = 1100.0


@dataclass(frozen=True)
class PLAsTiCC(LSST):
    """The challenge's training set: wide fields, and deep ones for a third."""

    kind: ClassVar[str] = "plasticc"
    name: str = "PLAsTiCC"
    cadence_name: str = "plasticc"
    scatter: Scatter = Scatter()
    detection: SharpThreshold | SoftThreshold = SoftThreshold(half=5.5, slope=6.0, minimum=3.0)
    photometry: Alerts | Forced | DetectionsOnly = Forced(before=_THREE_YEARS, after=_THREE_YEARS)
    selection: SpectroscopicSelection | Everything = SpectroscopicSelection(19.5, 24.3, 2.5)
    minimum_detections: int = 2
    window: tuple[float, float] = (-_THREE_YEARS, _THREE_YEARS)
    margins: tuple[float, float] = (0.0, 0.0)
