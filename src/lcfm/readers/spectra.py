"""Spectra in Parquet: one row per spectrum, its points in lists.

Written is a list-struct column `spectrum`, readable by nested-pandas. Read are this and three list
columns `wavelength`, `flux`, `flux_err`, also as a folder whose `objects.parquet` tells more of
each object.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lcfm.atomic import new_file
from lcfm.errors import ReadError
from lcfm.readers.parquet import partition_files
from lcfm.spectra import POINT_COLUMNS, Spectra
from lcfm.validation import Report

COLUMN = "spectrum"
ROW_GROUP = 10_000
OBJECTS, SPECTRA = "objects.parquet", "spectra.parquet"


def read_spectra(path: str | Path) -> tuple[Spectra, Report]:
    """Read a file of spectra, a folder of such files, or one with ``objects.parquet`` beside them.

    Parameters
    ----------
    path
        Columns ``object_id`` and either ``spectrum`` (structs of wavelength [Å], flux, flux_err) or
        these three as lists. Of ``objects.parquet``, columns that the spectra lack are joined by
        ``object_id``.

    Raises
    ------
    ReadError
        A file is damaged, or lacks what is needed.
    """
    path = Path(path)
    joined = path / SPECTRA
    files = [joined] if joined.is_file() else partition_files(path)
    if not files:
        raise ReadError(f"{path} is no Parquet file and holds none")
    tables, report = [], Report()
    for file in files:
        table = _table(file)
        if (path / OBJECTS).is_file():
            table = _join(table, _table(path / OBJECTS), path)
        spectra, part = from_arrow(table, str(file))
        tables.append(spectra)
        report += part
    return Spectra.concat(tables), report


def write_spectra(spectra: Spectra, path: str | Path) -> None:
    """Write one nested Parquet file, whole or not at all."""
    with new_file(path) as temporary:
        pq.write_table(to_arrow(spectra), temporary, compression="zstd", row_group_size=ROW_GROUP)


def to_arrow(spectra: Spectra) -> pa.Table:
    """Nested Arrow table: object columns and the list-struct column `spectrum`."""
    fields = {k: pa.array(np.ascontiguousarray(v)) for k, v in spectra.points.items()}
    points = pa.StructArray.from_arrays(list(fields.values()), names=list(fields))
    nested = pa.LargeListArray.from_arrays(pa.array(spectra.offsets), points)
    return spectra.objects.append_column(COLUMN, nested).replace_schema_metadata(
        {"lcfm": "nested spectra", "flux_unit": "flux_scale erg / s / cm2 / Angstrom"}
    )


def from_arrow(table: pa.Table, where: str = "table") -> tuple[Spectra, Report]:
    """Spectra from an Arrow table of either form.

    Raises
    ------
    ReadError
        A column is missing, or the lists of a spectrum differ in length.
    """
    if "object_id" not in table.column_names:
        raise ReadError(
            f"{where} has no column 'object_id'; it has {', '.join(table.column_names)}"
        )
    objects = table.drop_columns([c for c in (COLUMN, *POINT_COLUMNS) if c in table.column_names])
    if COLUMN in table.column_names:
        nested = table[COLUMN]
        structs = nested.type.value_type if _is_list(nested.type) else None
        if structs is None or not pa.types.is_struct(structs):
            raise ReadError(f"{where}: column {COLUMN!r} must hold lists of structs")
        lengths = _lengths(nested)
        flat = pc.list_flatten(nested)
        points = {f.name: pc.struct_field(flat, f.name).to_numpy() for f in structs}
    else:
        points, lengths = _listed(table, where)
    missing = {"wavelength", "flux"} - set(points)
    if missing:
        raise ReadError(f"{where} has no spectra: column {sorted(missing)[0]!r} is missing")
    owner = np.repeat(np.arange(table.num_rows), lengths)
    return Spectra.from_rows(objects, owner, points, remarks=_remarks(objects))


def _listed(table: pa.Table, where: str) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
    """Flat columns of three list columns, and the length of each spectrum."""
    given = {c: table[c] for c in POINT_COLUMNS if c in table.column_names}
    for name in ("wavelength", "flux"):
        if name not in given or not _is_list(given[name].type):
            raise ReadError(
                f"{where} has neither lists {name!r} nor a column {COLUMN!r}; it has "
                f"{', '.join(table.column_names)}"
            )
    lengths = _lengths(given["wavelength"])
    points = {}
    for name, column in given.items():
        if not _is_list(column.type):
            continue  # a column of nulls: no errors known
        own = _lengths(column)
        wrong = (own != lengths) & ((own > 0) | (name == "flux"))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ReadError(
                f"{where}: object {table['object_id'][row]} has {lengths[row]} wavelengths but "
                f"{own[row]} values of {name}; give as many"
            )
        values = np.full(int(lengths.sum()), np.nan, dtype=np.float32)
        values[np.repeat(own > 0, lengths)] = pc.list_flatten(column).to_numpy()
        points[name] = values
    return points, lengths


def _remarks(objects: pa.Table) -> tuple[str, ...]:
    if "frame" in objects.column_names:
        return ()
    return ("no column 'frame': whether wavelengths are observed or rest-frame is not stated",)


def _join(spectra: pa.Table, objects: pa.Table, where: Path) -> pa.Table:
    """Columns of the objects that the spectra lack, by ``object_id``."""
    for table, name in ((spectra, SPECTRA), (objects, OBJECTS)):
        if "object_id" not in table.column_names:
            raise ReadError(f"{where / name} has no column 'object_id' to join by")
    ids = objects["object_id"].cast(pa.string()).combine_chunks()
    rows = pc.index_in(spectra["object_id"].cast(pa.string()), value_set=ids)
    for name in objects.column_names:
        if name not in spectra.column_names:
            spectra = spectra.append_column(name, objects[name].take(rows))
    return spectra


def _table(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(
            f"{path} cannot be read as Parquet ({str(error).splitlines()[0][:120]}); it may be "
            "truncated or empty: copy it again"
        ) from error


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _lengths(lists: Any) -> NDArray[np.int64]:
    lengths = pc.list_value_length(lists).fill_null(0)
    return np.asarray(lengths.to_numpy(), dtype=np.int64)
