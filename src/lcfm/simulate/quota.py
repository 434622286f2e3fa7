"""Quota: draw events class by class until enough of each were selected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError

MAX_DRAW = 20_000
"""Events drawn at once: bounds memory."""
HOPELESS_DRAWS, HOPELESS_SHARE = 40_000, 5e-4


class Quota:
    """How many objects of each class are wanted, and how many events that has taken.

    Parameters
    ----------
    wanted
        Class -> number of objects.

    Attributes
    ----------
    drawn, selected, kept : dict of str to int
        Events drawn, those of them that were selected, and those of these that were needed.
    """

    def __init__(self, wanted: Mapping[str, int]) -> None:
        self.wanted = dict(wanted)
        self.drawn, self.selected, self.kept = (dict.fromkeys(wanted, 0) for _ in range(3))

    @property
    def full(self) -> bool:
        """True if every class has its number."""
        return all(self.kept[label] >= count for label, count in self.wanted.items())

    def next_labels(self) -> list[str]:
        """Classes of the next events: as many as the missing objects take, by past success."""
        counts = {}
        for label, count in self.wanted.items():
            missing = count - self.kept[label]
            if missing:
                share = (self.selected[label] + 1) / (self.drawn[label] + 3)
                counts[label] = math.ceil(1.1 * missing / share) + 5
        scale = min(1.0, MAX_DRAW / sum(counts.values()))
        return [label for label, count in counts.items() for _ in range(math.ceil(count * scale))]

    def take(self, labels: Sequence[str], found: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Count events and say which of those found are needed.

        Parameters
        ----------
        labels
            Classes of the events drawn.
        found : ndarray of str, shape (n_found,)
            Classes of those that were selected.

        Returns
        -------
        ndarray of bool, shape (n_found,)
        """
        needed = np.zeros(len(found), dtype=bool)
        for label in self.wanted:
            mine = np.flatnonzero(found == label)
            needed[mine[: self.wanted[label] - self.kept[label]]] = True
            self.drawn[label] += labels.count(label)
            self.selected[label] += len(mine)
            self.kept[label] += int(needed[mine].sum())
        return needed

    def refuse_hopeless(self, by: str) -> None:
        """Raise if a class is practically never selected.

        Parameters
        ----------
        by
            Who selects, for the text.

        Raises
        ------
        LcfmError
            After many draws hardly any event was selected.
        """
        for label, count in self.drawn.items():
            if count >= HOPELESS_DRAWS and self.selected[label] < HOPELESS_SHARE * count:
                raise LcfmError(
                    f"class {label!r} is practically never selected by {by}: "
                    f"{self.selected[label]} of {count:,} events; leave it out of the population's "
                    "mix, lower the population's limiting magnitude or choose a deeper selection"
                )
