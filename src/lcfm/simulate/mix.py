"""Mix: how classes share a sample, and with the depth of a survey, what is drawn for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

from lcfm import sources
from lcfm.errors import LcfmError, UnknownNameError
from lcfm.simulate.efficiency import OneSurvey, Selecting, efficiency
from lcfm.simulate.population import Population
from lcfm.surveys.base import Survey
from lcfm.taxonomy import LABEL_SETS, ancestry, canonical, types_of


class Mix(Protocol):
    """How common classes are in a sample of any depth."""

    def of(self, survey: Survey, selecting: Selecting | None = None) -> Population:
        """Population as deep as the survey's sample.

        Parameters
        ----------
        selecting
            Who decides which events enter the sample; the survey alone by default.
        """


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

    def __post_init__(self) -> None:
        _refuse_text(self.classes)

    def of(self, survey: Survey, selecting: Selecting | None = None) -> Population:
        """Population as deep as the survey's sample; who selects does not matter."""
        return Population(
            dict.fromkeys(self.classes, 1.0),
            limiting_magnitude=survey.faintest_peak,
            deeper=survey.selection.deeper,
            limits=survey.selection.limits,
        )


@dataclass(frozen=True)
class ByRate:
    """Classes are as common as in the survey's sample of the sky.

    A class weighs as many events as reach the limiting magnitude, times the share of them that is
    detected, triggers and is selected. That share comes from a pilot (`lcfm.simulate.efficiency`)
    before the numbers of a sample are set, so these are the same whatever its seed.

    Parameters
    ----------
    classes
        As of `Alike`, by default the same without AGN; each needs a rate of occurrence.
    """

    kind: ClassVar[str] = "by_rate"
    classes: tuple[str, ...] = tuple(name for name in LABEL_SETS["label8"] if name != "AGN")

    def __post_init__(self) -> None:
        _refuse_text(self.classes)

    def of(self, survey: Survey, selecting: Selecting | None = None) -> Population:
        """Population as deep as the survey's sample.

        Raises
        ------
        LcfmError
            A class has no rate of occurrence, as AGN, which do not occur but are; or hardly any
            event of any class is selected.
        """
        drawn = Alike(self.classes).of(survey).weighted_by_rate()
        chosen = selecting or OneSurvey(survey)
        mix = {
            label: weight * efficiency(drawn, label, chosen) for label, weight in drawn.mix.items()
        }
        if not sum(mix.values()) > 0:
            raise LcfmError(
                f"{survey.name} selects hardly any event of {', '.join(mix)}: add other classes or "
                "choose a deeper selection"
            )
        return replace(drawn, mix=mix)


def population_for(
    survey: Survey, wanted: Population | Mix | None, selecting: Selecting | None = None
) -> Population:
    """What is drawn for a survey: a population as given, or a mix as deep as the survey's sample.

    Parameters
    ----------
    wanted
        None for the eight classes of the set ``label8`` alike.
    selecting
        As of `Mix.of`.
    """
    if isinstance(wanted, Population):
        return wanted
    return (wanted or Alike()).of(survey, selecting)


def read_classes(text: str) -> tuple[str, ...]:
    """Classes as a user writes them: a label set (``label12``), or names set apart by commas.

    Raises
    ------
    UnknownNameError
        A name is no class that can be simulated; the text lists those that are.
    LcfmError
        A class is named twice, or none is, or a set beside others.
    """
    if text.strip() in LABEL_SETS:
        return LABEL_SETS[text.strip()]
    names = [word.strip() for word in text.split(",") if word.strip()]
    for name in LABEL_SETS.keys() & set(names):
        raise LcfmError(
            f"{name!r} is a set of classes and stands alone, got {text!r}; name the set or the "
            f"classes: {', '.join(LABEL_SETS[name])}"
        )
    classes = [canonical(name) for name in names]
    for name, label in zip(names, classes, strict=True):
        if not types_of(label, sources.SOURCES):
            known = {label for name in sources.SOURCES for label in ancestry(name)}
            raise UnknownNameError.of("class", name, {*known, *LABEL_SETS})
    if not classes or len(set(classes)) < len(classes):
        raise LcfmError(f"name each class once, as in SNIa,SNII,TDE; got {text!r}")
    return tuple(classes)


def _refuse_text(classes: tuple[str, ...]) -> None:
    if isinstance(classes, str):
        raise LcfmError(f"classes: give a tuple of names, as ({classes!r},), got {classes!r}")
