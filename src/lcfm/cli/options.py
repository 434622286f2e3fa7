"""Options that several commands share, each declared once."""

from __future__ import annotations

import argparse
import shlex
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What ``add`` of each command receives."""

Run = Callable[[argparse.Namespace], None]


def add_command(
    commands: Commands, name: str, run: Run, *, summary: str, description: str, example: str
) -> argparse.ArgumentParser:
    """Add a command with a description and an example in its help."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=textwrap.fill(description, 92),
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    # Also after the command; suppressed, or it would undo ``lcfm --debug COMMAND``.
    parser.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show the traceback of an error",
    )
    return parser


def add_model(parser: argparse.ArgumentParser) -> None:
    """The model to use: a checkpoint folder or the name of a shipped one."""
    parser.add_argument("model", metavar="MODEL", help="checkpoint folder, or name of a model")


def add_data(parser: argparse.ArgumentParser) -> None:
    """The table to read."""
    parser.add_argument(
        "--data",
        required=True,
        metavar="TABLE",
        help="Parquet file or folder, a file of a known format, or the name of a data set",
    )


def add_out(parser: argparse.ArgumentParser, what: str, default: Path | None = None) -> None:
    """The output, which is not replaced unless asked for."""
    parser.add_argument(
        "--out",
        required=default is None,
        default=default,
        type=Path,
        metavar="PATH",
        help=what if default is None else f"{what} (default: {default}/)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """The seed of all chance."""
    parser.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="seed of all chance (default: 0)"
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cpu", "cuda"),
        help="where to compute (default: auto, a GPU if there is one)",
    )


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """No progress."""
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def whole_number(text: str) -> int:
    """An integer that is not negative."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or above, got {text!r}")
    return int(text)


def count(text: str) -> int:
    """An integer above zero; thousands may be set apart by an underscore or comma."""
    plain = text.replace(",", "").replace("_", "")
    if not plain.isdecimal() or int(plain) == 0:
        raise argparse.ArgumentTypeError(f"expected a number of at least 1, got {text!r}")
    return int(plain)


def count_or_all(text: str) -> int | None:
    """A number, or None for ``all``."""
    return None if text == "all" else count(text)


def command_line() -> str:
    """The command line as given, for the provenance of what it makes."""
    return shlex.join(["lcfm", *sys.argv[1:]])
