"""The contract of a reader: a path in, light curves and a report out.

A reader is one small class per format. It recognises its files by their content, converts units
and times, resolves bands, and drops nothing in silence: what could not be used is in the report.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from lcfm.lightcurves import LightCurves
from lcfm.validation import Report


class Reader(ABC):
    """One file format."""

    name: ClassVar[str]

    @abstractmethod
    def recognises(self, path: Path) -> bool:
        """True if the content of `path` is of this format; cheap, and never raises."""

    @abstractmethod
    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read everything in `path`.

        Raises
        ------
        ReadError
            The file is truncated, empty, or lacks what is needed.
        """
