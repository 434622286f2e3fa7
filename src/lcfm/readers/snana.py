"""What the FITS and the text dialect of SNANA share: names of columns, sentinels, flags, flux.

SNANA (Kessler et al. 2009, PASP 121, 1028) writes FLUXCAL with the AB zeropoint 27.5 for surveys
calibrated in AB, -9 for an unknown number and -777 between objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.errors import ReadError
from lcfm.lightcurves import DETECTION_SNR, LightCurves
from lcfm.readers.snana_redshift import KEYS, redshifts
from lcfm.readers.snana_truth import NUMBER_KEYS as TRUTH_KEYS
from lcfm.readers.snana_truth import read_truth
from lcfm.readers.snana_values import SENTINELS, known_numbers, labels
from lcfm.units import NJY_PER_FLUXCAL
from lcfm.validation import Drop, Report

BAND_COLUMNS = ("BAND", "FLT")
DETECTED = 4096
"""Bit of PHOTFLAG of a detection; 2048 marks the trigger."""

NO_FLAG = -1
"""In place of PHOTFLAG where a file marks no detection: the signal-to-noise ratio decides."""

HUGE_ERROR = 9.9e7
"""SNANA and its users write 1E8 or more for the error of a flux that is not usable."""

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "ra": ("RA",),
    "dec": ("DEC", "DECL"),
    "mwebv": ("MWEBV",),
    "peak_mjd": ("PEAKMJD", "SEARCH_PEAKMJD", "SIM_PEAKMJD"),
}
"""Column of lcfm: keys of SNANA, the first that is known counts."""

NUMBER_KEYS = tuple(
    dict.fromkeys((*(key for keys in NUMBERS.values() for key in keys), *KEYS, *TRUTH_KEYS))
)
"""All keys of numbers that belong to an object."""


def object_columns(
    columns: Mapping[str, Any], ids: Sequence[str], surveys: Sequence[str]
) -> dict[str, Any]:
    """Object columns of lcfm from SNANA's, each of shape (n_objects,)."""
    n = len(ids)
    out: dict[str, Any] = {
        "object_id": np.array(ids, dtype=str),
        "survey": np.array(surveys, dtype=str),
        "label": np.array(labels(columns, n), dtype=str),
        **redshifts(columns, n),
    }
    for name, keys in NUMBERS.items():
        values = np.full(n, np.nan)
        for key in keys:
            values = np.where(np.isnan(values), known_numbers(columns, key, n), values)
        out[name] = values
    return out | read_truth(columns, n)


def detection_flags(columns: Mapping[str, ArrayLike], n: int) -> NDArray[np.int64]:
    """PHOTFLAG of the rows of one file, shape (n,); `NO_FLAG` throughout if none is a detection."""
    given = np.asarray(columns.get("PHOTFLAG", np.zeros(n)), dtype=np.float64)
    flag = np.nan_to_num(given).astype(np.int64)
    return flag if (flag & DETECTED).any() else np.full(n, NO_FLAG, dtype=np.int64)


def to_lightcurves(
    objects: Mapping[str, Any],
    owner: NDArray[np.int64],
    columns: Mapping[str, ArrayLike],
    filters: Mapping[str, str],
    remarks: tuple[str, ...],
    where: str,
) -> tuple[LightCurves, Report]:
    """Convert SNANA's columns of points and build the table; sentinels are counted apart.

    Parameters
    ----------
    objects
        Object columns of lcfm.
    owner : ndarray of int, shape (n_points,)
        Row of the object of each point.
    columns
        MJD, BAND or FLT, FLUXCAL, FLUXCALERR, and PHOTFLAG as `detection_flags` returns it; each
        of shape (n_points,).
    filters
        Band names for letters that the survey's name does not settle.
    remarks
        For the report.
    where
        The file, for the error text.
    """
    band_key = next((k for k in BAND_COLUMNS if k in columns), None)
    missing = [k for k in ("MJD", "FLUXCAL", "FLUXCALERR") if k not in columns]
    if band_key is None or missing:
        raise ReadError(f"{where} has no column {missing[0] if missing else 'BAND or FLT'}")
    try:
        mjd, fluxcal, fluxcal_err = (
            np.asarray(columns[k], dtype=np.float64) for k in ("MJD", "FLUXCAL", "FLUXCALERR")
        )
    except ValueError as error:
        raise ReadError(f"{where}: a time or flux is no number ({error}); mend the row") from error
    letters = [str(b).strip() for b in np.asarray(columns[band_key])]
    band_names = np.array([filters.get(b, b) for b in letters], dtype=object)
    flag = np.asarray(columns.get("PHOTFLAG", np.full(len(mjd), NO_FLAG)), dtype=np.int64)
    sentinel = (
        np.isin(fluxcal_err, SENTINELS) | (fluxcal_err >= HUGE_ERROR) | np.isin(mjd, SENTINELS)
    )
    use = ~sentinel
    points: dict[str, ArrayLike] = {
        "mjd": mjd[use],
        "flux": fluxcal[use] * NJY_PER_FLUXCAL,
        "flux_err": fluxcal_err[use] * NJY_PER_FLUXCAL,
    }
    by_flag = (flag[use] & DETECTED) > 0
    by_ratio = fluxcal[use] >= DETECTION_SNR * fluxcal_err[use]
    points["detected"] = np.where(flag[use] == NO_FLAG, by_ratio, by_flag)
    guessed = int((np.isfinite(objects["photo_z"]) & np.isnan(objects["redshift"])).sum())
    if guessed:
        remarks = (
            *remarks,
            f"{guessed} of {len(objects['redshift'])} objects have a photometric redshift only: it "
            "stands in 'photo_z', not in 'redshift'",
        )
    if (flag[use] == NO_FLAG).any():
        remarks = (*remarks, "where PHOTFLAG marks no detection, detected means S/N >= 5")
    lcs, report = LightCurves.from_rows(
        objects, owner[use], points, band_names[use], remarks=remarks
    )
    if sentinel.any():
        row = owner[np.flatnonzero(sentinel)[0]]
        first = str(objects["object_id"][row]) if row >= 0 else ""
        drop = {"sentinel in place of a number": Drop(int(sentinel.sum()), first)}
        report = report + Report(0, int(sentinel.sum()), drop)
    return lcs, report
