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
            "the number of workers. The output appears when it is whole; --resume continues a run "
            "that was stopped after the partitions that it finished."
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
    parser.add_argument("--resume", action="store_true", help="continue a run that was stopped")
    options.add_quiet(parser)
    parser.set_defaults(resumes="run the same command with --resume to continue")


def run(arguments: argparse.Namespace) -> None:
    """Simulate and show how many events each class took."""
    from lcfm.simulate import simulate_to

    report = simulate_to(
        arguments.out,
        arguments.survey,
        arguments.n,
        seed=arguments.seed,
        workers=arguments.workers,
        resume=arguments.resume,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
    )
    print(report)
    print(f"wrote {arguments.out}")
