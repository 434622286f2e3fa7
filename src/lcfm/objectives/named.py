"""Objectives by name, as the command line gives them: ``contrastive``, ``regression+adversarial``.

Names joined by + are trained together. Auxiliary losses without a task are trained with a
classifier, as in the papers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, get_args

from lcfm import config
from lcfm.errors import LcfmError, UnknownNameError
from lcfm.objectives.classify import ClassifySettings
from lcfm.objectives.joint import AuxiliarySettings, JointSettings, TaskSettings
from lcfm.objectives.pairs import PairsSettings
from lcfm.prepare.samplers import SAMPLERS, Balanced, ByEvent, Samplers

Settings = TaskSettings | JointSettings
S = TypeVar("S", TaskSettings, AuxiliarySettings)

TASK_SETTINGS: dict[str, type[TaskSettings]] = {s.kind: s for s in get_args(TaskSettings)}
AUXILIARY_SETTINGS: dict[str, type[AuxiliarySettings]] = {
    s.kind: s for s in get_args(AuxiliarySettings)
}


def named_objective(
    name: str,
    *,
    target: str | None = None,
    sampler: str | None = None,
    given: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """Settings of an objective by its name.

    Parameters
    ----------
    name
        Tasks, auxiliary losses, or both, joined by +.
    target
        Column of the first task, and of the auxiliary losses that name the task's by default.
    sampler
        Name of the sampler. By default that of the first task; with auxiliary losses ``by_event``
        where pairs need it, else ``balanced``, so that objects meet across surveys.
    given
        Settings that differ from their defaults, by the name of the part and of the setting.

    Raises
    ------
    LcfmError
        A name or a setting is unknown, or a part comes twice.
    """
    parts, given = name.split("+"), dict(given or {})
    known = {**TASK_SETTINGS, **AUXILIARY_SETTINGS}
    for part in parts:
        if part not in known:
            raise UnknownNameError.of("objective", part, known)
    kinds = [part for part in parts if part in TASK_SETTINGS] or [ClassifySettings.kind]
    strange = sorted(set(given) - {*kinds, *parts})
    if strange:
        raise LcfmError(
            f"settings are given for {strange[0]!r}, which is no part of {name!r}; parts: "
            f"{', '.join(dict.fromkeys([*kinds, *parts]))}"
        )
    first, *others = (_built(TASK_SETTINGS, kind, given) for kind in kinds)
    beside = tuple(
        _built(AUXILIARY_SETTINGS, part, given) for part in parts if part in AUXILIARY_SETTINGS
    )
    if sampler is not None:
        first = replace(first, sampler=config.choose(SAMPLERS, {"kind": sampler}, what="sampler"))
    elif beside:
        first = replace(first, sampler=_default_sampler(beside))
    if target is not None:
        of_task = TASK_SETTINGS[first.kind]().column
        beside = tuple(replace(a, column=target) if a.column == of_task else a for a in beside)
        first = replace(first, column=target)
    if not others and not beside:
        return first
    return JointSettings(tasks=(first, *others), auxiliaries=beside)


def _built(table: Mapping[str, type[S]], kind: str, given: Mapping[str, Mapping[str, Any]]) -> S:
    values = {**given.get(kind, {}), "kind": kind}
    return config.choose(table, values, what="objective")


def _default_sampler(beside: tuple[AuxiliarySettings, ...]) -> Samplers:
    for auxiliary in beside:
        if isinstance(auxiliary, PairsSettings):
            return ByEvent(column=auxiliary.column)
    return Balanced()
