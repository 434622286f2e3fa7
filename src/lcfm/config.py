"""Settings as frozen dataclasses, to plain dictionaries (JSON, TOML) and back, strictly.

A settings class holds only what its owner reads. An unknown key is an error that lists the known
ones. Where a field may hold one of several classes, each class carries ``kind: ClassVar[str]`` and
the dictionary names it, so that a choice of behaviour is a choice of type.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from lcfm.errors import LcfmError, UnknownNameError

T = TypeVar("T")


def to_dict(settings: object) -> dict[str, Any]:
    """Turn a settings dataclass into plain dictionaries, lists and numbers."""
    if not dataclasses.is_dataclass(settings) or isinstance(settings, type):
        raise TypeError(f"expected a dataclass instance, got {settings!r}")
    out: dict[str, Any] = {}
    kind = getattr(settings, "kind", None)
    if kind is not None:
        out["kind"] = kind
    for field in dataclasses.fields(settings):
        out[field.name] = _plain(getattr(settings, field.name))
    return out


def from_dict(cls: type[T], values: Mapping[str, Any], *, where: str = "") -> T:
    """Rebuild a settings dataclass; unknown and missing keys are errors.

    Parameters
    ----------
    cls
        The dataclass to build.
    values
        As :func:`to_dict` returns them.
    where
        The place in the file, for the error text.

    Raises
    ------
    LcfmError
        A key is unknown or missing, or a value has the wrong type.
    """
    place = where or cls.__name__
    if not isinstance(values, Mapping):
        raise LcfmError(f"{place}: expected a table of settings, got {values!r}")
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cast(Any, cls)) if f.init}
    given = {k: v for k, v in values.items() if k != "kind"}
    if "kind" in values and values["kind"] != getattr(cls, "kind", None):
        raise LcfmError(f"{place}: kind {values['kind']!r} is not {getattr(cls, 'kind', None)!r}")
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise LcfmError(f"{place}: unknown setting {unknown[0]!r}; known: {', '.join(fields)}")
    arguments = {k: _typed(hints[k], v, f"{place}.{k}") for k, v in given.items()}
    try:
        return cls(**arguments)
    except TypeError as error:
        raise LcfmError(f"{place}: {error}") from error


def choose(table: Mapping[str, type[T]], values: Mapping[str, Any], *, what: str) -> T:
    """Build the entry of a shelf that ``values["kind"]`` names, from the remaining values."""
    kind = str(values.get("kind"))
    if kind not in table:
        raise UnknownNameError.of(what, kind, table)
    return from_dict(table[kind], values, where=f"{what} {kind}")


def fingerprint(settings: object) -> str:
    """First 16 hex digits of the sha256 of the settings as sorted JSON."""
    plain = settings if isinstance(settings, Mapping) else to_dict(settings)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


def _typed(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of(typing.get_args(hint), value, where)
    if origin is typing.Literal:
        allowed = typing.get_args(hint)
        if value not in allowed:
            raise LcfmError(
                f"{where}: expected one of {', '.join(map(repr, allowed))}, got {value!r}"
            )
        return value
    if origin in (tuple, list):
        if not isinstance(value, (list, tuple)):
            raise LcfmError(f"{where}: expected a list, got {value!r}")
        inner = typing.get_args(hint)[0] if typing.get_args(hint) else Any
        return origin(_typed(inner, v, where) for v in value)
    if origin in (dict, Mapping) or hint is dict:
        return dict(value)
    if dataclasses.is_dataclass(hint):
        return from_dict(cast(type, hint), value, where=where)
    return _scalar(hint, value, where)


def _one_of(options: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in options:
        return None
    classes = [o for o in options if dataclasses.is_dataclass(o)]
    if classes and isinstance(value, Mapping):
        table = {cast(Any, c).kind: c for c in classes}
        return choose(cast(Any, table), value, what=where)
    scalars = [o for o in options if o is not type(None) and o not in classes]
    for option in scalars:
        try:
            return _typed(option, value, where)
        except LcfmError:
            continue
    raise LcfmError(f"{where}: {value!r} is none of the allowed types")


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint in (int, float, str, bool):
        if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
            raise LcfmError(f"{where}: expected {hint.__name__}, got {value!r}")
        return value
    return value
