"""What every objective on the shelf is held to, alone and combined."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch

from lcfm import config
from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.heads import Head, build_head
from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives import OBJECTIVES, SETTINGS
from lcfm.objectives.auxiliary import Auxiliary
from lcfm.objectives.base import Objective
from lcfm.objectives.joint import AUXILIARIES, TASKS, AuxiliarySettings
from lcfm.objectives.named import AUXILIARY_SETTINGS, TASK_SETTINGS, named_objective
from lcfm.prepare.batch import DataSet
from lcfm.prepare.preprocess import SHIPPED
from lcfm.train.loop import train
from lcfm.train.settings import FullLength, TrainSettings
from toy import two_telescopes

TOGETHER = (
    "contrastive+adversarial",
    "contrastive+pairs",
    "contrastive+reversal+pairs",
    "regression+adversarial",
    "regression+contrastive",
)


@pytest.fixture(params=[*TASKS, *AUXILIARIES, *TOGETHER])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def lcs() -> LightCurves:
    return two_telescopes()


def build(name: str, lcs: LightCurves) -> tuple[Network, Objective, DataSet]:
    state = SHIPPED.fit(lcs)
    settings = named_objective(name)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(
            {LIGHTCURVE: GRUSettings(hidden=16, latent=16)}, {LIGHTCURVE: len(SHIPPED.channels)}
        )
        objective = OBJECTIVES[settings.kind](settings, network.latent_size, lcs)
    data = DataSet({LIGHTCURVE: SHIPPED.tokens(lcs, state)}, objective.columns(lcs))
    return network, objective, data


def test_tables_agree() -> None:
    assert set(OBJECTIVES) == set(SETTINGS)
    for kind, settings in SETTINGS.items():
        assert config.choose(SETTINGS, config.to_dict(settings()), what="objective") == settings()
        assert kind == settings.kind
    assert set(TASKS) == set(TASK_SETTINGS)
    assert set(AUXILIARIES) == set(AUXILIARY_SETTINGS)
    assert set(AUXILIARY_SETTINGS.values()) == set(get_args(AuxiliarySettings))
    assert set(AUXILIARIES.values()) == set(Auxiliary.__subclasses__())


def test_settings_rebuild_themselves(name: str) -> None:
    settings = named_objective(name)
    assert config.choose(SETTINGS, config.to_dict(settings), what="objective") == settings


def test_the_loss_falls_on_the_toy_set(name: str, lcs: LightCurves) -> None:
    network, objective, data = build(name, lcs)
    settings = TrainSettings(
        epochs=15, batch_size=16, learning_rate=1e-2, stopping=FullLength(), device="cpu"
    )
    history = train(network, objective, data, None, settings, seed=0)
    first, last = history.epochs[0], history.epochs[-1]
    assert last["train_loss"] < first["train_loss"]  # of attraction there is always a rest
    of_task = {"train_classifier_loss", "train_regression_loss"} & set(first) or {"train_loss"}
    assert all(last[term] < 0.8 * first[term] for term in of_task)


def test_a_batch_of_two_gives_finite_terms_and_gradients(name: str, lcs: LightCurves) -> None:
    network, objective, data = build(name, lcs)
    batch = data.batch(np.array([0, 1]))
    for step in objective.steps(network):
        terms = objective.terms(network(batch.inputs), batch, step.name)
        assert step.minimises in terms
        assert all(term.isfinite() and term.ndim == 0 for term in terms.values())
        terms[step.minimises].backward()
        assert any(p.grad is not None for p in step.parameters)


def test_one_step_gives_the_loss_and_steps_share_no_parameter(name: str, lcs: LightCurves) -> None:
    network, objective, data = build(name, lcs)
    batch = data.batch(np.arange(8))
    steps = objective.steps(network)
    terms = [objective.terms(network(batch.inputs), batch, step.name) for step in steps]
    assert sum("loss" in one for one in terms) == 1
    moved = [id(p) for step in steps for p in step.parameters]
    assert len(moved) == len(set(moved))
    assert set(moved) == {id(p) for p in (*network.parameters(), *objective.parameters())}


def test_a_missing_column_is_named(name: str, lcs: LightCurves) -> None:
    for part in name.split("+"):
        settings = named_objective(name, given={part: {"column": "no_such_column"}})
        with pytest.raises(LcfmError, match="no_such_column"):
            OBJECTIVES[settings.kind](settings, 8, lcs)


def test_served_heads_rebuild_themselves(name: str, lcs: LightCurves) -> None:
    _, objective, _ = build(name, lcs)
    assert objective.served()
    for head in objective.served().values():
        assert isinstance(head, Head)
        again = build_head(head.settings())
        again.load_state_dict(head.state_dict(), strict=True)
        latent = torch.zeros(2, 16)
        torch.testing.assert_close(again.eval().predict(latent), head.eval().predict(latent))
