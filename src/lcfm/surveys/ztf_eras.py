"""ZTF by era and by band: the three-day and the two-day public survey, and g, r and i together.

The public survey visited the northern sky in g and r every three nights until the autumn of 2020
and every two nights from then on (Bellm et al. 2019, PASP 131, 068003; ZTF phase II). Everything
else is as in `ZTF`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcfm.surveys.ztf import ZTF

PHASE_II_MJD = 59125.0
"""2020 October 3, when the gaps between nights of public alerts change."""


@dataclass(frozen=True)
class ZTFThreeDay(ZTF):
    """Public alerts of March 2019 to September 2020: a visit in each band every three nights."""

    kind: ClassVar[str] = "ztf-3day"
    name: str = "ZTF-3day"
    mjd_range: tuple[float, float] | None = (58550.0, PHASE_II_MJD)


@dataclass(frozen=True)
class ZTFTwoDay(ZTF):
    """Public alerts of October 2020 to November 2021: a visit in each band every two nights."""

    kind: ClassVar[str] = "ztf-2day"
    name: str = "ZTF-2day"
    mjd_range: tuple[float, float] | None = (PHASE_II_MJD, 59540.0)


@dataclass(frozen=True)
class ZTFWithI(ZTF):
    """Public g and r with the partnership's i, about every four nights in few fields."""

    kind: ClassVar[str] = "ztf-gri"
    name: str = "ZTF-gri"
    bands: tuple[str, ...] = ("ztfg", "ztfr", "ztfi")
