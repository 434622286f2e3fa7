"""A table as a user names it: where it lies, and what its files leave unsaid."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

from lcfm.errors import ReadError
from lcfm.readers.base import Reader


@dataclass(frozen=True, kw_only=True)
class TableSource:
    """What the command line says of a table; :func:`lcfm.readers.read` takes it as it is.

    Attributes
    ----------
    path
        A file or folder of a known format, or the name of a registered data set.
    format
        Name of the format; None to recognise it by content.
    zeropoint
        AB magnitude of flux 1, for a flux without a unit or zeropoint of its own.
    survey
        Survey of the objects for which the table names none; resolves bare band letters.
    """

    path: str | Path
    format: str | None = None
    zeropoint: float | None = None
    survey: str = ""

    def reader(self, kind: type[Reader]) -> Reader:
        """A reader of this kind with the settings that were given.

        Raises
        ------
        ReadError
            A setting was given that the format has no use for.
        """
        given: dict[str, float | str] = {}
        if self.zeropoint is not None:
            given["zeropoint"] = self.zeropoint
        if self.survey:
            given["survey"] = self.survey
        known: set[str] = {f.name for f in fields(kind)} if is_dataclass(kind) else set()
        for name in given:
            if name not in known:
                raise ReadError(
                    f"{self.path} is of the format {kind.name}, which needs no {name}; leave "
                    f"--{name} out, or choose another reader with --format"
                )
        return kind(**given)
