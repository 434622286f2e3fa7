"""``lcfm anomalies``: the oddest objects of a table."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "anomalies",
        run,
        summary="the oddest objects of a table",
        description=(
            "Score how odd each object of a table is: columns object_id, score (larger is odder) "
            "and rank (1 is the oddest), oddest first. Isolation forests grow on the latent "
            "vectors of normal objects, those of --normal, or else of the table itself."
        ),
        example="lcfm anomalies transients --data new.parquet --out scores.parquet",
    )
    options.add_model(parser)
    options.add_data(parser)
    options.add_out(parser, "Parquet file to write")
    parser.add_argument(
        "--normal", metavar="TABLE", help="objects that are not odd (default: the table itself)"
    )
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help="column with classes of the normal objects, of which those without one are left out "
        "(default: the classes that the model gives them)",
    )
    parser.add_argument(
        "--method",
        choices=("one", "per-class"),
        default="one",
        help="one forest for all, or one per class and the smallest score (default: one)",
    )
    options.add_seed(parser)
    options.add_device(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Score, write, and show the oddest."""
    from lcfm.serve.anomaly import anomalies_command

    table = anomalies_command(
        arguments.model,
        options.table(arguments),
        arguments.out,
        normal=arguments.normal,
        target=arguments.target,
        method=arguments.method,
        seed=arguments.seed,
        device=arguments.device,
        overwrite=arguments.overwrite,
    )
    print(f"wrote {arguments.out}: {table.num_rows:,} objects; the oddest:")
    for row in table.slice(0, 5).to_pylist():
        print(f"  {row['rank']}  {row['object_id']}  {row['score']:.3f}")
