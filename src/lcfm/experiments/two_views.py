"""The same events through two telescopes: simulated ones, and two kinds of real ones.

- Young Supernova Experiment: the photometry of a supernova is of ZTF and of Pan-STARRS; its points
  are cut by their bands.
- Tables where several surveys saw the same supernova (``event_id``), as in Pantheon+.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.simulate.many import simulate_many

SIMULATED = "simulated: ZTF and LSST"
HALVES: Mapping[str, tuple[str, str]] = {"YSE": ("ztf", "ps1::")}
"""Survey whose photometry is of two telescopes -> how their bands begin."""
FEWEST_POINTS = 5
"""In each view: below, there is no light curve to compare."""
FEWEST_EVENTS = 20


@dataclass(frozen=True)
class Views:
    """Light curves of the same events through two telescopes.

    Attributes
    ----------
    first, second
        Row i of both is the same event.
    classes : ndarray of str, shape (n_events,)
        Empty where unknown.
    """

    first: LightCurves
    second: LightCurves
    classes: NDArray[np.str_]

    @property
    def both(self) -> LightCurves:
        """All rows of the first, then all of the second."""
        return LightCurves.concat([self.first, self.second])

    def __len__(self) -> int:
        return len(self.first)


def simulated_views(n: int, seed: int) -> Views:
    """Events that ZTF and LSST both saw, classes alike."""
    parts = simulate_many(["ztf", "lsst"], n, seed=seed).light_curves.split_by_survey()
    first, second = parts["ZTF"], parts["LSST"]
    if (first.column("event_id") != second.column("event_id")).any():
        raise AssertionError("simulated views of the same events are in a different order")
    return Views(first, second, first.column("label").astype(str))


def real_views(data: LightCurves) -> dict[str, Views]:
    """All pairs of real light curves, by kind.

    Parameters
    ----------
    data
        Tables of `HALVES`, tables in which an ``event_id`` stands in several rows, or both;
        classes are those of ``label3``.

    Raises
    ------
    LcfmError
        There are hardly any pairs.
    """
    surveys = data.column("survey").astype(str)
    found = {
        f"{name}: its two telescopes": _halves(data[surveys == name], starts)
        for name, starts in HALVES.items()
        if (surveys == name).any()
    }
    rest = data[~np.isin(surveys, list(HALVES))]
    if len(rest):
        found["the same SN in two surveys"] = _repeated(rest)
    kept = {name: views for name, views in found.items() if len(views) >= FEWEST_EVENTS}
    if not kept:
        raise LcfmError(
            f"fewer than {FEWEST_EVENTS} events were seen by two telescopes; give tables such as "
            "YSE DR1, or some in which one event_id stands in rows of several surveys"
        )
    return kept


def _halves(lcs: LightCurves, starts: tuple[str, str]) -> Views:
    names = np.asarray(lcs.bands)[lcs.points["band"]]
    parts = [lcs.select_points(np.char.startswith(names, start)) for start in starts]
    enough = np.logical_and(*(part.lengths >= FEWEST_POINTS for part in parts))
    first, second = (
        _named(part[enough], start.strip(":").upper())
        for part, start in zip(parts, starts, strict=True)
    )
    return Views(first, second, _classes(first))


def _repeated(lcs: LightCurves) -> Views:
    """The two rows of each event with the most points; its rows of other surveys are left out."""
    order = np.argsort(-lcs.lengths, kind="stable")
    rows: dict[str, list[int]] = {}
    surveys, events = lcs.column("survey"), lcs.column("event_id")
    for row in order[lcs.lengths[order] >= FEWEST_POINTS]:
        taken = rows.setdefault(str(events[row]), [])
        if len(taken) < 2 and surveys[row] not in surveys[taken]:
            taken.append(int(row))
    pairs = np.array([sorted(r) for r in rows.values() if len(r) == 2], dtype=np.int64)
    pairs = pairs.reshape(-1, 2)
    first = lcs[pairs[:, 0]]
    return Views(first, lcs[pairs[:, 1]], _classes(first))


def _named(lcs: LightCurves, survey: str) -> LightCurves:
    ids = [f"{name}-{survey.lower()}" for name in lcs.object_id]
    return lcs.with_columns(object_id=ids, survey=[survey] * len(lcs))


def _classes(lcs: LightCurves) -> NDArray[np.str_]:
    if "label3" not in lcs.columns:
        return np.full(len(lcs), "")
    return np.array([label or "" for label in lcs.column("label3")], dtype=str)
