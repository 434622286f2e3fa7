"""The columns of a table file, whatever its format: text, ECSV, VOTable, FITS or flat Parquet.

Names of objects are kept as text where the file allows, so that long ids stay whole and leading
zeros stay; missing values become NaN in columns of decimals and None elsewhere.
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np

from lcfm.errors import ReadError
from lcfm.readers.columns import find_columns

START_BYTES = 4096
DELIMITERS = ",;\t"
LONG_NAME = 60


def column_names(path: Path) -> list[str]:
    """Names of the columns, without reading the rows where the format allows.

    Raises
    ------
    OSError, ValueError
        The file cannot be read; a text that is no table gives names that mean nothing.
    """
    start = _start(path)
    if start.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        return list(pq.read_schema(path).names)
    kind = _astropy_kind(start)
    if kind:
        return list(_from_astropy(path, kind))
    return _text_header(path)[0] if start else []


def table_header(path: Path) -> list[str]:
    """Names of the columns of what may be a table; none where it cannot be one."""
    try:
        names = column_names(path)
    except Exception:  # astropy and pyarrow each raise many kinds
        return []
    return names if all(name.isprintable() and len(name) < LONG_NAME for name in names) else []


def load(path: Path) -> dict[str, Any]:
    """Columns by name; a unit known to the file is put in brackets behind the name.

    Raises
    ------
    ReadError
        The file is empty, truncated or no table.
    """
    start = _start(path)
    if not start:
        raise ReadError(f"{path} is empty or no file")
    try:
        if start.startswith(b"PAR1"):
            return _from_parquet(path)
        kind = _astropy_kind(start)
        return _from_astropy(path, kind) if kind else _from_text(path)
    except Exception as error:  # astropy and pyarrow each raise many kinds
        first = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise ReadError(
            f"{path} cannot be read as a table ({first}); it may be truncated"
        ) from error


def _start(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(START_BYTES)


def _astropy_kind(start: bytes) -> str:
    if start.startswith(b"SIMPLE"):
        return "fits"
    if b"<VOTABLE" in start:
        return "votable"
    return "ascii.ecsv" if start.startswith(b"# %ECSV") else ""


def _id_column(names: list[str]) -> str | None:
    found = find_columns(names).get("object_id")
    return found.given if found else None


def _from_parquet(path: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    flat = pq.read_table(path)
    ids = _id_column(flat.column_names)
    columns = {}
    for name in flat.column_names:
        column = flat[name]
        if pa.types.is_dictionary(column.type):  # to_numpy would fill its gaps with a value
            column = column.cast(column.type.value_type)
        if name == ids and pa.types.is_integer(column.type):
            column = column.cast(pa.string())  # missing ids would turn the rest into decimals
        columns[name] = column.to_numpy()
    return columns


def _text_header(path: Path) -> tuple[list[str], str, int]:
    """Names, delimiter (a blank for any white space), and number of comment lines before them."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig") as file:
        for skipped, line in enumerate(file):
            if line.strip() and not line.startswith("#"):
                delimiter = max(DELIMITERS, key=line.count)
                if delimiter not in line:
                    return line.split(), " ", skipped
                return (
                    next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter)),
                    delimiter,
                    skipped,
                )
    return [], " ", 0


def _from_text(path: Path) -> dict[str, Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names, delimiter, skipped = _text_header(path)
    ids = _id_column(names)
    if delimiter == " ":
        return _from_astropy(path, "ascii.basic", ids)
    table = arrow_csv.read_csv(
        path,
        read_options=arrow_csv.ReadOptions(skip_rows=skipped),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter),
        convert_options=arrow_csv.ConvertOptions(column_types={ids: pa.string()} if ids else {}),
    )
    return {name: table[name].to_numpy() for name in table.column_names}


def _from_astropy(path: Path, kind: str, ids: str | None = None) -> dict[str, Any]:
    """Read with astropy; the column `ids` of a text stays text."""
    from astropy.io.ascii import convert_numpy
    from astropy.table import Table

    if ids is not None:
        table = Table.read(path, format=kind, converters={ids: [convert_numpy(str)]})
    else:
        table = Table.read(path, format=kind)
    columns = {}
    for name in table.colnames:
        column = table[name]
        unit = f" [{column.unit}]" if column.unit is not None else ""
        columns[f"{name}{unit}"] = _plain(column)
    return columns


def _plain(column: Any) -> np.ndarray[Any, Any]:
    """An astropy column as an array; what is masked becomes NaN or None."""
    if not np.ma.is_masked(column):
        return np.asarray(column)
    if column.dtype.kind == "f":
        return np.asarray(np.ma.filled(column, np.nan))
    plain = np.asarray(column).astype(object)
    plain[np.ma.getmaskarray(column)] = None
    return plain
