"""Writing the same events through several telescopes: resumed, by any number of processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lcfm.errors import LcfmError
from lcfm.readers.parquet import NestedParquet
from lcfm.readers.spectra import read_spectra
from lcfm.simulate import many, simulate_many, simulate_many_to, simulate_to
from lcfm.simulate.many import ManyChunk
from lcfm.simulate.population import Population
from lcfm.simulate.together import SameEvents
from lcfm.simulate.unfinished import Unfinished

MIX = Population(mix={"SNIa": 1.0, "TDE": 1.0}, limiting_magnitude=18.5)
SURVEYS = ["ztf", "lsst"]


class Stopped(BaseException):
    """Stands for a kill: nothing between here and the run's end handles it."""


def _stop_after(monkeypatch: pytest.MonkeyPatch, finished: int) -> list[int]:
    """Let a run die in the partition after this many; the list holds what is made from now on."""
    made: list[int] = []
    make_many_chunk = many.make_many_chunk

    def make(chunk: ManyChunk) -> SameEvents:
        if len(made) == finished:
            raise Stopped
        made.append(chunk.chunk_index)
        return make_many_chunk(chunk)

    monkeypatch.setattr(many, "make_many_chunk", make)
    return made


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of three partitions with spectra that was stopped after two."""
    monkeypatch.setattr(many, "CHUNK_OBJECTS", 4)
    with monkeypatch.context() as patch:
        _stop_after(patch, 2)
        with pytest.raises(Stopped):
            simulate_many_to(
                tmp_path / "out", SURVEYS, 12, seed=1, spectrograph="sedm", population=MIX
            )
    return tmp_path / "out"


def test_a_stopped_run_continues_to_the_tables_in_memory(
    stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not stopped.exists()
    # One of the two tables of a partition is not the partition.
    Unfinished(stopped).part(0, "spectra").unlink()
    with monkeypatch.context() as patch:
        made = _stop_after(patch, 3)
        report = simulate_many_to(
            stopped, SURVEYS, 12, seed=1, spectrograph="sedm", population=MIX, resume=True
        )
    assert made == [0, 2]
    assert [p.name for p in stopped.parent.iterdir()] == ["out"]
    whole = simulate_many(SURVEYS, 12, seed=1, spectrograph="sedm", population=MIX)
    assert whole.spectra is not None
    assert report == whole.report
    lcs, _ = NestedParquet().read(stopped / "light_curves")
    spectra, _ = read_spectra(stopped / "spectra")
    # readers sort visits of the same minute by band
    assert lcs.fingerprint() == whole.light_curves.validate()[0].fingerprint()
    assert spectra.fingerprint() == whole.spectra.fingerprint()
    assert set(spectra.column("event_id")) == set(lcs.column("event_id"))


@pytest.mark.parametrize(
    ("surveys", "spectrograph", "text"),
    [
        (SURVEYS, "longslit", "its spectrograph is"),
        (SURVEYS[::-1], "sedm", r"its surveys is ZTF\+LSST and not LSST\+ZTF"),
    ],
)
def test_another_run_is_not_continued(
    stopped: Path, surveys: list[str], spectrograph: str, text: str
) -> None:
    with pytest.raises(LcfmError, match=text):
        simulate_many_to(
            stopped, surveys, 12, seed=1, spectrograph=spectrograph, population=MIX, resume=True
        )


def test_light_curves_alone_do_not_continue_a_run_with_spectra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "CHUNK_OBJECTS", 4)
    monkeypatch.setattr("lcfm.simulate.run.CHUNK_OBJECTS", 4)
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        _stop_after(patch, 1)
        with pytest.raises(Stopped):
            simulate_many_to(out, ["ztf"], 8, seed=1, spectrograph="sedm", population=MIX)
    with pytest.raises(LcfmError, match=r"its requirement is .* and not none"):
        simulate_to(out, ["ztf"], 8, seed=1, population=MIX, resume=True)


@pytest.mark.parametrize("name", ["a.parquet", "folder"])
def test_without_spectra_the_output_is_a_table(tmp_path: Path, name: str) -> None:
    simulate_many_to(tmp_path / name, SURVEYS, 6, seed=1, workers=2, population=MIX)
    lcs, _ = NestedParquet().read(tmp_path / name)
    whole = simulate_many(SURVEYS, 6, seed=1, population=MIX).light_curves
    assert lcs.fingerprint() == whole.validate()[0].fingerprint()
    assert len(set(lcs.column("event_id"))) == 6


def test_two_tables_need_a_folder(tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match=r"two tables: name a folder, such as .*/a$"):
        simulate_many_to(tmp_path / "a.parquet", ["ztf"], 6, seed=1, spectrograph="sedm")
    assert list(tmp_path.iterdir()) == []
