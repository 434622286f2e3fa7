"""The game against a discriminator: as printed, resumable, and won on a toy."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lcfm.encoders.network import Network
from lcfm.lightcurves import LightCurves
from lcfm.objectives.adversarial import Adversarial, AdversarialSettings
from lcfm.objectives.classify import CODE
from lcfm.objectives.discriminator import DOMAIN
from lcfm.objectives.joint import Joint
from lcfm.objectives.named import named_objective
from lcfm.objectives.reversal import Reversal, ReversalSettings
from lcfm.prepare.batch import Batch, DataSet
from lcfm.prepare.preprocess import Tokens
from lcfm.train.loop import train
from lcfm.train.settings import ConstantRate, CosineRate, EarlyStopping, FullLength, TrainSettings
from two_domains import build, domain_accuracy, latents, two_domains

SHORT = TrainSettings(
    epochs=3, batch_size=16, rate=ConstantRate(), stopping=FullLength(), device="cpu"
)


@pytest.fixture(scope="module")
def toy() -> tuple[LightCurves, Tokens]:
    return two_domains(96)


def built(
    toy: tuple[LightCurves, Tokens], name: str, **settings: float
) -> tuple[Network, Joint, DataSet]:
    part = name.split("+")[0]
    network, objective, data = build(named_objective(name, given={part: settings}), *toy)
    assert isinstance(objective, Joint)
    return network, objective, data


def entropy(logits: torch.Tensor, target: torch.Tensor) -> float:
    """H(p, q), object by object."""
    total = 0.0
    for row, right in zip(logits.detach().double().numpy(), target.numpy(), strict=True):
        probability = np.exp(row) / np.exp(row).sum()
        total -= float(np.log(probability[right]))
    return total / len(logits)


def test_losses_are_those_of_the_algorithm(toy: tuple[LightCurves, Tokens]) -> None:
    network, objective, data = built(toy, "adversarial", weight=0.7)
    batch = data.batch(np.arange(20))
    latent = network(batch.inputs)
    game = objective.auxiliaries["adversarial"]
    assert isinstance(game, Adversarial)
    own = entropy(game.discriminator.layers(latent), batch.columns[DOMAIN])
    classes = entropy(objective.served()["label"](latent), batch.columns[CODE])
    first, second = objective.steps(network)
    terms = objective.terms(latent, batch, first.name)
    assert terms[first.minimises].item() == pytest.approx(own, rel=1e-5)
    terms = objective.terms(latent, batch, second.name)
    assert terms[second.minimises].item() == pytest.approx(classes - 0.7 * own, rel=1e-5)
    assert terms["loss"].item() == terms["classifier_loss"].item()
    assert terms["loss"].item() == pytest.approx(classes, rel=1e-5)


def test_training_is_the_printed_algorithm(toy: tuple[LightCurves, Tokens]) -> None:
    network, objective, data = built(toy, "adversarial")
    by_hand, its_objective = copy.deepcopy(network), copy.deepcopy(objective)
    train(network, objective, data, None, SHORT, seed=4)

    head = its_objective.served()["label"]
    game = its_objective.auxiliaries["adversarial"]
    assert isinstance(game, Adversarial)
    classifier, discriminator = [*by_hand.parameters(), *head.parameters()], game.discriminator
    of_discriminator = torch.optim.Adam(discriminator.parameters(), lr=SHORT.learning_rate)
    of_classifier = torch.optim.Adam(classifier, lr=SHORT.learning_rate)
    for epoch in range(SHORT.epochs):
        rng = np.random.default_rng([4, epoch])
        for rows in its_objective.sampler().batches(data, SHORT.batch_size, rng):
            batch = data.batch(rows)
            domain, target = batch.columns[DOMAIN], batch.columns[CODE]
            # step 1: the classifier is frozen
            with torch.no_grad():
                latent = by_hand(batch.inputs)
            of_discriminator.zero_grad()
            F.cross_entropy(discriminator.layers(latent), domain).backward()
            torch.nn.utils.clip_grad_norm_(discriminator.parameters(), SHORT.clip)
            of_discriminator.step()
            # step 2: the discriminator is frozen
            discriminator.requires_grad_(False)
            latent = by_hand(batch.inputs)
            loss = F.cross_entropy(head(latent), target)
            loss = loss - F.cross_entropy(discriminator.layers(latent), domain)
            of_classifier.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(classifier, SHORT.clip)
            of_classifier.step()
            discriminator.requires_grad_(True)
    pairs = [*zip(network.parameters(), by_hand.parameters(), strict=True)]
    pairs += zip(objective.parameters(), its_objective.parameters(), strict=True)
    for ours, printed in pairs:
        torch.testing.assert_close(ours, printed, rtol=1e-4, atol=1e-6)


def gradients(
    auxiliary: Adversarial | Reversal, latent: torch.Tensor, batch: Batch
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Gradients of the addend for the latent vectors and for the discriminator."""
    latent = latent.detach().requires_grad_()
    auxiliary.zero_grad()
    auxiliary.addend(latent, batch)[0].backward()
    assert latent.grad is not None
    return latent.grad, [p.grad.clone() for p in auxiliary.discriminator.parameters()]


