"""Further columns of a plain table: what is the same in all rows of an object belongs to it.

A table with one row per measurement repeats what it knows of an object (a class by another scheme,
a host's mass) in each of its rows. Such columns become columns of the objects, under their own
names; columns that change from row to row are of the measurements and are named as left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_INDEX = re.compile(r"__index_level_\d+__|Unnamed: \d+|")
"""Names that pandas gives to the index of a table."""


def further_columns(
    table: Mapping[str, Any], names: Iterable[str], owner: NDArray[np.int64]
) -> tuple[dict[str, pa.Array], list[str]]:
    """Values per object of the columns that are the same within each, and names of the others.

    Parameters
    ----------
    table
        Columns of n rows.
    names
        Which of them; the index of a pandas table is passed over.
    owner : ndarray, shape (n,)
        Object of each row: 0 to n_objects − 1, each with a row at least.

    Returns
    -------
    kept : dict of str to pyarrow.Array, each of length n_objects
        A value that is missing in some rows of an object is that of the others.
    left_out : list of str
        Columns that change within an object, or hold neither numbers nor texts.
    """
    wanted = [name for name in names if not _INDEX.fullmatch(name)]
    kept: dict[str, pa.Array] = {}
    if not wanted:
        return kept, []
    ordered = bool((owner[1:] >= owner[:-1]).all())
    order = None if ordered else pa.array(np.argsort(owner, kind="stable"))
    ends = np.cumsum(np.bincount(owner))
    for name in wanted:
        try:
            values = _cells(table[name])
            one = _one_each(values if order is None else values.take(order), ends)
        except (pa.ArrowException, OverflowError):  # lists, or cells of several kinds
            continue
        if one is not None:
            kept[name] = one
    return kept, [name for name in wanted if name not in kept]


def _one_each(values: pa.Array, ends: NDArray[np.int64]) -> pa.Array | None:
    """The value of each object, whose rows end before these; None if one has several."""
    n = len(values)
    within = np.ones(n - 1, dtype=bool)
    within[ends[:-1] - 1] = False
    changes = pc.not_equal(values.slice(1), values.slice(0, n - 1))
    if pc.any(pc.and_(changes, pa.array(within))).as_py():  # quick, and true of most measurements
        return None
    encoded = values.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    first = np.concatenate([[0], ends[:-1]])
    largest = np.maximum.reduceat(codes, first)
    smallest = np.minimum.reduceat(np.where(codes < 0, n, codes), first)
    if (smallest < largest).any():
        return None
    return encoded.dictionary.take(pa.array(largest, mask=largest < 0))


def _cells(column: Any) -> pa.Array:
    """Numbers or texts, null where missing."""
    plain = np.asarray(column)
    if plain.dtype.kind in "iuf":
        plain = plain.astype(plain.dtype.newbyteorder("="))  # FITS is big-endian
    values = pa.array(plain, from_pandas=True)
    if pa.types.is_null(values.type) or pa.types.is_binary(values.type):
        values = values.cast(pa.string())
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return values
    texts = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
