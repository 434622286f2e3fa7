"""A folder with `objects.parquet` and `points.parquet`, joined by `object_id`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader, with_survey
from lcfm.validation import Report

OBJECTS, POINTS = "objects.parquet", "points.parquet"
ALIASES = {"upper_limit": "limit"}


@dataclass(frozen=True)
class ObjectsPoints(Reader):
    """One table of objects and one of points.

    Parameters
    ----------
    survey
        Survey of the objects for which the table names none.
    """

    name: ClassVar[str] = "objects-points"

    survey: str = ""

    def recognises(self, path: Path) -> bool:
        """True for a folder that holds both files."""
        return (path / OBJECTS).is_file() and (path / POINTS).is_file()

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read and join."""
        objects, points = _table(path / OBJECTS), _table(path / POINTS)
        for table, name in ((objects, OBJECTS), (points, POINTS)):
            if "object_id" not in table.column_names:
                raise ReadError(f"{path / name} has no column 'object_id' to join by")
        present = set(points.column_names)
        points = points.rename_columns(
            [n if ALIASES.get(n) in present else ALIASES.get(n, n) for n in points.column_names]
        )
        missing = {"mjd", "band", "flux", "flux_err"} - set(points.column_names)
        if missing:
            raise ReadError(f"{path / POINTS} has no column {sorted(missing)[0]!r}")
        ids = objects["object_id"].cast(pa.string())
        found = pc.index_in(points["object_id"].cast(pa.string()), value_set=ids.combine_chunks())
        owner = found.fill_null(-1).to_numpy()
        columns: dict[str, Any] = {}
        for name in points.column_names:
            column = points[name]
            if name in ("object_id", "band") or pa.types.is_string(column.type):
                continue
            columns[name] = column.to_numpy()
        names = np.asarray(points["band"].cast(pa.string()).fill_null("").to_pylist(), dtype=object)
        objects = with_survey(objects, self.survey)
        return LightCurves.from_rows(objects, owner, columns, names)


def _table(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(
            f"{path} cannot be read as Parquet ({str(error).splitlines()[0][:120]}); it may be "
            "truncated or empty: copy it again"
        ) from error
