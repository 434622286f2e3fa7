"""Writing samples: the same table in memory, in one file, in a folder, by one or two processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers.parquet import iter_partitions
from lcfm.simulate import run, simulate, simulate_to, write
from lcfm.simulate.population import Population

MIX = Population(mix={"SNIa": 1.0, "TDE": 1.0}, limiting_magnitude=19.0)
N = 2 * run.CHUNK_OBJECTS + 10


def _read(path: Path) -> LightCurves:
    return LightCurves.concat(iter_partitions(path, 5000))


@pytest.fixture(scope="module")
def in_memory() -> LightCurves:
    return simulate(["ztf"], N, seed=3, population=MIX)


@pytest.mark.parametrize(("name", "workers"), [("a.parquet", 1), ("folder", 1), ("folder", 2)])
def test_the_seed_alone_decides_the_table(
    tmp_path: Path, in_memory: LightCurves, name: str, workers: int
) -> None:
    report = simulate_to(tmp_path / name, ["ztf"], N, seed=3, workers=workers, population=MIX)
    table = _read(tmp_path / name)
    assert table.fingerprint() == in_memory.fingerprint()
    assert table.column("label").tolist() == in_memory.column("label").tolist()
    assert sum(report.kept.values()) == N
    assert [p.name for p in tmp_path.iterdir()] == [name]  # no leftovers


def test_folder_has_one_partition_per_chunk(tmp_path: Path) -> None:
    simulate_to(tmp_path / "out", ["ztf", "lsst"], 20, seed=0, population=MIX)
    assert sorted(p.name for p in (tmp_path / "out").glob("[!.]*")) == [
        "part-00000.parquet", "part-00001.parquet",
    ]  # fmt: skip
    assert set(_read(tmp_path / "out").split_by_survey()) == {"ZTF", "LSST"}


def test_existing_output_is_refused_unless_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("precious")
    with pytest.raises(LcfmError, match="exists already"):
        simulate_to(path, ["ztf"], 4, seed=0, population=MIX)
    assert path.read_text() == "precious"
    simulate_to(path, ["ztf"], 4, seed=0, population=MIX, overwrite=True)
    assert len(_read(path)) == 4


def test_failure_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(chunk: Any) -> Any:
        if chunk.chunk_index == 1:
            raise KeyboardInterrupt
        return run.make_chunk(chunk)

    monkeypatch.setattr(write, "make_chunk", fail)
    for name in ("a.parquet", "folder"):
        with pytest.raises(KeyboardInterrupt):
            simulate_to(tmp_path / name, ["ztf"], N, seed=0, population=MIX)
    assert list(tmp_path.iterdir()) == []


def test_workers_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="workers"):
        simulate_to(tmp_path / "x", ["ztf"], 4, seed=0, workers=0)
