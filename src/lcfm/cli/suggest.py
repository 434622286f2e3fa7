"""``lcfm suggest``: the objects that should be labelled next."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lcfm.cli import options

if TYPE_CHECKING:
    from lcfm.adapt.suggest import Suggestions

SHOWN = 5
DEFAULT = "gradients"
"""Best on the training part of the ZTF transients, by a little (docs/log.md)."""


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "suggest",
        run,
        summary="the objects that should be labelled next",
        description=(
            "Choose the objects of a table whose labels would teach most: columns rank, object_id, "
            "class and probability (what the model takes it for), the most useful first. A "
            "batch is chosen whole, so that its objects differ. Left out and counted: objects "
            "labelled already, the test part, and objects that show no supernova."
        ),
        example="lcfm suggest ft/ --data my_survey.parquet --n 20 --out suggestions.csv",
    )
    options.add_model(parser)
    options.add_data(parser)
    options.add_out(parser, "file to write, .csv or .parquet")
    parser.add_argument(
        "--n",
        type=options.count,
        default=20,
        metavar="N",
        help="objects to choose (default: 20)",
    )
    parser.add_argument(
        "--strategy",
        default=DEFAULT,
        metavar="NAME",
        help="uncertain: entropy, margin; unlike what is labelled: diversity; expected gain: "
        f"gradients, information; control: random (default: {DEFAULT})",
    )
    parser.add_argument(
        "--labelled",
        metavar="COLUMN|FILE",
        help="what is labelled already: a column of TABLE that is empty elsewhere, or a file with "
        "a column object_id (default: what the model was fitted to)",
    )
    parser.add_argument(
        "--part",
        choices=("train", "all"),
        default="train",
        help="choose from the training part, or from every object (default: train)",
    )
    parser.add_argument(
        "--no-guard", action="store_true", help="choose also what shows no supernova"
    )
    options.add_seed(parser)
    options.add_device(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Choose, write, and show the first."""
    from lcfm.adapt.suggest import suggest_command

    found = suggest_command(
        arguments.model,
        options.table(arguments),
        arguments.out,
        n=arguments.n,
        strategy=arguments.strategy,
        labelled=arguments.labelled,
        part=arguments.part,
        guarded=not arguments.no_guard,
        seed=arguments.seed,
        device=arguments.device,
        overwrite=arguments.overwrite,
    )
    print(found)
    _show(found)
    print(f"wrote {arguments.out}")


def _show(found: Suggestions) -> None:
    for row in found.table.slice(0, SHOWN).to_pylist():
        print(f"  {row['rank']}  {row['object_id']}  {row['class']}  {row['probability']:.3f}")
