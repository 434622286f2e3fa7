"""The few lines that describe a table of light curves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

MJD_ZERO = date(1858, 11, 17)
MOST_LABELS = 12


def summary_lines(
    lengths: NDArray[np.int64],
    points: Mapping[str, NDArray[Any]],
    label: NDArray[Any] | None,
    redshift: NDArray[Any] | None,
) -> list[str]:
    """Points per object, time span, detections, labels and redshifts, one line each.

    Parameters
    ----------
    lengths : ndarray of int, shape (n_objects,)
        Points per object.
    points
        ``mjd``, ``detected`` and ``limit``, each of shape (n_points,).
    label, redshift : ndarray, shape (n_objects,)
        None if the table has no such column.
    """
    lines = []
    if len(lengths):
        low, mid, high = np.percentile(lengths, [5, 50, 95])
        lines.append(f"  points per object  {low:.0f} / {mid:.0f} / {high:.0f} (5/50/95 %)")
    if len(points["mjd"]):
        mjd = points["mjd"]
        first, last = float(mjd.min()), float(mjd.max())
        days = f"{utc_date(first)} to {utc_date(last)} UTC"
        lines.append(f"  mjd                {first:.1f} … {last:.1f} ({days})")
        detected, limit = (points[k].mean() for k in ("detected", "limit"))
        lines.append(f"  detected, limits   {detected:.0%}, {limit:.0%}")
    if label is not None and len(label):
        names, counts = np.unique(label.astype(str), return_counts=True)
        shown = sorted(zip(counts, names, strict=True), reverse=True)[:MOST_LABELS]
        text = ", ".join(f"{name or '(none)'} {n:,}" for n, name in shown)
        lines.append(f"  label              {text}")
    if redshift is not None:
        z = np.asarray(redshift, dtype=float)
        known = z[np.isfinite(z)]
        if len(known):
            span = f"{known.min():.3f} … {known.max():.3f}"
            lines.append(f"  redshift           {len(known):,} known, {span}")
    return lines


def utc_date(mjd: float) -> str:
    """Calendar date of an MJD; the seconds between time scales are left aside."""
    return str(MJD_ZERO + timedelta(days=int(mjd // 1)))
