"""Nested Parquet: one row per object, a list-struct column `lightcurve`; a folder is partitioned.

This is the native format of lcfm, readable by nested-pandas and LSDB. Files that hold a struct of
lists instead, as some versions of nested-pandas write, are read as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lcfm.atomic import new_file, new_folder
from lcfm.errors import ReadError
from lcfm.lightcurves import POINT_DTYPES, LightCurves
from lcfm.readers.base import Reader, with_survey
from lcfm.validation import Report

COLUMN = "lightcurve"
ROW_GROUP = 10_000


@dataclass(frozen=True)
class NestedParquet(Reader):
    """A nested Parquet file, or a folder of them.

    Parameters
    ----------
    survey
        Survey of the objects for which the table names none.
    """

    name: ClassVar[str] = "nested-parquet"

    survey: str = ""

    def recognises(self, path: Path) -> bool:
        """True for Parquet files with a nested column `lightcurve`."""
        files = partition_files(path)
        if not files:
            return False
        try:
            return COLUMN in pq.read_schema(files[0]).names
        except (pa.ArrowException, OSError):
            return False

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read every partition."""
        tables, report = [], Report()
        for lcs, part in partitions_with_report(path, ROW_GROUP * 10, self.survey):
            tables.append(lcs)
            report += part
        if not tables:
            raise ReadError(f"{path} holds no objects; check how it was written")
        return LightCurves.concat(tables), report


def partition_files(path: Path) -> list[Path]:
    """Parquet files of a table: the file itself, or those below a folder in order of name."""
    if path.is_file():
        return [path] if path.suffix in (".parquet", ".parq", ".pq") else []
    if not path.is_dir():
        return []
    found = (p for p in sorted(path.rglob("*.parquet")) if not p.name.startswith(("_", ".")))
    return [p for p in found if p.name not in ("objects.parquet", "points.parquet")]


def iter_partitions(path: str | Path, n_objects: int) -> Iterator[LightCurves]:
    """Yield tables of at most about `n_objects` objects; memory is bounded by the row groups.

    Raises
    ------
    ReadError
        A file is damaged or has no nested light curves.
    """
    for lcs, _ in partitions_with_report(Path(path), n_objects):
        yield lcs


def write_parquet(lcs: LightCurves, path: str | Path) -> None:
    """Write one nested Parquet file, whole or not at all."""
    with new_file(path) as temporary:
        pq.write_table(to_arrow(lcs), temporary, compression="zstd", row_group_size=ROW_GROUP)


def write_partitioned(
    tables: Iterable[LightCurves], folder: str | Path, *, overwrite: bool = False
) -> int:
    """Write each table as one file of a folder; return the number of objects."""
    count = 0
    with new_folder(folder, overwrite=overwrite) as temporary:
        for i, lcs in enumerate(tables):
            write_parquet(lcs, temporary / f"part-{i:05d}.parquet")
            count += len(lcs)
    return count


def to_arrow(lcs: LightCurves) -> pa.Table:
    """Nested Arrow table: object columns and the list-struct column `lightcurve`."""
    fields = {}
    for name, values in lcs.points.items():
        if name == "band":
            codes = pa.array(values.astype(np.int32))
            fields[name] = pa.DictionaryArray.from_arrays(codes, pa.array(lcs.bands)).cast(
                pa.string()
            )
        else:
            fields[name] = pa.array(np.ascontiguousarray(values))
    points = pa.StructArray.from_arrays(list(fields.values()), names=list(fields))
    offsets = pa.array(lcs.offsets.astype(np.int32))
    nested = pa.ListArray.from_arrays(offsets, points)
    return lcs.objects.append_column(COLUMN, nested).replace_schema_metadata(
        {"lcfm": "nested light curves", "flux_unit": "nJy AB, or ppm about zero by band"}
    )


