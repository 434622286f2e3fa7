"""Options that several commands share, each declared once."""

from __future__ import annotations

import argparse
import math
import re
import shlex
import sys
import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lcfm.errors import LcfmError

if TYPE_CHECKING:
    from lcfm.readers.source import TableSource

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What ``add`` of each command receives."""

Run = Callable[[argparse.Namespace], None]

FORMATS = (
    "objects-points", "nested-parquet", "lightcurvelynx", "snana-fits", "snana-text", "snana-csv",
    "plasticc-csv", "table",
)  # fmt: skip
"""Names in :data:`lcfm.readers.READERS`, which is not loaded for a help text."""


class _WholeNames(argparse.RawDescriptionHelpFormatter):
    """Names such as ``lsst-2026`` are not broken at the end of a line."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


def add_command(
    commands: Commands, name: str, run: Run, *, summary: str, description: str, example: str
) -> argparse.ArgumentParser:
    """Add a command with a description and an example in its help."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=textwrap.fill(description, 92),
        epilog=f"example:\n  {example}",
        formatter_class=_WholeNames,
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
    """The table to read, and what its files may leave unsaid; see :func:`table`."""
    parser.add_argument(
        "--data",
        required=True,
        metavar="TABLE",
        help="Parquet file or folder, a file of a known format, or the name of a data set",
    )
    add_unsaid(parser)


def add_tables(parser: argparse.ArgumentParser) -> None:
    """Tables to read one after another; see :func:`tables`."""
    parser.add_argument(
        "--data",
        action="append",
        required=True,
        metavar="TABLE",
        help="Parquet file or folder, a file of a known format, or the name of a data set; may be "
        "repeated to put several together, say one of each survey",
    )
    add_unsaid(parser)


def add_unsaid(parser: argparse.ArgumentParser) -> None:
    """Settings for what the files of a table may leave unsaid."""
    unsaid = parser.add_argument_group("what TABLE leaves unsaid")
    unsaid.add_argument(
        "--zeropoint",
        type=finite_number,
        metavar="MAG",
        help="AB magnitude of flux 1, for a flux without unit or zeropoint (nJy: 31.4)",
    )
    unsaid.add_argument(
        "--survey",
        default="",
        metavar="NAME",
        help="survey of objects for which TABLE names none, such as ZTF; resolves band letters",
    )
    unsaid.add_argument(
        "--format",
        metavar="NAME",
        help=f"format of TABLE (default: recognised): {', '.join(FORMATS)}",
    )


def table(arguments: argparse.Namespace) -> TableSource:
    """The table of :func:`add_data` with its settings."""
    return _source(arguments.data, arguments)


def tables(arguments: argparse.Namespace) -> list[TableSource]:
    """The tables of :func:`add_tables`, all with the same settings."""
    return [_source(path, arguments) for path in arguments.data]


def _source(path: str, arguments: argparse.Namespace) -> TableSource:
    from lcfm.readers.source import TableSource

    return TableSource(
        path=path,
        format=arguments.format,
        zeropoint=arguments.zeropoint,
        survey=arguments.survey,
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


def finite_number(text: str) -> float:
    """A number that is not NaN and not infinite."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return value


def setting(text: str) -> tuple[str, str, float | int | str]:
    """Part, setting and value of ``contrastive.temperature=0.1``."""
    match = re.fullmatch(r"(\w+)\.(\w+)=(.+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"expected PART.SETTING=VALUE, such as contrastive.temperature=0.1, got {text!r}"
        )
    part, name, value = match.groups()
    for kind in (int, float):
        try:
            return part, name, kind(value)
        except ValueError:
            continue
    return part, name, value


def count(text: str) -> int:
    """An integer above zero: 1000, or with thousands set apart 1,000 or 1_000, or 1e3."""
    plain = text.replace(",", "").replace("_", "")
    if re.fullmatch(r"\d+|\d+(\.\d+)?[eE]\+?\d{1,2}", plain):
        value = Decimal(plain)  # a float would round
        if value >= 1 and value == int(value):
            return int(value)
    raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")


def count_or_all(text: str) -> int | None:
    """A number, or None for ``all``."""
    return None if text == "all" else count(text)


def refuse_own_input(arguments: argparse.Namespace) -> None:
    """Raise if the output would take the place of a table that is read.

    Raises
    ------
    LcfmError
        ``--out`` and ``--data`` are the same file or folder.
    """
    out, data = getattr(arguments, "out", None), getattr(arguments, "data", None)
    if out is None or data is None:
        return
    for one in [data] if isinstance(data, str) else data:
        if Path(one).exists() and Path(one).resolve() == Path(out).resolve():
            raise LcfmError(f"--out {out} is the table that is read; give another name")


def command_line() -> str:
    """The command line as given, for the provenance of what it makes."""
    return shlex.join(["lcfm", *sys.argv[1:]])
