"""A task and auxiliary losses, trained together on one latent vector.

::

    contrastive (Algorithm 2)       classifier + contrastive
    adversarial (Algorithm 1)       classifier + adversarial
    both at once (D.1)              classifier + contrastive + adversarial
    ours                            classifier + pairs, classifier + contrastive + pairs, …

The names are those of the simulation-pretrained FM. Any task goes with any auxiliary losses:
``regression+adversarial`` estimates redshifts from a latent vector that is silent about the survey.
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
from lcfm.objectives.pairs import Pairs, PairsSettings
from lcfm.objectives.regress import Regress, RegressSettings
from lcfm.objectives.reversal import Reversal, ReversalSettings
from lcfm.objectives.supcon import Contrastive, ContrastiveSettings
from lcfm.prepare.batch import Batch
from lcfm.prepare.samplers import Sampler

TaskSettings = ClassifySettings | RegressSettings
AuxiliarySettings = AdversarialSettings | ReversalSettings | ContrastiveSettings | PairsSettings

TASKS: dict[str, type[Objective]] = {"classifier": Classify, "regression": Regress}

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
    """A task and what is trained beside it.

    Attributes
    ----------
    task
        Settings of the task, whose head is served and whose sampler draws.
    auxiliaries
        Settings of the auxiliary losses, at most one of each kind; each has its weight.
    """

    kind: ClassVar[str] = "joint"
    task: TaskSettings = ClassifySettings()
    auxiliaries: tuple[AuxiliarySettings, ...] = ()

    def __post_init__(self) -> None:
        kinds = [a.kind for a in self.auxiliaries]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if twice:
            raise LcfmError(f"the auxiliary loss {twice[0]!r} is given twice; raise its weight")


class Joint(Objective):
    """The loss of a task plus those of its auxiliaries.

    Terms: ``loss`` (the task's and all auxiliary losses that measure the training), the task's own
    as ``classifier_loss`` or ``regression_loss``, one or two of each auxiliary, and ``minimised``,
    which has the rival's part as well.
    """

    settings: JointSettings

    def __init__(self, settings: JointSettings, latent: int, lcs: LightCurves) -> None:
        super().__init__()
        self.settings = settings
        self.task: Objective = TASKS[settings.task.kind](settings.task, latent, lcs)
        self.auxiliaries = nn.ModuleDict(
            {a.kind: AUXILIARIES[a.kind](a, latent, lcs) for a in settings.auxiliaries}
        )
        self._check_sampler()

    def _check_sampler(self) -> None:
        for kind, auxiliary in self._beside().items():
            needed = auxiliary.sampler()
            if needed is not None and needed != self.sampler():
                raise LcfmError(
                    f"{kind!r} needs the sampler {needed}, the task has {self.sampler()}; give the "
                    "task that sampler"
                )

    def _beside(self) -> dict[str, Auxiliary]:
        return dict(self.auxiliaries.items())  # type: ignore[arg-type]

    def columns(self, lcs: LightCurves) -> dict[str, NDArray[np.generic]]:
        """Columns of the task and of all auxiliaries."""
        found = self.task.columns(lcs)
        for auxiliary in self._beside().values():
            found |= auxiliary.columns(lcs)
        return found

    def sampler(self) -> Sampler:
        """That of the task."""
        return self.task.sampler()

    def served(self) -> Mapping[str, Head]:
        """The heads of the task."""
        return self.task.served()

    def steps(self, network: Network) -> tuple[Step, ...]:
        """Steps of rivals first, then that of network, task and all that moves with them."""
        auxiliaries = self._beside().values()
        moved = [*network.parameters(), *self.task.parameters()]
        for auxiliary in auxiliaries:
            moved += auxiliary.moved()
        before = [step for auxiliary in auxiliaries for step in auxiliary.steps()]
        return (*before, Step(NETWORK_STEP, tuple(moved), minimises=MINIMISED))

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        """Terms of one step, by name."""
        for auxiliary in self._beside().values():
            if step in {own.name for own in auxiliary.steps()}:
                return auxiliary.terms(latent, batch, step)
        shown = dict(self.task.terms(latent, batch, step))
        loss = minimised = shown.pop("loss")
        shown[f"{self.settings.task.kind}_loss"] = loss
        for auxiliary in self._beside().values():
            addend, terms = auxiliary.addend(latent, batch)
            minimised = minimised + addend
            if not auxiliary.plays_against:
                loss = loss + addend
            shown |= terms
        return {"loss": loss, MINIMISED: minimised, **shown}
