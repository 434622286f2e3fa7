"""The card lists every set read, what was learned from each, and what the model cannot do."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from lcfm.adapt.policies import Map
from lcfm.lightcurves import LightCurves
from lcfm.objectives.named import named_objective
from lcfm.readers.parquet import write_parquet
from lcfm.serve.card import card
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import FullLength, TrainSettings

BRIEF = TrainSettings(epochs=1, stopping=FullLength(), device="cpu")


def simulated(lcs: LightCurves, survey: str, seed: int) -> LightCurves:
    names = [f"sim-{survey.lower()}-{seed}-{i}" for i in range(len(lcs))]
    return lcs.with_columns(event_id=names, survey=[survey] * len(lcs))


@pytest.fixture(scope="module")
def stages(toy_lightcurves: LightCurves) -> Model:
    """A classifier of one survey, trained on with a density of the redshift on another."""
    first = pretrain(simulated(toy_lightcurves, "ZTF", 12), PretrainSettings(training=BRIEF))
    settings = PretrainSettings(objective=named_objective("classifier+density"), training=BRIEF)
    return pretrain(simulated(toy_lightcurves[:57], "YSE", 7), settings, start=first, seed=5)


def test_every_stage_and_every_set_is_listed(stages: Model) -> None:
    text = stages.card()
    before = stages.provenance["started_from"]
    for data in (before["data"], stages.provenance["data"]):
        assert text.count(f"fingerprint {data['fingerprint']}") == 2  # as data, and in its stage
    assert "simulated events: yse, seed 7; ztf, seed 12" in text
    assert text.index("stage 1 of 2") < text.index("stage 2 of 2")
    second = text[text.index("stage 2 of 2") :]
    assert "objective: classifier of `label` + density of `redshift` (weight 0.3)" in second
    assert f"started from: model {before['model']}" in second
    assert "seed: 5" in second
    assert f"best validation loss: {stages.provenance['best_valid_loss']:.4g}" in second
    assert "simulations alone: no real object was seen" in text
    assert "light curves of YSE, ZTF; other telescopes" in text


def test_real_labels_are_named(stages: Model, toy_lightcurves: LightCurves) -> None:
    real = toy_lightcurves.with_columns(survey=["real set"] * len(toy_lightcurves))
    adapted = stages.only("label").fit(real, real.column("label"), policy=Map(strengths=(100.0,)))
    text = adapted.card()
    assert f"adaptation: 60 objects of real set, fingerprint {real.fingerprint()}" in text
    assert "real events: 60" in text
    assert "has seen 60 real or unnamed events" in text
    assert "no real object" not in text


def test_the_shipped_model_and_one_without_a_past_have_cards() -> None:
    shipped = load("transients-ztf").card()
    assert "real events: 0" in shipped
    assert "ztf, seeds 201, 301" in shipped
    bare = card(10, {"label": ("a", "b")}, {})
    assert "10 weights. Outputs: `label`: a, b." in bare
    assert 'lcfm.load("path/to/this/folder")' in bare
    assert "None" not in bare


def test_a_single_stage_is_not_numbered(toy_lightcurves: LightCurves) -> None:
    model = pretrain(toy_lightcurves, PretrainSettings(training=BRIEF))
    assert "## Training\n" in model.card()
    assert np.isfinite(model.provenance["best_valid_loss"])


@pytest.mark.parametrize(
    ("targets", "answers"),
    [
        (("label",), "model.predict_proba(lcs), model.embed(lcs)"),
        (("redshift",), "model.predict(lcs), model.embed(lcs)"),
        (
            ("label", "redshift"),
            'model.predict_proba(lcs), model.predict(lcs, "redshift"), model.embed(lcs)',
        ),
    ],
)
def test_the_lines_of_use_run_as_they_stand(
    stages: Model,
    toy_lightcurves: LightCurves,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    targets: tuple[str, ...],
    answers: str,
) -> None:
    heads = {name: stages.heads[name] for name in targets}
    model = Model(stages.network, heads, stages.preprocess, stages.state, stages.provenance)
    model.save(tmp_path / "my model")
    write_parquet(toy_lightcurves, tmp_path / "table.parquet")
    text = (tmp_path / "my model" / "README.md").read_text()
    assert f"\n{answers}\n" in text
    assert ("one of its classes" in text) == ("label" in targets)
    monkeypatch.chdir(tmp_path)
    lines = text.split("```python\n")[1].split("```")[0]
    labels = toy_lightcurves.column(targets[0])
    exec(lines, {"labels": labels})


@pytest.mark.parametrize("name", ["transients", "transients-ztf"])
def test_shipped_cards_load_by_name(name: str) -> None:
    text = (resources.files("lcfm") / "data" / "models" / name / "README.md").read_text()
    assert f'model = lcfm.load("{name}")' in text
