"""LSST by part and by camera: the wide survey, the deep-drilling fields, the throughputs of 2026.

The wide survey visits each position in each band every one to three weeks; the deep-drilling fields
are visited every few nights in season and their visits of a night are added up (Bianco et al. 2022,
ApJS 258, 1). `LSST` is both mixed by positions, with the throughputs that PLAsTiCC used; the mirror
coatings of 2026 changed the curves, of u most (`_v2026` in the band registry).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcfm.surveys.cadence import Cadence, load_cadence
from lcfm.surveys.lsst import LSST

_NEW = "_v2026"


@dataclass(frozen=True)
class LSSTWide(LSST):
    """Wide, fast, deep: 331 positions, the first 3.5 years."""

    kind: ClassVar[str] = "lsst-wfd"
    name: str = "LSST-WFD"
    cadence_name: str = "lsst_wide"


@dataclass(frozen=True)
class LSSTDeep(LSST):
    """Five deep-drilling fields, ten years."""

    kind: ClassVar[str] = "lsst-ddf"
    name: str = "LSST-DDF"
    cadence_name: str = "lsst_deep"


@dataclass(frozen=True)
class LSST2026(LSST):
    """`LSST` through the throughputs of 2026; depths are those of the plan with the older ones."""

    kind: ClassVar[str] = "lsst-2026"
    name: str = "LSST-2026"
    bands: tuple[str, ...] = tuple(f"lsst{letter}{_NEW}" for letter in "ugrizy")

    def _pointings(self) -> Cadence:
        planned = tuple(band.removesuffix(_NEW) for band in self.bands)
        return load_cadence(self.cadence_name, planned).through(self.bands)
