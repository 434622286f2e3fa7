"""Write: simulated samples to disk in partitions, by several processes, with bounded memory.

Each chunk becomes one nested Parquet partition, written by the process that made it. The output
appears under its name only when it is whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq

from lcfm import atomic
from lcfm.errors import LcfmError
from lcfm.simulate.population import Population
from lcfm.simulate.run import Chunk, SimulationReport, make_chunk, plan, progress_bar
from lcfm.surveys.base import Survey


def simulate_to(
    path: str | Path,
    surveys: Sequence[str | Survey],
    n: int,
    *,
    seed: int,
    workers: int = 1,
    overwrite: bool = False,
    population: Population | None = None,
    progress: bool = False,
) -> SimulationReport:
    """Simulate `n` labelled light curves for each survey straight to disk.

    Parameters
    ----------
    path
        A file that ends in ``.parquet``, or else a folder of partitions.
    surveys, n, seed, population, progress
        As for `simulate`; the table is the same one.
    workers
        Processes. They change the speed, not the table.
    overwrite
        Replace an existing output.

    Raises
    ------
    LcfmError
        The output exists, a survey is unknown, or a class is practically never selected.
    """
    path = Path(path)
    if workers < 1:
        raise LcfmError(f"workers must be at least 1, got {workers}")
    atomic.refuse_existing(path, overwrite=overwrite)
    chunks = plan(surveys, n, seed=seed, population=population)
    if path.suffix == ".parquet":
        with (
            atomic.new_file(path) as temporary,
            tempfile.TemporaryDirectory(
                dir=path.parent, prefix=f".{path.name}.", suffix=".part"
            ) as parts,
        ):
            report = _write_parts(chunks, Path(parts), workers, progress)
            _join(Path(parts), temporary)
        return report
    with atomic.new_folder(path, overwrite=overwrite) as folder:
        return _write_parts(chunks, folder, workers, progress)


def _write_parts(
    chunks: Sequence[Chunk], folder: Path, workers: int, progress: bool
) -> SimulationReport:
    jobs = [(chunk, folder / f"part-{i:05d}.parquet") for i, chunk in enumerate(chunks)]
    reports: dict[int, SimulationReport] = {}
    with progress_bar(chunks, shown=progress) as bar:
        for i, report in _run(jobs, min(workers, len(jobs))):
            reports[i] = report
            bar.update(chunks[i].n)
    return sum((reports[i] for i in range(len(jobs))), SimulationReport())


def _run(
    jobs: Sequence[tuple[Chunk, Path]], workers: int
) -> Iterator[tuple[int, SimulationReport]]:
    if workers == 1:
        for i, job in enumerate(jobs):
            yield i, _write_part(*job)
        return
    with _pool(workers) as pool:
        futures = {pool.submit(_write_part, *job): i for i, job in enumerate(jobs)}
        for future in as_completed(futures):
            yield futures[future], future.result()


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    # Fresh processes: a fork may copy the locks of running threads.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _write_part(chunk: Chunk, path: Path) -> SimulationReport:
    from lcfm.readers.parquet import write_parquet

    table, report = make_chunk(chunk)
    write_parquet(table, path)
    return report


def _join(folder: Path, path: Path) -> None:
    """Put the partitions into one file, a row group each, holding one in memory at a time."""
    parts = sorted(folder.glob("part-*.parquet"))
    with pq.ParquetWriter(path, pq.read_schema(parts[0]), compression="zstd") as writer:
        for part in parts:
            writer.write_table(pq.read_table(part, partitioning=None))
