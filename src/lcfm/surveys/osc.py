"""OSC: supernovae that somebody followed, as the Open Supernova Catalog gathered them.

Guillochon et al. 2017, ApJ 835, 64. No survey: objects of two dozen telescopes, each with epochs,
bands and depth of its own, from samples limited at anything between magnitude 15 and 21, the near
ones among the galaxies of a list. Histories are those of training objects (sha256 rule of
`lcfm.prepare.split`; test objects were never read), whatever they were classified as
(`lcfm.surveys.followed`); what else was fitted to them:

- depths of the samples: quantiles of redshift and absolute magnitude of SNe Ia, II and Ib/c; SNe Ia
  half a magnitude deeper;
- points beside the line through their neighbours (14,000 of errors below 0.05 mag) scatter by 0.018
  to 0.028 mag more than their errors say, and 3 % lie beyond four times that scatter;
- errors of neighbours in time and flux scatter by 0.19 in ln σ;
- 15 points and 8 detections at least, as the catalogue's extract was cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcfm.surveys.base import Survey
from lcfm.surveys.detection import SharpThreshold, SoftThreshold, Trigger
from lcfm.surveys.noise import DifferenceNoise, ReferenceDepthNoise, Scatter
from lcfm.surveys.photometry import Alerts, AsPublished, DetectionsOnly, Forced
from lcfm.surveys.selection import Compilation, Depth, Everything, SpectroscopicSelection


@dataclass(frozen=True)
class OSC(Survey):
    """Well-sampled supernovae of the literature, ultraviolet to near infrared."""

    kind: ClassVar[str] = "osc"
    name: str = "OSC"
    bands: tuple[str, ...] = (
        "uvot::uvw2", "uvot::uvm2", "uvot::uvw1", "uvot::u", "sdssu", "bessellux", "cspu",
        "uvot::b", "cspb", "bessellb", "sdssg", "cspg", "desg", "ps1::g", "cspv9844", "uvot::v",
        "bessellv", "sdssr", "ps1::r", "cspr", "ps1::w", "gaia::g", "desr", "bessellr", "sdssi",
        "ps1::i", "cspi", "desi", "besselli", "ps1::z", "sdssz", "desz", "ps1::y", "cspys",
        "2massj", "cspjs", "csphs", "2massh", "2massks",
    )  # fmt: skip
    cadence_name: str = "osc"
    noise: DifferenceNoise | ReferenceDepthNoise = DifferenceNoise(sky=1.0, floor=0.005)
    scatter: Scatter = Scatter(error=0.19, outliers=0.03, unreported=0.02)
    detection: SharpThreshold | SoftThreshold = SharpThreshold(3.0)
    trigger: Trigger = Trigger(2, 60.0)
    photometry: Alerts | Forced | DetectionsOnly | AsPublished = AsPublished()
    selection: SpectroscopicSelection | Everything | Compilation = Compilation(
        (
            Depth(15.0, 0.006), Depth(15.5, 0.01), Depth(16.5, 0.018), Depth(17.2, 0.026),
            Depth(18.0, 0.04), Depth(18.5, 0.07), Depth(19.3, 0.12), Depth(20.2, 0.3), Depth(21.3),
        ),
        {"SNIa": 0.5},
    )  # fmt: skip
    minimum_detections: int = 8
    minimum_points: int = 15
    window: tuple[float, float] = (-200.0, 600.0)
