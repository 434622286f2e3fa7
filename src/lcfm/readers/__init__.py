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
from lcfm.readers.folder import ObjectsPoints
from lcfm.readers.parquet import NestedParquet, partitions_with_report
from lcfm.readers.plasticc import PlasticcCsv
from lcfm.readers.snana_csv import SnanaCsv
from lcfm.readers.snana_fits import SnanaFits
from lcfm.readers.snana_text import SnanaText
from lcfm.readers.tabular import TabularReader
from lcfm.validation import Report

READERS: dict[str, type[Reader]] = {
    r.name: r
    for r in (
        ObjectsPoints,
        NestedParquet,
        SnanaFits,
        SnanaText,
        SnanaCsv,
        PlasticcCsv,
        TabularReader,
    )
}

log = logging.getLogger("lcfm")


def read(source: str | Path, *, format: str | Reader | None = None) -> LightCurves:
    """Read light curves from anything lcfm knows; what was dropped is logged.

    Parameters
    ----------
    source
        A file or folder of a known format, or the name of a registered data set.
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


def _tell(source: str | Path, report: Report) -> None:
    """Log what was recognised, and more loudly what was dropped."""
    (log.info if report.clean else log.warning)("%s: %s", source, report)


def read_with_report(
    source: str | Path, *, format: str | Reader | None = None
) -> tuple[LightCurves, Report]:
    """As :func:`read`, with the report of what was recognised and dropped."""
    path = locate(source)
    reader = _reader(path, format)
    return reader.read(path)


def partitions(source: str | Path, n_objects: int) -> Iterator[LightCurves]:
    """Read in parts of at most about `n_objects` objects; only Parquet keeps memory bounded."""
    path = locate(source)
    reader = _reader(path, None)
    total = Report()
    if isinstance(reader, NestedParquet):
        for lcs, report in partitions_with_report(path, n_objects):
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


def _reader(path: Path, format: str | Reader | None) -> Reader:
    if isinstance(format, Reader):
        return format
    if format is not None:
        if format not in READERS:
            raise UnknownNameError.of("format", format, READERS)
        return READERS[format]()
    for kind in READERS.values():
        reader = kind()
        if reader.recognises(path):
            return reader
    raise ReadError(
        f"{path} is of no known format ({', '.join(READERS)}); is it empty or truncated? "
        "Otherwise name its format"
    )
