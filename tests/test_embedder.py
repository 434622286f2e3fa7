"""The latent space inside scikit-learn: pipelines, cross-validation, cloning."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.serve.embedder import (
    Embedder,
    knn_classifier,
    knn_regressor,
    linear_classifier,
    linear_regressor,
    mlp_regressor,
)
from lcfm.serve.shipped import load
from toy import toy_lightcurves as draw_toy

SHIPPED = "transients"


def test_it_embeds_as_the_model_does(toy_lightcurves: LightCurves) -> None:
    model = load(SHIPPED)
    expected = model.embed(toy_lightcurves)
    for given in (SHIPPED, model):
        found = Embedder(given).fit_transform(toy_lightcurves)
        np.testing.assert_array_equal(found, expected)
    one_by_one = Embedder(SHIPPED).fit_transform([toy_lightcurves[i] for i in range(60)])
    np.testing.assert_allclose(one_by_one, expected, atol=1e-5)


def test_parameters_and_clones() -> None:
    embedder = Embedder(SHIPPED, device="cpu")
    assert embedder.get_params() == {"model": SHIPPED, "device": "cpu"}
    assert clone(embedder).get_params() == embedder.get_params()
    assert clone(Embedder(load(SHIPPED))).fit(None).model_.classes_
    names = embedder.fit(None).get_feature_names_out()
    assert names[0] == "latent0"
    assert len(names) == 100


def test_probes_cross_validate_on_light_curves(toy_lightcurves: LightCurves) -> None:
    labels = toy_lightcurves.column("label").astype(str)
    z = toy_lightcurves.numbers("redshift")
    linear = cross_val_score(linear_classifier(SHIPPED), toy_lightcurves, labels, cv=3)
    nearest = cross_val_score(knn_classifier(SHIPPED, 5), toy_lightcurves, labels, cv=3)
    assert linear.mean() > 0.6  # chance: a third
    assert nearest.mean() > 0.5
    for probe in (linear_regressor(SHIPPED), knn_regressor(SHIPPED, 5)):
        assert cross_val_score(probe, toy_lightcurves, z, cv=3).mean() > 0.3


def test_a_small_network_on_the_latent_estimates_redshifts() -> None:
    lcs = draw_toy(300, seed=1)
    probe = mlp_regressor(SHIPPED).fit(lcs, lcs.numbers("redshift"))
    other = draw_toy(100, seed=2)
    assert probe.score(other, other.numbers("redshift")) > 0.3
    again = mlp_regressor(SHIPPED).fit(lcs, lcs.numbers("redshift"))
    np.testing.assert_array_equal(again.predict(other), probe.predict(other))


def test_its_answers_stay_within_what_was_learned() -> None:
    lcs = draw_toy(100, seed=1)
    z = lcs.numbers("redshift")
    head = mlp_regressor(SHIPPED).fit(lcs, z)[1:]  # without the network below
    far = np.random.default_rng(0).normal(0, 1e4, (50, head.n_features_in_))
    assert z.min() <= head.predict(far).min()
    assert head.predict(far).max() <= z.max()


def test_splits_and_searches(toy_lightcurves: LightCurves) -> None:
    labels = toy_lightcurves.column("label").astype(str)
    train, test, own, truth = train_test_split(
        toy_lightcurves, labels, test_size=0.25, random_state=0
    )
    search = GridSearchCV(
        knn_classifier(SHIPPED, 5), {"kneighborsclassifier__n_neighbors": [3, 9]}, cv=2
    )
    assert search.fit(train, own).score(test, truth) > 0.4


def test_anything_else_is_refused() -> None:
    with pytest.raises(LcfmError, match="takes LightCurves"):
        Embedder(SHIPPED).fit_transform(np.zeros((3, 4)))
