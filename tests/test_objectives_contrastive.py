"""Attraction of classes and of events, against explicit loops and on a toy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lcfm.errors import LcfmError
from lcfm.objectives.classify import ClassifySettings
from lcfm.objectives.joint import Joint, JointSettings
from lcfm.objectives.named import named_objective
from lcfm.objectives.pairs import Pairs, PairsSettings
from lcfm.objectives.supcon import CODE, Contrastive, ContrastiveSettings, attraction
from lcfm.prepare.batch import Batch
from lcfm.prepare.preprocess import Tokens
from lcfm.prepare.samplers import EVENT, Balanced
from lcfm.train.loop import train
from lcfm.train.settings import FullLength, TrainSettings
from toy import toy_lightcurves, two_telescopes
from two_domains import build, latents, table_of


def printed(latent: np.ndarray, code: np.ndarray, temperature: float) -> float:
    """Algorithm 2, lines 5 to 14, loop by loop."""

    def sim(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

    n, total, pairs = len(latent), 0.0, 0
    for i in range(n):
        for j in range(n):
            if j == i or code[j] != code[i]:
                continue
            rest = sum(
                math.exp(sim(latent[i], latent[k]) / temperature) for k in range(n) if k != i
            )
            total -= math.log(math.exp(sim(latent[i], latent[j]) / temperature) / rest)
            pairs += 1
    return total / pairs


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_attraction_is_that_of_the_algorithm(temperature: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    latent, code = rng.normal(size=(13, 5)), rng.integers(0, 4, 13)
    found = attraction(torch.from_numpy(latent), torch.from_numpy(code), np.arange(13), temperature)
    assert float(found) == pytest.approx(printed(latent, code, temperature), rel=1e-5)


def test_the_default_temperature_is_the_papers() -> None:
    assert ContrastiveSettings().temperature == 0.5


def test_the_gradient_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(0)
    latent, code = rng.normal(size=(7, 3)), np.array([0, 1, 0, 2, 1, 0, 2])
    variable = torch.from_numpy(latent).requires_grad_()
    attraction(variable, torch.from_numpy(code), np.arange(7), 0.5).backward()
    step = 1e-5
    for i, k in np.ndindex(latent.shape):
        up, down = latent.copy(), latent.copy()
        up[i, k] += step
        down[i, k] -= step
        slope = (printed(up, code, 0.5) - printed(down, code, 0.5)) / (2 * step)
        assert variable.grad is not None
        assert float(variable.grad[i, k]) == pytest.approx(slope, abs=1e-5)


def test_an_object_drawn_twice_is_no_pair_with_itself() -> None:
    latent = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    twice = torch.cat([latent, latent[:1]])
    rows = np.array([0, 1, 2, 3, 0])
    code = torch.tensor([0, 0, 1, 2, 0])
    found = attraction(twice, code, rows, 0.5)

    def pairwise(i: int, j: int, others: list[int]) -> torch.Tensor:
        s = torch.nn.functional.cosine_similarity(twice[i], twice, dim=1) / 0.5
        return torch.logsumexp(s[others], dim=0) - s[j]

    pairs = [(0, 1, [1, 2, 3]), (4, 1, [1, 2, 3])]
    pairs += [(1, 0, [0, 2, 3, 4]), (1, 4, [0, 2, 3, 4])]
    torch.testing.assert_close(found, torch.stack([pairwise(*p) for p in pairs]).mean())


@pytest.mark.parametrize(("code", "rows"), [([0, 1, 2], [0, 1, 2]), ([0], [0]), ([0, 0], [5, 5])])
def test_without_a_pair_there_is_nothing_to_learn(code: list[int], rows: list[int]) -> None:
    latent = torch.ones(len(code), 3, requires_grad=True)
    loss = attraction(latent, torch.tensor(code), np.array(rows), 0.5)
    loss.backward()
    assert loss.item() == 0.0
    assert latent.grad is not None
    assert not latent.grad.any()


def test_latent_vectors_of_zero_do_no_harm() -> None:
    latent = torch.zeros(4, 3, requires_grad=True)
    loss = attraction(latent, torch.tensor([0, 0, 1, 1]), np.arange(4), 0.1)
    loss.backward()
    assert loss.isfinite()
    assert latent.grad is not None
    assert latent.grad.isfinite().all()


def test_classes_and_events_are_told_apart() -> None:
    lcs = two_telescopes(12)
    latent = torch.randn(12, 4, generator=torch.Generator().manual_seed(1))
    of_class = Contrastive(ContrastiveSettings(weight=2.0), 4, lcs)
    of_event = Pairs(PairsSettings(temperature=0.2, weight=3.0), 4, lcs)
    columns = {**of_class.columns(lcs), **of_event.columns(lcs)}
    batch = Batch({}, {k: torch.from_numpy(v) for k, v in columns.items()}, np.arange(12))
    for auxiliary, code, settings in ((of_class, CODE, (0.5, 2.0)), (of_event, EVENT, (0.2, 3.0))):
        addend, terms = auxiliary.addend(latent, batch)
        expected = printed(latent.double().numpy(), columns[code], settings[0])
        (shown,) = terms.values()
        assert float(shown) == pytest.approx(expected, rel=1e-4)
        assert float(addend) == pytest.approx(settings[1] * expected, rel=1e-4)


def test_pairs_need_pairs_and_their_sampler() -> None:
    with pytest.raises(LcfmError, match="no two of the 12 objects share their event_id"):
        Pairs(PairsSettings(), 4, toy_lightcurves(12))
    settings = JointSettings(
        tasks=(ClassifySettings(sampler=Balanced()),), auxiliaries=(PairsSettings(),)
    )
    with pytest.raises(LcfmError, match="'pairs' needs the sampler ByEvent"):
        Joint(settings, 4, two_telescopes(12))


def twins(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Classes and tokens of events that two telescopes see: rows i and i + n are of event i.

    A token is the class (a corner of a triangle), a number of the event, and the telescope.
    """
    rng = np.random.default_rng(seed)
    code, number = rng.integers(0, 3, n), rng.uniform(-1, 1, n)
    angle = 2 * np.pi * code / 3
    seen = np.stack([np.cos(angle), np.sin(angle), number, np.zeros(n)], axis=1)
    values = np.concatenate([seen, seen]) + rng.normal(0, 0.02, (2 * n, 4))
    values[:, 3] += np.repeat([-1.0, 1.0], n)
    return [("SNIa", "SNII", "TDE")[c] for c in code], values.astype(np.float32)


