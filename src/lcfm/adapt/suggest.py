"""Name the objects of a table that should be labelled next, and say who could not be judged.

Left out, each counted by its reason: what is labelled already, the test part (labels there would
never teach: `lcfm finetune` keeps it for `lcfm evaluate`), what shows no supernova by the rules of
:class:`lcfm.serve.guard.Guard`, and what the network gives no finite answer for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lcfm.adapt.strategies import Pool, Strategy, choose, named_strategy
from lcfm.atomic import new_file, refuse_existing
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet, is_test
from lcfm.readers import read
from lcfm.readers.source import TableSource
from lcfm.readers.table_files import load as load_columns
from lcfm.serve.guard import PASSED, Guard
from lcfm.serve.model import Model
from lcfm.serve.shipped import load

BoolArray = NDArray[np.bool_]

LABELLED = "labelled already"
TEST = "of the test part"
NO_ANSWER = "without a finite answer of the network"
FILES = {".csv": "csv", ".parquet": "parquet"}


@dataclass(frozen=True)
class Suggestions:
    """Objects to label next.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Of the table, the most useful first.
    table
        ``rank`` (from 1), ``object_id``, and what the model takes it for: ``class``,
        ``probability``.
    candidates, labelled
        Objects that the strategy chose from, and that are labelled already.
    left_out
        Other objects, counted by reason.
    """

    rows: NDArray[np.int64]
    table: pa.Table
    candidates: int
    labelled: int
    left_out: Mapping[str, int]

    def __str__(self) -> str:
        text = f"{len(self.rows)} of {self.candidates:,} candidates, {self.labelled:,} {LABELLED}"
        reasons = [f"{n:,} {reason}" for reason, n in self.left_out.items()]
        return f"{text}; left out: {', '.join(reasons) or 'none'}"


def suggest(
    model: Model,
    lcs: LightCurves,
    n: int,
    strategy: Strategy,
    *,
    labelled: BoolArray,
    part: Literal["train", "all"] = "train",
    guard: Guard | None = None,
    seed: int = 0,
) -> Suggestions:
    """Choose objects to label next.

    Parameters
    ----------
    model
        With classes; best the one that was fitted to the labels there are.
    lcs
        Labelled and other objects.
    n
        How many.
    strategy
        One of :mod:`lcfm.adapt.strategies`.
    labelled : ndarray of bool, shape (n_objects,)
        What is labelled already.
    part
        ``train`` leaves out the test events, ``all`` lets them be chosen.
    guard
        Refuses objects that show no supernova; none by default.
    seed
        Of what the strategy draws.

    Raises
    ------
    LcfmError
        Fewer candidates are left than asked for.
    """
    classes = model.classes_
    probabilities = model.predict_proba(lcs)
    latent = model.embed(lcs).astype(np.float64)
    reason = np.full(len(lcs), PASSED, dtype=object)
    if guard is not None:
        reason = guard.guarded(probabilities, classes, guard.reasons(lcs))[1]
    finite = np.isfinite(latent).all(axis=1) & np.isfinite(probabilities).all(axis=1)
    reason[~finite] = NO_ANSWER
    if part == "train":
        reason[is_test(lcs.column("event_id"))] = TEST
    reason[labelled] = LABELLED
    rows = np.flatnonzero(reason == PASSED)
    known = labelled & finite
    pool = Pool(
        latent[rows],
        probabilities[rows].astype(np.float64),
        latent[known],
        probabilities[known].astype(np.float64),
    )
    chosen = rows[choose(strategy, pool, n, seed=seed)]
    top = probabilities[chosen].argmax(axis=1)
    table = pa.table(
        {
            "rank": pa.array(np.arange(1, len(chosen) + 1)),
            "object_id": pa.array(lcs.object_id[chosen], pa.string()),
            "class": pa.array([classes[k] for k in top], pa.string()),
            "probability": pa.array(probabilities[chosen, top]),
        }
    )
    counts = Counter(str(one) for one in reason if one not in (PASSED, LABELLED))
    return Suggestions(chosen, table, len(rows), int(labelled.sum()), dict(counts.most_common()))


def labelled_already(model: Model, lcs: LightCurves, named: str | None) -> BoolArray:
    """Mask of the objects that are labelled already, shape (n_objects,).

    Parameters
    ----------
    named
        A column of the table, whose empty cells are not labelled; or a table file with a column
        ``object_id``, such as the suggestions of last time; or None for the objects that the model
        was fitted to.

    Raises
    ------
    LcfmError
        It is neither a column nor such a file, or the file names an object that the table lacks.
    """
    if named is None:
        events = model.provenance.get("adapted", {}).get("events")
        if events is None:
            return np.zeros(len(lcs), dtype=bool)
        return EventSet.from_dict(events).contains(lcs.column("event_id"))
    if named in lcs.columns:
        return np.array(
            [str(value) not in ("", "None", "nan") for value in lcs.column(named)], dtype=bool
        )
    path = Path(named)
    if not path.is_file():
        raise LcfmError(
            f"{named!r} is neither a column of the table nor a file; columns: "
            f"{', '.join(lcs.columns)}"
        )
    columns = load_columns(path)
    if "object_id" not in columns:
        raise LcfmError(f"{path} has no column 'object_id'; it has {', '.join(columns)}")
    names = {str(name) for name in columns["object_id"]}
    unknown = names - set(lcs.object_id)
    if unknown:
        raise LcfmError(
            f"{path} names {len(unknown)} objects that the table does not have, such as "
            f"{min(unknown)!r}; give the table that they are of"
        )
    return np.array([name in names for name in lcs.object_id], dtype=bool)


def write_table(table: pa.Table, out: Path) -> None:
    """Write a table as CSV or Parquet, by the ending of `out`, whole or not at all."""
    with new_file(out) as temporary:
        if _file_kind(out) == "csv":
            pc.write_csv(table, temporary)
        else:
            pq.write_table(table, temporary, compression="zstd")


def suggest_command(
    model: str,
    data: TableSource,
    out: Path,
    *,
    n: int,
    strategy: str,
    labelled: str | None,
    part: Literal["train", "all"],
    guarded: bool,
    seed: int,
    device: str,
    overwrite: bool,
) -> Suggestions:
    """Choose objects of a table and write them.

    Parameters are those of the command line (``lcfm suggest --help``).
    """
    refuse_existing(out, overwrite=overwrite)
    _file_kind(out)
    chosen = named_strategy(strategy)
    served = load(model).to(device)
    lcs = read(data)
    found = suggest(
        served,
        lcs,
        n,
        chosen,
        labelled=labelled_already(served, lcs, labelled),
        part=part,
        guard=Guard() if guarded else None,
        seed=seed,
    )
    write_table(found.table, out)
    return found


def _file_kind(out: Path) -> Any:
    if out.suffix not in FILES:
        raise LcfmError(f"cannot write {out}: name a file that ends in {' or '.join(FILES)}")
    return FILES[out.suffix]
