"""Finished runs are taken up only with the table and the model they were made with."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate.baselines import Chance
from lcfm.evaluate.protocols import Classifier, Task, run
from lcfm.experiments import foundation
from lcfm.experiments.asked import Asked
from lcfm.experiments.networks import Simulated, pretrained_network
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import TrainSettings
from toy import toy_lightcurves as draw_toy


@pytest.fixture(scope="module")
def model() -> Model:
    """One epoch on toy light curves."""
    settings = PretrainSettings(
        encoder=GRUSettings(hidden=8), training=TrainSettings(epochs=1, device="cpu")
    )
    return pretrain(draw_toy(), settings)


def other(model: Model) -> Model:
    """The same model with one weight moved."""
    moved = copy.deepcopy(model)
    with torch.no_grad():
        next(moved.head.parameters()).view(-1)[0] += 1.0
    return moved


def test_a_fingerprint_follows_the_weights(model: Model, tmp_path: Path) -> None:
    assert len(model.fingerprint()) == 16
    model.save(tmp_path / "fm")
    assert Model.load(tmp_path / "fm").fingerprint() == model.fingerprint()
    assert other(model).fingerprint() != model.fingerprint()


def test_the_key_of_a_table_follows_its_labels() -> None:
    lcs = draw_toy()
    key = labelled_fingerprint(lcs, ["label"])
    assert key.startswith(lcs.fingerprint())
    swapped = lcs.with_columns(label=lcs.column("label")[::-1])
    assert labelled_fingerprint(swapped, ["label"]) != key
    assert labelled_fingerprint(swapped, ["redshift"]) == labelled_fingerprint(lcs, ["redshift"])


def test_runs_of_another_model_are_made_again(tmp_path: Path) -> None:
    task = Task.of(draw_toy(200), "label")
    calls = []

    def method(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        calls.append(seed)
        return Chance(classes, seed=seed).fit(lcs, labels)

    def records(key: RunKey) -> list[dict[str, Any]]:
        log = RunLog(tmp_path / "runs.jsonl")  # as a new process finds it

        def on_run(record: dict[str, Any]) -> None:
            log.add(record, key)

        return run(
            task, {"m": method}, n_labels=30, seeds=range(2), done=log.of(key), on_run=on_run
        )

    first = records(RunKey("data", "one"))
    assert len(calls) == 2
    assert records(RunKey("data", "one")) == first  # taken up, not repeated
    assert len(calls) == 2
    for i, key in enumerate([RunKey("data", "two"), RunKey("data"), RunKey("other", "one")]):
        assert len(records(key)) == 2
        assert len(calls) == 4 + 2 * i


def test_a_line_that_was_cut_off_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    key = RunKey("data")
    RunLog(path).add({"seed": 0}, key)
    with path.open("a") as file:
        file.write('{"seed": 1, "da')
    log = RunLog(path)
    assert [r["seed"] for r in log.of(key)] == [0]
    log.add({"seed": 1}, key)
    assert [json.loads(line)["seed"] for line in path.read_text().splitlines()] == [0, 1]


def test_records_without_a_key_are_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text('{"method": "m", "seed": 0}\n')
    assert RunLog(path).of(RunKey("data")) == []


def test_a_checkpoint_of_another_scale_is_refused(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "fm-0")

    def network(n: int) -> Model:
        return pretrained_network(
            Simulated(n, lambda: pytest.fail("a finished network is taken up")),
            PretrainSettings(training=TrainSettings(epochs=1)),
            seed=0,
            checkpoint=tmp_path / "fm-0",
            say=print,
        )

    assert network(60).fingerprint() == model.fingerprint()
    with pytest.raises(LcfmError, match=r"pretrained on 60 curves for 1 epochs.*--work"):
        network(90)


def test_the_experiment_tells_models_apart(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plain(
        lcs: LightCurves, labels: NDArray[Any], classes: tuple[str, ...], seed: int
    ) -> Classifier:
        return Chance(classes, seed=seed).fit(lcs, labels)

    monkeypatch.setattr(foundation, "_with_model", lambda *arguments: {"pretrained + map": plain})
    monkeypatch.setattr(foundation, "_without_model", lambda tables: {"chance": plain})
    lcs = draw_toy(300)
    lcs = lcs.with_columns(label5=lcs.column("label"), label3=lcs.column("label"))
    lines: list[str] = []

    def once(used: Model) -> dict[str, Any]:
        lines.clear()
        foundation.main(Asked(
            lcs, tmp_path / "out", scale="small", work=tmp_path / "work", model=used,
            command="lcfm reproduce foundation", say=lines.append,
        ))  # fmt: skip
        result: dict[str, Any] = json.loads((tmp_path / "out" / "foundation.json").read_text())
        return result

    first = once(model)
    assert sum("draw" in line for line in lines) == 2 * 2 * 6  # methods, targets, draws and all
    again = once(model)
    assert not any("draw" in line for line in lines)
    assert again["runs"] == first["runs"]
    new = once(other(model))
    assert {line.split()[5] for line in lines if "draw" in line} == {"pretrained"}
    assert len(new["runs"]) == len(first["runs"])
    assert new["models"] != first["models"]
    assert np.isin([r["model"] for r in new["runs"]], [None, *new["models"].values()]).all()
