"""Write files and folders so that they are either whole or absent.

Everything is written under a temporary name beside its target and renamed at the end, so a full
disk or Ctrl-C leaves no half-written output and an existing file survives.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lcfm.errors import LcfmError

MARKER = ".lcfm"
"""File in every folder that lcfm writes."""


@contextmanager
def new_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path; on success it replaces `path`, on any error it is removed.

    Raises
    ------
    LcfmError
        The folder of `path` does not exist, cannot be written, or the disk is full.
    """
    path = Path(path)
    refuse_no_place(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise LcfmError(
            f"cannot write {path}: {error.strerror or error}; nothing was kept"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary folder; on success it becomes `path`, on any error it is removed.

    Raises
    ------
    LcfmError
        `path` exists and `overwrite` is false, or writing fails.
    """
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    refuse_file(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    except OSError as error:
        raise LcfmError(f"cannot write {path}: {error.strerror or error}") from error
    temporary.chmod(0o755)  # mkdtemp makes it private to its owner
    try:
        yield temporary
        move_folder(temporary, path)
    except OSError as error:
        raise LcfmError(
            f"cannot write {path}: {error.strerror or error}; nothing was kept"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def move_folder(folder: Path, path: Path) -> None:
    """Give a finished folder beside `path` that name, marked as ours, in place of what was there.

    Raises
    ------
    OSError
        It cannot be written or renamed.
    """
    (folder / MARKER).write_text("written by lcfm; may be replaced by it\n")
    if path.exists():
        old = folder.with_suffix(".old")
        os.replace(path, old)
        os.replace(folder, path)
        shutil.rmtree(old)
    else:
        os.replace(folder, path)


def refuse_no_place(path: Path) -> None:
    """Raise before any work is done if a file cannot have this name."""
    refuse_no_parent(path)
    if path.is_dir():
        raise LcfmError(f"cannot write {path}: it is a folder; name a file")


def refuse_file(path: str | Path) -> None:
    """Raise before any work is done if a folder is to take the place of a file."""
    if Path(path).is_file():
        raise LcfmError(f"cannot write {path}: it is a file; name a folder")


def refuse_no_parent(path: Path) -> None:
    """Raise before any work is done if the folder that an output is to lie in does not exist."""
    if not path.parent.is_dir():
        raise LcfmError(
            f"cannot write {path}: folder {path.parent} does not exist; create it first"
        )


def refuse_existing(path: str | Path, *, overwrite: bool = False) -> None:
    """Raise before any work is done if an output exists already and may not be replaced.

    A folder is replaced only if lcfm wrote it, or if it is empty: nobody's own files are deleted.
    """
    path = Path(path)
    if not path.exists():
        return
    if not overwrite:
        raise LcfmError(f"{path} exists already; give another name or add --overwrite")
    if path.is_dir() and not (path / MARKER).is_file() and any(path.iterdir()):
        raise LcfmError(f"{path} is a folder that lcfm did not write; give another name")
    if path.is_dir() and path.resolve() == Path.cwd():
        raise LcfmError(f"{path} is the folder you are in; give another name")
