"""Adaptation: what moves, what stays, and when it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax

from lcfm.adapt.answering import answering
from lcfm.adapt.fit import fit
from lcfm.adapt.mapping import mapped_head, refine
from lcfm.adapt.policies import All, FirstAndHead, Head, HeadMLP, Map, MapAll, Policy
from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.heads import ClassHead
from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.preprocess import SHIPPED
from lcfm.prepare.split import EventSet
from lcfm.serve.model import Model
from lcfm.train.settings import FullLength, TrainSettings

PRETRAINED = ("SNIa", "SNIa-91bg", "SNII")
BRIEF = TrainSettings(epochs=2, batch_size=16, stopping=FullLength(), device="cpu")


@pytest.fixture
def model(toy_lightcurves: LightCurves) -> Model:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network({LIGHTCURVE: GRUSettings(hidden=8, latent=8)}, {LIGHTCURVE: 6})
        head = ClassHead(8, PRETRAINED)
    return Model(network, {"label": head}, SHIPPED, SHIPPED.fit(toy_lightcurves), {})


def test_without_labels_probabilities_are_sums_up_to_group_size(
    model: Model, toy_lightcurves: LightCurves
) -> None:
    head = mapped_head(model.head, {"SNIa": ["SNIa", "SNIa-91bg"], "SNII": ["SNII"]})
    p = model.predict_proba(toy_lightcurves)
    expected = np.stack([p[:, :2].mean(axis=1), p[:, 2]], axis=1)
    expected /= expected.sum(axis=1, keepdims=True)
    found = head.predict(torch.from_numpy(model.embed(toy_lightcurves))).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert answering(model, ["SNIa", "TDE"]).predict_proba(toy_lightcurves).shape == (60, 2)


def test_infinite_strength_leaves_the_head_and_a_finite_one_is_the_optimum() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(20, 3)).astype(np.float32)
    codes = rng.integers(0, 2, 20)
    pretrained = ClassHead(3, ("a", "b"))
    head = mapped_head(pretrained, {"a": ["a"], "b": ["b"]})
    before = head.linear.weight.detach().clone()
    assert refine(head, z, codes, Map(strengths=(), prior="flat"), seed=0) == np.inf
    assert torch.equal(head.linear.weight, before)

    from lcfm.adapt.mapping import _Problem  # the objective alone, without the choice of strength

    weight, bias = _Problem.of(head, z, codes, None).solve(2.0)
    standard = (z - z.mean(axis=0)) / z.std(axis=0)
    with torch.no_grad():
        base = pretrained(torch.from_numpy(z)).numpy()

    def objective(flat: np.ndarray) -> float:
        step = flat.reshape(2, 4)
        scores = base + standard @ step[:, :3].T + step[:, 3]
        return float(-log_softmax(scores, axis=1)[np.arange(20), codes].sum() + flat @ flat)

    found = minimize(objective, np.zeros(8)).x.reshape(2, 4)
    np.testing.assert_allclose(np.hstack([weight, bias[:, None]]), found, atol=5e-3)


@pytest.mark.parametrize("policy", [Head(), HeadMLP(), FirstAndHead(), All(), Map(), MapAll()])
def test_a_policy_moves_what_it_names_and_the_original_stays(
    model: Model, toy_lightcurves: LightCurves, policy: Policy
) -> None:
    if not isinstance(policy, Map):
        policy = replace(policy, training=BRIEF)
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    adapted = fit(model, toy_lightcurves, toy_lightcurves.column("label"), policy=policy)
    after = adapted.network.state_dict()
    moved = {k for k in before if not torch.equal(before[k], after[k])}
    expected = set()
    if isinstance(policy, (All, MapAll)):
        expected = set(before)
    elif isinstance(policy, FirstAndHead):
        expected = {k for k in before if k.endswith("_l0")}
    assert moved == expected
    assert all(torch.equal(before[k], v) for k, v in model.network.state_dict().items())
    assert adapted.classes_ == ("SLSN-I", "SNII", "SNIa")
    assert np.isfinite(adapted.predict_proba(toy_lightcurves)).all()
    events = EventSet.from_dict(adapted.provenance["events"])
    assert events.contains(toy_lightcurves.column("event_id")).all()


def test_few_labels_work_and_classes_without_one_keep_an_output(
    model: Model, toy_lightcurves: LightCurves
) -> None:
    few = toy_lightcurves[:3]
    for classes in (None, ("SNIa", "SNII", "SLSN-I", "TDE", "AGN")):
        adapted = fit(model, few, few.column("label"), classes=classes)
        assert adapted.predict_proba(few).shape == (3, len(classes or "abc"))


def test_a_hidden_layer_head_cannot_be_mapped(model: Model, toy_lightcurves: LightCurves) -> None:
    labels = toy_lightcurves.column("label")
    adapted = fit(model, toy_lightcurves, labels, policy=HeadMLP(training=BRIEF))
    with pytest.raises(LcfmError, match="linear head"):
        fit(adapted, toy_lightcurves, labels, policy=Map())


def test_regression(model: Model, toy_lightcurves: LightCurves) -> None:
    policy = HeadMLP(training=BRIEF)
    z = toy_lightcurves.column("redshift")
    adapted = fit(model, toy_lightcurves, z, policy=policy)
    assert adapted.predict(toy_lightcurves).shape == (60,)
    assert adapted.provenance["adapted"]["policy"]["kind"] == "head+mlp"
    with pytest.raises(LcfmError, match="maps classes"):
        fit(model, toy_lightcurves, z, policy=Map())


@pytest.mark.parametrize(
    ("n", "labels", "match"),
    [
        (0, [], "no labelled object"),
        (2, ["SNIa", "SNIa"], "two classes"),
        (2, ["SNIa"], "1 labels for 2"),
        (2, ["SNIa", ""], "has no label"),
    ],
)
def test_errors(
    model: Model, toy_lightcurves: LightCurves, n: int, labels: list[str], match: str
) -> None:
    with pytest.raises(LcfmError, match=match):
        fit(model, toy_lightcurves[:n], labels)


def test_classes_unknown_to_the_pretraining_get_a_new_output(
    model: Model, toy_lightcurves: LightCurves, caplog: pytest.LogCaptureFixture
) -> None:
    names = np.array([PRETRAINED[i % 2] for i in range(len(toy_lightcurves))], dtype=object)
    known = fit(model, toy_lightcurves, names)
    assert known.provenance["adapted"]["policy"]["kind"] == "map"
    own = np.array([f"my {name}" for name in names], dtype=object)
    with caplog.at_level("WARNING", logger="lcfm"):
        renamed = fit(model, toy_lightcurves, own)
    assert renamed.provenance["adapted"]["policy"]["kind"] == "map"
    assert renamed.classes_ == tuple(sorted(set(own)))
    assert "has no counterpart" in caplog.text


def test_an_adapted_model_says_what_its_training_took(
    model: Model, toy_lightcurves: LightCurves
) -> None:
    labels = toy_lightcurves.column("label")
    took = {
        policy.kind: fit(model, toy_lightcurves, labels, policy=policy).provenance["adapted"][
            "convergence"
        ]
        for policy in (Head(training=BRIEF), FirstAndHead(training=BRIEF), All(training=BRIEF))
    }
    assert all(one["epochs"] == 2 and one["seconds"] > 0 for one in took.values())
    head = 3 * (8 + 1)
    first = sum(p.numel() for p in model.network.first_layer())
    every = sum(p.numel() for p in model.network.parameters())
    assert [one["parameters"] for one in took.values()] == [head, first + head, every + head]
    plain = fit(model, toy_lightcurves, labels, policy=Map(folds=2)).provenance
    assert "convergence" not in plain["adapted"]
    assert "adapted" not in model.provenance


def test_a_policy_may_be_named_and_a_model_scores(
    model: Model, toy_lightcurves: LightCurves
) -> None:
    labels = toy_lightcurves.column("label")
    named = model.fit(toy_lightcurves, labels, policy="head")
    assert named.provenance["adapted"]["policy"]["kind"] == "head"
    right = (named.predict(toy_lightcurves) == labels).mean()
    assert named.score(toy_lightcurves, labels) == pytest.approx(right)
    with pytest.raises(LcfmError, match="policy"):
        model.fit(toy_lightcurves, labels, policy="nonsense")


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (
            lambda n: np.arange(n) % 2,
            "labels are whole numbers, but classes are text: .*'class 0'; ",
        ),
        (lambda n: np.arange(n) % 2 == 0, "truth values, .*'class True'"),
        (lambda n: np.where(np.arange(n) == 3, np.nan, 0.1), "has no finite value"),
    ],
)
def test_labels_that_are_neither_names_nor_numbers(
    model: Model, toy_lightcurves: LightCurves, make: Any, match: str
) -> None:
    with pytest.raises(LcfmError, match=match):
        model.fit(toy_lightcurves, make(len(toy_lightcurves)))
