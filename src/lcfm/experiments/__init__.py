"""Experiments: one file per published table or figure, with command, expected time and figure.

`EXPERIMENTS` and `BENCHMARKS` map the name on the command line to a module with a function `main`;
it is imported when it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from lcfm.atomic import new_file, refuse_existing, refuse_no_place
from lcfm.errors import UnknownNameError

if TYPE_CHECKING:
    from lcfm.readers.source import TableSource

EXPERIMENTS: dict[str, str] = {
    "biased-labels": "lcfm.experiments.biased_labels",
    "early": "lcfm.experiments.early",
    "encoders": "lcfm.experiments.encoders",
    "foundation": "lcfm.experiments.foundation",
    "gallery": "lcfm.experiments.gallery",
    "labels-pay": "lcfm.experiments.labels_pay",
    "latent": "lcfm.experiments.latent",
    "metadata": "lcfm.experiments.metadata",
    "new-telescopes": "lcfm.experiments.new_telescopes",
    "no-labels": "lcfm.experiments.no_labels",
    "realism": "lcfm.experiments.realism",
    "suggest": "lcfm.experiments.suggest",
    "table1": "lcfm.experiments.table1",
    "table2": "lcfm.experiments.table2",
    "transfer-lsst": "lcfm.experiments.transfer_lsst",
    "transfer-real": "lcfm.experiments.transfer_real",
}
BENCHMARKS: dict[str, str] = {
    "embed": "lcfm.experiments.speed_embed",
    "foundation": "lcfm.experiments.speed",
    "simulate": "lcfm.experiments.speed_compare",
    "templates": "lcfm.experiments.template_halves",
}


def reproduce(
    name: str,
    data: Sequence[TableSource],
    out: Path,
    *,
    scale: str,
    work: Path,
    model: str | None,
    progress: bool,
    command: str,
) -> str:
    """Run an experiment and return its table for the terminal, which stands as text in `out` too.

    Parameters are those of the command line (``lcfm reproduce --help``); several tables are put
    together.
    """
    if name not in EXPERIMENTS:
        raise UnknownNameError.of("experiment", name, EXPERIMENTS)
    from lcfm.evaluate.report import terminal_table
    from lcfm.experiments.asked import Asked
    from lcfm.lightcurves import LightCurves
    from lcfm.readers import read
    from lcfm.serve.shipped import load

    asked = Asked(
        read(data[0]) if len(data) == 1 else LightCurves.concat(read(one) for one in data),
        out,
        scale=scale,
        work=work,
        model=None if model is None else load(model),
        command=command,
        say=print if progress else lambda line: None,
    )
    table = terminal_table(import_module(EXPERIMENTS[name]).main(asked))
    with new_file(out / f"{name}.txt") as path:
        path.write_text(f"{command}\n\n{table}\n")
    return table


def benchmark(name: str, out: Path, *, overwrite: bool, progress: bool, command: str) -> str:
    """Run a benchmark, write its rates and return its table for the terminal."""
    if name not in BENCHMARKS:
        raise UnknownNameError.of("benchmark", name, BENCHMARKS)
    refuse_existing(out, overwrite=overwrite)
    refuse_no_place(out)
    from lcfm.evaluate.report import terminal_table

    rows = import_module(BENCHMARKS[name]).main(
        out, command=command, say=print if progress else lambda line: None
    )
    return terminal_table(rows)
