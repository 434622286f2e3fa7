"""``lcfm embed``: one latent vector for each object of a table."""

from __future__ import annotations

import argparse

from lcfm.cli import options, serving


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "embed",
        run,
        summary="latent vectors for a table",
        description=(
            "Embed every object of a table: columns object_id and embedding (a list of "
            "numbers). The table is read in parts, so that it may be larger than memory."
        ),
        example="lcfm embed fm/ --data new.parquet --out embeddings.parquet",
    )
    serving.add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Write latent vectors."""
    from lcfm.serve.shipped import load
    from lcfm.serve.tables import embedding_table

    serving.run(arguments, load(arguments.model), embedding_table)
