"""Names that surveys and brokers give to the columns of a table of photometry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALIASES: Mapping[str, tuple[str, ...]] = {
    "object_id": ("object_id", "objectid", "diaobjectid", "oid", "snid", "id", "name", "ztf_id"),
    "mjd": ("mjd", "midpointmjdtai", "midpointtai", "expmidptmjd", "jd", "time", "date_mjd"),
    "band": ("band", "filter", "passband", "fid", "flt", "bandpass"),
    "flux": ("flux", "psfflux", "psfdiffflux", "fluxcal", "forcediffimflux"),
    "flux_err": (
        "flux_err", "fluxerr", "flux_error", "psffluxerr", "psfdifffluxerr", "fluxcalerr",
        "forcediffimfluxunc", "e_flux", "sigma_flux",
    ),
    "mag": ("mag", "magpsf", "magnitude", "psfmag"),
    "mag_err": ("mag_err", "magerr", "sigmapsf", "psfmagerr", "e_mag", "magnitude_err", "emag"),
    "zp": ("zp", "zeropoint", "zpt", "zpdiff", "magzp"),
    "zpsys": ("zpsys", "magsys"),
    "detected": ("detected", "detected_bool"),
    "limit": ("limit", "upper_limit", "upperlimit"),
    "event_id": ("event_id",),
    "survey": ("survey",),
    "label": ("label", "type", "class"),
    "redshift": ("redshift", "z"),
    "ra": ("ra",),
    "dec": ("dec", "decl"),
    "mwebv": ("mwebv", "ebv"),
}  # fmt: skip
"""Our name → names in files, lower case, the surest first."""

OBJECT_COLUMNS = ("event_id", "survey", "label", "redshift", "ra", "dec", "mwebv")
"""Columns that belong to the object; they must not change between its rows."""


@dataclass(frozen=True)
class Column:
    """A recognised column: its name in the file, and the unit that stands in its name."""

    given: str
    unit: str = ""


def find_columns(names: Sequence[str]) -> dict[str, Column]:
    """Our name → column of the file; a unit may follow in brackets (``flux [nJy]``)."""
    plain: dict[str, Column] = {}
    for name in names:
        head, _, unit = name.partition("[")
        plain.setdefault(head.strip().lower(), Column(name, unit.rstrip("] ")))
    found = {}
    for ours, aliases in ALIASES.items():
        given = next((plain[a] for a in aliases if a in plain), None)
        if given is not None:
            found[ours] = given
    return found


_NEEDED: Mapping[str, tuple[str, ...]] = {
    "a time": ("mjd",),
    "a band": ("band",),
    "a brightness": ("flux", "mag"),
    "the error of the brightness": ("flux_err", "mag_err"),
}
_SHOWN = 20


def missing_columns(names: Sequence[str]) -> str:
    """Which columns a table lacks, the names understood, and what it has; empty if it has all."""
    found = find_columns(names).keys()
    lacking = [
        f"{what} (understood: {', '.join(a for ours in any_of for a in ALIASES[ours])})"
        for what, any_of in _NEEDED.items()
        if not found & set(any_of)
    ]
    if not lacking and not ({"flux", "flux_err"} <= found or {"mag", "mag_err"} <= found):
        lacking = ["a brightness and its error in the same kind, flux or magnitude"]
    if not lacking:
        return ""
    has = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"has no column for {', nor for '.join(lacking)}; it has {has}: rename what is meant"
