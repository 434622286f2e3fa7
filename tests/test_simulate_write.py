"""Writing samples: the same table in memory, in one file, in a folder, by one or two processes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers.parquet import iter_partitions
from lcfm.simulate import run, simulate, simulate_to, unfinished
from lcfm.simulate.population import Population
from lcfm.simulate.unfinished import Unfinished
from lcfm.surveys.ztf import ZTF

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


@pytest.mark.parametrize(
    "name", ["a.csv", "a.fits", "a.FITS.gz", "a.parquet.gz", "a.PARQUET", "a.tar.gz"]
)
def test_the_name_of_another_kind_of_file_makes_no_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        LcfmError, match=r"such as .*/a(\.tar)?\.parquet, or a folder, such as .*/a"
    ):
        simulate_to(tmp_path / name, ["ztf"], 4, seed=0, population=MIX)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nodir/a.parquet", "nodir/folder"])
def test_a_missing_folder_is_not_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(LcfmError, match="nodir does not exist; create it first"):
        simulate_to(tmp_path / name, ["ztf"], 4, seed=0, population=MIX)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_have_a_dot_in_its_name(tmp_path: Path) -> None:
    simulate_to(tmp_path / "sims.v2", ["ztf"], 2, seed=0, population=MIX)
    assert len(_read(tmp_path / "sims.v2")) == 2


class Stopped(BaseException):
    """Stands for a kill: nothing between here and the run's end handles it."""


def _stop_after(monkeypatch: pytest.MonkeyPatch, finished: int) -> list[int]:
    """Let a run die in the partition after this many; the list holds what is made from now on."""
    made: list[int] = []
    make_chunk = run.make_chunk

    def make(chunk: run.Chunk) -> Any:
        if len(made) == finished:
            raise Stopped
        made.append(chunk.chunk_index)
        return make_chunk(chunk)

    monkeypatch.setattr(run, "make_chunk", make)
    return made


def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHUNK_OBJECTS", 20)


@pytest.mark.parametrize("name", ["a.parquet", "folder"])
@pytest.mark.parametrize("finished", [1, 4])
def test_a_stopped_run_continues_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, finished: int
) -> None:
    _small_chunks(monkeypatch)
    (tmp_path / "whole").mkdir()
    whole = simulate_to(tmp_path / "whole" / name, ["ztf"], 100, seed=3, population=MIX)
    with monkeypatch.context() as patch:
        _stop_after(patch, finished)
        with pytest.raises(Stopped):
            simulate_to(tmp_path / name, ["ztf"], 100, seed=3, population=MIX)
    assert not (tmp_path / name).exists()
    with monkeypatch.context() as patch:
        made = _stop_after(patch, 5)
        report = simulate_to(tmp_path / name, ["ztf"], 100, seed=3, population=MIX, resume=True)
    assert made == list(range(finished, 5))
    assert report == whole
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "whole"])
    assert _bytes(tmp_path / name) == _bytes(tmp_path / "whole" / name)


