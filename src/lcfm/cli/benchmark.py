"""``lcfm benchmark``: how fast lcfm is on this machine, beside others in the same run."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "benchmark",
        run,
        summary="measure speed on this machine",
        description=(
            "Measure simulation, training and prediction beside other ways to do the same, in "
            "one run, and write rates and their ratios."
        ),
        example="lcfm benchmark foundation --out speed.json",
    )
    parser.add_argument(
        "name", metavar="NAME", help="benchmark: embed, foundation, simulate, templates"
    )
    options.add_out(parser, "JSON file to write")
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Measure and show the table of rates."""
    from lcfm.experiments import benchmark

    print(
        benchmark(
            arguments.name,
            arguments.out,
            overwrite=arguments.overwrite,
            progress=not arguments.quiet,
            command=options.command_line(),
        )
    )
    print(f"wrote {arguments.out}")
