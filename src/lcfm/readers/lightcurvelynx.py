"""LightCurveLynx: results of its simulations, nested frames stored as Parquet.

LightCurveLynx (LINCC Frameworks) returns a nested-pandas frame with one row per event: ``id``,
``ra``, ``dec``, ``t0`` [MJD], ``z``, ``nobs``, parameters of the model, and a nested column
``lightcurve`` with ``mjd``, ``filter``, ``flux`` and ``fluxerr`` in nJy, ``survey_idx``,
``is_saturated`` and, if asked for, ``full_filter_name`` (``LSST_g``). An event that several surveys
saw is one row there; here it is one object per survey with a common ``event_id``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader
from lcfm.readers.parquet import COLUMN, flatten, partition_files
from lcfm.validation import Drop, Report

RENAMED: Mapping[str, str] = {"z": "redshift", "t0": "sim_t0_mjd"}
"""Column of LightCurveLynx: that of lcfm."""

SATURATED = "saturated"


@dataclass(frozen=True)
class LightCurveLynx(Reader):
    """Parquet files of LightCurveLynx's results.

    Parameters
    ----------
    surveys
        Names by ``survey_idx``, in the order of the simulation, for files that hold neither full
        filter names nor a column ``survey``: letters alone do not say which telescope's they are.
    """

    name: ClassVar[str] = "lightcurvelynx"

    surveys: tuple[str, ...] = ()

    def recognises(self, path: Path) -> bool:
        """True for Parquet files whose nested light curves have ``filter`` and ``fluxerr``."""
        files = partition_files(path)
        if not files:
            return False
        try:
            schema = pq.read_schema(files[0])
        except (pa.ArrowException, OSError):
            return False
        if COLUMN not in schema.names or "id" not in schema.names:
            return False
        kind = schema.field(COLUMN).type
        kind = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
        if not pa.types.is_struct(kind):
            return False
        return {"filter", "fluxerr"} <= {kind.field(i).name for i in range(kind.num_fields)}

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read every file; where ids repeat between files, the name of the file goes before."""
        files = partition_files(path)
        if not files:
            raise ReadError(f"{path} is no Parquet file and holds none")
        frames = [(file, _load(file)) for file in files]
        ids = [str(v) for _, frame in frames for v in frame["id"].to_pylist()]
        repeated = len(set(ids)) < len(ids)
        tables, report = [], Report()
        for file, frame in frames:
            lcs, part = self._convert(frame, file, f"{file.stem}-" if repeated else "")
            tables.append(lcs)
            report += part
        return LightCurves.concat(tables), report

    def _convert(self, frame: pa.Table, file: Path, prefix: str) -> tuple[LightCurves, Report]:
        offsets, fields = flatten(frame[COLUMN].combine_chunks(), str(file))
        missing = {"mjd", "filter", "flux", "fluxerr"} - set(fields)
        if missing:
            raise ReadError(f"{file}: the light curves lack {sorted(missing)[0]!r}")
        columns = {name: _values(values) for name, values in fields.items()}
        row = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        index = np.asarray(columns.get("survey_idx", np.zeros(len(row))), dtype=np.int64)
        names = columns.get("full_filter_name", columns["filter"]).astype(str)
        # One object per event and survey.
        pairs, owner = np.unique(np.stack([row, index], axis=1), axis=0, return_inverse=True)
        owner = np.asarray(owner).reshape(-1)
        survey = self._survey_names(frame, pairs, owner, names)
        several = np.bincount(pairs[:, 0], minlength=1)[pairs[:, 0]] > 1
        event = np.array([f"{prefix}{v}" for v in frame["id"].to_pylist()], dtype=object)
        event = event[pairs[:, 0]]
        objects = {
            "object_id": [
                f"{e}-{i}" if more else e
                for e, i, more in zip(event, pairs[:, 1], several, strict=True)
            ],
            "event_id": event.tolist(),
            "survey": survey.tolist(),
        }
        table = pa.table(objects)
        for name, column in _object_columns(frame).items():
            table = table.append_column(name, column.take(pa.array(pairs[:, 0])))
        names = _within_survey(names, survey[owner])
        points = {"mjd": columns["mjd"], "flux": columns["flux"], "flux_err": columns["fluxerr"]}
        for ours, theirs in (("detected", "detection"), ("limit", "limit")):
            if theirs in columns:
                points[ours] = columns[theirs].astype(bool)
        saturated = np.asarray(columns.get("is_saturated", np.zeros(len(row))), dtype=bool)
        use = ~saturated
        remarks = () if all(survey) else (_ask_for_survey(file),)
        lcs, report = LightCurves.from_rows(
            table, owner[use], {k: v[use] for k, v in points.items()}, names[use], remarks=remarks
        )
        if saturated.any():
            first = objects["object_id"][owner[np.flatnonzero(saturated)[0]]]
            report += Report(
                0, int(saturated.sum()), {SATURATED: Drop(int(saturated.sum()), first)}
            )
        return lcs, report

    def _survey_names(
        self,
        frame: pa.Table,
        pairs: NDArray[np.int64],
        owner: NDArray[np.int64],
        names: NDArray[Any],
    ) -> NDArray[Any]:
        """Survey of each object: of the column, as given, or before the letter of its filters."""
        if "survey" in frame.column_names:
            column = np.array(frame["survey"].fill_null("").to_pylist(), dtype=object)
            return np.asarray(column[pairs[:, 0]])
        if self.surveys:
            if pairs[:, 1].max(initial=0) >= len(self.surveys):
                raise ReadError(
                    f"survey_idx reaches {pairs[:, 1].max()}, but {len(self.surveys)} surveys were "
                    "named; give LightCurveLynx(surveys=...) all of them in order"
                )
            return np.array(self.surveys, dtype=object)[pairs[:, 1]]
        first = np.unique(owner, return_index=True)[1]
        return np.array([str(n).rpartition("_")[0] for n in names[first]], dtype=object)


def _within_survey(names: NDArray[Any], survey: NDArray[Any]) -> NDArray[Any]:
    """Filters without the name of their survey before them, each of shape (n_points,)."""
    full, place = np.unique(names, return_inverse=True)
    short = np.array([str(name).rpartition("_")[2] for name in full], dtype=object)
    return np.where(survey == "", names, short[np.asarray(place).reshape(-1)])


def _object_columns(frame: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Plain columns of the events, by lcfm's names."""
    handled = {"id", "event_id", "survey", "instrument", "nobs", COLUMN}
    return {
        RENAMED.get(name, name): frame[name]
        for name in frame.column_names
        if name not in handled
        and not name.startswith("__index")
        and not pa.types.is_nested(frame[name].type)
        and not pa.types.is_null(frame[name].type)
    }


def _values(values: Any) -> NDArray[Any]:
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _load(file: Path) -> pa.Table:
    try:
        frame = pq.read_table(file, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise ReadError(
            f"{file} cannot be read as Parquet ({reason}); it may be truncated or empty: copy it "
            "again"
        ) from error
    for name in ("id", COLUMN):
        if name not in frame.column_names:
            raise ReadError(f"{file} has no column {name!r}; it is no result of LightCurveLynx")
    return frame


def _ask_for_survey(file: Path) -> str:
    return f"{file.name} names no survey: give LightCurveLynx(surveys=...) or full filter names"
