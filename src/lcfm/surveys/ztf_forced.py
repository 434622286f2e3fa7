"""ZTF forced photometry: a flux at every visit, from before the first alert to after the last.

Masci et al. 2023, arXiv:2305.16279. Difference fluxes keep their sign, and are measured against
reference images of which a few contain the object, so that its baseline lies below zero.

Errors are those that pairs of detections within one night scatter by (see `ZTF`): 0.57 of what
alerts quote. The share of contaminated references is an assumption, not a fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcfm.surveys.photometry import Alerts, DetectionsOnly, Forced
from lcfm.surveys.reference import CleanReference, LateReference
from lcfm.surveys.ztf import ZTF


@dataclass(frozen=True)
class ZTFForced(ZTF):
    """Forced photometry of the objects that public alerts found."""

    kind: ClassVar[str] = "ztf-forced"
    name: str = "ZTF-forced"
    photometry: Alerts | Forced | DetectionsOnly = Forced(before=60.0, after=60.0)
    reference: CleanReference | LateReference = LateReference(share=0.03)
