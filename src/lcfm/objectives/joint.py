"""Tasks and auxiliary losses, trained together on one latent vector.

::

    contrastive (Algorithm 2)       classifier + contrastive
    adversarial (Algorithm 1)       classifier + adversarial
    both at once (D.1)              classifier + contrastive + adversarial
    ours                            classifier + pairs, classifier + contrastive + pairs, …
                                    classifier + density: what it is, and how far away

The names are those of the simulation-pretrained FM. Any task goes with any auxiliary losses:
``regression+adversarial`` estimates redshifts from a latent vector that is silent about the survey.
A supernova's redshift is told by how bright it looks and by what it is, so that those two tasks
share most of their answer; a simulation knows both for every object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lcfm.encoders.heads import Head
from lcfm.encoders.network import Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.adversarial import Adversarial, AdversarialSettings
from lcfm.objectives.auxiliary import Auxiliary
from lcfm.objectives.base import Objective, Step, Terms
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.objectives.density import Density, DensitySettings
from lcfm.objectives.pairs import Pairs, PairsSettings
from lcfm.objectives.regress import Regress, RegressSettings
from lcfm.objectives.reversal import Reversal, ReversalSettings
from lcfm.objectives.supcon import Contrastive, ContrastiveSettings
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import Sampler

TaskSettings = ClassifySettings | RegressSettings | DensitySettings
AuxiliarySettings = AdversarialSettings | ReversalSettings | ContrastiveSettings | PairsSettings

TASKS: dict[str, type[Objective]] = {
    "classifier": Classify,
    "regression": Regress,
    "density": Density,
}

AUXILIARIES: dict[str, type[Auxiliary]] = {
    "adversarial": Adversarial,
    "reversal": Reversal,
    "contrastive": Contrastive,
    "pairs": Pairs,
}

NETWORK_STEP = "network"
MINIMISED = "minimised"


@dataclass(frozen=True, kw_only=True)
class JointSettings:
    """Tasks and what is trained beside them.

    Attributes
    ----------
    tasks
        Settings of the tasks, at most one of each kind, whose heads are served; the sampler of the
        first draws.
    auxiliaries
        Settings of the auxiliary losses, at most one of each kind.
    """

    kind: ClassVar[str] = "joint"
    tasks: tuple[TaskSettings, ...] = (ClassifySettings(),)
    auxiliaries: tuple[AuxiliarySettings, ...] = ()

    def __post_init__(self) -> None:
        if not self.tasks:
            raise LcfmError("auxiliary losses need a task beside them, such as a classifier")
        kinds = [part.kind for part in (*self.tasks, *self.auxiliaries)]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if twice:
            raise LcfmError(f"{twice[0]!r} is given twice; give it once, with a greater weight")
        for task in self.tasks:
            if not task.weight > 0:
                raise LcfmError(f"the weight of {task.kind!r} must be above 0, got {task.weight}")


class Joint(Objective):
    """The weighted losses of tasks plus those of their auxiliaries.

    Terms: ``loss`` (that of the tasks and all auxiliary losses that measure the training), those of
    the tasks alone as ``classifier_loss``, ``density_loss``, …, one or two of each auxiliary, and
    ``minimised``, which has the rival's part as well.
    """

    settings: JointSettings

    def __init__(self, settings: JointSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.settings = settings
        self.tasks = nn.ModuleDict({t.kind: TASKS[t.kind](t, latent, lcs) for t in settings.tasks})
        self.auxiliaries = nn.ModuleDict(
            {a.kind: AUXILIARIES[a.kind](a, latent, lcs) for a in settings.auxiliaries}
        )
        self._check_sampler()

    def _check_sampler(self) -> None:
        for kind, auxiliary in self._beside().items():
            needed = auxiliary.sampler()
            if needed is not None and needed != self.sampler():
                raise LcfmError(
                    f"{kind!r} needs the sampler {needed}, the first task has {self.sampler()}; "
                    "give the task that sampler"
                )

    def _tasks(self) -> dict[str, Objective]:
        return dict(self.tasks.items())  # type: ignore[arg-type]

    def _beside(self) -> dict[str, Auxiliary]:
        return dict(self.auxiliaries.items())  # type: ignore[arg-type]

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Columns of all tasks and auxiliaries."""
        found: dict[str, NDArray[np.generic]] = {}
        parts: list[Objective | Auxiliary] = [*self._tasks().values(), *self._beside().values()]
        for part in parts:
            found |= part.columns(lcs)
        return found

    def sampler(self) -> Sampler:
        """That of the first task."""
        return next(iter(self._tasks().values())).sampler()

    def served(self) -> Mapping[str, Head]:
        """The heads of all tasks.

        Raises
        ------
        LcfmError
            Two tasks have the same target.
        """
        served: dict[str, Head] = {}
        for task in self._tasks().values():
            for name, head in task.served().items():
                if name in served:
                    raise LcfmError(f"two tasks learn the column {name!r}; give each its own")
                served[name] = head
        return served

    def steps(self, network: Network) -> tuple[Step, ...]:
        """Steps of rivals first, then that of network, tasks and all that moves with them."""
        auxiliaries = self._beside().values()
        moved = [*network.parameters(), *self.tasks.parameters()]
        for auxiliary in auxiliaries:
            moved += auxiliary.moved()
        before = [step for auxiliary in auxiliaries for step in auxiliary.steps()]
        return (*before, Step(NETWORK_STEP, tuple(moved), minimises=MINIMISED))

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Terms of one step, by name."""
        for auxiliary in self._beside().values():
            if step in {own.name for own in auxiliary.steps()}:
                return auxiliary.terms(latent, batch, step)
        shown: Terms = {}
        loss = latent.new_zeros(())
        for (kind, task), settings in zip(self._tasks().items(), self.settings.tasks, strict=True):
            terms = dict(task.terms(latent, batch, step))
            own = terms.pop("loss")
            loss = loss + settings.weight * own
            shown |= {f"{kind}_loss": own, **terms}
        minimised = loss
        for auxiliary in self._beside().values():
            addend, terms = auxiliary.addend(latent, batch)
            minimised = minimised + addend
            if not auxiliary.plays_against:
                loss = loss + addend
            shown |= terms
        return {"loss": loss, MINIMISED: minimised, **shown}
