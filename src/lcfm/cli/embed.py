"""``lcfm embed``: one latent vector for each object of a table."""

from __future__ import annotations

import argparse

from lcfm.cli import options


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
    options.add_model(parser)
    options.add_data(parser)
    options.add_out(parser, "Parquet file to write")
    options.add_device(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Serve the table and show how many objects and how fast."""
    from lcfm.serve.tables import embedding_table, serve_command

    served = serve_command(
        arguments.model,
        options.table(arguments),
        arguments.out,
        embedding_table,
        device=arguments.device,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
    )
    print(f"wrote {arguments.out}: {served.n_objects:,} objects, {served.rate:,.0f}/s")
