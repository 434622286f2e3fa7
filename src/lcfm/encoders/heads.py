"""Heads: latent vector to class scores or to a value.

Heads live beside the encoders because a served model needs them without any objective.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import nn

from lcfm.encoders.mixture import NormalMixture, mixture_of
from lcfm.encoders.scales import SCALES

NARROWEST = 0.02
"""Smallest deviation of a component, in training deviations of the target."""


class Head(nn.Module, ABC):
    """One output of a model, rebuilt from :meth:`settings`."""

    kind: ClassVar[str]

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What the constructor needs, as plain values."""

    @abstractmethod
    def predict(self, latent: torch.Tensor) -> torch.Tensor:
        """Probabilities (batch, classes) or values (batch, 1)."""


class ClassHead(Head):
    """Linear layer and softmax over classes.

    Logits are divided by `temperature` before the softmax; 1 until a calibration sets it.
    """

    kind = "classes"

    def __init__(self, latent: int, classes: Sequence[str], temperature: float = 1.0) -> None:
        super().__init__()
        self.latent, self.classes, self.temperature = latent, tuple(classes), temperature
        self.linear = nn.Linear(latent, len(self.classes))

    def settings(self) -> dict[str, Any]:
        """What the constructor needs."""
        return {
            "kind": self.kind,
            "latent": self.latent,
            "classes": list(self.classes),
            **_calibrated(self.temperature),
        }

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        """Logits, shape (batch, classes)."""
        out: torch.Tensor = self.linear(latent)
        return out

    def predict(self, latent: torch.Tensor) -> torch.Tensor:
        """Probabilities, shape (batch, classes)."""
        return (self.forward(latent) / self.temperature).softmax(dim=-1)


class MLPHead(ClassHead):
    """A hidden layer before the class scores (simulation-pretrained FM, 3.4)."""

    kind = "mlp_classes"

    def __init__(
        self, latent: int, classes: Sequence[str], hidden: int = 100, temperature: float = 1.0
    ) -> None:
        super().__init__(hidden, classes, temperature)
        self.inputs, self.hidden = latent, hidden
        self.mlp = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU())

    def settings(self) -> dict[str, Any]:
        """What the constructor needs."""
        return {
            "kind": self.kind,
            "latent": self.inputs,
            "classes": list(self.classes),
            "hidden": self.hidden,
            **_calibrated(self.temperature),
        }

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        """Logits, shape (batch, classes)."""
        return super().forward(self.mlp(latent))


class MappedHead(Head):
    """Scores of pretrained classes, summed into the target's classes, plus a log prior.

    ``p(target) ∝ prior(target) · mean over its sources of exp(score)``; the mean, so that a target
    made of several pretrained classes is not favoured by their number.
    """

    kind = "mapped_classes"
    member: torch.Tensor
    log_prior: torch.Tensor

    def __init__(
        self,
        latent: int,
        classes: Sequence[str],
        groups: Sequence[Sequence[int]],
        n_sources: int,
        temperature: float = 1.0,
    ) -> None:
        super().__init__()
        self.latent, self.classes, self.n_sources = latent, tuple(classes), n_sources
        self.temperature = temperature
        self.groups = [list(g) for g in groups]
        self.linear = nn.Linear(latent, n_sources)
        member = torch.full((len(self.classes), n_sources), -torch.inf)
        for target, group in enumerate(self.groups):
            member[target, group] = -float(torch.log(torch.tensor(float(len(group)))))
        self.register_buffer("member", member, persistent=False)
        self.register_buffer("log_prior", torch.zeros(len(self.classes)))

    def settings(self) -> dict[str, Any]:
        """What the constructor needs."""
        return {
            "kind": self.kind,
            "latent": self.latent,
            "classes": list(self.classes),
            "groups": self.groups,
            "n_sources": self.n_sources,
            **_calibrated(self.temperature),
        }

    def combine(self, scores: torch.Tensor) -> torch.Tensor:
        """Scores of the sources (batch, n_sources) to logits of the targets (batch, classes)."""
        grouped = torch.logsumexp(scores.unsqueeze(1) + self.member, dim=-1)
        return grouped + self.log_prior

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        """Logits, shape (batch, classes)."""
        return self.combine(self.linear(latent))

    def predict(self, latent: torch.Tensor) -> torch.Tensor:
        """Probabilities, shape (batch, classes)."""
        return (self.forward(latent) / self.temperature).softmax(dim=-1)


