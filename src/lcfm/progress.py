"""How far a long step is: the one bar that all of them show.

On a terminal it stands there from the start. Where errors and bars go to a file, it begins with the
first thing done, so that a step that fails at once leaves its error alone.
"""

from __future__ import annotations

import sys

from tqdm import tqdm

UNTIL_AN_UPDATE = 1.0
"""Seconds of delay, with which tqdm shows no bar at zero; how many does not matter."""


class Bar(tqdm):  # type: ignore[misc]
    """A bar of tqdm whose delay ends with the first update, however short the step is."""

    def update(self, n: float | None = 1) -> bool | None:
        """As tqdm's; from here on the bar is shown, at the end if not before."""
        self.delay = 0
        shown: bool | None = super().update(n)
        return shown


def progress_bar(
    unit: str,
    *,
    shown: bool,
    total: int | None = None,
    done: int = 0,
    scaled: bool = False,
    title: str | None = None,
) -> Bar:
    """A bar with rate and remaining time, on stderr.

    Parameters
    ----------
    unit
        What is counted, with a space before it, or ``B`` for bytes.
    shown
        False shows nothing.
    total, done
        How many there are, None if that is not known, and how many were done before this run.
    scaled
        Write thousands and millions with a letter.
    title
        Before the bar.
    """
    return Bar(
        total=total,
        initial=done,
        unit=unit,
        unit_scale=scaled,
        desc=title,
        disable=not shown,
        dynamic_ncols=True,
        delay=0 if sys.stderr.isatty() else UNTIL_AN_UPDATE,
    )
