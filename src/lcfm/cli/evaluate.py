"""``lcfm evaluate``: how good a model is on labelled light curves that it has not seen."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "evaluate",
        run,
        summary="measure a model on labelled light curves",
        description=(
            "Measure a fine-tuned model on labelled light curves and write a report: "
            "report.json, figures, and index.html. Events that the model was trained or "
            "validated on are skipped and counted."
        ),
        example="lcfm evaluate ft/ --data ztf.parquet --out report/",
    )
    options.add_model(parser)
    options.add_data(parser)
    options.add_out(parser, "report folder to write")
    parser.add_argument(
        "--target", metavar="COLUMN", help="column with the truth (default: that of the model)"
    )
    parser.add_argument(
        "--pretrained",
        metavar="MODEL",
        help="the model before fine-tuning, for a row without labels",
    )
    parser.add_argument(
        "--no-baselines",
        action="store_true",
        help="measure this model alone; quicker",
    )
    parser.add_argument(
        "--learning-curve",
        action="store_true",
        help="also the score against the number of labels, drawn from the training part of TABLE; "
        "a fine-tuned MODEL needs --pretrained; takes some minutes",
    )
    options.add_device(parser)
    options.add_quiet(parser)


def run(arguments: argparse.Namespace) -> None:
    """Evaluate and show the table of figures."""
    from lcfm.evaluate.evaluation import evaluate_command

    report = evaluate_command(
        arguments.model,
        options.table(arguments),
        arguments.out,
        target=arguments.target,
        pretrained=arguments.pretrained,
        baselines=not arguments.no_baselines,
        learning=arguments.learning_curve,
        device=arguments.device,
        overwrite=arguments.overwrite,
        progress=not arguments.quiet,
        command=options.command_line(),
    )
    print(report)
    print(f"wrote {arguments.out}; open {arguments.out / 'index.html'}")
