"""``lcfm pretrain``: a new model from a table of light curves."""

from __future__ import annotations

import argparse
from typing import Any

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
        example=(
            "lcfm pretrain classifier --data sims.parquet --out fm/\n"
            "  lcfm pretrain contrastive --data ztf.parquet --data lsst.parquet --out fm/\n"
            "  lcfm pretrain adversarial --data sims.parquet --set adversarial.rate=5 "
            "--set adversarial.warmup=1000 --momentum 0.5 --out fm/\n"
            "  lcfm pretrain contrastive+adversarial --data sims.parquet --out fm/\n"
            "  lcfm pretrain pairs --data together.parquet --set pairs.temperature=0.1 --out fm/\n"
            "  lcfm pretrain regression+adversarial --data sims.parquet --out fm/"
        ),
    )
    parser.add_argument(
        "objective",
        metavar="OBJECTIVE",
        help="what to learn: tasks (classifier, regression, density), auxiliary losses "
        "(adversarial, reversal, contrastive, pairs), or several joined by +; without a task, "
        "beside a classifier; pairs need the same events through several telescopes (lcfm simulate "
        "--together)",
    )
    options.add_tables(parser)
    options.add_out(parser, "checkpoint folder to write")
    parser.add_argument(
        "--target", metavar="COLUMN", help="column to learn (default: that of the objective)"
    )
    parser.add_argument(
        "--sampler",
        metavar="NAME",
        help="who shares a batch: by_length (least padding), balanced (all classes and surveys "
        "alike), by_event (default: by_length for a task alone, by_event with pairs, else "
        "balanced)",
    )
    parser.add_argument(
        "--set",
        dest="given",
        type=options.setting,
        action="append",
        default=[],
        metavar="PART.SETTING=VALUE",
        help="a setting of one part of OBJECTIVE or of the encoder, such as "
        "contrastive.temperature=0.1, adversarial.warmup=1000 or encoder.layers=3; may be repeated",
    )
    parser.add_argument(
        "--encoder", metavar="NAME", help="encoder of the light curves (default: bigru)"
    )
    parser.add_argument(
        "--augment",
        action="append",
        default=[],
        metavar="NAME",
        help="change training light curves at random, each time they come: truncation (end some "
        "days after the trigger), band_dropout, noise; may be repeated",
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
    parser.add_argument(
        "--learning-rate",
        type=options.finite_number,
        metavar="X",
        help="of Adam, at most (default: 0.004); a transformer wants half of it",
    )
    parser.add_argument(
        "--momentum",
        type=options.finite_number,
        metavar="X",
        help="first β of Adam (default: 0.9); an adversary wants 0.5 or less",
    )
    options.add_seed(parser)
    options.add_device(parser)
    parser.add_argument("--resume", action="store_true", help="continue a run that was stopped")
    options.add_quiet(parser)
    parser.set_defaults(resumes="run the same command with --resume to continue")


def run(arguments: argparse.Namespace) -> None:
    """Pretrain and show where the model is and what it reached."""
    from lcfm.train.pretrain import pretrain_command

    given: dict[str, dict[str, Any]] = {}
    for part, name, value in arguments.given:
        given.setdefault(part, {})[name] = value
    model = pretrain_command(
        options.tables(arguments),
        arguments.objective,
        arguments.out,
        target=arguments.target,
        sampler=arguments.sampler,
        given=given,
        encoder=arguments.encoder,
        augment=tuple(arguments.augment),
        metadata=tuple(arguments.metadata),
        start=arguments.start,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        momentum=arguments.momentum,
        seed=arguments.seed,
        device=arguments.device,
        resume=arguments.resume,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
        command=options.command_line(),
    )
    print(f"wrote {arguments.out} ({model.provenance['epochs']} epochs)")
