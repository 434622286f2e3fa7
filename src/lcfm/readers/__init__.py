"""Readers: one file per format, one line here.

`READERS` maps the name of a format to its class, in the order in which content is recognised.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from lcfm import datasets
from lcfm.errors import ReadError, UnknownNameError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader
from lcfm.readers.columns import find_columns, missing_columns
from lcfm.readers.folder import ObjectsPoints
from lcfm.readers.lightcurvelynx import LightCurveLynx
from lcfm.readers.parquet import NestedParquet, partitions_with_report
from lcfm.readers.plasticc import PlasticcCsv
from lcfm.readers.snana_csv import SnanaCsv
from lcfm.readers.snana_fits import SnanaFits
from lcfm.readers.snana_text import SnanaText
from lcfm.readers.source import TableSource
from lcfm.readers.table_files import table_header
from lcfm.readers.tabular import TabularReader
from lcfm.validation import Report

READERS: dict[str, type[Reader]] = {
    r.name: r
    for r in (
        ObjectsPoints,
        LightCurveLynx,
        NestedParquet,
        SnanaFits,
        SnanaText,
        SnanaCsv,
        PlasticcCsv,
        TabularReader,
    )
}

log = logging.getLogger("lcfm")


Table = str | Path | TableSource
"""A path, the name of a data set, or either with settings."""


def read(source: Table, *, format: str | Reader | None = None) -> LightCurves:
    """Read light curves from anything lcfm knows; what was dropped is logged.

    Parameters
    ----------
    source
        A file or folder of a known format, or the name of a registered data set; a
        :class:`~lcfm.readers.source.TableSource` where the files leave something unsaid.
    format
        Name of the format, or a reader with settings of its own; by default recognised.

    Raises
    ------
    ReadError
        Nothing is there, or no reader recognises it.
    """
    lcs, report = read_with_report(source, format=format)
    _tell(source, report)
    return lcs


def _tell(source: Table, report: Report) -> None:
    """Log what was recognised, and more loudly what was dropped, changed or is in doubt."""
    name = source.path if isinstance(source, TableSource) else source
    quiet = report.clean and not report.cautions
    (log.info if quiet else log.warning)("%s: %s", name, report)


def read_with_report(
    source: Table, *, format: str | Reader | None = None
) -> tuple[LightCurves, Report]:
    """As :func:`read`, with the report of what was recognised and dropped."""
    path, reader = opened(source, format)
    return reader.read(path)


def partitions(source: Table, n_objects: int) -> Iterator[LightCurves]:
    """Read in parts of at most about `n_objects` objects; only Parquet keeps memory bounded."""
    path, reader = opened(source)
    total = Report()
    if isinstance(reader, NestedParquet):
        for lcs, report in partitions_with_report(path, n_objects, reader.survey):
            total += report
            yield lcs
    else:
        lcs, total = reader.read(path)
        yield from lcs.iter_chunks(n_objects)
    _tell(source, total)


def locate(source: str | Path) -> Path:
    """Path of a file, a folder or a registered data set."""
    path = Path(source)
    if path.exists():
        return path
    if str(source) in datasets.DATASETS:
        fetched = datasets.path(str(source))
        if fetched is not None:
            return fetched
        raise ReadError(f"data set {source!r} is not here yet; run: lcfm data fetch {source}")
    raise ReadError(
        f"{source} does not exist; give a file, a folder or a data set (lcfm data list)"
    )


def opened(source: Table, format: str | Reader | None = None) -> tuple[Path, Reader]:
    """Where the table lies, and the reader that was named or recognises it.

    Raises
    ------
    ReadError
        Nothing is there, or no reader recognises it.
    """
    if not isinstance(source, TableSource):
        source = TableSource(path=source)
    path = locate(source.path)
    if isinstance(format, Reader):
        return path, format
    return path, source.reader(_kind(path, format or source.format))


def _kind(path: Path, format: str | None) -> type[Reader]:
    if format is not None:
        if format not in READERS:
            raise UnknownNameError.of("format", format, READERS)
        return READERS[format]
    for kind in READERS.values():
        if kind().recognises(path):
            return kind
    names = table_header(path)
    lacking = missing_columns(names) if len(names) > 1 else ""
    if lacking and find_columns(names):
        raise ReadError(f"{path}, read as a plain table, {lacking}")
    unknown = f"{path} is of no known format ({', '.join(READERS)})"
    if lacking:
        raise ReadError(f"{unknown}; read as a plain table, it {lacking}")
    raise ReadError(f"{unknown}; is it empty or truncated? Otherwise name its format with --format")
