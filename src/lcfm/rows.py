"""From loose rows to sorted, grouped columns: what a table of light curves is built from.

Readers end with rows in any order, with band names of a file and columns that may be missing. Here
they are completed, resolved, checked, sorted by object and time, and cut by offsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from lcfm import bands as band_registry
from lcfm.errors import LcfmError
from lcfm.validation import Drop, Report, check_points, time_order

IntArray = NDArray[np.int64]
AnyArray = NDArray[Any]

POINT_DTYPES: Mapping[str, type] = {
    "mjd": np.float64,
    "band": np.int16,
    "flux": np.float32,
    "flux_err": np.float32,
    "detected": np.bool_,
    "limit": np.bool_,
}

DETECTION_SNR = 5.0
"""Signal-to-noise ratio of a detection where a file does not say what was detected."""


def group_rows(
    objects: pa.Table,
    owner: IntArray,
    points: Mapping[str, ArrayLike],
    band_names: AnyArray,
    remarks: tuple[str, ...],
) -> tuple[pa.Table, IntArray, dict[str, AnyArray], tuple[str, ...], Report]:
    """Drop and count the rows that cannot be used, then group by object and sort by time.

    Parameters are those of :meth:`lcfm.lightcurves.LightCurves.from_rows`.

    Returns
    -------
    objects, offsets, points, bands
        Parameters of :class:`lcfm.lightcurves.LightCurves`.
    report
        What was dropped.
    """
    table = complete_objects(objects)
    used, codes = _band_codes(band_names, owner, table)
    columns = complete_points({**points, "band": codes})
    drops: dict[str, Drop] = {}
    ids = table["object_id"].to_pylist()
    orphans = owner < 0
    if orphans.any():
        drops["row without an object"] = Drop(int(orphans.sum()))
    keep, bad = check_points(columns, owner)
    for reason, rows in bad.items():
        rows = rows & ~orphans
        if rows.any():
            drops[reason] = Drop(int(rows.sum()), str(ids[owner[np.flatnonzero(rows)[0]]]))
    keep &= ~orphans
    kept = np.flatnonzero(keep)
    order = kept[time_order(owner[kept], columns["mjd"][kept], codes[kept])]
    counts = np.bincount(owner[order], minlength=len(ids))
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        drops["object without points"] = Drop(len(empty), str(ids[empty[0]]))
    report = Report(len(ids), len(owner), drops, remarks)
    points_out = {name: values[order] for name, values in columns.items()}
    full = np.flatnonzero(counts > 0)
    offsets = np.concatenate([[0], np.cumsum(counts[full])])
    return table.take(pa.array(full)), offsets, points_out, used, report


def ragged_take(offsets: IntArray, picked: IntArray) -> tuple[IntArray, IntArray]:
    """New offsets, and the rows of the points of the picked objects in their order."""
    lengths = np.diff(offsets)[picked]
    new = np.concatenate([[0], np.cumsum(lengths)])
    return new, np.repeat(offsets[picked] - new[:-1], lengths) + np.arange(new[-1])


def frozen(values: AnyArray) -> AnyArray:
    """View that cannot be written to."""
    view = values.view()
    view.flags.writeable = False
    return view


def complete_points(points: Mapping[str, ArrayLike]) -> dict[str, AnyArray]:
    """Columns in their types, with ``limit`` and ``detected`` where they were not given."""
    missing = {"mjd", "band", "flux", "flux_err"} - set(points)
    if missing:
        raise LcfmError(f"points lack the column {sorted(missing)[0]!r}")
    n = len(np.asarray(points["mjd"]))
    given = dict(points)
    given.setdefault("limit", np.zeros(n, dtype=bool))
    if "detected" not in given:
        flux, flux_err = (np.asarray(given[k], dtype=np.float64) for k in ("flux", "flux_err"))
        given["detected"] = (flux >= DETECTION_SNR * flux_err) & ~np.asarray(given["limit"], bool)
    return {
        name: frozen(np.asarray(values, dtype=POINT_DTYPES.get(name)))
        for name, values in given.items()
    }


def complete_objects(objects: pa.Table) -> pa.Table:
    """Object table with ``event_id``, ``survey`` and ``instrument``, and its names as text."""
    if "object_id" not in objects.column_names:
        raise LcfmError(
            f"objects lack the column 'object_id'; they have {', '.join(objects.column_names)}"
        )
    defaults = {"event_id": "object_id", "survey": None, "instrument": "survey"}
    for name, source in defaults.items():
        if name not in objects.column_names:
            values = (
                objects[source] if source else pa.array([""] * objects.num_rows, type=pa.string())
            )
            objects = objects.append_column(name, values)
    for name in ("object_id", "event_id", "survey", "instrument"):
        column = objects[name]
        if not pa.types.is_string(column.type):
            if pa.types.is_floating(column.type):
                raise LcfmError(
                    f"column {name!r} holds decimal numbers; 64-bit ids would be damaged: "
                    "store them as integers or text"
                )
            objects = objects.set_column(
                objects.column_names.index(name), name, column.cast(pa.string())
            )
    return objects.combine_chunks()


def _band_codes(
    names: AnyArray, owner: IntArray, objects: pa.Table
) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """Resolve the band names of a file, each together with the survey of its object."""
    surveys = np.asarray(objects["survey"].to_pylist() or [""], dtype=object)
    survey_names, survey_code = np.unique(surveys.astype(str), return_inverse=True)
    file_names, name_code = np.unique(names.astype(str), return_inverse=True)
    found = [
        [band_registry.resolve(str(name), str(survey) or None) for name in file_names]
        for survey in survey_names
    ]
    used = tuple(sorted({b for row in found for b in row if b is not None}))
    code: dict[str | None, int] = {None: -1}
    code.update({name: i for i, name in enumerate(used)})
    lookup = np.array([[code[b] for b in row] for row in found], dtype=np.int16).reshape(
        len(survey_names), -1
    )
    if len(names) == 0:
        return used, np.zeros(0, dtype=np.int16)
    return used, lookup[survey_code[np.maximum(owner, 0)], name_code]
