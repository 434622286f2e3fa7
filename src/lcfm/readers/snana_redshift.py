"""Which of SNANA's many redshifts is the redshift of an object, and which is a guess from colours.

SNANA's "best" redshift (REDSHIFT_HELIO, REDSHIFT_FINAL, REDSHIFT_CMB) is spectroscopic where there
is a spectrum, and else the photometric redshift of the host. The keys do not say which; three
things do:

- a comment of text files: ``REDSHIFT_FINAL: 0.179 +- 0.052 (PHOTO-Z, HELIO)``;
- an error above 0.01, which no spectrum of a galaxy or supernova leaves;
- value and error of HOSTGAL_PHOTOZ, repeated.

A photometric redshift stands in ``photo_z`` and never in ``redshift``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcfm.readers.snana_values import FloatArray, known_numbers

TRUTH = ("SIM_REDSHIFT_HELIO", "SIM_REDSHIFT", "SIM_REDSHIFT_CMB")
"""Of a simulation; goes first, because a simulated host may be the wrong galaxy."""

SPECTROSCOPIC = ("REDSHIFT_SPEC",)
BEST = ("REDSHIFT_HELIO", "REDSHIFT_FINAL", "REDSHIFT_CMB")
"""Heliocentric first: wavelengths and times are not corrected for the motion of the Sun."""

HOST = ("HOSTGAL_SPECZ",)
PHOTOMETRIC = ("HOSTGAL_PHOTOZ", "PHOTO_Z")

SPECTROSCOPIC_ERROR = 0.01
"""Largest error of a redshift from a spectrum; that of a supernova's own lines is about 0.005."""

REDSHIFTS = (*TRUTH, *SPECTROSCOPIC, *BEST, *HOST, *PHOTOMETRIC)
KEYS = (*REDSHIFTS, *(key + "_ERR" for key in REDSHIFTS))
"""All keys that are read, each with its error."""


def redshifts(columns: Mapping[str, ArrayLike], n: int) -> dict[str, FloatArray]:
    """Columns ``redshift`` and ``photo_z`` of shape (n,), NaN where unknown.

    ``redshift`` is the first that is known of: the truth of a simulation, REDSHIFT_SPEC, the best
    redshift if it is spectroscopic, HOSTGAL_SPECZ. ``photo_z`` is HOSTGAL_PHOTOZ or PHOTO_Z, else
    the best redshift if it is photometric.

    Parameters
    ----------
    columns
        By key; ``KEY_ERR`` is its error, ``KEY_KIND`` the comment of a text file.
    n
        Number of objects.
    """
    photometric = _is_photometric(columns, n)
    redshift = _first(columns, (*TRUTH, *SPECTROSCOPIC), n)
    best = _first(columns, BEST, n)
    for values in (np.where(photometric, np.nan, best), _first(columns, HOST, n)):
        redshift = np.where(np.isnan(redshift), values, redshift)
    photo_z = _first(columns, PHOTOMETRIC, n)
    guessed = np.where(photometric, best, np.nan)
    return {"redshift": redshift, "photo_z": np.where(np.isnan(photo_z), guessed, photo_z)}


def _is_photometric(columns: Mapping[str, ArrayLike], n: int) -> NDArray[np.bool_]:
    """True for objects whose best redshift comes from colours."""
    out = np.zeros(n, dtype=bool)
    for key in BEST:
        value, error = known_numbers(columns, key, n), known_numbers(columns, key + "_ERR", n)
        repeated = np.zeros(n, dtype=bool)
        for other in PHOTOMETRIC:
            photo = known_numbers(columns, other, n)
            photo_error = known_numbers(columns, other + "_ERR", n)
            repeated |= _same(value, photo) & _same(error, photo_error)
        guessed = (error > SPECTROSCOPIC_ERROR) | repeated
        kinds = np.asarray(columns.get(key + "_KIND", np.full(n, ""))).astype(str)
        said = np.char.find(kinds, "-Z") >= 0
        out |= np.where(said, np.char.find(kinds, "PHOTO") >= 0, guessed) & ~np.isnan(value)
    return out


def _same(a: FloatArray, b: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(np.abs(a - b) < 1e-6)


def _first(columns: Mapping[str, ArrayLike], keys: tuple[str, ...], n: int) -> FloatArray:
    out = np.full(n, np.nan)
    for key in keys:
        out = np.where(np.isnan(out), known_numbers(columns, key, n), out)
    return out
