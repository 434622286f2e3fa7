"""``lcfm reproduce``: a published table or figure, made again."""

from __future__ import annotations

import argparse
from pathlib import Path

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "reproduce",
        run,
        summary="make a published table or figure again",
        description=(
            "Run an experiment and write its result file, with the raw runs, seeds and "
            "fingerprints. A killed experiment continues where it stopped when the same command "
            "is run again."
        ),
        example="lcfm reproduce foundation --data ztf.parquet --scale small --out results/",
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        help="experiment: foundation, gallery, latent, realism, table1, table2",
    )
    options.add_tables(parser)
    parser.add_argument(
        "--scale",
        default="small",
        metavar="SCALE",
        help="how much of everything: small, medium, full, and what else the experiment knows "
        "(default: small)",
    )
    options.add_out(parser, "folder for the result file")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("runs"),
        metavar="PATH",
        help="folder for simulations, checkpoints and finished runs (default: runs/)",
    )
    parser.add_argument(
        "--model", metavar="MODEL", help="pretrained model to use instead of pretraining"
    )
    options.add_quiet(parser)
    parser.set_defaults(resumes="finished runs are kept; run the same command to continue")


def run(arguments: argparse.Namespace) -> None:
    """Run the experiment and show its table."""
    from lcfm.experiments import reproduce

    print(
        reproduce(
            arguments.name,
            options.tables(arguments),
            arguments.out,
            scale=arguments.scale,
            work=arguments.work,
            model=arguments.model,
            progress=not arguments.quiet,
            command=options.command_line(),
        )
    )
    print(f"wrote {arguments.out}")
