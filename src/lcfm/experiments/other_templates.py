"""Classes alike, from templates that a given challenge did not use.

The supernova classification challenge (Kessler et al. 2010, PASP 122, 1415) drew its core-collapse
supernovae from 45 templates; 38 of them are among ours, in the packed sets of SNANA, P18 and S11.
A network that learned from them may know its supernovae one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from lcfm.simulate.efficiency import Selecting
from lcfm.simulate.mix import Alike
from lcfm.simulate.population import Population
from lcfm.sources import SOURCES
from lcfm.sources.base import Source
from lcfm.sources.templates import TemplateSource
from lcfm.surveys.base import Survey

SPCC_SETS = ("sncosmo_snana", "sncosmo_pierel2018", "sncosmo_sako2011")
"""Packed sets that hold templates of the challenge: SNANA's own, P18 and S11."""


@dataclass(frozen=True)
class WithoutTemplates:
    """All classes are equally common, and none uses templates of these packed sets.

    Parameters
    ----------
    left_out
        Names of packed sets.
    """

    kind: ClassVar[str] = "without_templates"
    left_out: tuple[str, ...] = SPCC_SETS

    def of(self, survey: Survey, selecting: Selecting | None = None) -> Population:
        """Population as deep as the survey's sample; see `lcfm.simulate.mix.Alike`."""
        return replace(Alike().of(survey, selecting), own_sources=_sources(self.left_out))


@lru_cache(maxsize=4)
def _sources(left_out: tuple[str, ...]) -> Mapping[str, Source]:
    """The sources that lose templates; made once, for volumes are kept for each source."""
    found: dict[str, Source] = {}
    for name, source in SOURCES.items():
        if isinstance(source, TemplateSource) and set(source.sets) & set(left_out):
            kept = tuple(one for one in source.sets if one not in left_out)
            found[name] = replace(source, sets=kept)
    return found
