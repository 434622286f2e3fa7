"""Unfinished: the partitions of a run that may be stopped, in a hidden folder beside its output.

    .NAME.unfinished/manifest.json   which run these are the partitions of
    .NAME.unfinished/reports/        how many events each partition took
    .NAME.unfinished/parts/          the partitions, each whole; spectra in a folder of their own

Files of a partition are renamed into ``parts`` after its report was written, so their presence
means that it is finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

import lcfm
from lcfm import config
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.ragged import Ragged
from lcfm.simulate.run import SimulationReport
from lcfm.spectra import Spectra

MANIFEST = "manifest.json"


class Piece(Protocol):
    """What a worker needs to make one partition: a chunk of a sample."""

    @property
    def n(self) -> int:
        """Events that it keeps."""

    @property
    def seed(self) -> int:
        """Of the sample."""

    @property
    def name(self) -> str:
        """Which part of the sample it belongs to."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Where its tables are written below the output; empty for the output itself."""

    def settings(self) -> Mapping[str, object]:
        """What decides the tables of this part, beside the seed."""

    def make(self) -> tuple[list[Ragged], SimulationReport]:
        """Its tables, one for each of `folders`."""


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

    def part(self, number: int, folder: str = "") -> Path:
        """Path of one partition."""
        return self.parts / folder / f"part-{number:05d}.parquet"

    def begin(self, pieces: Sequence[Piece], *, resume: bool, overwrite: bool) -> None:
        """Prepare the folder, with what an earlier run finished if it is to be continued.

        Raises
        ------
        LcfmError
            Finished partitions are there and it was not said what should become of them, or they
            belong to another run.
        """
        count = len({path.name for path in self.parts.rglob("part-*.parquet")})
        described = describe(pieces)
        if count and resume:
            self._refuse_other_run(described)
        elif count and not overwrite:
            raise LcfmError(
                f"an earlier run towards {self.output} stopped, its {count:,} finished partitions "
                f"are in {self.folder}: add --resume to continue it, or --overwrite to begin anew"
            )
        else:
            self.remove()
        for folder in (self.folder / "reports", *(self.parts / name for name in pieces[0].folders)):
            folder.mkdir(parents=True, exist_ok=True)
        # The manifest stands before any partition does.
        replace_text(self.folder / MANIFEST, json.dumps(described, indent=1))

    def finished(self, pieces: Sequence[Piece]) -> dict[int, SimulationReport]:
        """Reports of the partitions that need not be made again, by number."""
        reports = {}
        for number, piece in enumerate(pieces):
            paths = [self.part(number, folder) for folder in piece.folders]
            try:
                if all(path.exists() for path in paths):
                    # A machine that lost its power may leave files without their content.
                    for path in paths:
                        pq.read_metadata(path)
                    reports[number] = read_report(self._report(number))
            except (pa.ArrowException, OSError, ValueError):
                for path in paths:
                    path.unlink(missing_ok=True)
        return reports

    def write(self, number: int, piece: Piece) -> SimulationReport:
        """Make one partition and write it with its report."""
        from lcfm.readers.parquet import ROW_GROUP

        tables, report = piece.make()
        replace_text(self._report(number), json.dumps(rows_of(report)))
        for folder, table in zip(piece.folders, tables, strict=True):
            temporary = self.folder / f"part-{number:05d}.{os.getpid()}.part"
            pq.write_table(_nested(table), temporary, compression="zstd", row_group_size=ROW_GROUP)
            os.replace(temporary, self.part(number, folder))
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
        for name in {**described, **found}:
            was, value = (_text(run.get(name, "none")) for run in (found, described))
            if was != value:
                raise LcfmError(
                    f"{self.folder} holds the partitions of another run: its {name} is {was} and "
                    f"not {value}; give the same command as then, or --overwrite in place of "
                    "--resume to begin anew"
                )


def describe(pieces: Sequence[Piece]) -> dict[str, Any]:
    """What decides the tables, as plain values: equal for equal runs only."""
    first: dict[str, Mapping[str, object]] = {}
    for piece in pieces:
        first.setdefault(piece.name, piece.settings())
    return {
        "version": lcfm.__version__,
        "surveys": list(first),
        "n": sum(piece.n for piece in pieces) // len(first),
        "seed": pieces[0].seed,
        **{name: [_digest(one[name]) for one in first.values()] for name in pieces[0].settings()},
        "partitions": len(pieces),
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


def _nested(table: Ragged) -> pa.Table:
    from lcfm.readers import parquet, spectra

    if isinstance(table, Spectra):
        return spectra.to_arrow(table)
    assert isinstance(table, LightCurves)
    return parquet.to_arrow(table)


def _digest(settings: object) -> str:
    """First 16 hex digits of the sha256 of settings; arrays and the like count by content."""
    several = settings if isinstance(settings, tuple) else (settings,)
    plain = [config.to_dict(one) if is_dataclass(one) else one for one in several]
    text = json.dumps(plain, sort_keys=True, default=_digest_of_bytes)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _digest_of_bytes(value: object) -> str:
    try:
        return hashlib.sha256(pickle.dumps(value)).hexdigest()
    except (pickle.PicklingError, AttributeError, TypeError):
        return repr(value)  # only one process can use it; at worst, resuming is refused


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