class SummedHead(Head):
    """Probabilities of a mapped head's classes, summed into coarser ones, over their total."""

    kind = "summed_classes"

    def __init__(
        self, own: dict[str, Any], classes: Sequence[str], groups: Sequence[Sequence[int]]
    ) -> None:
        super().__init__()
        self.own = MappedHead(**{k: v for k, v in own.items() if k != "kind"})
        self.classes, self.groups = tuple(classes), [list(g) for g in groups]

    def settings(self) -> dict[str, Any]:
        """What the constructor needs."""
        own = self.own.settings()
        return {"kind": self.kind, "own": own, "classes": list(self.classes), "groups": self.groups}

    def predict(self, latent: torch.Tensor) -> torch.Tensor:
        """Probabilities, shape (batch, classes)."""
        own = self.own.predict(latent)
        summed = torch.stack([own[:, group].sum(dim=-1) for group in self.groups], dim=-1)
        return summed / summed.sum(dim=-1, keepdim=True)


class ValueHead(Head):
    """A small network for one number, in the units of the target."""

    kind = "value"
    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, latent: int, column: str, hidden: int = 100) -> None:
        super().__init__()
        self.latent, self.column, self.hidden = latent, column, hidden
        self.mlp = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("std", torch.ones(1))

    def settings(self) -> dict[str, Any]:
        """What the constructor needs."""
        return {
            "kind": self.kind,
            "latent": self.latent,
            "column": self.column,
            "hidden": self.hidden,
        }

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        """Standardised value, shape (batch, 1)."""
        out: torch.Tensor = self.mlp(latent)
        return out

    def predict(self, latent: torch.Tensor) -> torch.Tensor:
        """Value in the units of the target, shape (batch, 1)."""
        return self.forward(latent) * self.std + self.mean


class DensityHead(Head):
    """A number as a probability: a mixture of normal distributions on a scale of its own.

    The mixture is that of the target on `scale`, less its training mean, in units of its training
    deviation. What labels can move without a new network (adaptation: policy ``refine``) are the
    `log_prior` of the components, a `slope` and a linear `step` on the latent for their means, and
    a `stretch` of their deviations; until labels set them, none does anything.
    """

    kind = "density"
    mean: torch.Tensor
    std: torch.Tensor
    log_prior: torch.Tensor
    slope: torch.Tensor
    step_weight: torch.Tensor
    step_bias: torch.Tensor
    stretch: torch.Tensor

    def __init__(
        self, latent: int, column: str, scale: str = "log", components: int = 4, hidden: int = 100
    ) -> None:
        super().__init__()
        self.latent, self.column, self.hidden = latent, column, hidden
        self.scale, self.components = SCALES[scale](), components
        last = nn.Linear(hidden, 3 * components)
        with torch.no_grad():  # components that start alike would stay alike
            last.bias[components : 2 * components] += torch.linspace(-1, 1, components)
        self.mlp = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), last)
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("std", torch.ones(1))
        self.register_buffer("log_prior", torch.zeros(components))
        self.register_buffer("slope", torch.ones(1))
        self.register_buffer("step_weight", torch.zeros(latent))
        self.register_buffer("step_bias", torch.zeros(1))
        self.register_buffer("stretch", torch.ones(1))

    def settings(self) -> dict[str, Any]:
        """What the constructor needs."""
        return {
            "kind": self.kind,
            "latent": self.latent,
            "column": self.column,
            "scale": self.scale.kind,
            "components": self.components,
            "hidden": self.hidden,
        }

    def pretrained(self, latent: torch.Tensor) -> NormalMixture:
        """Mixture of the standardised target, before what labels moved."""
        return mixture_of(self.mlp(latent), NARROWEST)

    def forward(self, latent: torch.Tensor) -> NormalMixture:
        """Mixture of the standardised target of each object."""
        plain = self.pretrained(latent)
        step = (latent @ self.step_weight).unsqueeze(-1) + self.step_bias
        return NormalMixture(
            (plain.log_weight + self.log_prior).log_softmax(dim=-1),
            plain.mean * self.slope + step,
            plain.std * self.stretch,
        )

    def predict(self, latent: torch.Tensor) -> torch.Tensor:
        """Value whose place on the scale is the mixture's mean, shape (batch, 1).

        On a logarithmic scale that is the geometric mean: the arithmetic one of a mixture with a
        small part far away has the larger squared error in practice (docs/log.md).
        """
        centre = self.forward(latent).centre().unsqueeze(-1)
        return self.scale.inverse(centre * self.std + self.mean)

    def quantiles(self, latent: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
        """Quantiles in the units of the target, shape (batch, n); `levels` has shape (n,)."""
        standard = self.forward(latent).quantiles(levels)
        return self.scale.inverse(standard * self.std + self.mean)


HEADS: dict[str, type[Head]] = {
    h.kind: h for h in (ClassHead, MLPHead, MappedHead, SummedHead, ValueHead, DensityHead)
}


def build_head(settings: dict[str, Any]) -> Head:
    """Rebuild a head from its settings."""
    arguments = {k: v for k, v in settings.items() if k != "kind"}
    return HEADS[settings["kind"]](**arguments)


def _calibrated(temperature: float) -> dict[str, float]:
    """The setting of a head that was calibrated; settings of others stay as they always were."""
    return {} if temperature == 1.0 else {"temperature": temperature}
