"""Pointings: where a telescope pointed and when, turned into a `Cadence`.

A table of pointings says where each visit pointed; a cadence says which visits each of many sky
positions got.

    read_pointings(file) -> Pointings -> .at(ra, dec) or .sample(n, rng) -> Cadence -> save_cadence
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import bands as registry
from lcfm.errors import LcfmError
from lcfm.surveys.cadence import Cadence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

log = logging.getLogger("lcfm")

_POSSIBLE = {
    "ra": (-180.0, 360.0, "degrees, not hours or radians"),
    "dec": (-90.0, 90.0, "degrees"),
    # day 100,000 is in 2132; a Julian date of today is beyond 2,400,000
    "mjd": (0.0, 100_000.0, "MJD, which is a Julian date less 2400000.5"),
    "depth": (5.0, 35.0, "AB magnitudes; leave out visits whose depth is a placeholder"),
}
"""Least and greatest value of a column, and what it is in."""


@dataclass(frozen=True, eq=False)
class Pointings:
    """Visits of a telescope, in any order.

    Parameters
    ----------
    ra, dec, mjd, depth : ndarray, shape (n_visits,)
        Centre [deg], time, 5-sigma AB magnitude of a point source.
    band : ndarray of object, shape (n_visits,)
        Names of the band registry.
    radius
        Degrees around the centre that a visit covers.
    origin
        File or other name, for messages.

    Raises
    ------
    LcfmError
        Columns differ in length or are empty, or a value is none that a visit can have.
    UnknownNameError
        A band is not in the registry.
    """

    ra: FloatArray
    dec: FloatArray
    mjd: FloatArray
    band: NDArray[np.object_]
    depth: FloatArray
    radius: float
    origin: str = "pointings"

    def __post_init__(self) -> None:
        columns = (self.ra, self.dec, self.mjd, self.band, self.depth)
        if len({len(column) for column in columns}) > 1:
            raise LcfmError(f"{self.origin}: ra, dec, mjd, band and depth must be of one length")
        if len(self.ra) == 0:
            raise LcfmError(
                f"{self.origin}: the table of pointings has no visit; give one with at least one"
            )
        if not (self.radius > 0 and np.isfinite(self.radius)):
            raise LcfmError(f"{self.origin}: radius [deg] must be above 0, got {self.radius!r}")
        for name, (least, greatest, unit) in _POSSIBLE.items():
            column = getattr(self, name)
            impossible = ~((column >= least) & (column <= greatest))
            if impossible.any():
                raise LcfmError(
                    f"{self.origin}: {name} of {impossible.sum():,} of {len(self):,} visits is not "
                    f"between {least:,.0f} and {greatest:,.0f}, the first is "
                    f"{column[impossible][0]:.10g}; give {name} in {unit}"
                )
        for name in sorted(set(self.band)):
            registry.get(name)

    def __len__(self) -> int:
        return len(self.ra)

    @property
    def bands(self) -> tuple[str, ...]:
        """Bands of the visits, by ascending wavelength."""
        names = sorted(set(self.band))
        return tuple(np.array(names)[np.argsort(registry.mean_wavelengths(tuple(names)))].tolist())

    def at(self, ra: FloatArray, dec: FloatArray) -> Cadence:
        """Pointing histories of given positions.

        A visit covers a position if its centre lies within `radius`; of several rows of one time
        and band (chips of one exposure) the nearest counts.

        Parameters
        ----------
        ra, dec : ndarray, shape (n_positions,)
            Degrees.

        Raises
        ------
        LcfmError
            No position was ever visited; those that were not are left out and counted in the log.
        """
        ra, dec = np.atleast_1d(np.asarray(ra, float)), np.atleast_1d(np.asarray(dec, float))
        where = _unit_vectors(ra, dec)
        lists = self._tree().query_ball_point(where, _chord(self.radius))
        bands = self.bands
        code = np.array([bands.index(name) for name in self.band], dtype=np.int8)
        centres = _unit_vectors(self.ra, self.dec)
        rows: list[IntArray] = []
        for position, found in zip(where, lists, strict=True):
            visits = np.array(found, dtype=np.int64)
            distance = np.square(centres[visits] - position).sum(axis=1)
            visits = visits[np.lexsort((distance, code[visits], self.mjd[visits]))]
            mjd, filters = self.mjd[visits], code[visits]
            again = (np.diff(mjd, prepend=-np.inf) == 0) & (np.diff(filters, prepend=-1) == 0)
            rows.append(visits[~again])
        counts = np.array([len(r) for r in rows])
        seen = counts > 0
        if not seen.any():
            raise LcfmError(
                f"{self.origin}: no visit within {self.radius:g} degrees of any position given; "
                "give positions in its footprint or draw them with sample"
            )
        if not seen.all():
            log.warning("%s: %d positions without a visit left out", self.origin, (~seen).sum())
        order = np.concatenate(rows)
        zero = float(np.floor(self.mjd[order].min()))
        return Cadence(
            bands, zero, ra[seen], dec[seen], np.concatenate([[0], np.cumsum(counts[seen])]),
            self.mjd[order] - zero, code[order], self.depth[order].astype(np.float32),
        )  # fmt: skip

    def sample(self, n: int, rng: np.random.Generator, *, minimum_visits: int = 20) -> Cadence:
        """Pointing histories of n positions, uniform over the footprint.

        Points around the centres of random visits are as dense as the visits; keeping each with a
        chance that falls as the number of its visits makes them uniform.

        Parameters
        ----------
        minimum_visits
            Positions with fewer are outside of the footprint.

        Raises
        ------
        LcfmError
            Practically no position has that many visits.
        """
        tree = self._tree()
        ra, dec = np.zeros(0), np.zeros(0)
        for _ in range(200):
            at = rng.integers(0, len(self), max(4 * n, 256))
            away = self.radius * np.sqrt(rng.random(len(at)))
            angle = rng.uniform(0, 2 * np.pi, len(at))
            new_dec = np.clip(self.dec[at] + away * np.sin(angle), -90, 90)
            squeeze = np.maximum(np.cos(np.radians(new_dec)), 1e-3)
            new_ra = (self.ra[at] + away * np.cos(angle) / squeeze) % 360
            where = _unit_vectors(new_ra, new_dec)
            visits = tree.query_ball_point(where, _chord(self.radius), return_length=True)
            keep = visits >= minimum_visits
            keep &= rng.random(len(at)) * visits < minimum_visits
            ra, dec = np.append(ra, new_ra[keep]), np.append(dec, new_dec[keep])
            if len(ra) >= n:
                return self.at(ra[:n], dec[:n])
        raise LcfmError(
            f"{self.origin}: found only {len(ra)} of {n} positions with at least {minimum_visits} "
            "visits; ask for fewer positions or lower minimum_visits"
        )

    def _tree(self) -> Any:
        from scipy.spatial import cKDTree  # slow to import

        return cKDTree(_unit_vectors(self.ra, self.dec))


def _unit_vectors(ra: FloatArray, dec: FloatArray) -> FloatArray:
    a, d = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=-1)


def _chord(degrees: float) -> float:
    """Distance between two unit vectors at an angle."""
    return float(2 * np.sin(np.radians(degrees) / 2))
