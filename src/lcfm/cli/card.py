"""``lcfm card``: the card of a model, and what was measured of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "card",
        run,
        summary="the card of a model",
        description=(
            "Show the card of a model: what it was trained on, what it answers, what was measured "
            "of it. Scores of result files can be added, and the model written with them."
        ),
        example="lcfm card transients --measured results/new_telescopes.json --out measured/",
    )
    options.add_model(parser)
    parser.add_argument(
        "--measured",
        action="append",
        default=[],
        type=Path,
        metavar="RESULT",
        help="result of `lcfm reproduce new-telescopes` or report.json of `lcfm evaluate "
        "--learning-curve`, of this model; may be repeated; replaces what the card had measured",
    )
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="checkpoint folder to write, with this card"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Show the card, and write the model."""
    from lcfm.serve.measured import with_measured
    from lcfm.serve.shipped import load

    model = load(arguments.model)
    if arguments.measured:
        model = with_measured(model, arguments.measured)
    if arguments.out is not None:
        model.save(arguments.out, overwrite=arguments.overwrite)
    print(model.card(Path(arguments.out or arguments.model).name), end="")