def test_reversal_pushes_the_network_as_the_algorithm_does(
    toy: tuple[LightCurves, Tokens],
) -> None:
    lcs, _ = toy
    printed = Adversarial(AdversarialSettings(weight=0.3), 8, lcs)
    reversal = Reversal(ReversalSettings(weight=0.3), 8, lcs)
    reversal.discriminator.load_state_dict(printed.discriminator.state_dict())
    columns = {k: torch.from_numpy(v[:10]) for k, v in printed.columns(lcs).items()}
    batch = Batch({}, columns, np.arange(10))
    latent = torch.randn(10, 8, generator=torch.Generator().manual_seed(0))
    pushed, against = gradients(printed, latent, batch)
    turned, learned = gradients(reversal, latent, batch)
    torch.testing.assert_close(turned, pushed)
    for one, other in zip(learned, against, strict=True):
        torch.testing.assert_close(
            -0.3 * one, other
        )  # the discriminator itself learns at full rate


@pytest.mark.parametrize("cls", [Adversarial, Reversal])
def test_the_strength_warms_up_in_training_alone(
    cls: type[Adversarial] | type[Reversal], toy: tuple[LightCurves, Tokens]
) -> None:
    settings = AdversarialSettings if cls is Adversarial else ReversalSettings
    strength = cls(settings(weight=2.0, warmup=4), 8, toy[0]).strength  # type: ignore[arg-type]
    assert [strength().item() for _ in range(6)] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.0]
    strength.eval()
    assert strength().item() == 2.0
    assert strength.updates.item() == 6
    as_printed = cls(settings(), 8, toy[0]).strength  # type: ignore[arg-type]
    assert as_printed().item() == 1.0


def test_a_resumed_game_continues_bit_for_bit(
    toy: tuple[LightCurves, Tokens], tmp_path: Path
) -> None:
    def start() -> tuple[Network, Joint, DataSet]:
        return built(toy, "adversarial+contrastive", warmup=10, rate=3.0)

    def interrupt(metrics: dict[str, float]) -> None:
        if metrics["epoch"] == 0:
            raise KeyboardInterrupt

    network, objective, data = start()
    whole = train(network, objective, data, data, SHORT, seed=3)
    stopped, its_objective, _ = start()
    with pytest.raises(KeyboardInterrupt):
        train(
            stopped, its_objective, data, data, SHORT, seed=3, folder=tmp_path, on_epoch=interrupt
        )
    again, its_objective, _ = start()
    resumed = train(again, its_objective, data, data, SHORT, seed=3, folder=tmp_path, resume=True)
    for one, other in (
        (network.state_dict(), again.state_dict()),
        (objective.state_dict(), its_objective.state_dict()),
    ):
        assert all(torch.equal(one[k], other[k]) for k in one)
    for one, other in zip(whole.epochs, resumed.epochs, strict=True):
        speed = "sequences_per_second"
        assert {k: v for k, v in one.items() if k != speed} == {
            k: v for k, v in other.items() if k != speed
        }
    other_recipe, its_objective, _ = built(toy, "adversarial+contrastive", warmup=11, rate=3.0)
    with pytest.raises(ValueError, match="another recipe"):
        train(other_recipe, its_objective, data, data, SHORT, seed=3, folder=tmp_path, resume=True)


@pytest.mark.slow
def test_a_fresh_discriminator_is_fooled_and_classes_stay() -> None:
    lcs, tokens = two_domains()
    settings = TrainSettings(
        epochs=150,
        batch_size=64,
        momentum=0.5,
        rate=CosineRate(),
        stopping=FullLength(),
        device="cpu",
    )
    told = {}
    for name in ("classifier", "adversarial"):
        given = {name: {"rate": 5.0, "warmup": 400}} if name == "adversarial" else None
        network, objective, data = build(named_objective(name, given=given), lcs, tokens, seed=1)
        train(network, objective, data.take(np.arange(800)), None, settings, seed=1)
        latent = latents(network, data)
        told[name] = domain_accuracy(latent, lcs, 800)
        scores = objective.served()["label"](latent[800:])
        right = scores.argmax(dim=1) == torch.from_numpy(data.columns[CODE][800:])
        assert right.float().mean().item() > 0.97
    assert told["classifier"] > 0.75
    assert told["adversarial"] == pytest.approx(0.5, abs=0.1)


def test_early_stopping_watches_the_class_loss(toy: tuple[LightCurves, Tokens]) -> None:
    network, objective, data = built(toy, "adversarial", weight=3.0)
    settings = replace(SHORT, epochs=12, learning_rate=0.02, stopping=EarlyStopping(patience=2))
    history = train(network, objective, data, data, settings, seed=0)
    watched = [epoch["valid_loss"] for epoch in history.epochs]
    assert watched == [epoch["valid_classifier_loss"] for epoch in history.epochs]
    assert history.best_epoch == int(np.argmin(watched))
    shown = {"discriminator_loss", "discriminator_accuracy", "minimised", "accuracy"}
    assert {f"valid_{name}" for name in shown} <= set(history.epochs[0])
