"""``lcfm predict``: class probabilities or values for a table of light curves."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "predict",
        run,
        summary="class probabilities or values for a table",
        description=(
            "Predict for every object of a table: columns object_id and prob_<class> for each "
            "class, or object_id and value. The table is read in parts, so that it may be "
            "larger than memory."
        ),
        example="lcfm predict ft/ --data new.parquet --out predictions.parquet",
    )
    options.add_model(parser)
    options.add_data(parser)
    options.add_out(parser, "Parquet file to write")
    options.add_device(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Serve the table and show how many objects and how fast."""
    from lcfm.serve.tables import prediction_table, serve_command

    served = serve_command(
        arguments.model,
        options.table(arguments),
        arguments.out,
        prediction_table,
        device=arguments.device,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
    )
    print(f"wrote {arguments.out}: {served.n_objects:,} objects, {served.rate:,.0f}/s")
