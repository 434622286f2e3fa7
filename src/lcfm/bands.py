"""Passbands: name, aliases, survey, unit, transmission curve and where it comes from.

A model sees a band through its mean wavelength alone, the simulator through its curve; neither
knows a band by its letter. Names follow sncosmo. Bare letters mean different curves for different
telescopes, so they resolve only together with a survey.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from lcfm.errors import LcfmError, UnknownNameError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Band:
    """One passband.

    Parameters
    ----------
    name
        Unique name, as in sncosmo where it has the band (``ztfg``, ``lsstu``, ``ps1::g``).
    wavelength : ndarray, shape (n,)
        Å, ascending.
    transmission : ndarray, shape (n,)
        Photon-counting response, any scale (peak 1 here), not negative.
    unit
        ``nJy`` (AB) or ``ppm`` (relative photometry about zero).
    remark, origin
        What is special about the curve, and where it was taken from.
    """

    name: str
    wavelength: FloatArray
    transmission: FloatArray
    unit: str = "nJy"
    remark: str = ""
    origin: str = ""
    mean_wavelength: float = field(init=False)

    def __post_init__(self) -> None:
        wavelength = np.array(self.wavelength, dtype=np.float64)
        transmission = np.array(self.transmission, dtype=np.float64)
        if wavelength.ndim != 1 or wavelength.shape != transmission.shape or len(wavelength) < 2:
            raise LcfmError(
                f"band {self.name!r}: wavelength and transmission must be two lists of the same "
                f"length >= 2, got shapes {wavelength.shape} and {transmission.shape}"
            )
        if (np.diff(wavelength) <= 0).any() or (transmission < 0).any() or not transmission.any():
            raise LcfmError(
                f"band {self.name!r}: wavelength [Å] must ascend and transmission must not be "
                "negative or zero everywhere"
            )
        if self.unit not in ("nJy", "ppm"):
            raise LcfmError(f"band {self.name!r}: unit must be 'nJy' or 'ppm', got {self.unit!r}")
        area = np.trapezoid(transmission, wavelength)
        mean = float(np.trapezoid(transmission * wavelength, wavelength) / area)
        wavelength.flags.writeable = transmission.flags.writeable = False
        object.__setattr__(self, "wavelength", wavelength)
        object.__setattr__(self, "transmission", transmission)
        object.__setattr__(self, "mean_wavelength", mean)


_SURVEY_FILTERS: Mapping[str, Mapping[str, str]] = {
    "ztf": {
        "g": "ztfg", "r": "ztfr", "i": "ztfi", "1": "ztfg", "2": "ztfr", "3": "ztfi",
        "zg": "ztfg", "zr": "ztfr", "zi": "ztfi",
    },
    "lsst": {
        **{letter: f"lsst{letter}" for letter in "ugrizy"},
        **{str(code): f"lsst{letter}" for code, letter in enumerate("ugrizy")},
        "Y": "lssty",
    },
    "des": {letter: f"des{letter}" for letter in "ugrizy"},
    "ps1": {letter: f"ps1::{letter}" for letter in "grizyw"},
    # Aleo et al. 2023: X and Y of the data release are the public ZTF g and r.
    "yse": {**{letter: f"ps1::{letter}" for letter in "griz"}, "X": "ztfg", "Y": "ztfr"},
    "sdss": {letter: f"sdss{letter}" for letter in "ugriz"},
    "bessell": {letter.upper(): f"bessell{letter}" for letter in "ubvri"},
    "kepler": {"kp": "kepler", "": "kepler"},
    "tess": {"": "tess"},
}  # fmt: skip

_SURVEY_ALIASES = {
    "rubin": "lsst", "lsst-sim": "lsst", "elasticc": "lsst", "plasticc": "lsst",
    "lsstcomcam": "lsst", "lsstcam": "lsst", "decam": "des", "spcc": "des", "panstarrs": "ps1",
    "pan-starrs": "ps1", "pan-starrs1": "ps1", "ps1md": "ps1", "foundation": "ps1", "bts": "ztf",
}  # fmt: skip

# Samples of several telescopes whose letters are codes of their own (SNANA's low-z files).
_MIXED_SURVEYS = ("combined", "lowz")

_ALIASES = {
    "ztf_g": "ztfg", "ztf_r": "ztfr", "ztf_i": "ztfi", "ztf-g": "ztfg", "ztf-r": "ztfr",
    "ztf-i": "ztfi", "ztf::g": "ztfg", "ztf::r": "ztfr", "ztf::i": "ztfi",
    **{f"lsst_{b}": f"lsst{b}" for b in "ugrizy"}, **{f"lsst-{b}": f"lsst{b}" for b in "ugrizy"},
    **{f"LSST-{b}": f"lsst{b}" for b in "ugrizy"}, **{f"LSST_{b}": f"lsst{b}" for b in "ugrizy"},
    "LSST-Y": "lssty",
    **{f"DES-{b}": f"des{b}" for b in "ugrizy"}, **{f"des_{b}": f"des{b}" for b in "ugrizy"},
    **{f"PS1-{b}": f"ps1::{b}" for b in "grizyw"}, **{f"ps1{b}": f"ps1::{b}" for b in "grizyw"},
    **{f"ps1_{b}": f"ps1::{b}" for b in "grizyw"}, "Kepler": "kepler", "TESS": "tess",
}  # fmt: skip

_custom: dict[str, Band] = {}
_PPM_BANDS = ("kepler", "tess")


@cache
def _shipped() -> dict[str, Band]:
    folder = resources.files("lcfm") / "data" / "passbands"
    bands = {}
    with (
        resources.as_file(folder / "curves.npz") as path,
        np.load(path, allow_pickle=False) as curves,
    ):
        for row in csv.DictReader((folder / "bands.csv").read_text().splitlines()):
            wavelength, transmission = curves[row["curve"]]
            name = row["band"]
            unit = "ppm" if name in _PPM_BANDS else "nJy"
            bands[name] = Band(name, wavelength, transmission, unit, row["remark"], row["origin"])
    return bands


def names() -> tuple[str, ...]:
    """All known band names, shipped and registered, sorted."""
    return tuple(sorted({**_shipped(), **_custom}))


def get(name: str) -> Band:
    """Return the band of exactly this name.

    Raises
    ------
    UnknownNameError
        No band has this name; the text lists those that do.
    """
    band = _custom.get(name) or _shipped().get(name)
    if band is None:
        raise UnknownNameError.of("band", name, names())
    return band


def register(band: Band) -> None:
    """Add a band of your own for this process; an existing name is refused."""
    if band.name in _shipped() or band.name in _custom:
        raise LcfmError(f"band {band.name!r} exists already; choose another name")
    _custom[band.name] = band


def resolve(name: str, survey: str | None = None) -> str | None:
    """Find the band that a file means by `name`, or None.

    Tried in this order: the exact name, a known alias, and, if `survey` is given, that survey's
    letter or number (``g``, ``1``). A bare letter without a survey stays unknown on purpose.
    """
    name = str(name).strip()
    mixed = survey is not None and any(word in survey.lower() for word in _MIXED_SURVEYS)
    if mixed and len(name) == 1 and name not in _custom:
        return None
    if name in _custom or name in _shipped():
        return name
    if name in _ALIASES:
        return _ALIASES[name]
    if survey is not None:
        key = survey.strip().lower()
        for candidate in (key, key.split()[0] if key else key, key.split("_")[0]):
            candidate = _SURVEY_ALIASES.get(candidate, candidate)
            if candidate in _SURVEY_FILTERS:
                return _SURVEY_FILTERS[candidate].get(name)
    return None


def letter(name: str, survey: str) -> str:
    """Letter by which a survey's files know a band; its own name where no letter is agreed."""
    return name[-1] if resolve(name[-1], survey) == name else name


def mean_wavelengths(band_names: tuple[str, ...]) -> FloatArray:
    """Mean wavelengths [Å] of several bands, shape (len(band_names),)."""
    return np.array([get(name).mean_wavelength for name in band_names], dtype=np.float64)
