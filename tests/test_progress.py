"""The bar: nothing before there is something to say, unless a terminal shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lcfm.cli import main
from lcfm.progress import progress_bar


def test_without_a_terminal_a_failure_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), progress_bar(" events", total=9, shown=True):
        raise ValueError("no")
    assert capsys.readouterr().err == ""
    with progress_bar(" events", total=9, done=3, shown=True):
        pass
    assert capsys.readouterr().err == ""


def test_what_was_done_is_shown_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(" events", total=9, done=3, shown=True) as bar:
        bar.update(6)
    text = capsys.readouterr().err
    assert "9/9" in text
    assert "events/s" in text
    assert "3/9" not in text
    with progress_bar(" events", total=9, shown=False) as bar:
        bar.update(9)
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_it_from_the_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_bar(" events", total=9, shown=True):
        assert "0/9" in capsys.readouterr().err


def test_an_error_of_a_command_has_no_bar_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"predict transients --data {tmp_path}/none.parquet --out {tmp_path}/p.parquet"
    assert main(line.split()) == 2
    assert capsys.readouterr().err.startswith("lcfm: error: ")


def test_bars_are_made_in_one_place() -> None:
    sources = (Path(__file__).parents[1] / "src").rglob("*.py")
    assert [p.name for p in sources if "import tqdm" in p.read_text()] == ["progress.py"]
