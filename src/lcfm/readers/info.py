"""What a reader made of a table: format, contents, what was dropped; for ``lcfm data info``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lcfm.lightcurves import LightCurves
from lcfm.readers import Table, opened
from lcfm.summary import summary_lines

MOST_CLASSES = 50
"""A column of text with more values than this holds no classes."""

_NAMES = ("object_id", "event_id", "survey", "instrument")


def table_info(source: Table) -> str:
    """Several lines: what was recognised and dropped, and what there is to work with.

    Parameters
    ----------
    source
        As in :func:`lcfm.readers.read`; all of it is read.

    Raises
    ------
    ReadError
        Nothing is there, or no reader recognises it.
    """
    path, reader = opened(source)
    lcs, report = reader.read(path)
    labels = label_columns(lcs)
    kept = f"{len(lcs):,} objects, {lcs.n_points:,} points kept"
    whole = (len(lcs), lcs.n_points) == (report.n_objects, report.n_points)
    return "\n".join(
        [
            f"{path}: format {reader.name}",
            str(report),
            "  nothing dropped" if whole and not report.drops else kept,
            *_counts("survey", lcs.column("survey")),
            *_counts("bands", np.asarray(lcs.bands, dtype=object)[lcs.points["band"]]),
            *summary_lines(lcs.lengths, lcs.points, None, None),
            *(line for name in labels for line in _counts(name, lcs.column(name))),
            *_redshifts(lcs),
            *_others(lcs, labels),
        ]
    )


def label_columns(lcs: LightCurves) -> list[str]:
    """Columns of text that sort the objects into classes: few values, some of them shared."""
    found = []
    for name in lcs.columns:
        if name in _NAMES or not _is_text(lcs.objects[name].type):
            continue
        values = set(lcs.column(name).astype(str))
        if name.startswith("label") or len(values) <= min(MOST_CLASSES, len(lcs) // 2):
            found.append(name)
    return found


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def _line(name: str, text: str) -> str:
    return f"  {name:<18} {text}"


def _counts(name: str, values: NDArray[np.object_]) -> Iterator[str]:
    names, counts = np.unique(values.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    if len(names):
        yield _line(
            name, ", ".join(f"{_named(names[i])} {counts[i]:,}" for i in order[:MOST_CLASSES])
        )


def _named(value: str) -> str:
    return "(none)" if value in ("", "None", "nan") else value


def _redshifts(lcs: LightCurves) -> Iterator[str]:
    if "redshift" not in lcs.columns or not len(lcs):
        yield _line("redshift", "no column")
        return
    z = lcs.numbers("redshift")
    known = z[np.isfinite(z)]
    span = f", {known.min():.3f} … {known.max():.3f}" if len(known) else ""
    yield _line(
        "redshift", f"known for {len(known):,} of {len(z):,} ({len(known) / len(z):.0%})" + span
    )


def _others(lcs: LightCurves, labels: list[str]) -> Iterator[str]:
    shown = {*_NAMES, *labels, "redshift"}
    objects = [name for name in lcs.columns if name not in shown]
    points = [
        name
        for name in lcs.points
        if name not in ("mjd", "band", "flux", "flux_err", "detected", "limit")
    ]
    for title, names in (("other columns", objects), ("of the points", points)):
        if names:
            yield _line(title, ", ".join(names))
