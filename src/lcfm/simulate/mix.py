"""Mix: how classes share a sample, and with the depth of a survey, what is drawn for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from lcfm import sources
from lcfm.errors import LcfmError, UnknownNameError
from lcfm.simulate.population import Population
from lcfm.surveys.base import Survey
from lcfm.taxonomy import LABEL_SETS, ancestry, canonical, types_of


class Mix(Protocol):
    """How common classes are in a sample of any depth."""

    def of(self, survey: Survey) -> Population:
        """Population as deep as the survey's sample."""


@dataclass(frozen=True)
class Alike:
    """All classes are equally common.

    Parameters
    ----------
    classes
        Types that have a source, or classes made of such types.
    """

    kind: ClassVar[str] = "alike"
    classes: tuple[str, ...] = LABEL_SETS["label8"]

    def of(self, survey: Survey) -> Population:
        """Population as deep as the survey's sample."""
        return Population(
            dict.fromkeys(self.classes, 1.0),
            limiting_magnitude=survey.faintest_peak,
            deeper=survey.selection.deeper,
            limits=survey.selection.limits,
        )


@dataclass(frozen=True)
class ByRate:
    """Classes are as common as in the survey's sample of the sky.

    Parameters
    ----------
    classes
        As of `Alike`; each needs a rate of occurrence.
    """

    kind: ClassVar[str] = "by_rate"
    classes: tuple[str, ...]

    def of(self, survey: Survey) -> Population:
        """Population as deep as the survey's sample.

        Raises
        ------
        LcfmError
            A class has no rate of occurrence, as AGN, which do not occur but are.
        """
        return Alike(self.classes).of(survey).weighted_by_rate()


def population_for(survey: Survey, wanted: Population | Mix | None) -> Population:
    """What is drawn for a survey: a population as given, or a mix as deep as the survey's sample.

    Parameters
    ----------
    wanted
        None for the eight classes of the set ``label8`` alike.
    """
    if isinstance(wanted, Population):
        return wanted
    return (wanted or Alike()).of(survey)


def read_classes(text: str) -> tuple[str, ...]:
    """Classes as a user writes them: a label set (``label12``), or names set apart by commas.

    Raises
    ------
    UnknownNameError
        A name is no class that can be simulated; the text lists those that are.
    LcfmError
        A class is named twice, or none is.
    """
    if text.strip() in LABEL_SETS:
        return LABEL_SETS[text.strip()]
    names = [word.strip() for word in text.split(",") if word.strip()]
    classes = [canonical(name) for name in names]
    for name, label in zip(names, classes, strict=True):
        if not types_of(label, sources.SOURCES):
            known = {label for name in sources.SOURCES for label in ancestry(name)}
            raise UnknownNameError.of("class", name, {*known, *LABEL_SETS})
    if not classes or len(set(classes)) < len(classes):
        raise LcfmError(f"name each class once, as in SNIa,SNII,TDE; got {text!r}")
    return tuple(classes)
