"""Write nested frames as of LightCurveLynx; `lcfm.readers.lightcurvelynx` says what they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lcfm import bands as band_registry
from lcfm.atomic import new_file, refuse_existing, refuse_no_place
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers.parquet import COLUMN

if TYPE_CHECKING:
    from nested_pandas import NestedFrame


def to_lightcurvelynx(lcs: LightCurves) -> NestedFrame:
    """A nested-pandas frame as of LightCurveLynx's results.

    Parameters
    ----------
    lcs
        Light curves in nJy. An object is a row, also where several are one event: its names are in
        the columns ``id`` and ``event_id``.

    Returns
    -------
    NestedFrame
        ``id`` (text), ``ra``, ``dec``, ``nobs``, ``t0`` (true time origin [MJD], else of the peak,
        else NaN), ``z``, the further object columns, and ``lightcurve`` with ``mjd``, ``filter``,
        ``flux``, ``fluxerr``, ``survey_idx``, ``is_saturated``, ``full_filter_name``,
        ``detection`` and ``limit`` (flux 0 stands for an upper limit).

    Raises
    ------
    LcfmError
        nested-pandas is not installed, or the table holds relative photometry (ppm).
    """
    try:
        from nested_pandas.nestedframe.io import from_pyarrow
    except ImportError as error:
        raise LcfmError("nested frames need nested-pandas: pip install nested-pandas") from error
    return from_pyarrow(to_arrow(lcs))


def write_lightcurvelynx(lcs: LightCurves, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a Parquet file as of LightCurveLynx's results; see `to_lightcurvelynx`.

    Parameters
    ----------
    path
        File to make, in a folder that exists.
    overwrite
        Replace an existing file.

    Raises
    ------
    LcfmError
        The file exists, its folder does not, or the table holds relative photometry (ppm).
    """
    refuse_existing(path, overwrite=overwrite)
    refuse_no_place(Path(path))
    table = to_arrow(lcs)
    with new_file(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def to_arrow(lcs: LightCurves) -> pa.Table:
    """The columns of `to_lightcurvelynx` as an Arrow table."""
    for band in lcs.bands:
        if band_registry.get(band).unit != "nJy":
            raise LcfmError(
                f"band {band!r} is relative photometry, LightCurveLynx holds nJy; leave out these "
                "objects"
            )
    n = len(lcs)
    unknown = np.full(n, np.nan)

    def number(*names: str) -> NDArray[np.float64]:
        return next((lcs.numbers(name) for name in names if name in lcs.columns), unknown)

    columns: dict[str, Any] = {
        "id": lcs.objects["object_id"],
        "ra": number("ra"),
        "dec": number("dec"),
        "nobs": lcs.lengths,
        "t0": number("sim_t0_mjd", "peak_mjd"),
        "z": number("redshift"),
    }
    known = {"object_id", "redshift", "sim_t0_mjd", *columns}
    columns |= {name: lcs.objects[name] for name in lcs.columns if name not in known}
    return pa.table(columns).append_column(COLUMN, _nested(lcs))


def _nested(lcs: LightCurves) -> pa.StructArray:
    """Points as a struct of lists, the layout that nested-pandas writes."""
    surveys, code = np.unique(lcs.column("survey").astype(str), return_inverse=True)
    letters = [[band_registry.letter(band, survey) for band in lcs.bands] for survey in surveys]
    full = [
        [f"{survey}_{name}" if len(name) == 1 and survey else name for name in row]
        for survey, row in zip(surveys, letters, strict=True)
    ]
    points, owner = lcs.points, lcs.owner
    place = np.asarray(code).reshape(-1)[owner], points["band"]
    fields = {
        "mjd": points["mjd"],
        "filter": np.array(letters, dtype=object)[place] if lcs.bands else np.zeros(0, object),
        "flux": points["flux"].astype(np.float64),
        "fluxerr": points["flux_err"].astype(np.float64),
        "survey_idx": place[0].astype(np.int64),
        "is_saturated": np.zeros(lcs.n_points, dtype=bool),
        "full_filter_name": np.array(full, dtype=object)[place]
        if lcs.bands
        else np.zeros(0, object),
        "detection": points["detected"],
        "limit": points["limit"],
    }
    offsets = pa.array(lcs.offsets.astype(np.int32))
    lists = [
        pa.ListArray.from_arrays(
            offsets, pa.array(v, type=pa.string()) if v.dtype == object else pa.array(v)
        )
        for v in fields.values()
    ]
    return pa.StructArray.from_arrays(lists, names=list(fields))
