"""Object columns to numbers for the metadata branch, with missing values left as NaN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.preprocess import Tokens


@dataclass(frozen=True)
class MetadataColumns:
    """Which columns enter, and the training mean and deviation of each.

    Attributes
    ----------
    columns
        Names of numeric object columns (``mwebv``, ``photoz``, …).
    mean, std
        Of the finite training values.
    """

    columns: tuple[str, ...]
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def fit(self, lcs: LightCurves) -> MetadataColumns:
        """Return the same columns with mean and deviation of `lcs`.

        Raises
        ------
        LcfmError
            The training table lacks one of the columns.
        """
        values = self._numbers(lcs)
        known = [v[np.isfinite(v)] for v in values.T]
        mean = tuple(float(v.mean()) if len(v) else 0.0 for v in known)
        std = tuple(max(float(v.std()), 1e-6) if len(v) else 1.0 for v in known)
        return MetadataColumns(self.columns, mean, std)

    def tokens(self, lcs: LightCurves) -> Tokens:
        """One token of len(columns) numbers per object; NaN where a value is missing.

        Raises
        ------
        LcfmError
            The table lacks one of the columns.
        """
        values = (self._numbers(lcs) - np.array(self.mean)) / np.array(self.std)
        return Tokens(np.arange(len(lcs) + 1), values.astype(np.float32))

    def missing(self, lcs: LightCurves) -> dict[str, int]:
        """How many objects have no value, by column; columns that are complete are left out."""
        counts = (~np.isfinite(self._numbers(lcs))).sum(axis=0)
        return {name: int(n) for name, n in zip(self.columns, counts, strict=True) if n}

    def _numbers(self, lcs: LightCurves) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        absent = [name for name in self.columns if name not in lcs.columns]
        if absent:
            raise LcfmError(
                f"metadata column {absent[0]!r} is not in the table, which has "
                f"{', '.join(lcs.columns)}; add it, empty where it is unknown"
            )
        return np.column_stack([lcs.numbers(name) for name in self.columns])
