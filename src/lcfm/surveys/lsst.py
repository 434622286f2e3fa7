"""LSST: forced photometry in ugrizy from the Rubin Observatory's planned pointings.

Depths and times from the OpSim baseline v3.0; noise from depth by Ivezić et al. 2019, ApJ 873, 111,
eq. 4–5; two detections make an object, as in PLAsTiCC (Kessler et al. 2019, PASP 131, 094501).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcfm.surveys.base import Survey
from lcfm.surveys.noise import DifferenceNoise, ReferenceDepthNoise, Scatter
from lcfm.surveys.photometry import Alerts, DetectionsOnly, Forced
from lcfm.surveys.selection import Everything, SpectroscopicSelection


@dataclass(frozen=True)
class LSST(Survey):
    """Rubin's wide survey and deep-drilling fields, nightly co-adds in each band."""

    kind: ClassVar[str] = "lsst"
    name: str = "LSST"
    bands: tuple[str, ...] = ("lsstu", "lsstg", "lsstr", "lssti", "lsstz", "lssty")
    cadence_name: str = "lsst"
    noise: DifferenceNoise | ReferenceDepthNoise = ReferenceDepthNoise()
    scatter: Scatter = Scatter(depth=0.05, error=0.05, outliers=0.002)
    photometry: Alerts | Forced | DetectionsOnly = Forced()
    selection: SpectroscopicSelection | Everything = Everything()
    minimum_detections: int = 3
