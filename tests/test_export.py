"""What is exported answers as the model does, for any batch and length."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from lcfm.cli import main
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.batch import pad
from lcfm.serve.export import Served, example_inputs, export_onnx
from lcfm.serve.model import Model
from lcfm.serve.shipped import load


@pytest.fixture(scope="module")
def model() -> Model:
    return load("transients")


def padded(model: Model, lcs: LightCurves) -> tuple[torch.Tensor, torch.Tensor]:
    (tokens,) = model.inputs(lcs).values()
    batch = pad(tokens, np.arange(len(lcs)))
    return batch.values, batch.mask


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::DeprecationWarning")
def test_the_traced_network_is_free_in_batch_and_length(
    model: Model, toy_lightcurves: LightCurves
) -> None:
    """The graph that the file holds, without the package that writes it."""
    served = Served(model).eval()
    with torch.no_grad():
        traced = torch.jit.trace(served, example_inputs(model), check_trace=False)
        for table in (toy_lightcurves[:1], toy_lightcurves):
            latent, probabilities, redshift = traced(*padded(model, table))
            np.testing.assert_allclose(redshift[:, 0], model.predict(table, "redshift"), atol=1e-5)
            np.testing.assert_allclose(latent, model.embed(table), atol=1e-5)
            np.testing.assert_allclose(probabilities, model.predict_proba(table), atol=1e-5)


def test_onnx_and_torch_agree(model: Model, toy_lightcurves: LightCurves, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    assert main(["export", "transients", "--out", str(tmp_path / "m.onnx")]) == 0
    session = runtime.InferenceSession(str(tmp_path / "m.onnx"))
    for table in (toy_lightcurves[:1], toy_lightcurves):
        values, mask = padded(model, table)
        given = {"lightcurve_values": values.numpy(), "lightcurve_mask": mask.numpy()}
        latent, probabilities = session.run(["latent", "label"], given)
        np.testing.assert_allclose(latent, model.embed(table), atol=1e-4)
        np.testing.assert_allclose(probabilities, model.predict_proba(table), atol=1e-4)


def test_without_onnx_the_remedy_is_named(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LcfmError, match=r"pip install 'lcfm\[onnx\]'"):
        export_onnx(model, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())
