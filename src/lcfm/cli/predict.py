"""``lcfm predict``: class probabilities or values for a table of light curves."""

from __future__ import annotations

import argparse

from lcfm.cli import options, serving
from lcfm.errors import LcfmError


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "predict",
        run,
        summary="class probabilities or values for a table",
        description=(
            "Predict for every object of a table: columns object_id and prob_<class> for each "
            "class, or object_id and value (with its central 68 %: value_p16, value_p84, where the "
            "model states a density). Objects that show no supernova (seen on too few nights, too "
            "short, constant, not one rise and decline) are told in the column refused and keep no "
            "confident class. The table is read in parts, so that it may be larger than memory."
        ),
        example="lcfm predict ft/ --data new.parquet --out predictions.parquet",
    )
    serving.add_arguments(parser)
    parser.add_argument(
        "--no-guard", action="store_true", help="leave probabilities as they are, refuse nothing"
    )
    sets = parser.add_argument_group("sets of classes that hold the true one")
    sets.add_argument(
        "--coverage",
        type=options.finite_number,
        metavar="SHARE",
        help="add a column set that holds the true class for this share of objects, such as 0.9; "
        "needs --calibrate",
    )
    sets.add_argument(
        "--calibrate",
        metavar="TABLE",
        help="labelled objects of the same kind that the model has not seen",
    )
    sets.add_argument(
        "--target",
        metavar="COLUMN",
        help="column of their classes (default: the one that the model was adapted to, or label)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Write class probabilities or values."""
    from lcfm.readers import read
    from lcfm.readers.source import TableSource
    from lcfm.serve.conformal import calibrated
    from lcfm.serve.guard import Guard
    from lcfm.serve.shipped import load
    from lcfm.serve.tables import Honest

    if (arguments.coverage is None) != (arguments.calibrate is None):
        raise LcfmError("--coverage and --calibrate go together; give both or neither")
    conformal = None
    if arguments.coverage is not None:
        model = load(arguments.model)
        target = arguments.target or model.provenance.get("adapted", {}).get("target") or "label"
        labelled = read(TableSource(path=arguments.calibrate, survey=arguments.survey))
        conformal = calibrated(model, labelled, target, arguments.coverage)
    serving.run(arguments, Honest(None if arguments.no_guard else Guard(), conformal))
