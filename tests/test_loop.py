"""The training loop: what it keeps, how it resumes, when it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.base import Step, Terms
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.prepare.batch import Batch, DataSet
from lcfm.prepare.preprocess import SHIPPED
from lcfm.prepare.samplers import Balanced
from lcfm.train.loop import METRICS, train
from lcfm.train.settings import CosineRate, EarlyStopping, FullLength, TrainSettings

SHORT = TrainSettings(
    epochs=4, batch_size=16, rate=CosineRate(), stopping=FullLength(), device="cpu"
)
EARLY = TrainSettings(
    epochs=12, batch_size=16, learning_rate=0.3, stopping=EarlyStopping(patience=2), device="cpu"
)


class TwoSteps(Classify):
    """The head alone, then the network alone; each step has a term of its own."""

    def steps(self, network: Network) -> tuple[Step, ...]:
        return (
            Step("head", tuple(self.head.parameters())),
            Step("network", tuple(network.parameters())),
        )

    def terms(self, latent: torch.Tensor, batch: Batch, step: str) -> Terms:
        return {**super().terms(latent, batch, step), step: torch.ones(())}


def build(lcs: LightCurves, cls: type[Classify] = Classify) -> tuple[Network, Classify, DataSet]:
    state = SHIPPED.fit(lcs)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network({LIGHTCURVE: GRUSettings(hidden=8, latent=8)}, {LIGHTCURVE: 6})
        objective = cls(ClassifySettings(), 8, lcs)
    return (
        network,
        objective,
        DataSet({LIGHTCURVE: SHIPPED.tokens(lcs, state)}, objective.columns(lcs)),
    )


def weights(network: Network) -> torch.Tensor:
    return torch.cat([p.detach().ravel() for p in network.parameters()])


@pytest.mark.parametrize("settings", [SHORT, EARLY])
def test_which_weights_are_kept(toy_lightcurves: LightCurves, settings: TrainSettings) -> None:
    network, objective, data = build(toy_lightcurves)
    seen: list[torch.Tensor] = []
    train_part, valid = data.take(np.arange(40)), data.take(np.arange(40, 60))
    history = train(
        network,
        objective,
        train_part,
        valid,
        settings,
        seed=0,
        on_epoch=lambda metrics: seen.append(weights(network)),
    )
    losses = [epoch["valid_loss"] for epoch in history.epochs]
    early = isinstance(settings.stopping, EarlyStopping)
    assert history.best_epoch == (int(np.argmin(losses)) if early else len(losses) - 1)
    assert torch.equal(weights(network), seen[history.best_epoch])
    took = history.convergence()
    assert took["epochs"] == history.best_epoch + 1
    assert took["seconds"] > 0
    heads = sum(p.numel() for p in objective.parameters())
    assert took["parameters"] == weights(network).numel() + heads


def test_a_resumed_run_continues_bit_for_bit(toy_lightcurves: LightCurves, tmp_path: Path) -> None:
    network, objective, data = build(toy_lightcurves)
    whole = train(network, objective, data, None, SHORT, seed=3)

    def interrupt(metrics: dict[str, float]) -> None:
        if metrics["epoch"] == 1:
            raise KeyboardInterrupt

    stopped, its_objective, _ = build(toy_lightcurves)
    with pytest.raises(KeyboardInterrupt):
        train(
            stopped,
            its_objective,
            data,
            None,
            SHORT,
            seed=3,
            folder=tmp_path,
            on_epoch=interrupt,
        )
    again, its_objective, _ = build(toy_lightcurves)
    resumed = train(again, its_objective, data, None, SHORT, seed=3, folder=tmp_path, resume=True)
    assert torch.equal(weights(network), weights(again))
    assert [e["train_loss"] for e in resumed.epochs] == [e["train_loss"] for e in whole.epochs]
    lines = [json.loads(x) for x in (tmp_path / METRICS).read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1, 2, 3]
    with pytest.raises(LcfmError, match="another recipe"):
        train(network, objective, data, None, SHORT, seed=4, folder=tmp_path, resume=True)


def test_steps_that_alternate_each_have_their_own_mean(toy_lightcurves: LightCurves) -> None:
    network, objective, data = build(toy_lightcurves, TwoSteps)
    before = weights(network)
    history = train(network, objective, data, data, SHORT, seed=0)
    assert history.epochs[0]["train_head"] == history.epochs[0]["valid_network"] == 1.0
    assert not torch.equal(weights(network), before)
    assert history.epochs[-1]["train_loss"] < history.epochs[0]["train_loss"]


def test_a_loss_that_is_not_finite_is_an_error(toy_lightcurves: LightCurves) -> None:
    network, objective, data = build(toy_lightcurves)
    objective.class_weights.fill_(float("nan"))
    with pytest.raises(LcfmError, match="not finite"):
        train(network, objective, data, None, SHORT, seed=0)


def test_no_data_is_an_error(toy_lightcurves: LightCurves) -> None:
    network, objective, data = build(toy_lightcurves)
    with pytest.raises(LcfmError, match="no object"):
        train(network, objective, data.take(np.arange(0)), None, SHORT, seed=0)


def test_cosine_rises_then_falls_to_its_final_value() -> None:
    rate = CosineRate(warmup=0.1, final=0.02)
    assert rate.factor(0.05) == pytest.approx(0.5)
    assert rate.factor(0.1) == pytest.approx(1.0)
    assert rate.factor(0.55) == pytest.approx(0.51)
    assert rate.factor(1.0) == pytest.approx(0.02)


def test_momentum_is_that_of_adam(toy_lightcurves: LightCurves) -> None:
    found = []
    for momentum in (0.9, 0.5):
        network, objective, data = build(toy_lightcurves)
        train(network, objective, data, None, replace(SHORT, momentum=momentum), seed=0)
        found.append(weights(network))
    assert not torch.equal(*found)
    with pytest.raises(LcfmError, match="momentum must be 0 or above and below 1, got 1"):
        TrainSettings(momentum=1.0)


class Slow(Classify):
    """The head at a third of the rate."""

    def steps(self, network: Network) -> tuple[Step, ...]:
        return (Step("all", tuple(self.head.parameters()), rate=1 / 3),)


def test_a_step_has_a_rate_of_its_own(toy_lightcurves: LightCurves) -> None:
    once = TrainSettings(
        epochs=1, batch_size=60, device="cpu"
    )  # one update: Adam moves by the rate
    moved = []
    for cls in (Classify, Slow):
        network, objective, data = build(toy_lightcurves, cls)
        before = objective.head.linear.bias.detach().clone()
        train(network, objective, data, None, once, seed=0)
        moved.append(objective.head.linear.bias.detach() - before)
    torch.testing.assert_close(moved[0], 3 * moved[1], rtol=1e-3, atol=1e-7)


def test_classes_are_made_alike_once(toy_lightcurves: LightCurves) -> None:
    few = toy_lightcurves[np.r_[0:30, 30:60:3]]  # three times as many of one class
    settings = ClassifySettings(sampler=Balanced())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        objective = Classify(settings, 8, few)
        plain = Classify(ClassifySettings(weights="none"), 8, few, objective.head)
    data = DataSet({LIGHTCURVE: SHIPPED.tokens(few, SHIPPED.fit(few))}, objective.columns(few))
    batch = data.batch(np.arange(len(few)))
    latent = torch.randn(len(few), 8, generator=torch.Generator().manual_seed(0))
    loss = {m: objective.train(m).terms(latent, batch, "all")["loss"] for m in (True, False)}
    torch.testing.assert_close(loss[True], plain.terms(latent, batch, "all")["loss"])
    weighted = Classify(ClassifySettings(), 8, few, objective.head)
    torch.testing.assert_close(loss[False], weighted.terms(latent, batch, "all")["loss"])
    assert loss[True] != loss[False]
