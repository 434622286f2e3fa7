"""Require: which of several telescopes must have seen an event for it to enter a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.surveys.base import Survey

BoolArray = NDArray[np.bool_]


class Requirement(Protocol):
    """Who must have detected, triggered on and selected an event."""

    def deciding(self, surveys: Sequence[Survey]) -> Survey:
        """The one beyond whose depth no event is expected in the sample."""

    def keeps(self, seen: Mapping[str, BoolArray]) -> BoolArray:
        """Events that enter, shape (n,), by survey name -> events that it selected."""


@dataclass(frozen=True)
class EverySurvey:
    """All of them: a complete set of light curves for each event."""

    kind: ClassVar[str] = "every"

    def deciding(self, surveys: Sequence[Survey]) -> Survey:
        """The shallowest."""
        return min(surveys, key=lambda survey: survey.faintest_peak)

    def keeps(self, seen: Mapping[str, BoolArray]) -> BoolArray:
        """Events that all have selected."""
        return np.asarray(np.all(list(seen.values()), axis=0))


@dataclass(frozen=True)
class AnySurvey:
    """One of them, whichever: an event has light curves of those that selected it."""

    kind: ClassVar[str] = "any"

    def deciding(self, surveys: Sequence[Survey]) -> Survey:
        """The deepest."""
        return max(surveys, key=lambda survey: survey.faintest_peak)

    def keeps(self, seen: Mapping[str, BoolArray]) -> BoolArray:
        """Events that at least one has selected."""
        return np.asarray(np.any(list(seen.values()), axis=0))


@dataclass(frozen=True)
class TheseSurveys:
    """Those named; of the others, light curves come along where they exist.

    Parameters
    ----------
    names
        As in the ``survey`` column.
    """

    names: tuple[str, ...]
    kind: ClassVar[str] = "these"

    def __post_init__(self) -> None:
        if isinstance(self.names, str) or not self.names:
            raise LcfmError(f"require: give a tuple of survey names, got {self.names!r}")

    def deciding(self, surveys: Sequence[Survey]) -> Survey:
        """The shallowest of those named."""
        known = {survey.name: survey for survey in surveys}
        for name in self.names:
            if name not in known:
                raise LcfmError(
                    f"survey {name!r} is required but not simulated; simulated are "
                    f"{', '.join(known)}"
                )
        return EverySurvey().deciding([known[name] for name in self.names])

    def keeps(self, seen: Mapping[str, BoolArray]) -> BoolArray:
        """Events that those named have selected."""
        return np.asarray(np.all([seen[name] for name in self.names], axis=0))


EVERY_SURVEY = EverySurvey()
"""The default."""
