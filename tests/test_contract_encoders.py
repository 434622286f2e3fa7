"""What every encoder on the shelf is held to."""

from __future__ import annotations

import pytest
import torch

from lcfm import config
from lcfm.encoders import ENCODERS, SETTINGS
from lcfm.encoders.base import Encoder

CHANNELS, BATCH, LENGTH = 4, 5, 9


@pytest.fixture(params=sorted(ENCODERS))
def encoder(request: pytest.FixtureRequest) -> Encoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ENCODERS[request.param](SETTINGS[request.param](), CHANNELS).eval()


@pytest.fixture
def values() -> torch.Tensor:
    return torch.randn(BATCH, LENGTH, CHANNELS, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def mask() -> torch.Tensor:
    lengths = torch.tensor([9, 7, 4, 1, 9])
    return torch.arange(LENGTH) < lengths[:, None]


def same(a: torch.Tensor, b: torch.Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def test_tables_agree() -> None:
    assert set(ENCODERS) == set(SETTINGS)
    for kind, settings in SETTINGS.items():
        assert config.choose(SETTINGS, config.to_dict(settings()), what="encoder") == settings()
        assert kind == settings.kind


def test_one_vector_per_object(encoder: Encoder, values: torch.Tensor, mask: torch.Tensor) -> None:
    latent = encoder.encode(values, mask)
    assert latent.shape == (BATCH, encoder.latent_size)
    assert latent.isfinite().all()


def test_what_lies_in_the_padding_changes_nothing(
    encoder: Encoder, values: torch.Tensor, mask: torch.Tensor
) -> None:
    changed = torch.where(mask.unsqueeze(-1), values, torch.full_like(values, 7.0))
    same(encoder.encode(values, mask), encoder.encode(changed, mask))


def test_more_padding_changes_nothing(
    encoder: Encoder, values: torch.Tensor, mask: torch.Tensor
) -> None:
    longer = torch.cat([values, torch.zeros(BATCH, 6, CHANNELS)], dim=1)
    longer_mask = torch.cat([mask, torch.zeros(BATCH, 6, dtype=torch.bool)], dim=1)
    same(encoder.encode(values, mask), encoder.encode(longer, longer_mask))


def test_objects_do_not_see_each_other(
    encoder: Encoder, values: torch.Tensor, mask: torch.Tensor
) -> None:
    order = torch.tensor([3, 0, 4, 2, 1])
    together = encoder.encode(values, mask)
    same(together[order], encoder.encode(values[order], mask[order]))
    for i in range(BATCH):
        same(together[i : i + 1], encoder.encode(values[i : i + 1], mask[i : i + 1]))


def test_one_observation_is_enough(encoder: Encoder, values: torch.Tensor) -> None:
    latent = encoder.encode(values[:, :1], torch.ones(BATCH, 1, dtype=torch.bool))
    assert latent.isfinite().all()


def test_every_parameter_gets_a_gradient(
    encoder: Encoder, values: torch.Tensor, mask: torch.Tensor
) -> None:
    encoder.encode(values, mask).square().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_first_layer_is_part_of_the_encoder(encoder: Encoder) -> None:
    own = {id(p) for p in encoder.parameters()}
    first = encoder.first_layer()
    assert first
    assert {id(p) for p in first} <= own


def test_a_causal_encoder_is_blind_to_the_future(encoder: Encoder, values: torch.Tensor) -> None:
    if not encoder.causal:
        pytest.skip("reads in both directions, and says so")
    past = torch.arange(LENGTH).expand(BATCH, -1) < 5
    changed = values.clone()
    changed[:, 5:] += 3.0
    same(encoder.encode(values, past), encoder.encode(changed, past))
