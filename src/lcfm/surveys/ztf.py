"""ZTF: the public alert stream in g and r, and its spectroscopic Bright Transient Survey.

Bellm et al. 2019, PASP 131, 018002; Masci et al. 2019, PASP 131, 018003; Perley et al. 2020,
ApJ 904, 35. The numbers were fitted to training objects of real alert light curves (sha256 rule of
`lcfm.prepare.split`), never to test objects:

- alert errors follow (0.81 f5/5)² + 519 f + (0.0225 f)² nJy² with a scatter of 0.16 in ln σ
  (24,000 detections matched to the pointing log, S/N 3 to 1000);
- pairs of detections in one night scatter by 0.57 of their errors at any S/N, so alert errors are
  1.75 times too large, and 0.5 % of pairs disagree by more than 2 of them;
- detections and limits beside fluxes interpolated between detections: 0.75 are detected at 5 to 6
  times the sky error, 0.8 at 8, 0.9 at 16, 0.95 of the brightest; the share at 7 and more scatters
  by 0.10 from object to object beyond chance (0.05 if all were alike), alike in g and r, and after
  a missed visit 0.67 are seen against 0.92 after a seen one: some objects have a raised threshold;
- detections per day and phase: a third of SNe Ia and II that stay bright have none after 40 and 70
  days though their fields are visited, so histories end after 105 days in the median;
- days from the first to the brightest detection: a third as many SNe Ia and II as are observable
  were found at their peak, as many as are observable 6 days before;
- nights between visits, second visits, nights of both bands by era: in the pointing histories
  (`tools/build_cadence.py`);
- peak magnitudes: as many as the volume holds to 18.4, a quarter of them at 19.0, a few beyond 20;
  SLSN-I and TDE are followed fainter, by 0.4 and 0.2 mag.
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
class ZTF(Survey):
    """Public ZTF alerts of spectroscopically classified transients."""

    kind: ClassVar[str] = "ztf"
    name: str = "ZTF"
    bands: tuple[str, ...] = ("ztfg", "ztfr")
    cadence_name: str = "ztf"
    noise: DifferenceNoise | ReferenceDepthNoise = DifferenceNoise(
        sky=0.46, source=169.0, floor=0.013
    )
    scatter: Scatter = Scatter(depth=0.12, error=0.16, outliers=0.005, raised=0.4, ends_after=140.0)
    photometry: Alerts | Forced | DetectionsOnly = Alerts(error_inflation=1.75)
    selection: SpectroscopicSelection | Everything = SpectroscopicSelection(
        18.4, 20.3, 3.5, {"SNIa": -0.1, "SLSN-I": 0.4, "TDE": 0.2}
    )
    detection: SharpThreshold | SoftThreshold = SoftThreshold(
        half=2.3, slope=4.0, minimum=3.5, missed=0.025
    )
    trigger: Trigger = Trigger(found_late=0.35, rise=6.0)
    minimum_detections: int = 4
