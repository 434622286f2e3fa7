"""Cells of a plain table as numbers, texts or flags, whatever a file made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import ReadError
from lcfm.readers.columns import Column


def numbers(table: Mapping[str, Any], column: Column) -> NDArray[np.float64]:
    """Values of a column as decimals.

    Raises
    ------
    ReadError
        It holds something else.
    """
    values = table[column.given]
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ReadError(
            f"column {column.given!r} must hold numbers, it holds {values[0]!r}"
        ) from error


def texts(values: Any) -> NDArray[Any]:
    """Text of each value; empty where it is missing.

    Raises
    ------
    ReadError
        The values are decimals, which would damage names.
    """
    plain = np.asarray(values)
    if plain.dtype.kind == "S":
        plain = np.char.decode(plain, "utf-8")
    missing = np.array([v is None or v != v for v in plain.tolist()], dtype=bool)
    if plain.dtype.kind == "f":
        there = plain[~missing]
        if not (there == np.floor(there)).all() or (np.abs(there) > 2**53).any():
            raise ReadError("a column of names holds decimal numbers; store it as integers or text")
        plain = np.where(missing, 0, plain).astype(np.int64)
    decoded = (v.decode() if isinstance(v, bytes) else v for v in plain.tolist())
    return np.array(
        ["" if m else str(v).strip() for v, m in zip(decoded, missing, strict=True)], object
    )


def flags(values: Any) -> NDArray[np.bool_]:
    """Yes or no from numbers or words; missing is no."""
    plain = np.asarray(values)
    if plain.dtype.kind in "OUS":
        return np.array([str(v).strip().lower() in ("true", "1", "t", "yes") for v in plain], bool)
    return np.asarray(np.nan_to_num(plain) != 0, dtype=bool)
