"""surveys: telescopes and their pipelines, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from lcfm.errors import UnknownNameError
from lcfm.surveys.base import Survey
from lcfm.surveys.des import DES
from lcfm.surveys.lsst import LSST
from lcfm.surveys.lsst_parts import LSST2026, LSSTDeep, LSSTWide
from lcfm.surveys.osc import OSC
from lcfm.surveys.plasticc import PLAsTiCC
from lcfm.surveys.yse import PS1, YSE
from lcfm.surveys.ztf import ZTF
from lcfm.surveys.ztf_eras import ZTFThreeDay, ZTFTwoDay, ZTFWithI
from lcfm.surveys.ztf_forced import ZTFForced

SURVEYS: Mapping[str, type[Survey]] = {
    "ztf": ZTF,
    "ztf-3day": ZTFThreeDay,
    "ztf-2day": ZTFTwoDay,
    "ztf-gri": ZTFWithI,
    "ztf-forced": ZTFForced,
    "lsst": LSST,
    "lsst-wfd": LSSTWide,
    "lsst-ddf": LSSTDeep,
    "lsst-2026": LSST2026,
    "yse": YSE,
    "ps1": PS1,
    "plasticc": PLAsTiCC,
    "des": DES,
    "osc": OSC,
}


def get_survey(survey: str | Survey) -> Survey:
    """Return a survey by its name on the shelf, or as given.

    Raises
    ------
    UnknownNameError
        No survey has this name; the text lists those that do.
    """
    if isinstance(survey, Survey):
        return survey
    if survey.lower() not in SURVEYS:
        raise UnknownNameError.of("survey", survey, SURVEYS)
    # Each class on the shelf states all its defaults.
    return SURVEYS[survey.lower()]()  # type: ignore[call-arg]
