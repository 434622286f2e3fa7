"""Samplers: which objects share a batch, and in what order batches come.

A loss that compares objects learns only from what meets in a batch. Batches by length alone keep
surveys apart, since one telescope looks more often than another. All chance comes from the
generator, so that a resumed run draws as an uninterrupted one. Without a generator each object
comes exactly once and in a fixed order: that is how validation reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.batch import BLOCK, DataSet, IntArray, batches_by_length

GROUP = "group_code"
EVENT = "event_code"


class Sampler(Protocol):
    """What the training loop asks for its batches."""

    def columns(self, lcs: LightCurves, classes: str | None) -> dict[str, NDArray[np.generic]]:
        """Numeric columns that :meth:`batches` reads, each of shape (n_objects,).

        `classes` names the object column with the classes of the task, if it has any.
        """

    def batches(
        self, data: DataSet, batch_size: int, rng: np.random.Generator | None
    ) -> Iterator[IntArray]:
        """Rows of each batch of one epoch."""


@dataclass(frozen=True)
class ByLength:
    """Each object once, beside others of similar length: least padding."""

    kind: ClassVar[str] = "by_length"

    def columns(self, lcs: LightCurves, classes: str | None) -> dict[str, NDArray[np.generic]]:
        """None: lengths are enough."""
        return {}

    def batches(
        self, data: DataSet, batch_size: int, rng: np.random.Generator | None
    ) -> Iterator[IntArray]:
        """Rows of each batch; see :func:`lcfm.prepare.batch.batches_by_length`."""
        return batches_by_length(data.lengths, batch_size, rng)


@dataclass(frozen=True)
class Balanced:
    """Each batch holds every group, a class seen by a survey, in equal parts.

    An epoch has as many draws as there are objects: objects of a rare group come several times,
    those of a common one not in every epoch, but none comes again before its whole group has come.
    With fewer places than groups, groups take turns. Within its group an object meets batches by
    length, so that a batch is short in all its groups or long in all.
    """

    kind: ClassVar[str] = "balanced"

    def columns(self, lcs: LightCurves, classes: str | None) -> dict[str, NDArray[np.generic]]:
        """Code of the group of each object."""
        names = ["survey"] if classes is None else ["survey", classes]
        code = np.zeros(len(lcs), dtype=np.int64)
        for name in names:
            values, inverse = np.unique(lcs.column(name).astype(str), return_inverse=True)
            code = code * len(values) + inverse
        return {GROUP: np.unique(code, return_inverse=True)[1].astype(np.int64)}

    def batches(
        self, data: DataSet, batch_size: int, rng: np.random.Generator | None
    ) -> Iterator[IntArray]:
        """Rows of each batch; without `rng`, each object once and groups in natural proportion."""
        code, lengths = data.columns[GROUP], data.lengths
        groups = [np.flatnonzero(code == g) for g in np.unique(code)]
        if rng is None:
            yield from _in_proportion(groups, lengths, batch_size)
            return
        n = len(data)
        sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
        shares = _equal_shares(sizes, rng.permutation(len(groups)))  # (n_batches, n_groups)
        decks = [_Deck(rows, lengths) for rows in groups]
        for start in range(0, len(sizes), BLOCK):
            block = shares[start : start + BLOCK]
            dealt = [deck.deal(block[:, g], rng) for g, deck in enumerate(decks)]
            for i in rng.permutation(len(block)):
                yield np.concatenate([parts[i] for parts in dealt])


@dataclass(frozen=True)
class ByEvent:
    """All rows of one event, as several telescopes saw it, come in the same batch.

    Attributes
    ----------
    column
        Object column with the names of events.
    """

    kind: ClassVar[str] = "by_event"
    column: str = "event_id"

    def columns(self, lcs: LightCurves, classes: str | None) -> dict[str, NDArray[np.generic]]:
        """Code of the event of each object."""
        events = lcs.column(self.column).astype(str)
        return {EVENT: np.unique(events, return_inverse=True)[1].astype(np.int64)}

    def batches(
        self, data: DataSet, batch_size: int, rng: np.random.Generator | None
    ) -> Iterator[IntArray]:
        """Rows of each batch: every object once, batches filled with whole events.

        Raises
        ------
        LcfmError
            An event has more rows than a batch.
        """
        rows = np.argsort(data.columns[EVENT], kind="stable")
        _, first, counts = np.unique(
            data.columns[EVENT][rows], return_index=True, return_counts=True
        )
        if len(counts) and counts.max() > batch_size:
            raise LcfmError(
                f"an event has {counts.max()} rows, a batch holds {batch_size}; give a larger "
                "--batch-size"
            )
        longest = np.maximum.reduceat(data.lengths[rows], first) if len(first) else first
        order, block = np.arange(len(first)), max(len(first), 1)
        if rng is not None:
            order, block = rng.permutation(len(first)), BLOCK * batch_size
        batches: list[IntArray] = []
        for start in range(0, len(order), block):
            events = order[start : start + block]
            events = events[np.argsort(longest[events], kind="stable")]
            for together in _filled(counts[events], batch_size):
                batches.append(
                    np.concatenate(
                        [rows[first[e] : first[e] + counts[e]] for e in events[together]]
                    )
                )
        for i in range(len(batches)) if rng is None else rng.permutation(len(batches)):
            yield batches[i]


Samplers = ByLength | Balanced | ByEvent

SAMPLERS: dict[str, type[Samplers]] = {s.kind: s for s in (ByLength, Balanced, ByEvent)}


class _Deck:
    """Rows of one group, dealt like cards: shuffled anew when all have come."""

    def __init__(self, rows: IntArray, lengths: IntArray) -> None:
        self.rows, self.lengths = rows, lengths
        self.rest = rows[:0]

    def deal(self, counts: IntArray, rng: np.random.Generator) -> list[IntArray]:
        """Rows for consecutive batches, `counts` for each, by length within each shuffle.

        Ordered by length within a shuffle and not across several: there an object would stand
        beside itself, and one that meets itself in a batch teaches nothing. For the same reason
        the rows dealt last come last in the next shuffle.
        """
        wanted, parts, latest = int(counts.sum()), [self.rows[:0]], self.rows[:0]
        while wanted:
            if not len(self.rest):
                latest = parts[-1][max(len(parts[-1]) - int(counts.max()) + 1, 0) :]
                others = self.rows[~np.isin(self.rows, latest)]
                self.rest = np.concatenate([rng.permutation(others), latest])
            part, self.rest = self.rest[:wanted], self.rest[wanted:]
            late = np.isin(part, latest)
            early = part[~late]
            by_length = np.argsort(self.lengths[early], kind="stable")
            parts.append(np.concatenate([early[by_length], part[late]]))
            wanted -= len(part)
        return np.split(np.concatenate(parts), np.cumsum(counts)[:-1])


def _equal_shares(sizes: list[int], order: IntArray) -> IntArray:
    """Places of each group in batches of these sizes, shape (n_batches, n_groups).

    What does not divide evenly goes to groups by turns, in this order.
    """
    shares = np.zeros((len(sizes), len(order)), dtype=np.int64)
    turn = 0
    for share, size in zip(shares, sizes, strict=True):
        each, more = divmod(size, len(order))
        share += each
        share[order[(turn + np.arange(more)) % len(order)]] += 1
        turn += more
    return shares


def _in_proportion(
    groups: list[IntArray], lengths: IntArray, batch_size: int
) -> Iterator[IntArray]:
    """Every row once; each group runs from its shortest to its longest at an even pace."""
    if not groups:
        return
    ordered = [rows[np.argsort(lengths[rows], kind="stable")] for rows in groups]
    place = np.concatenate([(np.arange(len(rows)) + 0.5) / len(rows) for rows in ordered])
    rows = np.concatenate(ordered)[np.argsort(place, kind="stable")]
    yield from np.split(rows, range(batch_size, len(rows), batch_size))


def _filled(counts: IntArray, batch_size: int) -> Iterator[slice]:
    """Slices of consecutive events that together have at most `batch_size` rows."""
    start, filled = 0, 0
    for i, count in enumerate(counts):
        if filled + count > batch_size:
            yield slice(start, i)
            start, filled = i, 0
        filled += int(count)
    if start < len(counts):
        yield slice(start, len(counts))
