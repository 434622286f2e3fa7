"""Write: simulated samples to disk in partitions, by several processes, with bounded memory.

Each chunk becomes one nested Parquet partition, written by the process that made it. The output
appears under its name only when it is whole; until then finished partitions lie beside it, so that
a run which was stopped can be continued.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import current_process, get_context, parent_process
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread

import pyarrow.parquet as pq

from lcfm import atomic
from lcfm.errors import LcfmError
from lcfm.progress import progress_bar
from lcfm.simulate.many import plan_many
from lcfm.simulate.mix import Mix
from lcfm.simulate.population import Population
from lcfm.simulate.require import EVERY_SURVEY, Requirement
from lcfm.simulate.run import SimulationReport, plan
from lcfm.simulate.unfinished import Piece, Unfinished
from lcfm.surveys.base import Survey
from lcfm.surveys.spectrograph import Spectrograph

log = logging.getLogger("lcfm")

FILE_SUFFIXES = frozenset(
    (
        ".arrow", ".bz2", ".csv", ".dat", ".ecsv", ".feather", ".fit", ".fits", ".gz", ".h5",
        ".hdf5", ".json", ".npz", ".parq", ".parquet", ".pickle", ".pkl", ".pq", ".tsv", ".txt",
        ".xz", ".zip", ".zst",
    )
)  # fmt: skip
"""A name that ends in one of these is meant to be a file, and only ``.parquet`` is one of ours."""


def simulate_to(
    path: str | Path,
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    workers: int = 1,
    executor: Executor | None = None,
    resume: bool = False,
    overwrite: bool = False,
    population: Population | Mix | None = None,
    progress: bool = False,
) -> SimulationReport:
    """Simulate `n` labelled light curves for each survey straight to disk.

    Parameters
    ----------
    path
        A file that ends in ``.parquet``, or else a folder of partitions; the folder that it is
        to lie in exists.
    surveys, n, seed, population, progress
        As for `simulate`; the table is the same one.
    workers
        Processes. They change the speed, not the table.
    executor
        Who makes the partitions, in place of processes of our own: the ``get_executor()`` of a
        Dask client, for instance. Its workers must see the folder of `path`.
    resume
        Continue a run that was stopped: partitions that it finished are not made again.
    overwrite
        Replace an existing output; without `resume`, also what a stopped run left.

    Raises
    ------
    LcfmError
        The output exists or has the name of another kind of file, its folder does not exist, a
        stopped run of the same name was not mentioned or was another one, a survey is unknown, a
        class is practically never selected, or writing fails.
    """
    chunks = plan(surveys, n, seed=seed, population=population)
    return _to_disk(
        Path(path), chunks, workers=workers, executor=executor, resume=resume,
        overwrite=overwrite, progress=progress,
    )  # fmt: skip


def simulate_many_to(
    path: str | Path,
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    spectrograph: str | Spectrograph | None = None,
    require: Requirement = EVERY_SURVEY,
    workers: int = 1,
    executor: Executor | None = None,
    resume: bool = False,
    overwrite: bool = False,
    population: Population | Mix | None = None,
    progress: bool = False,
) -> SimulationReport:
    """Simulate `n` events, each through all surveys, straight to disk.

    Parameters
    ----------
    path
        Without a spectrograph as for `simulate_to`. With one, a folder, which holds the partitions
        in ``light_curves/`` and ``spectra/``; an event has the same ``event_id`` in both.
    surveys, n, seed, spectrograph, require, population
        As for `simulate_many`; the tables are the same ones. One survey may have a spectrograph
        too.
    workers, executor, resume, overwrite, progress
        As for `simulate_to`.

    Raises
    ------
    LcfmError
        As for `simulate_to`; or `path` is a file where there must be a folder.
    """
    chunks = plan_many(
        surveys, n, seed=seed, spectrograph=spectrograph, require=require, population=population
    )
    return _to_disk(
        Path(path), chunks, workers=workers, executor=executor, resume=resume,
        overwrite=overwrite, progress=progress,
    )  # fmt: skip


def _to_disk(
    path: Path,
    pieces: Sequence[Piece],
    *,
    workers: int,
    executor: Executor | None,
    resume: bool,
    overwrite: bool,
    progress: bool,
) -> SimulationReport:
    if getattr(current_process(), "_inheriting", False):
        raise SystemExit(1)  # a worker that imports a script without guard; its parent says so
    if workers < 1:
        raise LcfmError(f"workers must be at least 1, got {workers}")
    atomic.refuse_no_parent(path)
    atomic.refuse_existing(path, overwrite=overwrite)
    one_file = path.suffix == ".parquet"
    if not one_file and FILE_SUFFIXES & {suffix.lower() for suffix in path.suffixes[-2:]}:
        raise LcfmError(
            f"{path}: simulations are written as Parquet: name one file that ends in .parquet, "
            f"such as {_without_suffix(path)}.parquet, or a folder, such as {_without_suffix(path)}"
        )
    if one_file and pieces[0].folders != ("",):
        raise LcfmError(
            f"{path} is the name of one file, but light curves and spectra are two tables: name a "
            f"folder, such as {path.with_suffix('')}"
        )
    if one_file:
        atomic.refuse_no_place(path)
    unfinished = Unfinished(path.absolute())  # workers may stand elsewhere
    try:
        unfinished.begin(pieces, resume=resume, overwrite=overwrite)
        report = _write_parts(pieces, unfinished, workers, executor, progress)
        if one_file:
            whole = unfinished.folder / "whole.part"
            _join(unfinished.parts, whole)
            os.replace(whole, path)
        else:
            atomic.move_folder(unfinished.parts, path)
    except OSError as error:
        raise LcfmError(
            f"cannot write {path}: {error.strerror or error}; finished partitions are kept: "
            "mend that and add --resume"
        ) from error
    except BrokenProcessPool as error:
        raise LcfmError(
            "a worker process died, for lack of memory as a rule; finished partitions are kept: "
            "add --resume, with fewer --workers"
        ) from error
    unfinished.remove()
    return report


def _without_suffix(path: Path) -> Path:
    while path.suffix.lower() in FILE_SUFFIXES:
        path = path.with_suffix("")
    return path


def _write_parts(
    pieces: Sequence[Piece],
    unfinished: Unfinished,
    workers: int,
    executor: Executor | None,
    progress: bool,
) -> SimulationReport:
    reports = unfinished.finished(pieces)
    if reports:
        log.info("continuing after %d of %d partitions", len(reports), len(pieces))
    missing = [i for i in range(len(pieces)) if i not in reports]
    total, done = (sum(pieces[i].n for i in which) for which in (range(len(pieces)), reports))
    try:
        with (
            progress_bar(" events", total=total, shown=progress, done=done) as bar,
            _workers(min(workers, len(missing)), executor) as pool,
        ):
            for i, report in _run(pieces, missing, unfinished, pool):
                reports[i] = report
                bar.update(pieces[i].n)
    except BaseException:
        if not reports:
            unfinished.remove()  # nothing to continue from
        raise
    return sum((reports[i] for i in range(len(pieces))), SimulationReport())


def _run(
    pieces: Sequence[Piece], missing: Sequence[int], unfinished: Unfinished, pool: Executor | None
) -> Iterator[tuple[int, SimulationReport]]:
    if pool is None:
        for i in missing:
            yield i, unfinished.write(i, pieces[i])
        return
    futures = {pool.submit(unfinished.write, i, pieces[i]): i for i in missing}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def _workers(count: int, executor: Executor | None) -> Iterator[Executor | None]:
    """The executor that was given, processes of our own, or none for this process alone."""
    if executor is not None or count <= 1:
        yield executor
        return
    # Fresh processes: a fork may copy the locks of running threads.
    context = get_context("spawn")
    begun = context.Event()
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_begin, initargs=(begun,)
    ) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            if begun.is_set():
                raise
            raise LcfmError(
                "worker processes cannot begin, because each of them imports the script that was "
                'started: put what it does below a line if __name__ == "__main__": in a file of '
                "its own"
            ) from error


def _begin(begun: Event) -> None:
    """Say that a worker lives, and let it end when its parent does; it would wait for ever."""
    begun.set()
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _join(folder: Path, path: Path) -> None:
    """Put the partitions into one file, a row group each, holding one in memory at a time."""
    parts = sorted(folder.glob("part-*.parquet"))
    with pq.ParquetWriter(path, pq.read_schema(parts[0]), compression="zstd") as writer:
        for part in parts:
            writer.write_table(pq.read_table(part, partitioning=None))
