"""The table of encoders on toys: every cell has its runs, a killed experiment resumes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lcfm.encoders import ENCODERS
from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.scan import ScanSettings
from lcfm.errors import LcfmError
from lcfm.experiments import encoders
from lcfm.experiments.asked import Asked
from lcfm.experiments.encoder_variants import VARIANTS, Variant
from lcfm.lightcurves import LightCurves
from lcfm.prepare.augment import BandDropout, RandomTruncation
from lcfm.prepare.split import is_test
from toy import toy_lightcurves

SMALL = {
    "plain": Variant(encoder=GRUSettings(hidden=8, latent=8)),
    "cut": Variant(
        encoder=ScanSettings(width=8, hidden=8, layers=1, latent=8),
        augment=(RandomTruncation(), BandDropout()),
        learning_rate=1e-3,
    ),
}


@pytest.fixture
def data() -> LightCurves:
    toys = toy_lightcurves(240)
    return toys.with_columns(label5=toys.column("label"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    def simulated(surveys: list[str], *, n: int, seed: int) -> LightCurves:
        return toy_lightcurves(n, seed=seed)

    size = encoders.Scale(n_simulated=90, epochs=1, pretrainings=1, draws=2)
    monkeypatch.setitem(encoders.SCALES, "small", size)
    monkeypatch.setattr(encoders, "VARIANTS", SMALL)
    monkeypatch.setattr(encoders, "simulate", simulated)
    encoders._simulated.cache_clear()


def asked(data: LightCurves, folder: Path, said: list[str], model: Any = None) -> Asked:
    return Asked(data, folder / "out", "small", folder / "work", model, "lcfm x", said.append)


def test_every_cell_has_its_runs_and_a_killed_experiment_resumes(
    small: None, data: LightCurves, tmp_path: Path
) -> None:
    said: list[str] = []
    rows = encoders.main(asked(data, tmp_path, said))
    assert {row["method"] for row in rows} == set(SMALL)
    assert rows[0]["score"] >= rows[1]["score"]
    result = json.loads((tmp_path / "out" / "encoders.json").read_text())
    assert (tmp_path / "out" / "encoders.png").stat().st_size > 10_000
    assert result["chosen"] == rows[0]["method"]
    assert len(result["runs"]) == len(SMALL) * (1 + len(encoders.DAYS) + 2)
    assert encoders.summarise(result["runs"], result["networks"]) == result["summary"]
    few = [r for r in result["runs"] if r["labels"] == encoders.N_LABELS]
    train = int((~is_test(data.column("event_id"))).sum())
    assert {r["n_test"] for r in few} == {train - encoders.N_LABELS}
    again: list[str] = []
    encoders.main(asked(data, tmp_path, again))
    assert said
    assert not again
    repeated = json.loads((tmp_path / "out" / "encoders.json").read_text())
    assert repeated["runs"] == result["runs"]


def test_the_test_part_is_not_read(small: None, data: LightCurves, tmp_path: Path) -> None:
    part = encoders.training_part(data)
    assert not is_test(part.column("event_id")).any()
    assert len(part) < len(data)
    with pytest.raises(LcfmError, match="leave out --model"):
        encoders.main(asked(data, tmp_path, [], model=object()))


def test_early_light_curves_end_on_their_day(data: LightCurves) -> None:
    cut = encoders.as_of(data, 5.0)
    assert (cut.lengths <= data.lengths).all()
    assert cut.object_id.tolist() == data.object_id.tolist()
    assert encoders.as_of(data, 1e6).fingerprint() == data.fingerprint()


def test_every_encoder_of_light_curves_was_tried() -> None:
    tried = {variant.encoder.kind for variant in VARIANTS.values()}
    assert tried == set(ENCODERS) - {"metadata"}
