"""sources: what explodes or varies, one physics per file."""

from collections.abc import Mapping

from lcfm.errors import UnknownNameError
from lcfm.sources.agn import ActiveNucleus
from lcfm.sources.base import Source
from lcfm.sources.core_collapse import TYPE_IB, TYPE_IC, TYPE_IC_BL, TYPE_II, TYPE_IIB
from lcfm.sources.interaction import InteractingSN
from lcfm.sources.kilonova import Kilonova
from lcfm.sources.overluminous import OverluminousIa
from lcfm.sources.peculiar_ia import NINETY_ONE_BG, TYPE_IAX
from lcfm.sources.salt import NormalIa
from lcfm.sources.slsn import MagnetarSLSN
from lcfm.sources.tde import TidalDisruption

SOURCES: Mapping[str, Source] = {
    "SNIa": NormalIa(),
    "SNIa-91T": OverluminousIa(),
    "SNIa-91bg": NINETY_ONE_BG,
    "SNIax": TYPE_IAX,
    "SNIb": TYPE_IB,
    "SNIc": TYPE_IC,
    "SNIc-BL": TYPE_IC_BL,
    "SNII": TYPE_II,
    "SNIIn": InteractingSN(),
    "SNIIb": TYPE_IIB,
    "TDE": TidalDisruption(),
    "SLSN-I": MagnetarSLSN(),
    "AGN": ActiveNucleus(),
    "KN": Kilonova(),
}
"""Type -> source. A new type is one file and one line here."""


def get(label: str) -> Source:
    """Return the source of a type.

    Raises
    ------
    UnknownNameError
        No source has this label.
    """
    if label not in SOURCES:
        raise UnknownNameError.of("source", label, SOURCES)
    return SOURCES[label]
