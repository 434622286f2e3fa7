"""Tables in, tables out: predictions and embeddings as Parquet, in bounded memory.

The input is read partition by partition, the output appended and renamed at the end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lcfm.atomic import new_file, refuse_existing
from lcfm.encoders.heads import DensityHead
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.progress import progress_bar
from lcfm.readers import partitions
from lcfm.readers.source import TableSource
from lcfm.serve.answers import Question
from lcfm.serve.conformal import Conformal
from lcfm.serve.guard import Guard
from lcfm.serve.model import Model

SUFFIXES = (".parquet", ".pq", "")
CHUNK = 20_000
"""Objects held in memory at a time."""
SET = "set"
"""Column of the sets of classes."""

Serve = Callable[[Model, LightCurves], pa.Table]


@dataclass(frozen=True)
class Served:
    """What was written.

    Attributes
    ----------
    n_objects
    seconds, seconds_model
        Wall seconds in all, and in the network.
    missing
        Objects without a value in a metadata column of the model, by column; the model takes them
        as unknown.
    empty_sets
        Objects whose set of classes is empty; None without sets.
    """

    n_objects: int
    seconds: float
    seconds_model: float
    missing: Mapping[str, int] = field(default_factory=dict)
    empty_sets: int | None = None

    @property
    def rate(self) -> float:
        """Objects per second, file to file."""
        return self.n_objects / max(self.seconds, 1e-9)

    def __str__(self) -> str:
        text = f"{self.n_objects:,} objects, {self.rate:,.0f}/s"
        for name, n in self.missing.items():
            text += f"; {n:,} without a value of {name!r}, taken as unknown"
        if self.empty_sets is not None:
            text += f"; {self.empty_sets:,} sets are empty"
        if self.empty_sets:
            text += ": no class is as probable there as for objects like those calibrated on"
        return text


@dataclass(frozen=True)
class Honest:
    """Predictions with what keeps them honest.

    Attributes
    ----------
    guard
        Refuses objects that show no supernova; column ``refused`` says why, empty if it does not.
    conformal
        Column ``set``: classes that hold the true one with a stated probability; none without.
    """

    guard: Guard | None = Guard()
    conformal: Conformal | None = None

    def __call__(self, model: Model, lcs: LightCurves) -> pa.Table:
        """Rows of :func:`prediction_table`, guarded; a model of numbers alone stays as it is."""
        table = prediction_table(model, lcs)
        names = [f"prob_{name}" for name in getattr(model.head, "classes", ())]
        if not names:
            return table
        stated = np.column_stack([table[name].to_numpy() for name in names])
        if self.conformal is not None:  # calibrated on what the model says without a guard
            sets = pa.array(self.conformal.sets(stated), pa.list_(pa.string()))
            table = table.append_column(SET, sets)
        if self.guard is None:
            return table
        guarded, reasons = self.guard.guarded(stated, model.classes_, self.guard.reasons(lcs))
        for i, name in enumerate(names):
            table = table.set_column(table.column_names.index(name), name, pa.array(guarded[:, i]))
        return table.append_column("refused", pa.array(reasons.tolist(), pa.string()))


@dataclass
class Overlap:
    """Serves with `make`, and counts the objects of some events on the way.

    Attributes
    ----------
    events
        Of objects that sets were calibrated on, say.
    n
        Objects of these events served so far.
    """

    make: Serve
    events: Collection[str]
    n: int = 0

    def __call__(self, model: Model, lcs: LightCurves) -> pa.Table:
        """What `make` gives."""
        self.n += sum(event in self.events for event in lcs.column("event_id"))
        return self.make(model, lcs)


def prediction_table(model: Model, lcs: LightCurves) -> pa.Table:
    """``object_id`` and the columns of each head.

    A head of classes gives ``prob_<class>`` per class; one of a number gives ``value``, or the name
    of its target where the model has several heads; a density also the bounds of its central 68 %,
    ``…_p16`` and ``…_p84``.
    """
    names: list[list[str]] = []
    questions: list[Question] = []
    for target, head in model.heads.items():
        questions.append(head.predict)
        if hasattr(head, "classes"):
            names.append([f"prob_{of_class}" for of_class in model.classes_])
            continue
        name = "value" if len(model.heads) == 1 else target
        names.append([name])
        if isinstance(head, DensityHead):
            questions.append(_central_68(head))
            names.append([f"{name}_p16", f"{name}_p84"])
    columns = {"object_id": lcs.objects["object_id"]}
    for of_answer, answer in zip(names, model.ask(lcs, questions), strict=True):
        columns |= {name: pa.array(answer[:, i]) for i, name in enumerate(of_answer)}
    return pa.table(columns)


def _central_68(head: DensityHead) -> Question:
    """Bounds of the central 68 % of a density."""
    return lambda latent: head.quantiles(latent, latent.new_tensor((0.16, 0.84)))


def embedding_table(model: Model, lcs: LightCurves) -> pa.Table:
    """``object_id`` and ``embedding`` (list of float32)."""
    latent = model.embed(lcs)
    flat = pa.array(latent.reshape(-1))
    lists = pa.FixedSizeListArray.from_arrays(flat, latent.shape[1])
    embedding = lists.cast(pa.list_(pa.float32()))
    return pa.table({"object_id": lcs.objects["object_id"], "embedding": embedding})


def write_served(
    model: Model,
    tables: Iterable[LightCurves],
    out: str | Path,
    make: Serve,
    *,
    overwrite: bool = False,
    on_chunk: Callable[[int], None] | None = None,
) -> Served:
    """Serve every table of `tables` into one Parquet file, whole or not at all.

    Raises
    ------
    LcfmError
        `out` exists and `overwrite` is false, or there is nothing to serve.
    """
    refuse_existing(out, overwrite=overwrite)
    start, in_model, count = time.perf_counter(), 0.0, 0
    missing: Counter[str] = Counter()
    empty: int | None = None
    with new_file(out) as temporary:
        writer: pq.ParquetWriter | None = None
        try:
            for lcs in tables:
                if not len(lcs):
                    continue
                begin = time.perf_counter()
                table = make(model, lcs)
                in_model += time.perf_counter() - begin
                writer = writer or pq.ParquetWriter(temporary, table.schema, compression="zstd")
                writer.write_table(table)
                count += len(lcs)
                if SET in table.column_names:
                    sizes = pc.list_value_length(table[SET])
                    empty = (empty or 0) + int(pc.sum(pc.equal(sizes, 0)).as_py())
                if model.metadata is not None:
                    missing.update(model.metadata.missing(lcs))
                if on_chunk is not None:
                    on_chunk(len(lcs))
        finally:
            if writer is not None:
                writer.close()
        if writer is None:
            raise LcfmError("the table holds no usable object; nothing was written")
    return Served(count, time.perf_counter() - start, in_model, dict(missing), empty)


def serve_command(
    model: Model,
    data: TableSource,
    out: Path,
    make: Serve,
    *,
    overwrite: bool,
    progress: bool,
) -> Served:
    """Serve a table with a model into a Parquet file.

    Parameters are those of the command line (``lcfm predict --help``); `make` turns light curves
    into rows: :func:`prediction_table` or :func:`embedding_table`.
    """
    refuse_existing(out, overwrite=overwrite)
    if Path(out).suffix not in SUFFIXES:
        raise LcfmError(f"{out} is written as Parquet; name it {Path(out).with_suffix('.parquet')}")
    with progress_bar(" light curves", scaled=True, shown=progress) as bar:
        return write_served(
            model, partitions(data, CHUNK), out, make, overwrite=overwrite, on_chunk=bar.update
        )
