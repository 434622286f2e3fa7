"""``lcfm pretrain``: a new model from a table of light curves."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "pretrain",
        run,
        summary="train a new model on a table, simulated as a rule",
        description=(
            "Train a new model on a table of light curves and write its checkpoint folder. A "
            "fifth of the events, chosen by the hash of their name, validates. Ctrl-C is safe: "
            "--resume continues after the last finished epoch."
        ),
        example="lcfm pretrain classifier --data sims.parquet --out fm/",
    )
    parser.add_argument(
        "objective",
        metavar="OBJECTIVE",
        help="what to learn: classifier, regression, density, classifier+redshift",
    )
    options.add_data(parser)
    options.add_out(parser, "checkpoint folder to write")
    parser.add_argument(
        "--target", metavar="COLUMN", help="column to learn (default: that of the objective)"
    )
    parser.add_argument(
        "--encoder", metavar="NAME", help="encoder of the light curves (default: bigru)"
    )
    parser.add_argument(
        "--metadata",
        action="append",
        default=[],
        metavar="COLUMN",
        help="object column that enters the network too, such as mwebv; may be repeated",
    )
    parser.add_argument(
        "--start",
        metavar="MODEL",
        help="continue from this model, with its network and tokens, instead of new weights",
    )
    parser.add_argument("--epochs", type=options.count, metavar="N", help="passes over the data")
    parser.add_argument("--batch-size", type=options.count, metavar="N", help="objects per step")
    options.add_seed(parser)
    options.add_device(parser)
    parser.add_argument("--resume", action="store_true", help="continue a run that was stopped")
    options.add_quiet(parser)
    parser.set_defaults(resumes="run the same command with --resume to continue")


def run(arguments: argparse.Namespace) -> None:
    """Pretrain and show where the model is and what it reached."""
    from lcfm.train.pretrain import pretrain_command

    model = pretrain_command(
        options.table(arguments),
        arguments.objective,
        arguments.out,
        target=arguments.target,
        encoder=arguments.encoder,
        metadata=tuple(arguments.metadata),
        start=arguments.start,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        seed=arguments.seed,
        device=arguments.device,
        resume=arguments.resume,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
        command=options.command_line(),
    )
    print(f"wrote {arguments.out} ({model.provenance['epochs']} epochs)")
