"""What a survey is: bands, cadence, noise, detection, photometry as its users get it, selection.

A survey knows nothing of the physics: it takes true band fluxes and says what reaches the user.

    visits -> true flux -> noise -> detection -> photometry (alerts or forced) -> selection

Each step is a frozen type of its own in the module of its name, so another behaviour is another
type, not a flag.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lcfm.surveys.cadence import Cadence, load_cadence
from lcfm.surveys.detection import SharpThreshold, SoftThreshold, Trigger
from lcfm.surveys.noise import DifferenceNoise, ReferenceDepthNoise, Scatter
from lcfm.surveys.photometry import Alerts, Forced
from lcfm.surveys.selection import Everything, SpectroscopicSelection


@dataclass(frozen=True)
class Survey:
    """A telescope, its pipeline and the sample its users learn from.

    Parameters
    ----------
    name
        As in the ``survey`` column.
    bands
        Registry names, by ascending wavelength.
    cadence_name
        Pointing histories that ship with the package.
    noise, scatter
        Errors of a flux measurement.
    detection
        Which measurements are detections.
    trigger, photometry, selection
        What counts as an object, how its photometry is delivered, which objects enter.
    minimum_detections
        Objects with fewer are left out.
    window
        Days around the brightest detection that are kept.
    """

    name: str
    bands: tuple[str, ...]
    cadence_name: str
    noise: DifferenceNoise | ReferenceDepthNoise
    scatter: Scatter = Scatter()
    detection: SharpThreshold | SoftThreshold = SharpThreshold()
    trigger: Trigger = Trigger()
    photometry: Alerts | Forced = Alerts()
    selection: SpectroscopicSelection | Everything = Everything()
    minimum_detections: int = 2
    window: tuple[float, float] = (-100.0, 300.0)

    @property
    def cadence(self) -> Cadence:
        """Pointing histories in this survey's bands."""
        return load_cadence(self.cadence_name, self.bands)

    @property
    def faintest_peak(self) -> float:
        """Peak magnitude beyond which no object is expected in the sample."""
        if self.selection.faintest is not None:
            return self.selection.faintest
        return float(np.percentile(self.cadence.depth, 90))
