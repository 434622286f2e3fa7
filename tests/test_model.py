"""A served model: same answers after storage, in any order and any batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lcfm.errors import CheckpointError, LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.serve import answers
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import FullLength, TrainSettings


@pytest.fixture(scope="module")
def table(toy_lightcurves: LightCurves) -> LightCurves:
    values = [None if i % 3 == 0 else 0.01 * i for i in range(len(toy_lightcurves))]
    return toy_lightcurves.with_columns(mwebv=pa.array(values, pa.float64()))


@pytest.fixture(scope="module")
def model(table: LightCurves) -> Model:
    brief = TrainSettings(epochs=1, stopping=FullLength(), device="cpu")
    return pretrain(table, PretrainSettings(training=brief, metadata=("mwebv",)))


def test_storage_changes_nothing(model: Model, table: LightCurves, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
    assert again.classes_ == model.classes_


def test_rows_follow_the_table_and_batches_do_not_matter(
    model: Model, table: LightCurves, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.embed(table)
    assert np.isfinite(whole).all()
    order = np.arange(len(table))[::-1].copy()
    np.testing.assert_allclose(model.embed(table[order]), whole[order], atol=1e-5)
    monkeypatch.setattr(answers, "BATCH_SIZE", 7)
    np.testing.assert_allclose(model.embed(table), whole, atol=1e-5)


def test_errors(model: Model, table: LightCurves) -> None:
    with pytest.raises(LcfmError, match="no objects"):
        model.embed(table[:0])
    with pytest.raises(CheckpointError, match="shipped"):
        load("no such model")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("ztf-sample", r"got 'ztf-sample'; read light curves with lcfm.read\('ztf-sample'\)"),
        (Path("a.csv"), r"with lcfm.read\('a.csv'\)"),
        (pd.DataFrame({"object_id": ["a"]}), "got a DataFrame; .* lcfm.read"),
        ([], "got a list"),
    ],
)
def test_what_is_no_light_curves_is_called_so(model: Model, given: Any, words: str) -> None:
    calls: list[Callable[[Any], Any]] = [
        model.predict,
        model.predict_proba,
        model.embed,
        lambda lcs: model.fit(lcs, ["SNIa"]),
        lambda lcs: model.score(lcs, ["SNIa"]),
    ]
    for call in calls:
        with pytest.raises(LcfmError, match=words):
            call(given)


def test_an_absent_metadata_column_is_named(toy_lightcurves: LightCurves) -> None:
    with pytest.raises(LcfmError, match="'mwebv' is not in the table"):
        pretrain(toy_lightcurves, PretrainSettings(metadata=("mwebv",)))


def test_a_pretraining_continues_from_a_model(model: Model, table: LightCurves) -> None:
    still = TrainSettings(epochs=1, learning_rate=1e-12, stopping=FullLength(), device="cpu")
    more = pretrain(table, PretrainSettings(training=still), start=model, seed=3)
    np.testing.assert_allclose(more.predict_proba(table), model.predict_proba(table), atol=1e-5)
    assert more.provenance["started_from"]["model"] == model.fingerprint()
    assert more.metadata is not None
    assert f"started from: model {model.fingerprint()}" in more.card()


def test_a_model_is_shown_in_one_line(model: Model, table: LightCurves) -> None:
    weights = sum(p.numel() for p in model.network.parameters())
    shown = repr(model)
    assert shown.startswith("Model(label: SLSN-I, SNII, SNIa; ")
    assert f"; {weights:,} weights; surveys " in shown
    assert "\n" not in shown
    bare = Model(model.network, model.heads, model.preprocess, model.state, {})
    assert repr(bare).endswith("surveys ?)")
    named = table.with_columns(survey=["KIDS"] * len(table))
    adapted = model.fit(named, table.column("label"), policy="head")
    assert "KIDS" in repr(adapted)
    assert "KIDS" not in shown
    assert "redshift: a number; " in repr(load("transients"))
