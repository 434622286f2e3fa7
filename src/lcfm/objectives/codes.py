"""Names to whole numbers: classes, surveys, and events as a loss compares them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves


def names_and_counts(
    lcs: LightCurves, column: str, *, what: str
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names in an object column, sorted, and how many objects bear each; empty ones left out.

    Raises
    ------
    LcfmError
        They are numbers, or fewer than two; `what` says who needs them, as in "a classifier".
    """
    values = lcs.names(column)
    names, counts = np.unique(values[values != ""].astype(str), return_counts=True)
    if len(names) < 2:
        found = f": {str(names[0])!r}" if len(names) else ""
        raise LcfmError(
            f"column {column!r} holds {len(names)} name(s){found}; {what} needs at least two"
        )
    return tuple(map(str, names)), counts


def codes(lcs: LightCurves, column: str, names: Sequence[str]) -> NDArray[np.int64]:
    """Place in `names` of each object's name, shape (n_objects,).

    Raises
    ------
    LcfmError
        An object has another name, or none: it would be lost in silence.
    """
    code = {name: i for i, name in enumerate(names)}
    values = lcs.names(column)
    unknown = [i for i, value in enumerate(values) if value not in code]
    if unknown:
        raise LcfmError(
            f"object {lcs.object_id[unknown[0]]!r} has {column} {values[unknown[0]]!r}, which is "
            f"not one of {', '.join(names)}"
        )
    return np.array([code[value] for value in values], dtype=np.int64)
