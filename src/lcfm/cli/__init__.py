"""The command line: parses, calls, shows; no logic.

Each command is one file with ``add``, which declares its arguments, and ``run``, which calls one
function of the package and shows what came out. Heavy imports wait until ``run``, so that
``lcfm --help`` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from lcfm import __version__
from lcfm.cli import (
    anomalies,
    benchmark,
    card,
    data,
    demo,
    embed,
    evaluate,
    export,
    finetune,
    predict,
    pretrain,
    reproduce,
    simulate,
    suggest,
)
from lcfm.cli.options import Commands, refuse_own_input
from lcfm.errors import LcfmError

COMMANDS: dict[str, Callable[[Commands], None]] = {
    "simulate": simulate.add,
    "pretrain": pretrain.add,
    "finetune": finetune.add,
    "evaluate": evaluate.add,
    "predict": predict.add,
    "embed": embed.add,
    "anomalies": anomalies.add,
    "suggest": suggest.add,
    "card": card.add,
    "export": export.add,
    "benchmark": benchmark.add,
    "reproduce": reproduce.add,
    "data": data.add,
    "demo": demo.add,
}

FAILED, USER_ERROR, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141

EPILOG = """\
example:
  lcfm simulate --survey ztf --n 2000 --seed 1 --out sims.parquet
  lcfm pretrain classifier --data sims.parquet --out fm/
  lcfm finetune fm/ --data my_survey.parquet --labels 128 --out ft/
  lcfm predict ft/ --data new.parquet --out predictions.parquet

TABLE is a nested Parquet file or folder, a folder with objects.parquet and points.parquet,
a file of a known format, or the name of a data set (see: lcfm data list).
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="lcfm",
        description="Foundation models for light curves: simulate, pretrain, adapt, predict.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lcfm {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in COMMANDS.values():
        add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv
        Words after ``lcfm``; those of the process by default.

    Returns
    -------
    int
        0; 2 for a user's mistake; 1 for a failure of the machine; 130 for Ctrl-C; 141 if the reader
        of the output went away.
    """
    arguments = build_parser().parse_args(argv)
    # What readers recognised and dropped is logged by the package; here it is shown.
    logging.basicConfig(format="lcfm: %(message)s")
    logging.getLogger("lcfm").setLevel(
        logging.WARNING if getattr(arguments, "quiet", False) else logging.INFO
    )
    try:
        refuse_own_input(arguments)
        arguments.run(arguments)
        sys.stdout.flush()
        return 0
    except BrokenPipeError:
        # Python flushes again at exit; what is left must go nowhere, or it complains then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except (KeyboardInterrupt, LcfmError, MemoryError, OSError) as error:
        if arguments.debug:
            traceback.print_exc()
        status, sentence = explain(error, arguments)
        print(f"lcfm: {sentence}", file=sys.stderr)
        return status


def explain(error: BaseException, arguments: argparse.Namespace) -> tuple[int, str]:
    """Exit status and one sentence for an error that is not a fault of the program."""
    if isinstance(error, KeyboardInterrupt):
        if getattr(arguments, "resumes", False):
            return INTERRUPTED, f"interrupted; {arguments.resumes}"
        return INTERRUPTED, "interrupted; nothing was kept"
    if isinstance(error, LcfmError):
        return USER_ERROR, f"error: {error}"
    if isinstance(error, MemoryError):
        return FAILED, (
            "error: not enough memory; take a smaller table, or split it into a folder of "
            "Parquet files, which are read one at a time"
        )
    assert isinstance(error, OSError)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FAILED, "error: the disk is full; nothing was kept, free some space and run again"
    place = f"{error.filename}: " if error.filename else ""
    return FAILED, f"error: {place}{error.strerror or error}"
