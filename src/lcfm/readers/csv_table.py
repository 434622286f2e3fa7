"""CSV files, plain or gzipped, as Arrow tables; a damaged file becomes one clear sentence."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from lcfm.errors import ReadError

SUFFIXES = (".csv", ".csv.gz")


def is_csv(path: Path) -> bool:
    """True for a file whose name ends as that of a CSV file."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def csv_columns(path: Path) -> tuple[str, ...]:
    """Names in the first line; none if the file cannot be read."""
    try:
        with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as file:
            line = file.readline(20_000)
    except (OSError, EOFError, zlib.error):
        return ()
    return tuple(name.strip().strip('"') for name in line.decode(errors="replace").split(","))


def read_csv(path: Path, wanted: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Those of the wanted columns that exist; integers stay whole, missing numbers are NaN.

    Raises
    ------
    ReadError
        The file is empty, truncated, damaged or no CSV.
    """
    from pyarrow import csv

    there = [name for name in wanted if name in csv_columns(path)]
    options = csv.ConvertOptions(include_columns=there)
    try:
        table = csv.read_csv(path, convert_options=options)
    except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
        raise ReadError(
            f"{path} cannot be read as CSV ({str(error).splitlines()[0][:120]}); it may be "
            "truncated or empty: copy it again"
        ) from error
    return {name: table[name].to_numpy() for name in there}
