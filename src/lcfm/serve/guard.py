"""Is there a supernova at all? Physics of the window, before a class is believed.

A classifier answers with one of its classes whatever it is shown. A supernova is seen on several
nights, is not constant, lasts for days, and rises once and declines once. The guard asks for these
four things of the observations themselves, so that it needs no training and no label, and holds for
any model and telescope. It says which one is missing, and an object that fails keeps no confident
class of supernova: its probabilities are drawn towards equal ones.

A star that brightens once in the window, or an alert stream that hides its faint phases, passes;
what a class name means is for the classifier (AGN) and not for the guard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from lcfm import taxonomy
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.preprocess import FirstDetection

FloatArray = NDArray[np.float64]

PASSED = ""
FEW = "seen on too few nights"
SHORT = "too short"
CONSTANT = "constant within its errors"
NOT_ONE_BUMP = "does not rise and decline once"

_NOT_TRANSIENT = frozenset({"AGN"})
_DETECTION = 5.0
"""Standard errors that a limit stands for."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Thresholds below which an object is refused.

    Attributes
    ----------
    before, after
        Window [d] around the first detection.
    nights
        Nights with a detection.
    span
        Days from the first to the last detection.
    width
        Days from the first to the last detection above half of the brightest flux, of all bands or
        of one, whichever are more: one bright band must not hide the others.
    variability
        Reduced χ² about a constant flux in each band.
    bump
        Share of that χ², less the one that noise alone gives, that one rise and one decline in each
        band explain.
    floor
        Relative error added to each flux in quadrature: shapes need not be followed more closely.
    most
        Largest probability that a refused object keeps.
    """

    before: float = 30.0
    after: float = 150.0
    nights: int = 3
    span: float = 5.0
    width: float = 1.0
    variability: float = 2.0
    bump: float = 0.9
    floor: float = 0.05
    most: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.most < 1:
            raise LcfmError(f"guard: most must lie between 0 and 1, got {self.most}")

    def reasons(self, lcs: LightCurves) -> NDArray[np.object_]:
        """Why each object is refused, in words; empty for one that passes. Shape (n_objects,)."""
        found = evidence(lcs, self)
        out = np.full(len(lcs), PASSED, dtype=object)
        out[found.bump < self.bump] = NOT_ONE_BUMP  # the plainest reason is written last
        out[found.variability < self.variability] = CONSTANT
        out[(found.span < self.span) | (found.width < self.width)] = SHORT
        out[found.nights < self.nights] = FEW
        return out

    def guarded(
        self,
        probabilities: NDArray[np.float32],
        classes: tuple[str, ...],
        reasons: NDArray[np.object_],
    ) -> tuple[NDArray[np.float32], NDArray[np.object_]]:
        """Probabilities that no refused object is sure of, and the reasons that apply.

        Parameters
        ----------
        probabilities : ndarray, shape (n_objects, n_classes)
        classes
            Names of the columns.
        reasons : ndarray of str, shape (n_objects,)
            From :meth:`reasons`.

        Returns
        -------
        probabilities : ndarray, shape (n_objects, n_classes)
            Of a refused object mixed with equal ones until none exceeds `most`; their order stays.
        reasons : ndarray of str, shape (n_objects,)
            Emptied where the most probable class is no transient: the guard knows nothing of AGN.
        """
        transient = np.array([is_transient(name) for name in classes])
        top = probabilities.argmax(axis=1)
        applies = (reasons != PASSED) & transient[top]
        largest = probabilities.max(axis=1)
        equal = 1.0 / len(classes)
        limit = max(self.most, equal)
        too_sure = applies & (largest > limit)
        share = np.ones(len(top))
        share[too_sure] = (limit - equal) / (largest[too_sure] - equal)
        mixed = share[:, None] * probabilities + (1.0 - share[:, None]) * equal
        kept: NDArray[np.object_] = np.where(applies, reasons, PASSED)
        return mixed.astype(np.float32), kept


@dataclass(frozen=True)
class Evidence:
    """What speaks for a transient; one number per object, each of shape (n_objects,)."""

    nights: FloatArray
    span: FloatArray
    width: FloatArray
    variability: FloatArray
    bump: FloatArray


def is_transient(label: str) -> bool:
    """True for types of the taxonomy other than AGN; a class of a user's own is none."""
    name = taxonomy.canonical(label)
    return name in taxonomy.PARENT and name not in _NOT_TRANSIENT


def evidence(lcs: LightCurves, guard: Guard) -> Evidence:
    """Measure what :class:`Guard` asks for, in its window.

    Limits count against a constant only where it lies above them.
    """
    day = lcs.points["mjd"] - np.repeat(FirstDetection().origin(lcs), lcs.lengths)
    inside = lcs.select_points((day >= -guard.before) & (day <= guard.after))
    table = np.zeros((len(lcs), 5))
    points, offsets = inside.points, inside.offsets
    flux = points["flux"].astype(np.float64)
    error = np.hypot(points["flux_err"].astype(np.float64), guard.floor * flux)
    for row in range(len(lcs)):
        part = slice(offsets[row], offsets[row + 1])
        detected = points["detected"][part]
        if not detected.any():
            continue
        mjd, seen = points["mjd"][part], flux[part]
        times = mjd[detected]
        width = _width(times, seen[detected])
        constant = freedom = residual = 0.0
        for code in np.unique(points["band"][part]):
            own = points["band"][part] == code
            if (own & detected).any():
                width = max(width, _width(mjd[own & detected], seen[own & detected]))
            limit = points["limit"][part] & own
            measured = ~points["limit"][part] & own
            if measured.sum() + limit.sum() < 2 or not measured.any():
                continue
            one = _Band(seen[measured], error[part][measured])
            constant += one.constant(_DETECTION * error[part][limit], error[part][limit])
            freedom += len(one.flux) + limit.sum() - 1
            residual += one.bump()
        table[row] = (
            len(np.unique(np.floor(times))),
            np.ptp(times),
            width,
            constant / max(freedom, 1.0),
            1.0 - max(residual - freedom, 0.0) / max(constant - freedom, 1e-9),
        )
    return Evidence(*table.T)


def _width(mjd: FloatArray, flux: FloatArray) -> float:
    """Days between the first and the last of the bright detections."""
    highest = flux.max()  # below zero for one that only fades below its reference
    return float(np.ptp(mjd[flux >= min(0.5 * highest, highest)]))


@dataclass(frozen=True)
class _Band:
    """Measurements of one object in one band, in order of time."""

    flux: FloatArray
    error: FloatArray

    def constant(self, limit: FloatArray, limit_error: FloatArray) -> float:
        """χ² about the weighted mean; a limit counts where the mean lies above it."""
        weight = self.error**-2
        mean = float((weight * self.flux).sum() / weight.sum())
        above = np.maximum(mean - limit, 0.0) / limit_error
        return float((weight * (self.flux - mean) ** 2).sum() + (above**2).sum())

    def bump(self) -> float:
        """χ² about the best rise to, and decline from, the brightest measurement.

        Isotonic regression (pool adjacent violators) on both sides. Limits stay out of it: ZTF's
        alerts miss visits to bright supernovae, so that a limit may lie below a good light curve.
        """
        peak = int((self.flux - self.error).argmax())
        weight = self.error**-2
        rise = isotonic_regression(self.flux[: peak + 1], weights=weight[: peak + 1]).x
        fall = isotonic_regression(self.flux[peak:], weights=weight[peak:], increasing=False).x
        fit = np.concatenate([rise[:-1], fall])  # at the peak itself the decline counts
        return float((weight * (self.flux - fit) ** 2).sum())
