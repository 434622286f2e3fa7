"""``lcfm simulate``: labelled light curves as one or more surveys see them."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "simulate",
        run,
        summary="simulate labelled light curves as a survey sees them",
        description=(
            "Simulate labelled light curves of eight classes of transients, with a survey's "
            "bands, cadence, noise and detections. The same seed gives the same table, whatever "
            "the number of workers. Nothing is kept of a run that is stopped."
        ),
        example="lcfm simulate --survey ztf --survey lsst --n 2000 --seed 1 --out sims.parquet",
    )
    parser.add_argument(
        "--survey",
        action="append",
        required=True,
        metavar="NAME",
        help="survey to simulate (ztf, lsst); may be given several times",
    )
    parser.add_argument(
        "--n", type=options.count, required=True, metavar="N", help="objects per survey"
    )
    options.add_seed(parser)
    options.add_out(parser, "Parquet file, or folder of Parquet files, to write")
    parser.add_argument(
        "--workers", type=options.count, default=1, metavar="N", help="processes (default: 1)"
    )
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Simulate and show how many events each class took."""
    from lcfm.simulate import simulate_to

    report = simulate_to(
        arguments.out,
        arguments.survey,
        arguments.n,
        seed=arguments.seed,
        workers=arguments.workers,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
    )
    print(report)
    print(f"wrote {arguments.out}")
