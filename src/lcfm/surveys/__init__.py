"""surveys: telescopes and their pipelines, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from lcfm.errors import UnknownNameError
from lcfm.surveys.base import Survey
from lcfm.surveys.lsst import LSST
from lcfm.surveys.ztf import ZTF

SURVEYS: Mapping[str, type[Survey]] = {"ztf": ZTF, "lsst": LSST}


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
