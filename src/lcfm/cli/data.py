"""``lcfm data``: which data sets there are, how to get them, and what is in a file."""

from __future__ import annotations

import argparse
from pathlib import Path

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
            "cite it, or fetch its files. Fetched files are checked and kept in a cache. For a "
            "file or folder, info shows what lcfm recognises in it."
        ),
        example=(
            "lcfm data list\n  lcfm data info plasticc\n  lcfm data fetch plasticc\n"
            "  lcfm data info my.parquet"
        ),
    )
    parser.add_argument("action", choices=("list", "info", "fetch"), help="what to do")
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="data set, for info and fetch; or a file, for info"
    )
    options.add_unsaid(parser)
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
        print(_info(arguments))
    else:
        print(datasets.fetch(arguments.name, progress=not arguments.quiet))


def _info(arguments: argparse.Namespace) -> str:
    """Of a file or folder what is in it, else of a data set where it comes from."""
    from lcfm import datasets
    from lcfm.readers.info import table_info
    from lcfm.readers.source import TableSource

    if not Path(arguments.name).exists() and arguments.name in datasets.DATASETS:
        return datasets.describe(arguments.name)
    return table_info(
        TableSource(
            path=arguments.name,
            format=arguments.format,
            zeropoint=arguments.zeropoint,
            survey=arguments.survey,
        )
    )
