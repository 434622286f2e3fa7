"""The serving benchmark serves every object, and its shares are all of the time."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lcfm.experiments import speed_embed
from lcfm.lightcurves import LightCurves
from lcfm.readers.parquet import write_parquet
from lcfm.serve.shipped import DEFAULT, load
from lcfm.serve.tables import embedding_table


def test_a_round_serves_the_file_and_accounts_for_its_time(
    toy_lightcurves: LightCurves, tmp_path: Path
) -> None:
    write_parquet(toy_lightcurves, tmp_path / "in.parquet")
    model = load(DEFAULT)
    one = speed_embed.serve_round(
        model, tmp_path / "in.parquet", tmp_path / "out.parquet", embedding_table
    )
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == len(toy_lightcurves)
    assert set(one.shares) == {"reading", "network", "other computing", "writing"}
    assert sum(one.shares.values()) == pytest.approx(1.0)
    assert min(one.shares.values()) > 0
    assert not model.network._forward_hooks


def test_the_benchmark_writes_what_it_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed_embed, "N_SIMULATED", 16)
    monkeypatch.setattr(speed_embed, "COPIES", 3)
    monkeypatch.setattr(speed_embed, "ROUNDS", 2)
    out = tmp_path / "speed_embed.json"
    rows = speed_embed.main(out, command="lcfm benchmark embed", say=lambda line: None)
    result = json.loads(out.read_text())
    assert result["objects"] == 48
    assert [row["command"] for row in rows] == list(speed_embed.SERVED)
    for row in result["served"]:
        assert len(row["rounds"]) == 2
        outside = 1 - row["shares"]["network"]
        assert row["share_outside_network"] == pytest.approx(outside, abs=2e-3)
