"""``lcfm finetune``: adapt a model to a handful of labels, or to all of them."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "finetune",
        run,
        summary="adapt a model to labelled light curves",
        description=(
            "Adapt a pretrained model to labelled light curves. Labels are drawn uniformly from "
            "the training part of the table; the test part (a quarter of the events, by the "
            "hash of their name) is left for `lcfm evaluate`. Objects with an empty target are "
            "left out and counted."
        ),
        example=(
            "lcfm finetune fm/ --data ztf.parquet --task classify --target label5 --labels 128 "
            "--seed 0 --out ft/"
        ),
    )
    options.add_model(parser)
    options.add_data(parser)
    options.add_out(parser, "checkpoint folder to write")
    parser.add_argument(
        "--task",
        choices=("classify", "redshift"),
        default="classify",
        help="what to learn (default: classify)",
    )
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help="column with the target (default: label, or redshift for that task); classes are "
        "text, never numbers, and should be of one level, not SNII beside SNIIP",
    )
    parser.add_argument(
        "--labels",
        type=options.count_or_all,
        default=None,
        metavar="N|all",
        help="labels to draw (default: all)",
    )
    parser.add_argument(
        "--part",
        choices=("train", "all"),
        default="train",
        help="take labels from the training part, or from every object (default: train)",
    )
    parser.add_argument(
        "--policy",
        metavar="NAME",
        help="how to adapt: map, map+all, head, head+mlp, first+head, all; for a number "
        "also refine, refine+all (default: by the task)",
    )
    parser.add_argument(
        "--prior",
        choices=("labels", "flat"),
        default=None,
        help="class frequencies to expect, for the policies map and map+all (default: labels)",
    )
    options.add_seed(parser)
    options.add_device(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Adapt, and show who was labelled and who was left out."""
    from lcfm.adapt.finetune import finetune_command

    labelled = finetune_command(
        arguments.model,
        options.table(arguments),
        arguments.out,
        task=arguments.task,
        target=arguments.target,
        n_labels=arguments.labels,
        part=arguments.part,
        policy=arguments.policy,
        prior=arguments.prior,
        seed=arguments.seed,
        device=arguments.device,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
        command=options.command_line(),
    )
    print(labelled)
    print(f"wrote {arguments.out}")
