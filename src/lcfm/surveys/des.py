"""DES: forced photometry in griz from one season of the Dark Energy Survey's supernova fields.

Visits, depths and noise are those of the supernova photometric classification challenge (Kessler et
al. 2010, PASP 122, 1415), read from training objects (sha256 rule of `lcfm.prepare.split`):

- five fields, one season of 180 days, so that many light curves are cut at its ends: events begin
  up to 20 days before it and end 20 days after;
- errors follow sky² + b f + (0.019 f)², b nearly nothing;
- flux at every visit between 40 rest-frame days before and 70 after the peak, detected (a
  signal-to-noise of 5) or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcfm.surveys.base import Survey
from lcfm.surveys.detection import SharpThreshold, SoftThreshold, Trigger
from lcfm.surveys.noise import DifferenceNoise, ReferenceDepthNoise, Scatter
from lcfm.surveys.photometry import Alerts, DetectionsOnly, Forced
from lcfm.surveys.selection import Everything, SpectroscopicSelection


@dataclass(frozen=True)
class DES(Survey):
    """The challenge's sample: all that is detected three times."""

    kind: ClassVar[str] = "des"
    name: str = "DES"
    bands: tuple[str, ...] = ("desg", "desr", "desi", "desz")
    cadence_name: str = "des"
    noise: DifferenceNoise | ReferenceDepthNoise = DifferenceNoise(sky=1.0, source=1.2, floor=0.019)
    scatter: Scatter = Scatter()
    detection: SharpThreshold | SoftThreshold = SharpThreshold(5.0)
    trigger: Trigger = Trigger(2, 60.0)
    photometry: Alerts | Forced | DetectionsOnly = Forced(before=180.0, after=180.0)
    selection: SpectroscopicSelection | Everything = Everything()
    minimum_detections: int = 3
    window: tuple[float, float] = (-180.0, 180.0)
    phases: tuple[float, float] | None = (-40.0, 70.0)
    margins: tuple[float, float] = (-20.0, -20.0)
