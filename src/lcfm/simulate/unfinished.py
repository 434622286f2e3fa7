"""Unfinished: the partitions of a run that may be stopped, in a hidden folder beside its output.

    .NAME.unfinished/manifest.json   which run these are the partitions of
    .NAME.unfinished/reports/        how many events each partition took
    .NAME.unfinished/parts/          the partitions, each whole

A partition is renamed into ``parts`` after its report was written, so its presence means that it is
finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import lcfm
from lcfm import config
from lcfm.errors import LcfmError
from lcfm.simulate.run import Chunk, SimulationReport, make_chunk

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Unfinished:
    """Working folder of one output.

    Parameters
    ----------
    output
        What the run writes.
    """

    output: Path

    @property
    def folder(self) -> Path:
        """The hidden folder."""
        return self.output.with_name(f".{self.output.name}.unfinished")

    @property
    def parts(self) -> Path:
        """Folder of finished partitions."""
        return self.folder / "parts"

    def part(self, number: int) -> Path:
        """Path of one partition."""
        return self.parts / f"part-{number:05d}.parquet"

    def begin(self, chunks: Sequence[Chunk], *, resume: bool, overwrite: bool) -> None:
        """Prepare the folder, with what an earlier run finished if it is to be continued.

        Raises
        ------
        LcfmError
            Finished partitions are there and it was not said what should become of them, or they
            belong to another run.
        """
        count = len(list(self.parts.glob("part-*.parquet")))
        described = describe(chunks)
        if count and resume:
            self._refuse_other_run(described)
        elif count and not overwrite:
            raise LcfmError(
                f"an earlier run towards {self.output} stopped, its {count:,} finished partitions "
                f"are in {self.folder}: add --resume to continue it, or --overwrite to begin anew"
            )
        else:
            self.remove()
        for name in ("parts", "reports"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        # The manifest stands before any partition does.
        replace_text(self.folder / MANIFEST, json.dumps(described, indent=1))

    def finished(self, chunks: Sequence[Chunk]) -> dict[int, SimulationReport]:
        """Reports of the partitions that need not be made again, by number."""
        reports = {}
        for number, chunk in enumerate(chunks):
            path = self.part(number)
            try:
                # A machine that lost its power may leave files without their content.
                if path.exists() and pq.read_metadata(path).num_rows == chunk.n:
                    reports[number] = read_report(self._report(number))
            except (pa.ArrowException, OSError, ValueError):
                path.unlink()
        return reports

    def write(self, number: int, chunk: Chunk) -> SimulationReport:
        """Make one partition and write it with its report."""
        from lcfm.readers.parquet import ROW_GROUP, to_arrow

        table, report = make_chunk(chunk)
        temporary = self.folder / f"part-{number:05d}.{os.getpid()}.part"
        pq.write_table(to_arrow(table), temporary, compression="zstd", row_group_size=ROW_GROUP)
        replace_text(self._report(number), json.dumps(rows_of(report)))
        os.replace(temporary, self.part(number))
        return report

    def remove(self) -> None:
        """Delete the folder, if it exists."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _report(self, number: int) -> Path:
        return self.folder / "reports" / f"part-{number:05d}.json"

    def _refuse_other_run(self, described: Mapping[str, Any]) -> None:
        try:
            found = json.loads((self.folder / MANIFEST).read_text())
        except (OSError, ValueError):
            found = {}
        for name, value in described.items():
            if found.get(name) != value:
                raise LcfmError(
                    f"{self.folder} holds the partitions of another run: its {name} is "
                    f"{_text(found.get(name))} and not {_text(value)}; give the same command as "
                    "then, or --overwrite in place of --resume to begin anew"
                )


def describe(chunks: Sequence[Chunk]) -> dict[str, Any]:
    """What decides the table, as plain values: equal for equal runs only."""
    first = {chunk.survey_index: chunk for chunk in reversed(chunks)}.values()
    chosen = sorted(first, key=lambda chunk: chunk.survey_index)
    return {
        "version": lcfm.__version__,
        "surveys": [chunk.survey.name for chunk in chosen],
        "n": sum(chunk.n for chunk in chunks) // len(chosen),
        "seed": chunks[0].seed,
        "population": [_digest(chunk.population) for chunk in chosen],
        "survey settings": [_digest(chunk.survey) for chunk in chosen],
        "partitions": len(chunks),
    }


def rows_of(report: SimulationReport) -> list[list[Any]]:
    """A report as rows of survey, class, drawn, selected and kept."""
    return [
        [survey, label, drawn, report.selected[survey, label], report.kept[survey, label]]
        for (survey, label), drawn in report.drawn.items()
    ]


def read_report(path: Path) -> SimulationReport:
    """A report from the rows in a file."""
    rows = json.loads(path.read_text())
    columns = ({(row[0], row[1]): row[place] for row in rows} for place in (2, 3, 4))
    return SimulationReport(*columns)


def replace_text(path: Path, text: str) -> None:
    """Write a small text, whole or not at all."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    temporary.write_text(text)
    os.replace(temporary, path)


def _digest(settings: object) -> str:
    """First 16 hex digits of the sha256 of settings; arrays and the like count by content."""
    text = json.dumps(config.to_dict(settings), sort_keys=True, default=_digest_of_bytes)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _digest_of_bytes(value: object) -> str:
    try:
        return hashlib.sha256(pickle.dumps(value)).hexdigest()
    except (pickle.PicklingError, AttributeError, TypeError):
        return repr(value)  # only one process can use it; at worst, resuming is refused


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
