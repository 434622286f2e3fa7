"""Rates: how many events of a type occur per volume and time, now and in the past."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lcfm.simulate.propagate import Z_TABLE, luminosity_distance_table

FloatArray = NDArray[np.float64]


def star_formation(z: FloatArray) -> FloatArray:
    """Star formation per volume (Madau & Dickinson 2014, ARA&A 52, 415, eq. 15), any scale."""
    return np.asarray((1 + z) ** 2.7 / (1 + ((1 + z) / 2.9) ** 5.6))


def thermonuclear(z: FloatArray) -> FloatArray:
    """SNe Ia (Dilday et al. 2010, ApJ 713, 1026; Perrett et al. 2012, AJ 144, 59), any scale."""
    return np.asarray((1 + z) ** 1.7)


@dataclass(frozen=True)
class Rate:
    """Events of a type.

    Attributes
    ----------
    local
        Per Gpc³ (comoving, H0 = 70) and year at z = 0; 0 for what does not occur but is.
    shape
        Dependence on redshift, any scale.
    """

    local: float
    shape: Callable[[FloatArray], FloatArray]


CORE_COLLAPSE = 1.01e5
"""All core collapse (Perley et al. 2020, ApJ 904, 35, sec. 5), Gpc^-3 yr^-1."""

RATES: Mapping[str, Rate] = {
    # Desai et al. (2024, MNRAS 530, 5016): all SNe Ia 22,800, of which 91T and 91bg as below
    "SNIa": Rate(2.28e4 - 0.85e3 - 1.4e3, thermonuclear),
    "SNIa-91T": Rate(0.85e3, thermonuclear),
    "SNIa-91bg": Rate(1.4e3, lambda z: (1 + z) ** 1.5),  # as in PLAsTiCC, Kessler et al. (2019)
    # 4.3 % of SNe Ia, a lower limit (Desai et al. 2026, arXiv:2602.00223)
    "SNIax": Rate(1.1e3, star_formation),
    # shares of core collapse: Shivvers et al. (2017, PASP 129, 054201), as in Vincenzi et al.
    # (2019, MNRAS 489, 5802, table 1); Ic-BL, there 9.7 % with all peculiar ones, is 1.2 % by our
    # choice, so that it is about a fifth of the Ib and Ic seen, as in Perley et al. (2020)
    "SNII": Rate(0.649 * CORE_COLLAPSE, star_formation),
    "SNIIn": Rate(0.047 * CORE_COLLAPSE, star_formation),
    "SNIIb": Rate(0.109 * CORE_COLLAPSE, star_formation),
    "SNIb": Rate(0.108 * CORE_COLLAPSE, star_formation),
    "SNIc": Rate(0.075 * CORE_COLLAPSE, star_formation),
    "SNIc-BL": Rate(0.012 * CORE_COLLAPSE, star_formation),
    "SLSN-I": Rate(5.6, star_formation),  # Perley et al. (2020), sec. 5
    # Yao et al. (2023, ApJ 955, L6): above 1e43 erg / s; shape of Kochanek (2016, MNRAS 461, 371)
    "TDE": Rate(310.0, lambda z: 10 ** (-5 * z / 6)),
    # neutron-star mergers, Abbott et al. (2021, ApJ 913, L7); short delays assumed
    "KN": Rate(320.0, star_formation),
    "AGN": Rate(0.0, lambda z: (1 + z) ** 3),  # Hopkins et al. (2007), below z = 2
}
"""Type -> rate."""

CONSTANT = Rate(1e3, np.ones_like)
"""Of a type that the table lacks."""


def rate_of(name: str) -> Rate:
    """Rate of a type, `CONSTANT` if none is known."""
    return RATES.get(name, CONSTANT)


@cache
def seen_within(name: str) -> FloatArray:
    """Observer's events per year out to `Z_TABLE` for a local rate of one, rising strictly."""
    shape = rate_of(name).shape
    comoving = luminosity_distance_table() / (1 + Z_TABLE) / 1000.0  # Gpc
    relative = shape(Z_TABLE) / shape(np.zeros(1))[0]
    shells = np.gradient(4 / 3 * np.pi * comoving**3, Z_TABLE) * relative / (1 + Z_TABLE)
    steps = np.diff(Z_TABLE) * (shells[1:] + shells[:-1]) / 2
    return np.concatenate([[0.0], np.cumsum(steps)])
