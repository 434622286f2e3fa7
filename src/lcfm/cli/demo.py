"""``lcfm demo``: the whole way, small, on real supernovae."""

from __future__ import annotations

import argparse
from pathlib import Path

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "demo",
        run,
        summary="the whole way in a few minutes, on real supernovae",
        description=(
            "Simulate light curves, pretrain a small model on them, fine-tune it on real ZTF "
            "supernovae that ship with the package, and compare it with baselines on objects "
            "that nobody has seen. Takes under 6 minutes on 2 cores and needs no network."
        ),
        example="lcfm demo --out report/",
    )
    options.add_out(parser, "report folder to write", default=Path("report"))
    options.add_seed(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Run the demo; it says what it does as it goes."""
    from lcfm.experiments.demo import demo

    print(
        demo(
            arguments.out,
            seed=arguments.seed,
            overwrite=arguments.overwrite,
            progress=not arguments.quiet,
        )
    )
    print(f"wrote {arguments.out}; open {arguments.out / 'index.html'}")
