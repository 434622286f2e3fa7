"""Outputs are whole or absent, whatever happens in between."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from lcfm.atomic import MARKER, new_file, new_folder
from lcfm.errors import LcfmError

INTERRUPTIONS = [
    pytest.param(KeyboardInterrupt(), KeyboardInterrupt, id="Ctrl-C"),
    pytest.param(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), LcfmError, id="full disk"),
    pytest.param(RuntimeError("bug"), RuntimeError, id="bug"),
]


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with new_file(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
        assert temporary.parent == tmp_path  # so that the rename stays on one disk
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("accident", "seen"), INTERRUPTIONS)
def test_an_accident_keeps_the_old_file_and_leaves_nothing(
    accident: BaseException, seen: type[BaseException], tmp_path: Path
) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")

    def write() -> None:
        with new_file(target) as temporary:
            temporary.write_text("half")
            raise accident

    with pytest.raises(seen):
        write()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("accident", "seen"), INTERRUPTIONS)
@pytest.mark.parametrize("overwrite", [False, True])
def test_an_accident_keeps_the_old_folder_and_leaves_nothing(
    accident: BaseException, seen: type[BaseException], overwrite: bool, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    if overwrite:
        target.mkdir()
        (target / "old").write_text("old")
        (target / MARKER).write_text("")

    def write() -> None:
        with new_folder(target, overwrite=overwrite) as temporary:
            (temporary / "half").write_text("half")
            raise accident

    with pytest.raises(seen):
        write()
    if overwrite:
        assert {p.name for p in target.iterdir()} == {"old", MARKER}
    assert list(tmp_path.iterdir()) == ([target] if overwrite else [])


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    def write() -> None:
        with new_file(tmp_path / "out.txt"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(LcfmError, match=r"out\.txt: No space left on device; nothing was kept"):
        write()


def test_a_folder_appears_whole_and_replaces_only_on_demand(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with new_folder(target) as temporary:
        (temporary / "a").write_text("a")
        assert not target.exists()
    assert {p.name for p in target.iterdir()} == {"a", MARKER}
    with pytest.raises(LcfmError, match="exists already"), new_folder(target):
        raise AssertionError("must refuse before any work")
    with new_folder(target, overwrite=True) as temporary:
        (temporary / "b").write_text("b")
    assert {p.name for p in target.iterdir()} == {"b", MARKER}
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    ("name", "text"), [("missing/out.txt", "create it first"), ("folder", "it is a folder")]
)
def test_places_that_cannot_be_written_are_named(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(LcfmError, match=text), new_file(tmp_path / name):
        raise AssertionError("must refuse before any work")


def test_a_folder_of_somebody_else_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "thesis"
    theirs.mkdir()
    (theirs / "thesis.tex").write_text("years of work")
    with pytest.raises(LcfmError, match="did not write"), new_folder(theirs, overwrite=True):
        raise AssertionError("must refuse before any work")
    assert (theirs / "thesis.tex").read_text() == "years of work"
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    with pytest.raises(LcfmError, match="the folder you are in"), new_folder(".", overwrite=True):
        raise AssertionError("must refuse before any work")


def test_a_file_is_not_replaced_by_a_folder(tmp_path: Path) -> None:
    mine = tmp_path / "table.parquet"
    mine.write_text("mine")
    with (
        pytest.raises(LcfmError, match="it is a file; name a folder"),
        new_folder(mine, overwrite=True),
    ):
        raise AssertionError("nothing is made")
    assert mine.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [mine]