def from_arrow(table: pa.Table, where: str = "table") -> tuple[LightCurves, Report]:
    """Light curves from a nested Arrow table.

    Raises
    ------
    ReadError
        The column `lightcurve` or one of its fields is missing.
    """
    if COLUMN not in table.column_names:
        raise ReadError(f"{where} has no column {COLUMN!r}; it has {', '.join(table.column_names)}")
    nested = table[COLUMN].combine_chunks()
    if isinstance(nested, pa.ChunkedArray):
        nested = nested.chunk(0) if nested.num_chunks else pa.array([], type=nested.type)
    offsets, fields = flatten(nested, where)
    missing = {"mjd", "band", "flux", "flux_err"} - set(fields)
    if missing:
        raise ReadError(
            f"{where}: the light curves lack {sorted(missing)[0]!r}; they have {', '.join(fields)}"
        )
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    names = _texts(fields.pop("band"))
    columns = {k: _numbers(v, k) for k, v in fields.items()}
    return LightCurves.from_rows(table.drop_columns([COLUMN]), owner, columns, names)


def partitions_with_report(
    path: Path, n_objects: int, survey: str = ""
) -> Iterator[tuple[LightCurves, Report]]:
    """As :func:`iter_partitions`, each with the report of what was dropped.

    `survey` is that of the objects for which the table names none.
    """
    files = partition_files(path)
    if not files:
        raise ReadError(f"{path} is no Parquet file and holds none")
    for file in files:
        try:
            # pre_buffer would hold the whole file from the first row group on
            with pq.ParquetFile(file, pre_buffer=False) as parquet:
                for batch in parquet.iter_batches(batch_size=n_objects):
                    if batch.num_rows:
                        table = with_survey(pa.Table.from_batches([batch]), survey)
                        yield from_arrow(table, str(file))
        except (pa.ArrowException, OSError) as error:
            raise ReadError(
                f"{file} cannot be read as Parquet ({_first_line(error)}); it may be truncated or "
                "empty: copy it again"
            ) from error


def flatten(nested: Any, where: str) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """Offsets and flat fields of a list-struct or struct-of-lists column."""
    kind = nested.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        if not pa.types.is_struct(kind.value_type):
            raise ReadError(
                f"{where}: column {COLUMN!r} must hold structs, it holds {kind.value_type}"
            )
        offsets = np.concatenate([[0], np.cumsum(_lengths(nested))])
        return offsets, _struct_fields(nested.flatten())
    if pa.types.is_struct(kind):
        lists = _struct_fields(nested)
        lengths = {name: _lengths(values) for name, values in lists.items()}
        first = next(iter(lengths.values()))
        if any(not np.array_equal(first, other) for other in lengths.values()):
            raise ReadError(f"{where}: the lists in {COLUMN!r} differ in length")
        offsets = np.concatenate([[0], np.cumsum(first)])
        return offsets, {name: values.flatten() for name, values in lists.items()}
    raise ReadError(f"{where}: column {COLUMN!r} must be nested, it is {kind}")


def _lengths(lists: Any) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    lengths = pc.list_value_length(lists).fill_null(0)
    return np.asarray(lengths.to_numpy(zero_copy_only=False), dtype=np.int64)


def _struct_fields(values: Any) -> dict[str, Any]:
    return {values.type.field(i).name: values.field(i) for i in range(values.type.num_fields)}


def _texts(values: Any) -> NDArray[Any]:
    """Band names; a dictionary is decoded by its codes, which is much quicker than text."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    names = np.array([*encoded.dictionary.cast(pa.string()).to_pylist(), ""], dtype=object)
    return np.asarray(names.astype(str)[codes.astype(np.int64)])


def _numbers(values: Any, name: str) -> NDArray[Any]:
    out = values.to_numpy(zero_copy_only=False)
    wanted = POINT_DTYPES.get(name)
    if wanted is np.bool_:
        return np.asarray([bool(v) for v in out] if out.dtype == object else out, dtype=bool)
    return np.asarray(out, dtype=wanted)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
