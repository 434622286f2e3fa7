"""Values of SNANA's object columns: numbers with their sentinels, names of types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import ReadError

FloatArray = NDArray[np.float64]

SENTINELS = (-9.0, -99.0, -777.0, -999.0)
"""Numbers that stand for "unknown"."""

MAY_BE_MINUS_NINE = ("DEC", "DECL")
"""Declination -9 is a place in the sky, and not a sentinel."""

TYPES = ("SIM_TYPE_NAME", "SIM_TYPE_INDEX", "SNTYPE", "TYPE", "SPEC_CLASS")
"""Keys of the type, the first that is known counts; SPEC_CLASS is that of YSE DR1."""

_NO_NAME = ("", "-9", "-99", "UNKNOWN", "NULL", "XXXX", "NA", "NAN", "NONE", "--")


def known_numbers(columns: Mapping[str, ArrayLike], key: str, n: int) -> FloatArray:
    """Column `key` of shape (n,), NaN where it is missing or a sentinel.

    Raises
    ------
    ReadError
        The column holds text that is no number.
    """
    if key not in columns:
        return np.full(n, np.nan)
    try:
        values = np.asarray(columns[key], dtype=np.float64)
    except ValueError as error:
        raise ReadError(f"{key} must hold numbers ({error}); mend the file") from error
    known = np.isfinite(values)
    if key not in MAY_BE_MINUS_NINE:
        known &= ~np.isin(values, SENTINELS)
    return np.where(known, values, np.nan)


def labels(columns: Mapping[str, Sequence[object]], n: int) -> list[str]:
    """Type of each object: its name in a simulation, SNANA's integer as text, or its class."""
    out = [""] * n
    for key in TYPES:
        if key in columns:
            texts = [str(v).strip() for v in columns[key]]
            names = ["" if t.upper() in _NO_NAME else t for t in texts]
            out = [old or new for old, new in zip(out, names, strict=True)]
    return out
