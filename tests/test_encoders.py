"""What single encoders promise beyond the contract: the recurrence, features, pooling, tracing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lcfm import config
from lcfm.encoders import ENCODERS, SETTINGS
from lcfm.encoders.fourier import FourierInput, PlainInput
from lcfm.encoders.metadata import MetadataSettings
from lcfm.encoders.pooled import PooledGRUSettings
from lcfm.encoders.pooling import Attention, AttentionPool, MeanMaxPool, MeanPool
from lcfm.encoders.scan import ScanSettings, by_doubling, weighted_mean
from lcfm.encoders.transformer import TransformerSettings
from lcfm.errors import LcfmError

CHANNELS = 6


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# -- linear recurrence ----------------------------------------------------------------------------


def test_the_recurrence_is_what_its_formula_says() -> None:
    gate, candidate = random(11, 2, 3).sigmoid(), random(11, 2, 3, seed=1)
    state, expected = torch.zeros(2, 3, dtype=torch.float64), []
    for z, c in zip(gate, candidate, strict=True):
        state = (1 - z) * state + z * c
        expected.append(state)
    torch.testing.assert_close(weighted_mean(gate, candidate), torch.stack(expected))
    torch.testing.assert_close(by_doubling(gate, candidate), torch.stack(expected))


@pytest.mark.parametrize("length", [1, 2, 7])
def test_the_gradient_of_the_recurrence_is_its_own(length: int) -> None:
    gate = random(length, 2, 3).sigmoid().requires_grad_()
    candidate = random(length, 2, 3, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(weighted_mean, (gate, candidate))


# -- features -------------------------------------------------------------------------------------


def test_fourier_features_are_of_time_and_wavelength_alone() -> None:
    settings = FourierInput(time=2, wavelength=1, slowest=0.5)
    token = torch.tensor([0.5, 0.25, 3.0, 4.0])  # wavelength, time, flux, error
    out = settings.build(4)(token)
    assert len(out) == settings.width(4) == 10
    phase = [math.pi * 0.25, 2 * math.pi * 0.25, math.pi * 0.5]
    expected = [*token.tolist(), *map(math.sin, phase), *map(math.cos, phase)]
    torch.testing.assert_close(out, torch.tensor(expected))
    assert PlainInput().build(4)(token).equal(token)


# -- pooling --------------------------------------------------------------------------------------


def test_attention_without_a_preference_is_the_mean() -> None:
    states = random(2, 5, 8)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    attention = Attention(8, 2).double()
    torch.nn.init.zeros_(attention.score.weight)
    mean, weighted = attention(states, mask)[:, :8], attention(states, mask)[:, 16:]
    torch.testing.assert_close(mean, weighted)
    torch.testing.assert_close(mean[1], states[1, :3].mean(dim=0))


@pytest.mark.parametrize("pool", [MeanPool(), MeanMaxPool(), AttentionPool()])
def test_width_of_what_is_pooled(pool: MeanPool | MeanMaxPool | AttentionPool) -> None:
    states, mask = random(2, 5, 8).float(), torch.ones(2, 5, dtype=torch.bool)
    assert pool.build(8)(states, mask).shape == (2, pool.width(8))


def test_heads_divide_the_states() -> None:
    with pytest.raises(LcfmError, match="heads"):
        TransformerSettings(width=30)
    with pytest.raises(LcfmError, match="heads"):
        ENCODERS["scan"](ScanSettings(width=30, pool=AttentionPool(heads=4)), CHANNELS)


# -- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        PooledGRUSettings(inputs=FourierInput(), pool=MeanPool()),
        ScanSettings(inputs=FourierInput(time=3), pool=AttentionPool(heads=2)),
        TransformerSettings(inputs=PlainInput(), pool=MeanMaxPool()),
    ],
    ids=lambda s: s.kind,
)
def test_choices_within_an_encoder_come_back(settings: object) -> None:
    assert config.choose(SETTINGS, config.to_dict(settings), what="encoder") == settings


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", sorted(set(ENCODERS) - {MetadataSettings.kind}))
def test_a_traced_encoder_is_free_in_batch_and_length(name: str) -> None:
    """What an ONNX file holds is such a trace."""
    encoder = ENCODERS[name](SETTINGS[name](), CHANNELS).eval()
    example = (torch.zeros(2, 3, CHANNELS), torch.ones(2, 3, dtype=torch.bool))
    with torch.no_grad():
        traced = torch.jit.trace_module(encoder, {"encode": example}, check_trace=False)
        for batch, length in ((1, 1), (5, 40)):
            values = random(batch, length, CHANNELS).float()
            mask = torch.from_numpy(
                np.arange(length) < np.linspace(1, length, batch).astype(int)[:, None]
            )
            torch.testing.assert_close(
                traced.encode(values, mask), encoder.encode(values, mask), atol=1e-5, rtol=1e-4
            )
