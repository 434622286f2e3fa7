"""Who is labelled and who tests: what is said when the classes do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from lcfm.adapt.finetune import choose_labelled
from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate.choose import choose_tested
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import TrainSettings
from toy import toy_lightcurves as draw_toy


@pytest.fixture(scope="module")
def model() -> Model:
    """One epoch on toy light curves."""
    settings = PretrainSettings(
        encoder=GRUSettings(hidden=4), training=TrainSettings(epochs=1, device="cpu")
    )
    return pretrain(draw_toy(60), settings)


def renamed(lcs: LightCurves, *names: str) -> LightCurves:
    """The table with `` (mine)`` behind these classes."""
    labels = [f"{v} (mine)" if v in names else v for v in lcs.column("label")]
    return lcs.with_columns(label=labels)


@pytest.mark.parametrize(
    ("names", "start"),
    [
        (("SNIa", "SNII", "SLSN-I"), "none of 60 objects with a 'label' can be used"),
        (("SNII", "SLSN-I"), "only objects of 'SNIa' can test this model"),
    ],
)
def test_classes_that_the_model_does_not_know_are_named_with_the_remedy(
    model: Model, names: tuple[str, ...], start: str, caplog: pytest.LogCaptureFixture
) -> None:
    lcs = renamed(draw_toy(60, seed=9), *names)
    with pytest.raises(LcfmError) as caught:
        choose_tested(model, lcs, "label")
    text = str(caught.value)
    assert text.startswith(start)
    for part in ("the model knows", "--target", "lcfm finetune"):
        assert part in text
    assert "larger" not in text
    assert "'SNII (mine)' (20)" in text + caplog.text


def test_other_reasons_have_other_remedies(model: Model) -> None:
    with pytest.raises(LcfmError, match="that it was not trained on"):
        choose_tested(model, draw_toy(60), "label")
    lcs = draw_toy(60, seed=9)
    one = lcs[lcs.column("label") == "SNIa"]
    with pytest.raises(LcfmError, match="two classes at least that have a 'label'"):
        choose_tested(model, one, "label")


def test_a_target_of_two_levels_is_said(caplog: pytest.LogCaptureFixture) -> None:
    lcs = draw_toy(60, seed=9)
    labels = lcs.column("label").copy()
    choose_labelled(lcs, "label")
    assert not caplog.records
    some = np.flatnonzero(labels == "SNII")[::2]
    labels[some] = "SNIIP"
    mixed = lcs.with_columns(label3=lcs.column("label"), label=labels)
    choose_labelled(mixed, "label")
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "SNIIP is part of SNII" in record.getMessage()
    assert "such as label3 with --target" in record.getMessage()
    caplog.clear()
    choose_labelled(lcs.with_columns(label=labels), "label")
    assert "lcfm.taxonomy.to_set" in caplog.text


def test_names_of_objects_are_no_classes() -> None:
    lcs = draw_toy(200, seed=9)
    for name in ("object_id", "event_id"):
        with pytest.raises(LcfmError, match=f"column '{name}' names objects, not classes: it has"):
            choose_labelled(lcs[:6], name, part="all")
    catalogue = lcs.with_columns(
        iau_name=[f"2019{i // 2}" if i < 100 else f"2020{i}" for i in range(200)]
    )
    with pytest.raises(LcfmError, match="has 150 different values for 200 objects; name a column"):
        choose_labelled(catalogue, "iau_name", part="all", n_labels=16)


def test_few_objects_may_each_have_a_class_of_their_own() -> None:
    few = draw_toy(40, seed=9)
    own = few.with_columns(label=[f"type {i}" for i in range(40)])
    assert len(choose_labelled(own, "label", part="all").classes) == 40
    many = draw_toy(240, seed=9).with_columns(label=[f"type {i // 2 % 60}" for i in range(240)])
    assert len(choose_labelled(many, "label", part="all", n_labels=30).classes) == 60


def test_classes_of_which_no_label_was_drawn_are_named(caplog: pytest.LogCaptureFixture) -> None:
    lcs = draw_toy(60, seed=9)
    labels = np.where(np.arange(60) == 7, "TDE", np.where(np.arange(60) < 20, "SNII", "SNIa"))
    lcs = lcs.with_columns(label=labels)
    choose_labelled(lcs, "label", part="all")
    assert not caplog.records
    drawn = choose_labelled(lcs, "label", part="all", n_labels=12, seed=1)
    assert set(drawn.values) == {"SNII", "SNIa"}
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "1 of 3 classes have no label among the 12 drawn (TDE)" in record.getMessage()
    alike = "all 2 labels drawn are 'SNIa'.*column 'label' has 3 classes; .*--labels.*--seed"
    with pytest.raises(LcfmError, match=alike):
        choose_labelled(lcs, "label", part="all", n_labels=2, seed=1)


def test_numbers_are_no_classes_wherever_they_are_given(model: Model) -> None:
    lcs = draw_toy(60, seed=9)
    words = "whole numbers, but classes are text: write them as text, e.g. 'class "
    for codes in (np.arange(60) % 3 - 1, (np.arange(60) % 3).astype(float)):
        coded = lcs.with_columns(label=codes)
        with pytest.raises(LcfmError, match=words + ".*--task redshift"):
            choose_labelled(coded, "label")
        with pytest.raises(LcfmError, match=words):
            choose_tested(model, coded, "label")
        with pytest.raises(LcfmError, match=words):
            pretrain(coded, PretrainSettings(training=TrainSettings(epochs=1, device="cpu")))
