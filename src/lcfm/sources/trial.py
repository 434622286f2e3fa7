"""Trial: a source of a user's own draws a few events before a run begins.

What it returns is checked against `lcfm.sources.base.Source`; an error that its own code raises is
left as it is, with its traceback.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lcfm.errors import LcfmError
from lcfm.sources.base import Source

EVENTS = 3
"""More than one, so that an array that does not grow with the events is found."""


def try_source(name: str, source: Source) -> None:
    """Draw a few events, with a generator of its own.

    Parameters
    ----------
    name
        Type that the source is for, named in the errors.

    Raises
    ------
    LcfmError
        `draw` gives no mapping, no ``peak_abs_mag``, or values that are no array of one row per
        event; or `phase_range`, `colour` or `paths` has another shape than `Source` says.
    """
    drawn = source.draw(EVENTS, np.random.default_rng(0))
    if not isinstance(drawn, Mapping):
        raise LcfmError(
            f"source {name!r}: draw must return a dict of arrays, got {type(drawn).__name__}"
        )
    for key, values in drawn.items():
        if not isinstance(values, np.ndarray) or values.shape[:1] != (EVENTS,):
            raise LcfmError(
                f"source {name!r}: draw({EVENTS}, rng) must give an array of {EVENTS} rows for "
                f"{key!r}, got {_shape(values)}"
            )
    if "peak_abs_mag" not in drawn:
        raise LcfmError(
            f"source {name!r}: draw must give 'peak_abs_mag', the absolute peak magnitude of each "
            f"event, got only {', '.join(map(str, drawn)) or 'an empty dict'}"
        )
    found = source.phase_range(drawn)
    if not isinstance(found, tuple) or [np.shape(v) for v in found] != [(EVENTS,)] * 2:
        raise LcfmError(
            f"source {name!r}: phase_range must return two arrays, first and last phase, of one "
            f"value per event, got {_shape(found)}"
        )
    expected = (EVENTS, len(source.colour_basis))
    if np.shape(source.colour(drawn)) != expected:
        raise LcfmError(
            f"source {name!r}: colour must return an array of shape {expected}, a weight of each "
            f"curve of colour_basis per event, got {_shape(source.colour(drawn))}"
        )
    paths = np.shape(source.paths(drawn))
    if len(paths) != 2 or paths[1] != EVENTS:
        raise LcfmError(
            f"source {name!r}: paths must return an array of shape (n_components, {EVENTS}), a "
            f"path of each component per event, got {_shape(source.paths(drawn))}"
        )


def _shape(values: object) -> str:
    if isinstance(values, np.ndarray):
        return f"an array of shape {values.shape}"
    if isinstance(values, tuple):
        return f"a tuple of {', '.join(map(_shape, values))}"
    return type(values).__name__
