"""What the commands share that serve a table with a model: predict and embed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lcfm.cli import options

if TYPE_CHECKING:
    from lcfm.serve.model import Model
    from lcfm.serve.tables import Serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A model, a table, a Parquet file, and where to compute."""
    options.add_model(parser)
    options.add_data(parser)
    options.add_out(parser, "Parquet file to write")
    options.add_device(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace, model: Model, make: Serve) -> None:
    """Serve the table and show how many objects and how fast."""
    from lcfm.serve.tables import serve_command

    served = serve_command(
        model.to(arguments.device),
        options.table(arguments),
        arguments.out,
        make,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
    )
    print(f"wrote {arguments.out}: {served}")
