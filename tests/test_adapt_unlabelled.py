"""The class mix of a table without labels, and what a model answers that expects it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcfm.adapt.answering import answering
from lcfm.adapt.policies import HeadMLP
from lcfm.adapt.unlabelled import class_mix, expecting_mix_of
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.serve.shipped import load


def stated(truth: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    """Exact posteriors, prior flat, of points about the class number with this spread."""
    seen = truth + rng.normal(0, spread, len(truth))
    log = -0.5 * ((seen[:, None] - np.arange(3)) / spread) ** 2
    p = np.exp(log - log.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("mix", [(0.7, 0.2, 0.1), (0.1, 0.1, 0.8), (1 / 3, 1 / 3, 1 / 3)])
def test_mix_of_overlapping_classes_is_found(mix: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(3, size=20_000, p=mix)
    assert np.allclose(class_mix(stated(truth, 0.6, rng)), mix, atol=0.02)


def test_mix_does_not_depend_on_the_prior_of_the_probabilities() -> None:
    rng = np.random.default_rng(1)
    p = stated(rng.choice(3, size=5_000, p=(0.6, 0.3, 0.1)), 0.6, rng)
    prior = np.array([0.2, 0.2, 0.6])
    moved = p * prior / (p * prior).sum(axis=1, keepdims=True)
    assert np.allclose(class_mix(p), class_mix(moved, prior), atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 40), st.integers(2, 6), st.integers(0, 1000))
def test_mix_is_a_mix(n: int, k: int, seed: int) -> None:
    p = np.random.default_rng(seed).dirichlet(np.full(k, 0.3), n)
    mix = class_mix(p)
    assert mix.shape == (k,)
    assert mix.min() > 0
    assert abs(mix.sum() - 1) < 1e-9
    assert mix.min() >= 1 / (n + k) - 1e-9  # the pseudo-count


def test_one_object_leaves_the_mix_near_flat() -> None:
    assert np.allclose(class_mix(np.array([[0.98, 0.01, 0.01]])), [0.5, 0.25, 0.25], atol=0.01)


def test_no_object_is_refused() -> None:
    with pytest.raises(LcfmError, match="at least one object"):
        class_mix(np.empty((0, 3)))


@pytest.fixture(scope="module")
def model() -> Model:
    return load("transients")


def test_mix_becomes_the_prior(model: Model, toy_lightcurves: LightCurves) -> None:
    flat = answering(model, ("SNIa", "SNII", "SLSN-I"))
    served, mix = expecting_mix_of(flat, [toy_lightcurves[:30], toy_lightcurves[30:]], None)
    p = flat.predict_proba(toy_lightcurves) * np.array(list(mix.values()))
    p /= p.sum(axis=1, keepdims=True)
    assert np.allclose(served.predict_proba(toy_lightcurves), p, atol=1e-5)
    again, found = expecting_mix_of(served, [toy_lightcurves], None)
    assert np.allclose(list(found.values()), list(mix.values()), atol=1e-3)
    assert again.classes_ == served.classes_


def test_a_given_model_stays_as_it_is(model: Model, toy_lightcurves: LightCurves) -> None:
    before = model.fingerprint()
    expecting_mix_of(model, [toy_lightcurves], None)
    assert model.fingerprint() == before


def test_a_head_of_unknown_prior_is_refused(model: Model, toy_lightcurves: LightCurves) -> None:
    labels = toy_lightcurves.column("label")
    adapted = model.fit(toy_lightcurves, labels, policy=HeadMLP())
    with pytest.raises(LcfmError, match="only a pretrained model or one adapted by map"):
        expecting_mix_of(adapted, [toy_lightcurves], None)
