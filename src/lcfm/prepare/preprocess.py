"""LightCurves to tokens: one row of numbers per observation, the same for every telescope.

The papers' token is [wavelength, time, flux, error] with wavelength in µm, time in units of 100 d
since the trigger, and flux and error divided by 500 FLUXCAL = 18,154 nJy (simulation-pretrained FM,
appendix B.1; transfer learning, eq. 1). Every choice is a type, frozen with the weights:

======================  ========================================================================
time origin             :class:`Trigger` (papers), :class:`FirstDetection`
window                  :class:`Window`: -30 … +70 d by default (papers)
flux scale              :class:`ConstantScale` (papers), :class:`AsinhScale`
limits                  :class:`KeepLimits` (flux 0 and the limit's 1 sigma), :class:`DropLimits`
further channels        none (papers); ``gap``, ``detected``
======================  ========================================================================

What is fitted on training data (mean and deviation of each channel, or nothing) is a
:class:`PreprocessState`, stored beside the choices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves, ragged_take
from lcfm.units import NJY_PER_FLUXCAL

FloatArray = NDArray[np.float64]
TokenArray = NDArray[np.float32]

PAPER_FLUX_SCALE = 500 * NJY_PER_FLUXCAL
"""500 FLUXCAL in nJy."""


@dataclass(frozen=True)
class Trigger:
    """t0 is the first of two detections within `pair_days`, else the first epoch."""

    kind: ClassVar[str] = "trigger"
    pair_days: float = 30.0

    def origin(self, lcs: LightCurves) -> FloatArray:
        """Time origin [MJD] of each object, shape (n_objects,)."""
        return _first(lcs, self._firsts_of_pairs(lcs))

    def found(self, lcs: LightCurves) -> NDArray[np.bool_]:
        """True for objects with two such detections, shape (n_objects,)."""
        return np.isin(np.arange(len(lcs)), lcs.owner[self._firsts_of_pairs(lcs)])

    def _firsts_of_pairs(self, lcs: LightCurves) -> NDArray[np.int64]:
        """Points that begin a pair of detections, ascending."""
        mjd, owner = lcs.points["mjd"], lcs.owner
        seen = np.flatnonzero(lcs.points["detected"])
        paired = (np.diff(owner[seen]) == 0) & (np.diff(mjd[seen]) <= self.pair_days)
        return np.asarray(seen[:-1][paired])


@dataclass(frozen=True)
class FirstDetection:
    """t0 is the first detection, else the first epoch."""

    kind: ClassVar[str] = "first_detection"

    def origin(self, lcs: LightCurves) -> FloatArray:
        """Time origin [MJD] of each object, shape (n_objects,)."""
        return _first(lcs, np.flatnonzero(lcs.points["detected"]))


@dataclass(frozen=True)
class Window:
    """Observations kept, in days from the time origin."""

    before: float = 30.0
    after: float = 70.0

    def __post_init__(self) -> None:
        if self.before < 0 or self.after <= 0:
            raise LcfmError(
                f"window must reach before and after t0, got -{self.before}…+{self.after} d"
            )


@dataclass(frozen=True)
class ConstantScale:
    """Flux and error divided by one constant [nJy], as in the papers."""

    kind: ClassVar[str] = "constant"
    flux: float = PAPER_FLUX_SCALE

    def __call__(self, flux: TokenArray, flux_err: TokenArray) -> tuple[TokenArray, TokenArray]:
        """Scale flux and error [nJy], each of shape (n_points,)."""
        scale = np.float32(self.flux)
        return flux / scale, flux_err / scale


@dataclass(frozen=True)
class AsinhScale:
    """Inverse hyperbolic sine of the flux, logarithm of the error.

    Linear below `softening` [nJy] and logarithmic above (Lupton, Gunn & Szalay 1999), so that one
    network sees a 16th magnitude supernova of ZTF and a 25th magnitude one of LSST alike.
    """

    kind: ClassVar[str] = "asinh"
    softening: float = 1000.0

    def __call__(self, flux: TokenArray, flux_err: TokenArray) -> tuple[TokenArray, TokenArray]:
        """Scale flux and error [nJy], each of shape (n_points,)."""
        scale = np.float32(self.softening)
        return np.arcsinh(flux / scale), np.log(flux_err / scale)


@dataclass(frozen=True)
class KeepLimits:
    """Limits stay as tokens: flux 0 and the 1 sigma that belongs to the limit."""

    kind: ClassVar[str] = "keep"

    def select(self, lcs: LightCurves) -> NDArray[np.bool_]:
        """Mask of the points kept, shape (n_points,)."""
        return np.ones(lcs.n_points, dtype=bool)


@dataclass(frozen=True)
class DropLimits:
    """Limits are left out of the input; measured fluxes below threshold stay."""

    kind: ClassVar[str] = "drop"

    def select(self, lcs: LightCurves) -> NDArray[np.bool_]:
        """Mask of the points kept, shape (n_points,)."""
        return ~lcs.points["limit"]


@dataclass(frozen=True)
class PreprocessState:
    """What was fitted on training data: mean and deviation of each channel (0 and 1: papers)."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class Tokens:
    """Tokens of many objects.

    Attributes
    ----------
    offsets : ndarray of int, shape (n_objects + 1,)
    values : ndarray of float32, shape (n_tokens, n_channels)
    """

    offsets: NDArray[np.int64]
    values: TokenArray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens per object."""
        return np.diff(self.offsets)

    def take(self, rows: NDArray[np.int64]) -> Tokens:
        """Tokens of these objects."""
        offsets, source = ragged_take(self.offsets, rows)
        return Tokens(offsets, self.values[source])


@dataclass(frozen=True)
class Preprocess:
    """The choices that turn a table of light curves into tokens.

    The defaults are the papers'. :data:`SHIPPED` holds what measured best here.
    """

    origin: Trigger | FirstDetection = Trigger()
    window: Window = Window()
    scale: ConstantScale | AsinhScale = ConstantScale()
    limits: KeepLimits | DropLimits = KeepLimits()
    extra: tuple[Literal["gap", "detected"], ...] = ()
    standardise: bool = field(default=False)

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the numbers in a token."""
        return ("wavelength", "time", "flux", "flux_err", *self.extra)

    def fit(self, lcs: LightCurves) -> PreprocessState:
        """Fit the state on training light curves."""
        neutral = PreprocessState((0.0,) * len(self.channels), (1.0,) * len(self.channels))
        if not self.standardise:
            return neutral
        filled = ~self.empty(lcs)
        if not filled.any():
            raise LcfmError("no observation falls into the window; check the times of the table")
        values = self.tokens(lcs[filled], neutral).values  # without the zeros of empty objects
        std = np.maximum(values.std(axis=0, dtype=np.float64), 1e-6)
        mean = values.mean(axis=0, dtype=np.float64)
        return PreprocessState(tuple(map(float, mean)), tuple(map(float, std)))

    def tokens(self, lcs: LightCurves, state: PreprocessState) -> Tokens:
        """Turn every object into its sequence of tokens, ordered by time.

        An object that keeps no observation gets one token of zeros, so that every object has an
        embedding; :meth:`empty` names such objects.
        """
        t0 = self.origin.origin(lcs)
        day = lcs.points["mjd"] - np.repeat(t0, lcs.lengths)
        keep = self._kept(lcs, day)
        counts = np.bincount(lcs.owner[keep], minlength=len(lcs))
        offsets = np.concatenate([[0], np.cumsum(np.maximum(counts, 1))])
        rows = np.flatnonzero(keep)
        # Position of each kept point: objects without any take up one row of zeros.
        shift = np.concatenate([[0], np.cumsum(counts == 0)])[lcs.owner[rows]]
        values = np.zeros((offsets[-1], len(self.channels)), dtype=np.float32)
        channels = self._channels(lcs, rows, day[rows].astype(np.float32))
        for i, (column, mean, std) in enumerate(zip(channels, state.mean, state.std, strict=True)):
            values[np.arange(len(rows)) + shift, i] = (column - np.float32(mean)) / np.float32(std)
        return Tokens(offsets, values)

    def empty(self, lcs: LightCurves) -> NDArray[np.bool_]:
        """True for objects of which no observation falls into the window, shape (n_objects,)."""
        day = lcs.points["mjd"] - np.repeat(self.origin.origin(lcs), lcs.lengths)
        counts = np.bincount(lcs.owner[self._kept(lcs, day)], minlength=len(lcs))
        return np.asarray(counts == 0, dtype=bool)

    def _kept(self, lcs: LightCurves, day: FloatArray) -> NDArray[np.bool_]:
        inside = (day >= -self.window.before) & (day <= self.window.after)
        return np.asarray(inside & self.limits.select(lcs), dtype=bool)

    def _channels(
        self, lcs: LightCurves, rows: NDArray[np.int64], day: TokenArray
    ) -> list[TokenArray]:
        flux, flux_err = self.scale(lcs.points["flux"][rows], lcs.points["flux_err"][rows])
        micron = (lcs.wavelength[rows] / 1e4).astype(np.float32)
        columns = [micron, day / np.float32(100.0), flux, flux_err]
        if "gap" in self.extra:
            owner = lcs.owner[rows]
            gap = np.diff(day, prepend=day[:1])
            gap[np.flatnonzero(np.diff(owner, prepend=-1))] = 0.0
            columns.append(np.log1p(gap))
        if "detected" in self.extra:
            columns.append(lcs.points["detected"][rows].astype(np.float32))
        return columns


SHIPPED = Preprocess(
    origin=FirstDetection(),
    window=Window(before=30.0, after=150.0),
    scale=AsinhScale(),
    limits=DropLimits(),
    extra=("gap", "detected"),
    standardise=True,
)
"""The preprocessing of the models we ship: what measured best (docs/log.md)."""


def _first(lcs: LightCurves, rows: NDArray[np.int64]) -> FloatArray:
    """Time of the first of `rows` (ascending) in each object, else of its first epoch."""
    origin = np.zeros(len(lcs))
    filled = lcs.lengths > 0
    origin[filled] = lcs.points["mjd"][lcs.offsets[:-1][filled]]
    owner, first = np.unique(lcs.owner[rows], return_index=True)
    origin[owner] = lcs.points["mjd"][rows[first]]
    return origin
