"""Expect: a setting is one that a telescope can have, or one sentence says which it may be."""

from __future__ import annotations

from lcfm.errors import LcfmError


def expect(settings: object, name: str, possible: bool, what: str) -> None:
    """Refuse settings of which one is impossible.

    Parameters
    ----------
    settings
        Whose field `name` is.
    possible
        Whether its value is; comparisons are to be written so that NaN is not.
    what
        Which values are, to follow "must be".

    Raises
    ------
    LcfmError
        It is not possible.
    """
    if not possible:
        value = getattr(settings, name)
        raise LcfmError(f"{type(settings).__name__}: {name} must be {what}, got {value!r}")
