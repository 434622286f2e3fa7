"""Objectives: one file per loss, one line here.

An auxiliary loss has its line in :mod:`lcfm.objectives.joint`, which trains it beside a task.
"""

from __future__ import annotations

from lcfm.objectives.base import Objective
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.objectives.density import Density, DensitySettings
from lcfm.objectives.joint import Joint, JointSettings
from lcfm.objectives.regress import Regress, RegressSettings

OBJECTIVES: dict[str, type[Objective]] = {
    "classifier": Classify,
    "regression": Regress,
    "density": Density,
    "joint": Joint,
}
SETTINGS: dict[str, type] = {
    s.kind: s for s in (ClassifySettings, RegressSettings, DensitySettings, JointSettings)
}
