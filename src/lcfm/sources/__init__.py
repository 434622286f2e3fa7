"""sources: what explodes or varies, one physics per file."""

from collections.abc import Mapping

from lcfm.errors import UnknownNameError
from lcfm.sources.agn import ActiveNucleus
from lcfm.sources.base import Source
from lcfm.sources.salt import NormalIa
from lcfm.sources.slsn import MagnetarSLSN
from lcfm.sources.tde import TidalDisruption
from lcfm.sources.templates import NINETY_ONE_BG, STRIPPED, TYPE_IAX, TYPE_II

SOURCES: Mapping[str, Source] = {
    "SNIa": NormalIa(),
    "SNIa-91bg": NINETY_ONE_BG,
    "SNIax": TYPE_IAX,
    "SNIb/c": STRIPPED,
    "SNII": TYPE_II,
    "TDE": TidalDisruption(),
    "SLSN-I": MagnetarSLSN(),
    "AGN": ActiveNucleus(),
}
"""Class label -> source. A new class is one file and one line here."""


def get(label: str) -> Source:
    """Return the source of a class.

    Raises
    ------
    UnknownNameError
        No source has this label.
    """
    if label not in SOURCES:
        raise UnknownNameError.of("source", label, SOURCES)
    return SOURCES[label]
