"""Photometry: what of the measurements reaches the user: alerts, forced, detections, or a mixture.

Which it is may depend on the visit, where a table was put together from many sources: `record` says
how that telescope published (`lcfm.surveys.followed.Record`). The photometry of one survey needs no
such column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.expect import expect
from lcfm.surveys.followed import Record

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
RecordArray = NDArray[np.uint8]
Delivered = tuple[Float32Array, Float32Array, BoolArray]


@dataclass(frozen=True, eq=False)
class Measured:
    """What the telescope measured, before a pipeline decides what of it is published.

    Parameters
    ----------
    flux, flux_err, sky : ndarray, shape (n_points,)
        Measured flux, its true 1-sigma scatter, and that of an empty position [nJy].
    detected : ndarray of bool, shape (n_points,)
    record : ndarray of uint8, shape (n_points,), optional
        `lcfm.surveys.followed.Record` of each point, where objects were followed one by one.
    """

    flux: Float32Array
    flux_err: Float32Array
    sky: Float32Array
    detected: BoolArray
    record: RecordArray | None = None

    def take(self, rows: Any) -> Measured:
        """Some of the points."""
        record = None if self.record is None else self.record[rows]
        return Measured(
            self.flux[rows], self.flux_err[rows], self.sky[rows], self.detected[rows], record
        )


class Photometry(Protocol):
    """Photometry as the users of a survey get it."""

    @property
    def before(self) -> float:
        """Days before the first detection that a user sees."""

    @property
    def after(self) -> float:
        """Days after the last detection that a user sees."""

    def reaches(self, measured: Measured) -> BoolArray:
        """Say which of the measurements reach the user at all, shape (n_points,)."""

    def deliver(self, measured: Measured) -> Delivered:
        """Turn measurements into what a user sees.

        Returns
        -------
        flux, flux_err : ndarray, shape (n_points,)
            nJy.
        limit : ndarray of bool, shape (n_points,)
        """


@dataclass(frozen=True)
class Alerts:
    """Alert histories: only detections carry a flux, the rest are limits.

    Non-detections from `before` days before the first detection up to the last detection become
    limits (flux 0, flux_err a fifth of the limiting flux). Brokers hand alert magnitudes on, which
    lose the sign of the difference: a source fainter than in the reference image shows |flux|, and
    so it does here.

    Parameters
    ----------
    before
        Days of limits before the first detection; ZTF alerts carry 30.
    error_inflation
        Reported error over true scatter.

    Raises
    ------
    LcfmError
        A number is negative.
    """

    kind: ClassVar[str] = "alerts"
    after: ClassVar[float] = 0.0
    before: float = 30.0
    error_inflation: float = 1.0

    def __post_init__(self) -> None:
        _expect_days(self)
        expect(self, "error_inflation", 0 < self.error_inflation < np.inf, "above 0")

    def deliver(self, measured: Measured) -> Delivered:
        """Return flux, flux_err and limit."""
        detected = measured.detected
        seen = np.where(detected, np.abs(measured.flux), np.float32(0))
        inflated = measured.flux_err * np.float32(self.error_inflation)
        return seen, np.where(detected, inflated, measured.sky), ~detected

    def reaches(self, measured: Measured) -> BoolArray:
        """All: what is not detected is a limit."""
        return np.ones(len(measured.flux), dtype=bool)


@dataclass(frozen=True)
class Forced:
    """Forced photometry: a flux, perhaps negative, at every visit.

    Parameters
    ----------
    before, after
        Days before the first and after the last detection that are measured.

    Raises
    ------
    LcfmError
        A number is negative.
    """

    kind: ClassVar[str] = "forced"
    before: float = 30.0
    after: float = 30.0

    def __post_init__(self) -> None:
        _expect_days(self)

    def deliver(self, measured: Measured) -> Delivered:
        """Return flux, flux_err and limit."""
        return measured.flux, measured.flux_err, np.zeros(len(measured.flux), dtype=bool)

    def reaches(self, measured: Measured) -> BoolArray:
        """All, detected or not."""
        return np.ones(len(measured.flux), dtype=bool)


@dataclass(frozen=True)
class DetectionsOnly:
    """Forced photometry of which only clear measurements were published: no limits, no negatives.

    Parameters
    ----------
    signal_to_noise
        Least flux over its reported error.
    before, after
        Days before the first and after the last detection that are measured.

    Raises
    ------
    LcfmError
        A number is negative.
    """

    kind: ClassVar[str] = "detections"
    signal_to_noise: float = 4.0
    before: float = 30.0
    after: float = 30.0

    def __post_init__(self) -> None:
        _expect_days(self)
        expect(self, "signal_to_noise", 0 <= self.signal_to_noise < np.inf, "0 or more")

    def deliver(self, measured: Measured) -> Delivered:
        """Return flux, flux_err and limit."""
        return measured.flux, measured.flux_err, np.zeros(len(measured.flux), dtype=bool)

    def reaches(self, measured: Measured) -> BoolArray:
        """Detections above the least signal-to-noise."""
        least = np.float32(self.signal_to_noise) * measured.flux_err
        return np.asarray(measured.detected & (measured.flux >= least))


@dataclass(frozen=True)
class AsPublished:
    """Each visit as its telescope published it; needs a cadence of followed objects.

    Parameters
    ----------
    before, after
        Days before the first and after the last detection from which non-detections were published.
    faintest
        Least signal-to-noise of a published magnitude.
    assumed
        Error in magnitudes that a catalogue assumes where none was published.

    Raises
    ------
    LcfmError
        A number is negative.
    """

    kind: ClassVar[str] = "as-published"
    before: float = 200.0
    after: float = 200.0
    faintest: float = 0.54
    assumed: float = 0.1

    def __post_init__(self) -> None:
        _expect_days(self)
        expect(self, "faintest", 0 <= self.faintest < np.inf, "a signal-to-noise of 0 or more")
        expect(self, "assumed", 0 < self.assumed < np.inf, "above 0 mag")

    def deliver(self, measured: Measured) -> Delivered:
        """Return flux, flux_err and limit."""
        how = _known(measured)
        missed = ~measured.detected
        empty = missed & (how == Record.LIMITS)
        seen = np.where(empty, np.float32(0), measured.flux)
        relative = np.float32(self.assumed * np.log(10) / 2.5)
        error = np.where(
            how == Record.NO_ERRORS, relative * np.abs(measured.flux), measured.flux_err
        )
        limit = empty | (missed & (how == Record.FLUXES))
        return seen, np.where(empty, measured.sky, error), limit

    def reaches(self, measured: Measured) -> BoolArray:
        """Clear magnitudes, faint ones where they were published, limits and forced fluxes."""
        how, flux = _known(measured), measured.flux
        forced = (how == Record.LIMITS) | (how == Record.FLUXES)
        faint = flux > np.float32(self.faintest) * measured.flux_err
        faint &= how == Record.FAINT_MAGNITUDES
        return np.asarray(forced | faint | (measured.detected & (flux > 0)))


def _expect_days(photometry: Photometry) -> None:
    for name in ("before", "after"):
        expect(photometry, name, getattr(photometry, name) >= 0, "0 days or more")


def _known(measured: Measured) -> RecordArray:
    if measured.record is None:
        raise LcfmError(
            "photometry as published needs a cadence of followed objects (Cadence.followed); "
            "choose Alerts, Forced or DetectionsOnly for one of fields"
        )
    return measured.record
