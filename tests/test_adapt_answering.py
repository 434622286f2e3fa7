"""Other classes of a model without labels: pretrained, or sums of those that it was adapted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lcfm.adapt.answering import answering
from lcfm.adapt.policies import Map
from lcfm.adapt.unlabelled import as_asked, expecting_mix_of, stated_prior
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers.source import TableSource
from lcfm.serve.model import Model
from lcfm.serve.shipped import load

NOWHERE = TableSource(path="none")


@pytest.fixture(scope="module")
def model() -> Model:
    return load("transients")


@pytest.fixture(scope="module")
def adapted(model: Model, toy_lightcurves: LightCurves) -> Model:
    """Adapted by map to the classes of label5, split once, with a temperature of its own."""
    names = np.array(["SNIa", "SNII", "SNIb", "SNIc", "SLSN-I", "TDE"], dtype=object)
    labels = names[np.arange(60) % 10 % 6]
    out = model.fit(toy_lightcurves, labels, policy=Map(strengths=(100.0,)))
    out.head.temperature = 1.7
    return out


def asked(model: Model, classes: str, prior: str | None = None) -> Model:
    """What ``lcfm predict`` answers with."""
    return as_asked(model, NOWHERE, classes=classes, prior=prior, guard=None)[0]


def test_own_classes_give_the_same_answer(model: Model, toy_lightcurves: LightCurves) -> None:
    same = answering(model)
    assert same.classes_ == model.classes_
    expected = model.predict_proba(toy_lightcurves)
    assert np.allclose(same.predict_proba(toy_lightcurves), expected, atol=1e-6)


def test_other_classes_share_what_was_pretrained(
    model: Model, toy_lightcurves: LightCurves
) -> None:
    some = answering(model, ("SNIa", "SNII"))
    p = model.predict_proba(toy_lightcurves)
    columns = [model.classes_.index(name) for name in ("SNIa", "SNII")]
    expected = p[:, columns] / p[:, columns].sum(axis=1, keepdims=True)
    assert np.allclose(some.predict_proba(toy_lightcurves), expected, atol=1e-6)


def test_an_adapted_model_answers_with_sums_of_its_classes(
    adapted: Model, toy_lightcurves: LightCurves
) -> None:
    p = dict(zip(adapted.classes_, adapted.predict_proba(toy_lightcurves).T, strict=True))
    five = asked(adapted, "label5")
    assert five.classes_ == ("SNIa", "SNII", "SNIb/c", "SLSN-I", "TDE")
    expected = [p["SNIa"], p["SNII"], p["SNIb"] + p["SNIc"], p["SLSN-I"], p["TDE"]]
    assert np.allclose(five.predict_proba(toy_lightcurves), np.array(expected).T, atol=1e-6)
    three = np.array(expected[:3])  # others are taken not to occur
    found = asked(adapted, "label3").predict_proba(toy_lightcurves)
    assert np.allclose(found, (three / three.sum(axis=0)).T, atol=1e-5)
    again = answering(five, ("SNIa", "SNII", "SNIb/c"))
    assert np.allclose(again.predict_proba(toy_lightcurves), found, atol=1e-6)


def test_its_own_classes_may_stand_in_another_order(
    adapted: Model, toy_lightcurves: LightCurves
) -> None:
    turned = asked(adapted, ",".join(reversed(adapted.classes_)))
    p = turned.predict_proba(toy_lightcurves)
    assert np.allclose(p[:, ::-1], adapted.predict_proba(toy_lightcurves), atol=1e-6)


def test_a_prior_of_sums_keeps_the_shares_inside_them(
    adapted: Model, toy_lightcurves: LightCurves
) -> None:
    five = asked(adapted, "label5")
    prior = stated_prior(five)
    assert prior.sum() == pytest.approx(1)
    assert prior.min() < 0.15 < 0.2 < prior.max()
    flat = asked(adapted, "label5", "flat")
    assert np.allclose(stated_prior(flat), 0.2, atol=1e-6)
    # with a temperature, a prior counts as often as it says
    p = five.predict_proba(toy_lightcurves) / prior
    expected = p / p.sum(axis=1, keepdims=True)
    assert np.allclose(flat.predict_proba(toy_lightcurves), expected, atol=1e-5)
    assert np.allclose(stated_prior(five), prior)  # the given one stays
    served, mix = expecting_mix_of(five, [toy_lightcurves], None)
    assert np.allclose(stated_prior(served), list(mix.values()), atol=1e-6)


def test_sums_are_stored(adapted: Model, toy_lightcurves: LightCurves, tmp_path: Path) -> None:
    five = asked(adapted, "label5")
    five.save(tmp_path / "five")
    again = Model.load(tmp_path / "five")
    assert again.classes_ == five.classes_
    np.testing.assert_array_equal(
        again.predict_proba(toy_lightcurves), five.predict_proba(toy_lightcurves)
    )


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ("SNIa", "two and more"),
        ("SNIa,SNIa", "two and more"),
        ("SNIa,RR Lyrae", "no counterpart of 'RR Lyrae'; leave it out"),
        ("label12", "no counterpart of 'SNIIn', 'SNIIb'; leave them out"),
    ],
)
def test_what_cannot_be_answered_is_named_with_what_can(
    model: Model, classes: str, message: str
) -> None:
    with pytest.raises(LcfmError, match=message) as caught:
        asked(model, classes)
    assert "(label3, label5, label8)" in str(caught.value)
    assert "label14" not in str(caught.value)


def test_an_adapted_model_does_not_part_a_class(adapted: Model) -> None:
    with pytest.raises(LcfmError, match=r"no counterpart of 'SNIIP'; .*\(label3, label5\)"):
        asked(adapted, "SNIa,SNIIP")
    with pytest.raises(LcfmError, match="no counterpart of 'SNIa-91bg', 'SNIax', 'AGN'"):
        asked(adapted, "label8")


def test_a_model_of_names_that_no_set_has_offers_none(
    model: Model, toy_lightcurves: LightCurves
) -> None:
    labels = np.array(["mine", "yours"], dtype=object)[np.arange(60) % 2]
    own = model.fit(toy_lightcurves, labels, policy=Map(strengths=(100.0,)))
    with pytest.raises(LcfmError, match="leave them out, or adapt the model"):
        asked(own, "label3")
    assert asked(own, "yours,mine").classes_ == ("yours", "mine")
