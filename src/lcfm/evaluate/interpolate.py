"""Light curves on a regular grid of phases, by a Gaussian process over time and wavelength.

Hand-crafted features need fluxes at the same phases for every object, though each was observed at
other times and in other bands. As in avocado (Boone 2019, AJ 158, 257, section 3.1) the flux of
one object is a zero-mean Gaussian process with a Matérn 3/2 kernel in time and another in
wavelength, so that each band helps to fill the gaps of its neighbours::

    k = a² m(|t − t'| / 20 d) m(|λ − λ'| / 6000 Å),   m(d) = (1 + √3 d) exp(−√3 d)

Here the two lengths are fixed (Boone fits the one in time) and the amplitude is the brightest
flux, so that thousands of objects are solved in batches. An upper limit enters as flux 0 with
twice its 1 sigma.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcfm.lightcurves import LightCurves

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

WAVELENGTH_LENGTH = 6000.0
"""Length of the kernel in wavelength [Å] (Boone 2019, section 3.1)."""

BATCH_ELEMENTS = 4_000_000
"""Numbers in the largest array of a batch; bounds memory at some 100 MB."""


@dataclass(frozen=True, kw_only=True)
class GaussianProcess:
    """How light curves are interpolated.

    Attributes
    ----------
    time_length
        Length of the kernel in time [d].
    relative_error
        Added in quadrature to each error, as a fraction of the flux: what the kernel cannot follow.
    max_points
        More points than this are thinned evenly in time: the cost grows with their cube.
    """

    time_length: float = 20.0
    relative_error: float = 0.03
    max_points: int = 150

    def predict(
        self, lcs: LightCurves, reference: FloatArray, phases: FloatArray, wavelengths: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Interpolate every object at the same phases and wavelengths.

        Parameters
        ----------
        lcs
            n objects.
        reference : ndarray, shape (n,)
            MJD of phase 0 of each object.
        phases : ndarray, shape (p,)
            Observer-frame days since `reference`.
        wavelengths : ndarray, shape (w,)
            Å.

        Returns
        -------
        flux, flux_err : ndarray, each of shape (n, w, p)
            Mean and standard deviation of the process [unit of the fluxes]; an object without
            points has flux 0 and infinite error.
        """
        n = len(lcs)
        shape = (n, len(wavelengths), len(phases))
        flux, flux_err = np.zeros(shape), np.full(shape, np.inf)
        grid_time = np.tile(phases, len(wavelengths))  # (w * p,)
        grid_wave = np.repeat(wavelengths, len(phases))
        counts = np.minimum(lcs.lengths, self.max_points)
        by_length = np.argsort(counts, kind="stable")
        by_length = by_length[counts[by_length] > 0]
        start = 0
        while start < len(by_length):
            # A batch ends where padding to the longest would cost more than half of the work.
            longest = max(int(counts[by_length[start]] * 1.3), 8)
            stop = int(np.searchsorted(counts[by_length], longest, side="right"))
            stop = min(
                stop, start + max(1, BATCH_ELEMENTS // (longest * (grid_time.size + longest)))
            )
            rows = by_length[start:stop]
            mean, deviation = self._solve(lcs, rows, reference[rows], grid_time, grid_wave)
            flux[rows] = mean.reshape(len(rows), *shape[1:])
            flux_err[rows] = deviation.reshape(len(rows), *shape[1:])
            start = stop
        return flux, flux_err

    def _solve(
        self,
        lcs: LightCurves,
        rows: IntArray,
        reference: FloatArray,
        grid_time: FloatArray,
        grid_wave: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        index, present = self._padded_rows(lcs, rows)
        time = lcs.points["mjd"][index] - reference[:, None]  # (batch, points)
        wave = lcs.wavelength[index]
        limit = lcs.points["limit"][index]
        flux = np.where(limit | ~present, 0.0, lcs.points["flux"][index].astype(np.float64))
        flux_err = lcs.points["flux_err"][index].astype(np.float64)
        amplitude = np.abs(flux).max(axis=1, keepdims=True)
        amplitude[amplitude == 0] = 1.0
        variance = (flux_err * np.where(limit, 2.0, 1.0)) ** 2 + (self.relative_error * flux) ** 2
        variance = np.where(present, variance / amplitude**2, 1e12)
        gram = self._kernel(time, time, wave, wave)
        diagonal = np.arange(index.shape[1])
        gram[:, diagonal, diagonal] += variance + 1e-6
        grid_time, grid_wave = (
            np.broadcast_to(g, (len(rows), g.size)) for g in (grid_time, grid_wave)
        )
        cross = self._kernel(time, grid_time, wave, grid_wave) * present[:, :, None]
        # One solve for the mean and the variance: the right-hand sides are flux and cross.
        inverse = np.linalg.inv(gram)
        weights = inverse @ (flux / amplitude)[:, :, None]
        mean = (cross * weights).sum(axis=1)
        explained = (cross * (inverse @ cross)).sum(axis=1)
        deviation = np.sqrt(np.maximum(1.0 - explained, 0.0))
        return mean * amplitude, deviation * amplitude

    def _padded_rows(self, lcs: LightCurves, rows: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        """Rows of the points of some objects, thinned, as a rectangle with its mask."""
        lengths = lcs.lengths[rows]
        kept = np.minimum(lengths, self.max_points)
        column = np.arange(int(kept.max()))[None, :]
        step = (lengths / np.maximum(kept, 1))[:, None]
        present = column < kept[:, None]
        index = lcs.offsets[rows][:, None] + np.where(present, (column * step).astype(np.int64), 0)
        return index, present

    def _kernel(
        self, time_a: FloatArray, time_b: FloatArray, wave_a: FloatArray, wave_b: FloatArray
    ) -> FloatArray:
        in_time = _matern(time_a[:, :, None] - time_b[:, None, :], self.time_length)
        in_time *= _matern(wave_a[:, :, None] - wave_b[:, None, :], WAVELENGTH_LENGTH)
        return in_time


def _matern(difference: FloatArray, length: float) -> FloatArray:
    scaled = np.abs(difference)
    scaled *= np.sqrt(3.0) / length
    out: FloatArray = np.exp(-scaled)
    out *= 1.0 + scaled
    return out


def brightest(lcs: LightCurves) -> FloatArray:
    """MJD of the brightest measurement of each object, shape (n,); NaN without measurements.

    Among measurements of at least three quarters of the object's best signal-to-noise ratio up to
    5, so that one noisy point does not set the peak.
    """
    flux = lcs.points["flux"].astype(np.float64)
    snr = np.where(lcs.points["limit"], -np.inf, flux / lcs.points["flux_err"])
    best = np.full(len(lcs), -np.inf)
    np.maximum.at(best, lcs.owner, snr)
    owner = lcs.owner
    usable = ~lcs.points["limit"] & (snr >= np.minimum(5.0, 0.75 * best[owner]))
    rows = np.flatnonzero(usable)
    order = rows[np.lexsort((-flux[rows], owner[rows]))]
    objects, first = np.unique(owner[order], return_index=True)
    out = np.full(len(lcs), np.nan)
    out[objects] = lcs.points["mjd"][order[first]]
    return out


def around(lcs: LightCurves, reference: FloatArray, before: float, after: float) -> LightCurves:
    """Keep points from `before` days ahead of `reference` to `after` days behind it."""
    phase = lcs.points["mjd"] - reference[lcs.owner]
    return lcs.select_points((phase >= -before) & (phase <= after))
