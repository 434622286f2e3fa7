"""YSE: the Young Supernova Experiment, Pan-STARRS1 griz with public ZTF g and r.

Jones et al. 2021, ApJ 908, 143; data release 1: Aleo et al. 2023, ApJS 266, 9. Users get forced
photometry of both telescopes cut at a signal-to-noise of 4, without limits. The numbers were fitted
to training objects of the release (sha256 rule of `lcfm.prepare.split`), never to test objects:

- errors follow sky² + 50 f + (0.0015 f)² nJy² for both telescopes from 10⁴ to 10⁷ nJy, and scatter
  by 0.10 (ZTF) to 0.17 (Pan-STARRS1) in ln σ within one exposure;
- points beside the line through their neighbours: errors are right below a signal-to-noise of 15
  and too small above 30 by a factor that 1.5 % of the flux explains;
- points per object at one peak magnitude spread by a factor of 2 and more, so the share of visits
  that an object loses follows a wide beta distribution;
- peak magnitudes of spectroscopic SNe Ia, II, Ib/c (medians 18.6 to 18.7).
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
class YSE(Survey):
    """Spectroscopic sample of data release 1: points of signal-to-noise 4 and more."""

    kind: ClassVar[str] = "yse"
    name: str = "YSE"
    bands: tuple[str, ...] = ("ztfg", "ps1::g", "ps1::r", "ztfr", "ps1::i", "ps1::z")
    cadence_name: str = "yse"
    noise: DifferenceNoise | ReferenceDepthNoise = DifferenceNoise(
        sky=1.0, source=50.0, floor=0.0015
    )
    scatter: Scatter = Scatter(
        depth=0.1, error=0.14, outliers=0.002, unreported=0.015,
        lost=0.25, evenness=2.0, ends_after=300.0,
    )  # fmt: skip
    # Below the cut of the published points, which is on the flux over its own error.
    detection: SharpThreshold | SoftThreshold = SharpThreshold(3.3)
    trigger: Trigger = Trigger(2, 30.0)
    photometry: Alerts | Forced | DetectionsOnly = DetectionsOnly(before=30.0, after=60.0)
    selection: SpectroscopicSelection | Everything = SpectroscopicSelection(16.0, 20.3, 2.0)
    minimum_detections: int = 5
    margins: tuple[float, float] = (50.0, 250.0)


@dataclass(frozen=True)
class PS1(YSE):
    """The Pan-STARRS1 half of YSE alone."""

    kind: ClassVar[str] = "ps1"
    name: str = "PS1"
    bands: tuple[str, ...] = ("ps1::g", "ps1::r", "ps1::i", "ps1::z")
    # A history begins and ends with the block of nights in which a field was followed.
    margins: tuple[float, float] = (5.0, 0.0)
