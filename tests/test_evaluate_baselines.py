"""Baselines: they learn, they keep absent classes, and they explain what they cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.evaluate.baselines import (
    Chance,
    FeatureBoosting,
    FeatureForest,
    FeatureTable,
    SamplingOnly,
)
from lcfm.evaluate.regressors import (
    FeatureBoostingRegressor,
    FeatureForestRegressor,
    MeanRegressor,
)
from lcfm.lightcurves import LightCurves
from toy import toy_lightcurves

CLASSIFIERS = (FeatureBoosting, FeatureForest, SamplingOnly, Chance)
REGRESSORS = (FeatureBoostingRegressor, FeatureForestRegressor, MeanRegressor)


@pytest.fixture(scope="module")
def lcs() -> LightCurves:
    return toy_lightcurves(48)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_probabilities_are_probabilities_and_absent_classes_keep_a_column(
    kind: type[FeatureForest], lcs: LightCurves
) -> None:
    classes = ("SLSN-I", "SNII", "SNIa", "TDE")
    fitted = kind(classes, seed=1).fit(lcs, lcs.column("label"))
    assert fitted.classes_ == classes
    table = fitted.predict_proba(lcs[:5])
    assert table.shape == (5, 4)
    np.testing.assert_allclose(table.sum(axis=1), 1.0)
    assert (table[:, 3] == 0).all()
    assert fitted.predict_proba(lcs[:0]).shape == (0, 4)


@pytest.mark.parametrize("kind", [FeatureBoosting, FeatureForest])
def test_features_with_trees_learn_and_repeat(kind: type[FeatureForest], lcs: LightCurves) -> None:
    test = toy_lightcurves(30, seed=1)
    fitted = kind().fit(lcs, lcs.column("label"))
    table = fitted.predict_proba(test)
    guess = np.asarray(fitted.classes_)[table.argmax(axis=1)]
    assert (guess == test.column("label")).mean() > 0.7
    again = kind().fit(lcs, lcs.column("label")).predict_proba(test)
    np.testing.assert_array_equal(table, again)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_class_with_one_example_is_learnt(kind: type[FeatureForest], lcs: LightCurves) -> None:
    labels = lcs.column("label").copy()
    labels[0] = "TDE"
    table = kind().fit(lcs, labels).predict_proba(lcs)
    assert np.isfinite(table).all()
    assert table.shape[1] == 4


def test_chance_says_the_frequencies(lcs: LightCurves) -> None:
    labels = np.array(["a"] * 12 + ["b"] * 36)
    np.testing.assert_allclose(Chance().fit(lcs, labels).predict_proba(lcs[:2]), [[0.25, 0.75]] * 2)


def test_a_feature_table_gives_the_same_answer_as_computing_afresh(lcs: LightCurves) -> None:
    table = FeatureTable(lcs)
    rows = np.array([5, 3, 40])
    np.testing.assert_array_equal(table(lcs[rows]), table.values[rows])
    stored = FeatureForest(extract=table).fit(lcs, lcs.column("label"))
    fresh = FeatureForest().fit(lcs, lcs.column("label"))
    np.testing.assert_allclose(stored.predict_proba(lcs), fresh.predict_proba(lcs), atol=0.02)
    with pytest.raises(LcfmError, match="no row in the feature table"):
        table(toy_lightcurves(3, seed=9))


def test_mistakes_are_explained(lcs: LightCurves) -> None:
    with pytest.raises(LcfmError, match="two at least"):
        Chance().fit(lcs, ["a"] * len(lcs))
    with pytest.raises(LcfmError, match="not among the classes"):
        Chance(("SNIa",)).fit(lcs, lcs.column("label"))
    with pytest.raises(LcfmError, match="got shape"):
        Chance().fit(lcs, ["a", "b"])
    with pytest.raises(LcfmError, match="not finite"):
        MeanRegressor().fit(lcs, np.full(len(lcs), np.nan))


@pytest.mark.parametrize("kind", REGRESSORS)
def test_redshifts_are_learnt(kind: type[FeatureForestRegressor], lcs: LightCurves) -> None:
    z = np.asarray(lcs.column("redshift"), dtype=float)
    fitted = kind().fit(lcs, z)
    assert fitted.predict(lcs[:0]).shape == (0,)
    test = toy_lightcurves(30, seed=1)
    error = ((fitted.predict(test) - test.column("redshift")) ** 2).mean()
    if kind is MeanRegressor:
        np.testing.assert_allclose(fitted.predict(test), z.mean())
    else:
        assert error < 0.7 * ((test.column("redshift") - z.mean()) ** 2).mean()
