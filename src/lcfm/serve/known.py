"""Which objects of a labelled table have a class that a model knows; of the others it is said.

A table names its classes as it likes ("SN Ia-norm"), or tells more types apart than a model. What
is measured or calibrated on the rest says nothing of those, so that they are named.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError, listed
from lcfm.lightcurves import LightCurves

log = logging.getLogger("lcfm")

LEAST = 0.1
"""Share of the labelled objects whose class must be known; below, the column is of other classes,
and a few objects that bear a known name by chance speak for none of the others."""


def known_classes(lcs: LightCurves, target: str, classes: Sequence[str]) -> NDArray[np.bool_]:
    """Mask of the objects whose class is one of `classes`, shape (n_objects,).

    Objects of other classes are counted in a warning; those without a class in none.

    Parameters
    ----------
    lcs
        A table with the column `target`.
    classes
        Of the model.

    Raises
    ------
    LcfmError
        There is no such column, it holds numbers, or fewer than a tenth of the objects with a
        class have a known one.
    """
    values = lcs.names(target).astype(str)
    given = values != ""
    known: NDArray[np.bool_] = given & np.isin(values, classes)
    n, of = int(known.sum()), int(given.sum())
    if n == of:
        return known
    others = f"{_counted(values[given & ~known])}; {remedy(lcs, target, classes)}"
    if n < LEAST * of:
        raise LcfmError(
            f"{f'only {n:,}' if n else 'none'} of {of:,} objects with a {target!r} can be used, "
            f"for the model does not know the class of the others: {others}, or leave the "
            "others out of the table"
        )
    log.warning(
        "%s of %s objects with a %r are left out, for the model does not know their class: %s",
        f"{of - n:,}", f"{of:,}", target, others,
    )  # fmt: skip
    return known


def remedy(lcs: LightCurves, target: str, classes: Sequence[str]) -> str:
    """What the model knows, and how a table of other classes can be used with it."""
    names = ", ".join(map(repr, classes))
    found = {
        name: int(np.isin(lcs.column(name).astype(str), classes).sum())
        for name in lcs.columns
        if name.startswith("label")
    }
    best = max(found, key=lambda name: found[name], default=target)
    if found.get(best, 0) > found.get(target, 0):
        return f"the model knows {names}; use --target {best} ({found[best]:,} objects of these)"
    return (
        f"the model knows {names}; rename what it knows by another name, name another column with "
        "--target, or adapt the model to these classes with lcfm finetune"
    )


def _counted(values: NDArray[np.str_]) -> str:
    """Values with their numbers, the most frequent first."""
    counts = Counter(values.tolist()).most_common()
    return listed([f"{value!r} ({n:,})" for value, n in counts])
