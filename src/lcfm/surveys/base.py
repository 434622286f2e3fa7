"""What a survey is: bands, cadence, noise, detection, photometry as its users get it, selection.

A survey knows nothing of the physics: it takes true band fluxes and says what reaches the user.

    visits -> true flux - reference -> noise -> detection -> photometry -> selection

Each step is a frozen type of its own in the module of its name, so another behaviour is another
type, not a flag.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lcfm.bands import mean_wavelengths
from lcfm.errors import LcfmError
from lcfm.expect import expect
from lcfm.surveys.cadence import Cadence, load_cadence
from lcfm.surveys.detection import SharpThreshold, SoftThreshold, Trigger
from lcfm.surveys.noise import DifferenceNoise, ReferenceDepthNoise, Scatter
from lcfm.surveys.photometry import Alerts, AsPublished, DetectionsOnly, Forced
from lcfm.surveys.reference import CleanReference, LateReference
from lcfm.surveys.selection import Compilation, Everything, SpectroscopicSelection


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
        Pointing histories: a name that ships with the package, or the path of an ``.npz`` file
        written by `save_cadence`.
    reference
        What the reference image contains that images are compared with.
    noise, scatter
        Errors of a flux measurement.
    detection
        Which measurements are detections.
    trigger, photometry, selection
        What counts as an object, how its photometry is delivered, which objects enter.
    minimum_detections, minimum_points
        Objects with fewer detections or measurements are left out.
    window
        Days around the brightest detection that are kept, 0 among them.
    phases
        Rest-frame days around t0 outside of which nothing is measured, as SNANA's simulations of
        surveys have them; None for a real telescope, which does not know them.
    margins
        Days of pointing history wanted before and after t0, so that its ends cut few light curves;
        negative where events also begin before a season and end after it.
    mjd_range
        Part of the pointing histories that is used; None for all.

    Raises
    ------
    LcfmError
        The bands are not in order, a range is reversed or a number negative.
    UnknownNameError
        A band is not in the registry.
    """

    name: str
    bands: tuple[str, ...]
    cadence_name: str
    noise: DifferenceNoise | ReferenceDepthNoise
    scatter: Scatter = Scatter()
    detection: SharpThreshold | SoftThreshold = SharpThreshold()
    trigger: Trigger = Trigger()
    photometry: Alerts | Forced | DetectionsOnly | AsPublished = Alerts()
    selection: SpectroscopicSelection | Everything | Compilation = Everything()
    minimum_detections: int = 2
    minimum_points: int = 0
    window: tuple[float, float] = (-100.0, 300.0)
    phases: tuple[float, float] | None = None
    margins: tuple[float, float] = (60.0, 150.0)
    mjd_range: tuple[float, float] | None = None
    reference: CleanReference | LateReference = CleanReference()

    def __post_init__(self) -> None:
        wavelength = mean_wavelengths(self.bands)  # refuses unknown bands
        if len(self.bands) == 0 or (np.diff(wavelength) <= 0).any():
            raise LcfmError(
                f"survey {self.name!r}: bands must be one or more, each once, by ascending "
                f"wavelength, got {', '.join(self.bands) or 'none'}"
            )
        for name in ("minimum_detections", "minimum_points"):
            expect(self, name, getattr(self, name) >= 0, "0 or more")
        around = self.window[0] <= 0 <= self.window[1]
        expect(self, "window", around, "(first, last) with 0 days between them")
        for name in ("phases", "mjd_range"):
            span = getattr(self, name)
            ordered = span is None or span[0] < span[1]
            expect(self, name, ordered, "(first, last), the first below the last, or None")
        finite = bool(np.isfinite(self.margins).all())
        expect(self, "margins", finite, "two finite numbers of days")

    @property
    def cadence(self) -> Cadence:
        """Pointing histories in this survey's bands.

        Raises
        ------
        LcfmError
            They have no visit in one of the bands or in `mjd_range`.
        """
        cadence = self._pointings()
        return cadence if self.mjd_range is None else cadence.between(*self.mjd_range)

    def _pointings(self) -> Cadence:
        """All visits; overridden where bands of one name stand for those of another."""
        return load_cadence(self.cadence_name, self.bands)

    @property
    def faintest_peak(self) -> float:
        """Peak magnitude beyond which no object is expected in the sample."""
        if self.selection.faintest is not None:
            return self.selection.faintest
        return float(np.percentile(self.cadence.depth, 90))
