"""Taxonomy: source spelling -> type -> label sets; one tree of types, and what is an anomaly.

Every catalogue spells its types in its own way (``SN Ia-norm``, ``Ia``, ``SNIbc``, ``II P``).
`canonical` maps a spelling onto one name; the tree says which type is part of which; a label set
is a cut through the tree. Peculiar relatives (91T, 91bg, Iax, IIn, IIb) are siblings of SNIa and
SNII, not children, so that the sets of three and five classes leave them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from lcfm.errors import UnknownNameError

PARENT: Mapping[str, str] = {
    "thermonuclear": "",
    "SNIa": "thermonuclear", "SNIa-91T": "thermonuclear", "SNIa-91bg": "thermonuclear",
    "SNIax": "thermonuclear", "SNIa-03fg": "thermonuclear", "SNIa-CSM": "thermonuclear",
    "SNIa-pec": "thermonuclear", "SNIa-Ca-rich": "thermonuclear",
    "core collapse": "",
    "SNII": "core collapse", "SNIIP": "SNII", "SNIIL": "SNII",
    "SNII-pec": "core collapse", "SNIIn": "core collapse", "SNIIn-pec": "SNIIn",
    "SNIIb": "core collapse",
    "SNIb/c": "core collapse", "SNIb": "SNIb/c", "SNIc": "SNIb/c", "SNIc-BL": "SNIb/c",
    "SNIb-pec": "core collapse", "SNIc-pec": "core collapse", "SNIb-Ca-rich": "core collapse",
    "SNIbn": "core collapse", "SNIcn": "core collapse",
    "SLSN": "", "SLSN-I": "SLSN", "SLSN-II": "SLSN", "SLSN-R": "SLSN",
    "TDE": "", "AGN": "", "KN": "", "ILRT": "", "LBV": "", "LRN": "",
    "SN": "", "SNI": "SN",
}  # fmt: skip
"""Type -> the type that it is part of; empty at the top."""

LABEL_SETS: Mapping[str, tuple[str, ...]] = {
    "label3": ("SNIa", "SNII", "SNIb/c"),
    "label5": ("SNIa", "SNII", "SNIb/c", "SLSN-I", "TDE"),
    "label8": ("SNIa", "SNIa-91bg", "SNIax", "SNIb/c", "SNII", "TDE", "SLSN-I", "AGN"),
    "label12": (
        "SNIa", "SNIa-91bg", "SNIax", "SNIb", "SNIc", "SNIc-BL", "SNII", "SNIIn", "SNIIb",
        "TDE", "SLSN-I", "AGN",
    ),
    "label14": (
        "SNIa", "SNIa-91T", "SNIa-91bg", "SNIax", "SNIb", "SNIc", "SNIc-BL", "SNII", "SNIIn",
        "SNIIb", "TDE", "SLSN-I", "AGN", "KN",
    ),
}  # fmt: skip
"""Classes of each set: normal types of the simulation paper, the transfer paper's five, the eight
of the simulated pretraining, the twelve of the transfer paper's table 1, and all types that are
simulated."""

LEFT_OUT: Mapping[str, frozenset[str]] = {"label3": frozenset({"SNIc-BL"})}
"""Types that a set leaves out although they are part of one of its classes."""

ANOMALIES = frozenset({
    "TDE", "SNIa-Ca-rich", "SNIb-Ca-rich", "ILRT", "LBV", "LRN", "SLSN", "SLSN-I", "SLSN-II",
    "SLSN-R", "SNIa-91T", "SNIa-91bg", "SNIbn", "SNIc-BL", "SNIcn",
})  # fmt: skip
"""Anomalous types of the simulation paper, appendix A.2."""

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "SNIa": ("Ia", "Ia norm", "Ia normal", "Ia HV"),
    "SNIa-91T": ("Ia 91T", "Ia 91T like"),
    "SNIa-91bg": ("Ia 91bg", "Ia 91bg like"),
    "SNIax": ("Iax", "Iax 02cx like", "Ia 02cx", "Ia 02cx like"),
    "SNIa-03fg": ("Ia 03fg", "Ia 03fg like", "Ia SC"),
    "SNIa-CSM": ("Ia CSM", "Ia 02ic like"),
    "SNIa-pec": ("Ia pec", "Ia P", "Ia 99aa"),
    "SNIa-Ca-rich": ("Ia Ca rich",),
    "SNII": ("II",),
    "SNIIP": ("IIP", "II P"),
    "SNIIL": ("IIL", "II L", "IIL P"),
    "SNII-pec": ("II pec",),
    "SNIIn": ("IIn",),
    "SNIIn-pec": ("IIn pec",),
    "SNIIb": ("IIb",),
    "SNIb/c": ("Ib c", "Ibc"),
    "SNIb": ("Ib", "Ib norm"),
    "SNIc": ("Ic", "Ic norm"),
    "SNIc-BL": ("Ic BL", "Ic broad"),
    "SNIb-pec": ("Ib pec", "Ib P"),
    "SNIc-pec": ("Ic pec", "Ic P"),
    "SNIb-Ca-rich": ("Ib Ca rich", "Ib Ca", "Ca rich", "CART"),
    "SNIbn": ("Ibn",),
    "SNIcn": ("Icn",),
    "SLSN": ("SLSN",),
    "SLSN-I": ("SLSN I", "SLSN I R", "SLSN Ic"),
    "SLSN-II": ("SLSN II",),
    "TDE": ("TDE", "tidal disruption event"),
    "AGN": ("AGN", "QSO"),
    "KN": ("KN", "kilonova"),
    "ILRT": ("ILRT",),
    "LBV": ("LBV", "LBV to IIn"),
    "LRN": ("LRN",),
    "SN": ("SN",),
    "SNI": ("I",),
}


def _plain(label: str) -> str:
    """Lower case, one space between words, no leading SN: what spellings are compared in."""
    words = re.sub(r"[\s_\-/\[\]]+", " ", label).strip()
    return re.sub(r"^SN ?(?=.)", "", words).casefold()


_CANONICAL: Mapping[str, str] = {
    **{_plain(spelling): name for name, all_of in _SPELLINGS.items() for spelling in all_of},
    **{_plain(name): name for name in PARENT},
}


def canonical(label: str) -> str:
    """Return the one name of a type, whatever its spelling.

    A label that is not in the tree (a variable star, ``SN Ia?``) is returned as it is, without
    spaces around it: questionable types are not taken for certain ones.
    """
    return _CANONICAL.get(_plain(str(label)), str(label).strip())


def ancestry(label: str) -> tuple[str, ...]:
    """Return the type, then what it is part of, up to the top of the tree."""
    name = canonical(label)
    line = [name]
    while PARENT.get(name):
        name = PARENT[name]
        line.append(name)
    return tuple(line)


def to_set(label: str, label_set: str) -> str:
    """Class of a type in one of `LABEL_SETS`; an empty string if it has none.

    Raises
    ------
    UnknownNameError
        There is no such set.
    """
    if label_set not in LABEL_SETS:
        raise UnknownNameError.of("label set", label_set, LABEL_SETS)
    line = ancestry(label)
    if LEFT_OUT.get(label_set, frozenset()).intersection(line):
        return ""
    return next((name for name in line if name in LABEL_SETS[label_set]), "")


def types_of(label: str, types: Iterable[str]) -> tuple[str, ...]:
    """Those of `types` that are a class or part of it; the class alone if it is among them."""
    name = canonical(label)
    known = tuple(types)
    for exact in (label, name):  # a name of the user's own may not be in the tree
        if exact in known:
            return (exact,)
    return tuple(one for one in known if name in ancestry(one))


def nested(labels: Iterable[str]) -> dict[str, str]:
    """Labels that are part of another one among them -> that one; empty for labels of one level."""
    given = {canonical(label): label for label in labels}
    found = {}
    for name, label in given.items():
        whole = next((kin for kin in ancestry(name)[1:] if kin in given), None)
        if whole is not None:
            found[label] = given[whole]
    return found


def is_anomaly(label: str) -> bool | None:
    """Whether a type is anomalous (appendix A.2); None for types that are neither."""
    if canonical(label) in ANOMALIES:
        return True
    return False if to_set(label, "label3") else None


def group(pretrained: Sequence[str], target: Sequence[str]) -> dict[str, list[str]]:
    """Say which pretrained classes make up each target class.

    A target class is made of the pretrained classes that are it or part of it (``SNIb/c`` of
    ``SNIb`` and ``SNIc``); failing these, of the nearest class that it is part of (``SNIIP`` of
    ``SNII``). Classes that the target does not have (91bg, Iax, AGN beside the target's five)
    belong to none: the target says that such objects do not occur.

    Returns
    -------
    dict
        Target class -> pretrained classes, an empty list where there is none.
    """
    made_of: dict[str, list[str]] = {}
    for name in target:
        parts = [p for p in pretrained if canonical(name) in ancestry(p)]
        # a part that is a target class of its own belongs to that one
        others = {canonical(other) for other in target} - set(ancestry(name))
        parts = [p for p in parts if not others.intersection(ancestry(p))]
        if not parts:
            wholes = [p for kin in ancestry(name) for p in pretrained if canonical(p) == kin]
            parts = wholes[:1]
        made_of[name] = parts
    return made_of
