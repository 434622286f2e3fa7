"""``lcfm data``: data sets by name: which there are, what they are, and how to get them."""

from __future__ import annotations

import argparse

from lcfm.cli import options
from lcfm.errors import LcfmError


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "data",
        run,
        summary="list, describe and fetch data sets",
        description=(
            "List the data sets that lcfm knows by name, show where one comes from and how to "
            "cite it, or fetch its files. Fetched files are checked and kept in a cache."
        ),
        example="lcfm data list\n  lcfm data info plasticc\n  lcfm data fetch plasticc",
    )
    parser.add_argument("action", choices=("list", "info", "fetch"), help="what to do")
    parser.add_argument("name", nargs="?", metavar="NAME", help="data set, for info and fetch")
    options.add_quiet(parser)
    parser.set_defaults(resumes="run the same command to continue the download")


def run(arguments: argparse.Namespace) -> None:
    """List, describe or fetch."""
    from lcfm import datasets

    if arguments.action == "list":
        print(datasets.listing())
        return
    if arguments.name is None:
        raise LcfmError(f"name a data set: lcfm data {arguments.action} NAME (see: lcfm data list)")
    if arguments.action == "info":
        print(datasets.describe(arguments.name))
    else:
        print(datasets.fetch(arguments.name, progress=not arguments.quiet))
