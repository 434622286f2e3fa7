"""``lcfm simulate``: labelled light curves as one or more surveys see them."""

from __future__ import annotations

import argparse

from lcfm.cli import options
from lcfm.errors import LcfmError
from lcfm.taxonomy import LABEL_SETS

SURVEYS = (
    "ztf", "ztf-3day", "ztf-2day", "ztf-gri", "ztf-forced", "lsst", "lsst-wfd", "lsst-ddf",
    "lsst-2026", "yse", "ps1", "plasticc", "des", "osc",
)  # fmt: skip
"""Names in :data:`lcfm.surveys.SURVEYS`, which is not loaded for a help text."""

SPECTROGRAPHS = ("sedm", "sedm-maven", "longslit")
"""Names in :data:`lcfm.surveys.spectrograph.SPECTROGRAPHS`, not loaded either."""


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "simulate",
        run,
        summary="simulate labelled light curves as a survey sees them",
        description=(
            "Simulate labelled light curves of transients, with a survey's bands, cadence, noise "
            "and detections. The same seed gives the same table, whatever the number of workers. "
            "The output appears when it is whole; --resume continues a run that was stopped after "
            "the partitions that it finished."
        ),
        example="lcfm simulate --survey ztf --survey lsst --n 2000 --seed 1 --out sims.parquet",
    )
    parser.add_argument(
        "--survey",
        action="append",
        required=True,
        metavar="NAME",
        help=f"survey to simulate; may be given several times: {', '.join(SURVEYS)}",
    )
    parser.add_argument(
        "--n",
        type=options.count,
        required=True,
        metavar="N",
        help="objects per survey; with --together, events",
    )
    _add_sample(parser)
    options.add_seed(parser)
    options.add_out(
        parser,
        "Parquet file, or folder of Parquet files, to write; with --spectrograph a folder, which "
        "gets light_curves/ and spectra/",
    )
    parser.add_argument(
        "--workers", type=options.count, default=1, metavar="N", help="processes (default: 1)"
    )
    parser.add_argument("--resume", action="store_true", help="continue a run that was stopped")
    options.add_quiet(parser)
    parser.set_defaults(resumes="run the same command with --resume to continue")


def _add_sample(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--classes",
        metavar="NAMES",
        help="classes or types set apart by commas, such as SNIa,SNII,TDE, or a set of them: "
        f"{', '.join(LABEL_SETS)} (default: label8, with --by-rate without AGN)",
    )
    parser.add_argument(
        "--by-rate",
        action="store_true",
        help="classes as common as in the survey's sample of the sky (default: all alike); AGN "
        "have no rate",
    )
    parser.add_argument(
        "--together",
        action="store_true",
        help="the same events through all surveys, kept where all of them select the event; rows "
        "of one event share event_id (default: events of its own for each survey)",
    )
    parser.add_argument(
        "--spectrograph",
        metavar="NAME",
        help="spectra of the same events; for one survey, or several with --together: "
        f"{', '.join(SPECTROGRAPHS)}",
    )


def run(arguments: argparse.Namespace) -> None:
    """Simulate and show how many events each class took."""
    from lcfm.simulate import simulate_many_to, simulate_to
    from lcfm.simulate.mix import Alike, ByRate, read_classes

    for name in arguments.survey:
        if "," in name:
            repeated = " ".join(f"--survey {one.strip()}" for one in name.split(",") if one.strip())
            raise LcfmError(f"--survey takes one name, got {name!r}; repeat it: {repeated}")
    several = len({name.lower() for name in arguments.survey}) > 1
    if arguments.together and not several:
        raise LcfmError(
            "--together needs two surveys or more: add another --survey, or leave --together out"
        )
    if arguments.spectrograph and several and not arguments.together:
        raise LcfmError(
            "--spectrograph with several surveys needs --together, so that they see the same "
            "events; add it, or simulate one survey at a time"
        )
    kind = ByRate if arguments.by_rate else Alike
    mix = kind() if arguments.classes is None else kind(read_classes(arguments.classes))
    if arguments.together or arguments.spectrograph:
        report = simulate_many_to(
            arguments.out,
            arguments.survey,
            arguments.n,
            seed=arguments.seed,
            spectrograph=arguments.spectrograph,
            workers=arguments.workers,
            resume=arguments.resume,
            overwrite=arguments.overwrite,
            population=mix,
            progress=not arguments.quiet,
        )
    else:
        report = simulate_to(
            arguments.out,
            arguments.survey,
            arguments.n,
            seed=arguments.seed,
            workers=arguments.workers,
            resume=arguments.resume,
            overwrite=arguments.overwrite,
            population=mix,
            progress=not arguments.quiet,
        )
    print(report)
    for table in ("light_curves", "spectra") if arguments.spectrograph else ("",):
        print(f"wrote {arguments.out / table}")
