"""``lcfm predict``: class probabilities or values for a table of light curves."""

from __future__ import annotations

import argparse
import logging

from lcfm.cli import options, serving
from lcfm.errors import LcfmError

log = logging.getLogger("lcfm")


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
    asked = parser.add_argument_group("what to answer, without any label")
    asked.add_argument(
        "--classes",
        metavar="NAMES",
        help="other classes than the model's, as the taxonomy maps them: label3, label5, label8, "
        "or names with commas between them; others are taken not to occur (a model adapted by map "
        "answers with its own classes and sums of them)",
    )
    asked.add_argument(
        "--prior",
        choices=("flat", "estimated"),
        help="class frequencies to expect; estimated: those of TABLE, from its light curves alone, "
        "which are read twice (default: those that the model states, flat without labels)",
    )
    sets = parser.add_argument_group("sets of classes that hold the true one")
    sets.add_argument(
        "--coverage",
        type=options.finite_number,
        metavar="SHARE",
        help="add a column set that holds the true class for this share of objects, such as 0.9; "
        "needs --calibrate; a set is empty where no class is as probable as the true ones of the "
        "calibration objects are: the object is unlike them",
    )
    sets.add_argument(
        "--calibrate",
        metavar="TABLE",
        help="labelled objects of the same kind that the model has not seen; none of those in "
        "--data, for which the sets would hold the true class more often than for new ones",
    )
    sets.add_argument(
        "--target",
        metavar="COLUMN",
        help="column of their classes (default: the one that the model was adapted to, or label)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Write class probabilities or values."""
    from lcfm.adapt.unlabelled import as_asked
    from lcfm.atomic import refuse_existing
    from lcfm.readers import read
    from lcfm.readers.source import TableSource
    from lcfm.serve.conformal import calibrated
    from lcfm.serve.guard import Guard
    from lcfm.serve.shipped import load
    from lcfm.serve.tables import Honest, Overlap

    if (arguments.coverage is None) != (arguments.calibrate is None):
        raise LcfmError("--coverage and --calibrate go together; give both or neither")
    refuse_existing(arguments.out, overwrite=arguments.overwrite)
    guard = None if arguments.no_guard else Guard()
    model, found = as_asked(
        load(arguments.model).to(arguments.device),
        options.table(arguments),
        classes=arguments.classes,
        prior=arguments.prior,
        guard=guard,
    )
    if found is not None:
        print(f"class mix of the table: {found}")
    conformal = None
    if arguments.coverage is not None:
        target = arguments.target or model.provenance.get("adapted", {}).get("target") or "label"
        labelled = read(TableSource(path=arguments.calibrate, survey=arguments.survey))
        conformal = calibrated(model, labelled, target, arguments.coverage)
    make = Overlap(Honest(guard, conformal), conformal.events if conformal else ())
    serving.run(arguments, model, make)
    if make.n:
        log.warning(
            "%d of the objects predicted are of events in the calibration table %s: for them, the "
            "sets hold the true class more often than for new ones, so that their coverage is too "
            "optimistic; leave them out of one of the two tables",
            make.n,
            arguments.calibrate,
        )
