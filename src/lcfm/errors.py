"""The errors that a user can cause, each one clear sentence.

Every exception raised for bad input derives from :class:`LcfmError`, so that the command line can
show its text without a traceback and exit with a status other than 0. The text names the object,
what was expected, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence


class LcfmError(ValueError):
    """Bad input, explained in one sentence that names the object and the remedy."""


class ReadError(LcfmError):
    """A file cannot be read: truncated, empty, of an unknown format, or lacking columns."""


class UnknownNameError(LcfmError):
    """A name (band, survey, source, encoder, …) that is not in its table."""

    @classmethod
    def of(cls, kind: str, name: object, known: object) -> UnknownNameError:
        """Build the error from the kind of thing, the name given, and the known names."""
        names = ", ".join(sorted(str(k) for k in known))  # type: ignore[attr-defined]
        return cls(f"unknown {kind} {name!r}; known: {names}")


def listed(words: Sequence[str], most: int = 8) -> str:
    """The first words of a message's enumeration, and how many more there are."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


class CheckpointError(LcfmError):
    """A checkpoint that cannot be rebuilt: damaged, of another version, or of another shape."""
