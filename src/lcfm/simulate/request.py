"""Request: surveys, number and seed as a user gives them, checked before anything is drawn."""

from __future__ import annotations

import operator
from collections.abc import Iterable

from lcfm.errors import LcfmError
from lcfm.simulate.mix import Mix
from lcfm.simulate.population import Population
from lcfm.sources.trial import try_source
from lcfm.surveys import get_survey
from lcfm.surveys.base import Survey

LARGEST_SEED = 2**63 - 1
"""The seed stands in the column ``sim_seed``, which holds int64."""


def read_number(n: object) -> int:
    """Number of objects to keep.

    Raises
    ------
    LcfmError
        It is no integer, or less than 1.
    """
    number = _integer(n)
    if number is None or number < 1:
        raise LcfmError(f"n must be an integer of at least 1, got {n!r}")
    return number


def read_seed(seed: object) -> int:
    """Seed of a sample.

    Raises
    ------
    LcfmError
        It is no integer, negative, or beyond `LARGEST_SEED`.
    """
    number = _integer(seed)
    if number is None or not 0 <= number <= LARGEST_SEED:
        raise LcfmError(f"seed must be an integer from 0 to {LARGEST_SEED}, got {seed!r}")
    return number


def read_surveys(surveys: object) -> list[Survey]:
    """Surveys from names or instances; one alone is a list of one.

    Raises
    ------
    UnknownNameError
        No survey has a name that was given.
    LcfmError
        None is given, one twice, or something that is no survey.
    """
    given = [surveys] if isinstance(surveys, str | Survey) else surveys
    if not isinstance(given, Iterable):
        given = [given]
    found = [_survey(one) for one in given]
    if not found:
        raise LcfmError("name at least one survey to simulate")
    names = [survey.name for survey in found]
    if len(set(names)) < len(names):
        raise LcfmError(
            f"each survey may be named once, got {', '.join(names)}; raise n instead, or rename "
            "a variant"
        )
    return found


def read_population(population: object) -> Population | Mix | None:
    """What to draw from, or None for the default.

    Raises
    ------
    LcfmError
        It is no population and no mix, or a source of the population's own does not give what it
        has to (`lcfm.sources.trial`).
    """
    if isinstance(population, Population):
        for name, source in population.own_sources.items():
            try_source(name, source)
    if population is None or isinstance(population, Population):
        return population
    if isinstance(population, type) or not callable(getattr(population, "of", None)):
        raise LcfmError(
            "population must be a Population or a mix, such as Alike(('SNIa', 'TDE')) or "
            f"Population({{'SNIa': 1, 'TDE': 2}}), got {population!r}"
        )
    mix: Mix = population  # type: ignore[assignment]
    return mix


def _integer(value: object) -> int | None:
    """An integer of Python or NumPy as such, None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def _survey(survey: object) -> Survey:
    if isinstance(survey, str | Survey):
        return get_survey(survey)
    if isinstance(survey, type) and issubclass(survey, Survey):
        raise LcfmError(
            f"surveys: {survey.__name__} is a class; give an instance, {survey.__name__}()"
        )
    raise LcfmError(
        f"surveys: expected names such as 'ztf' or instances of lcfm.surveys.base.Survey, "
        f"got {survey!r}"
    )