def _bytes(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else path.iterdir()
    return {p.name: p.read_bytes() for p in files}


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of five partitions that was stopped after two."""
    _small_chunks(monkeypatch)
    with monkeypatch.context() as patch:
        _stop_after(patch, 2)
        with pytest.raises(Stopped):
            simulate_to(tmp_path / "out", ["ztf"], 100, seed=3, population=MIX)
    return tmp_path / "out"


def test_a_stopped_run_is_not_passed_over(stopped: Path) -> None:
    with pytest.raises(LcfmError, match=r"2 finished partitions .*--resume .*--overwrite"):
        simulate_to(stopped, ["ztf"], 100, seed=3, population=MIX)
    simulate_to(stopped, ["ztf"], 40, seed=9, population=MIX, overwrite=True)
    assert len(_read(stopped)) == 40
    assert [p.name for p in stopped.parent.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("other", "text"),
    [
        ({"n": 60}, "its n is 100 and not 60"),
        ({"seed": 4}, "its seed is 3 and not 4"),
        ({"surveys": ["lsst"]}, "its surveys is ZTF and not LSST"),
        ({"surveys": [ZTF(minimum_detections=5)]}, "its survey settings"),
        ({"population": Population({"SNIa": 1.0, "TDE": 1.0}, 18.9)}, "its population"),
    ],
)
def test_another_run_is_not_continued(stopped: Path, other: dict[str, Any], text: str) -> None:
    request: dict[str, Any] = {"surveys": ["ztf"], "n": 100, "seed": 3, "population": MIX} | other
    with pytest.raises(LcfmError, match=text):
        simulate_to(stopped, **request, resume=True)


def test_another_version_is_not_continued(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lcfm.__version__", "99.0")
    with pytest.raises(LcfmError, match=r"its version is .* and not 99"):
        simulate_to(stopped, ["ztf"], 100, seed=3, population=MIX, resume=True)


def test_partitions_that_lost_their_content_are_made_again(
    stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Unfinished(stopped).part(0).write_bytes(b"")
    made = _stop_after(monkeypatch, 5)
    simulate_to(stopped, ["ztf"], 100, seed=3, population=MIX, resume=True)
    assert made == [0, 2, 3, 4]


def test_resuming_from_nothing_begins(tmp_path: Path) -> None:
    simulate_to(tmp_path / "out", ["ztf"], 10, seed=3, population=MIX, resume=True)
    assert len(_read(tmp_path / "out")) == 10


def test_failure_before_the_first_partition_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stop_after(monkeypatch, 0)
    for name in ("a.parquet", "folder"):
        with pytest.raises(Stopped):
            simulate_to(tmp_path / name, ["ztf"], 10, seed=0, population=MIX)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_what_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _small_chunks(monkeypatch)

    def full(source: object, target: object) -> None:
        if "part-00002" in str(target):
            raise OSError(28, "No space left on device")
        os.rename(source, target)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(unfinished.os, "replace", full)
        with pytest.raises(LcfmError, match=r"No space left.*partitions are kept.*--resume"):
            simulate_to(tmp_path / "out", ["ztf"], 100, seed=3, population=MIX)
    made = _stop_after(monkeypatch, 5)
    simulate_to(tmp_path / "out", ["ztf"], 100, seed=3, population=MIX, resume=True)
    assert made == [2, 3, 4]


@pytest.mark.slow
def test_a_killed_command_continues(tmp_path: Path) -> None:
    words = shlex.split("simulate --survey ztf --n 20000 --seed 2 --workers 2 --out sims")
    command = [sys.executable, "-c", "from lcfm.cli import main; raise SystemExit(main())", *words]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        parts = tmp_path / ".sims.unfinished" / "parts"
        while len(list(parts.glob("*.parquet"))) < 3 and process.poll() is None:
            time.sleep(0.05)
        process.kill()
    time.sleep(1.0)  # workers notice and end
    finished = {p.name: p.stat().st_mtime_ns for p in parts.glob("part-*.parquet")}
    assert 3 <= len(finished) < 20
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 2
    assert "--resume" in again.stderr
    resumed = subprocess.run(
        [*command, "--resume"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert f"after {len(finished)} of 20 partitions" in resumed.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["sims"]
    for name, time_ns in finished.items():
        assert (tmp_path / "sims" / name).stat().st_mtime_ns == time_ns
    assert len(_read(tmp_path / "sims")) == 20_000


def test_workers_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="workers"):
        simulate_to(tmp_path / "x", ["ztf"], 4, seed=0, workers=0)


def test_a_script_without_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    call = "simulate_to('out', ['ztf', 'lsst'], 2, seed=0, workers=2)"
    script.write_text(f"from lcfm.simulate import simulate_to\n{call}\n")
    run = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1
    assert "bootstrapping" not in run.stderr  # nor any other complaint of the workers
    assert run.stderr.count("Traceback") == 2  # the broken pool, and what it means
    assert 'below a line if __name__ == "__main__":' in run.stderr.splitlines()[-1]
    assert [p.name for p in tmp_path.iterdir()] == ["script.py"]


def test_the_same_table_under_dask(tmp_path: Path, in_memory: LightCurves) -> None:
    distributed = pytest.importorskip("dask.distributed", reason="needs dask: lcfm[scale]")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        chunks = run.plan(["ztf"], N, seed=3, population=MIX)
        tables = [table for table, _ in client.gather(client.map(run.make_chunk, chunks))]
        simulate_to(
            tmp_path / "out", ["ztf"], N, seed=3, population=MIX, executor=client.get_executor()
        )
    assert LightCurves.concat(tables).fingerprint() == in_memory.fingerprint()
    assert _read(tmp_path / "out").fingerprint() == in_memory.fingerprint()
