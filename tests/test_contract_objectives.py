"""What every objective on the shelf is held to."""

from __future__ import annotations

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
from lcfm.prepare.batch import DataSet
from lcfm.prepare.preprocess import SHIPPED
from lcfm.train.loop import train
from lcfm.train.settings import FullLength, TrainSettings


@pytest.fixture(params=sorted(OBJECTIVES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def build(kind: str, lcs: LightCurves) -> tuple[Network, torch.nn.Module, DataSet]:
    state = SHIPPED.fit(lcs)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(
            {LIGHTCURVE: GRUSettings(hidden=16, latent=16)}, {LIGHTCURVE: len(SHIPPED.channels)}
        )
        objective = OBJECTIVES[kind](SETTINGS[kind](), network.latent_size, lcs)
    data = DataSet({LIGHTCURVE: SHIPPED.tokens(lcs, state)}, objective.columns(lcs))
    return network, objective, data


def test_tables_agree() -> None:
    assert set(OBJECTIVES) == set(SETTINGS)
    for kind, settings in SETTINGS.items():
        assert config.choose(SETTINGS, config.to_dict(settings()), what="objective") == settings()
        assert kind == settings.kind


def test_the_loss_falls_on_the_toy_set(kind: str, toy_lightcurves: LightCurves) -> None:
    network, objective, data = build(kind, toy_lightcurves)
    settings = TrainSettings(
        epochs=15, batch_size=16, learning_rate=1e-2, stopping=FullLength(), device="cpu"
    )
    history = train(network, objective, data, None, settings, seed=0)
    losses = [epoch["train_loss"] for epoch in history.epochs]
    assert losses[-1] < 0.8 * losses[0]


def test_a_batch_of_two_gives_finite_terms_and_gradients(
    kind: str, toy_lightcurves: LightCurves
) -> None:
    network, objective, data = build(kind, toy_lightcurves)
    batch = data.batch(np.array([0, 1]))
    for step in objective.steps(network):
        terms = objective.terms(network(batch.inputs), batch, step.name)
        assert "loss" in terms
        assert all(term.isfinite() and term.ndim == 0 for term in terms.values())
        terms["loss"].backward()
        assert any(p.grad is not None for p in step.parameters)


def test_a_missing_column_is_named(kind: str, toy_lightcurves: LightCurves) -> None:
    settings = SETTINGS[kind](column="no_such_column")
    with pytest.raises(LcfmError, match="no_such_column"):
        OBJECTIVES[kind](settings, 8, toy_lightcurves)


def test_served_heads_rebuild_themselves(kind: str, toy_lightcurves: LightCurves) -> None:
    _, objective, _ = build(kind, toy_lightcurves)
    for head in objective.served().values():
        assert isinstance(head, Head)
        again = build_head(head.settings())
        again.load_state_dict(head.state_dict(), strict=True)
        latent = torch.zeros(2, 16)
        torch.testing.assert_close(again.eval().predict(latent), head.eval().predict(latent))