def test_pairs_keep_what_tells_events_of_one_class_apart() -> None:
    n = 300
    labels, values = twins(n, seed=0)
    events = [f"event-{i % n}" for i in range(2 * n)]
    lcs = table_of(labels * 2, ["ZTF"] * n + ["LSST"] * n, events)
    tokens = Tokens(np.arange(2 * n + 1), values)
    settings = TrainSettings(
        epochs=25, batch_size=60, learning_rate=1e-2, stopping=FullLength(), device="cpu"
    )
    median_rank = {}
    for name in ("contrastive", "pairs", "contrastive+pairs"):
        given = {"pairs": {"temperature": 0.1}} if "pairs" in name else None
        network, objective, data = build(named_objective(name, given=given), lcs, tokens)
        history = train(network, objective, data, None, settings, seed=0)
        assert history.epochs[-1]["train_accuracy"] > 0.98
        unit = torch.nn.functional.normalize(latents(network, data), dim=1)
        similarity = unit[:n] @ unit[n:].T
        own = similarity.diagonal()[:, None]
        median_rank[name] = float((similarity > own).sum(dim=1).float().median())
    assert median_rank["pairs"] < 0.25 * median_rank["contrastive"]
    assert median_rank["contrastive+pairs"] < 0.5 * median_rank["contrastive"]
