"""``lcfm predict``: class probabilities or values for a table of light curves."""

from __future__ import annotations

import argparse

from lcfm.cli import options, serving


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
    serving.add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Write class probabilities or values."""
    from lcfm.serve.tables import prediction_table

    serving.run(arguments, prediction_table)
