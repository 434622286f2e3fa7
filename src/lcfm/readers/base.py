"""The contract of a reader: a path in, light curves and a report out.

A reader is one small class per format. It recognises its files by their content, converts units
and times, resolves bands, and drops nothing in silence: what could not be used is in the report.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from lcfm.lightcurves import LightCurves
from lcfm.validation import Report


class Reader(ABC):
    """One file format."""

    name: ClassVar[str]

    @abstractmethod
    def recognises(self, path: Path) -> bool:
        """True if the content of `path` is of this format; cheap, and never raises."""

    @abstractmethod
    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read everything in `path`.

        Raises
        ------
        ReadError
            The file is truncated, empty, or lacks what is needed.
        """


def read_each(
    files: Iterable[Path], read_one: Callable[[Path], tuple[LightCurves, Report]]
) -> tuple[LightCurves, Report]:
    """One table and one report from several files."""
    tables, report = [], Report()
    for file in files:
        lcs, part = read_one(file)
        tables.append(lcs)
        report += part
    return LightCurves.concat(tables), report


def with_survey(objects: pa.Table, survey: str) -> pa.Table:
    """Objects with `survey` where the table names none; unchanged for an empty name."""
    if not survey:
        return objects
    if "survey" not in objects.column_names:
        return objects.append_column("survey", pa.array([survey] * objects.num_rows, pa.string()))
    named = objects["survey"].cast(pa.string())
    missing = pc.fill_null(pc.equal(named, ""), True)
    filled = pc.if_else(missing, pa.scalar(survey, pa.string()), named)
    return objects.set_column(objects.column_names.index("survey"), "survey", filled)
