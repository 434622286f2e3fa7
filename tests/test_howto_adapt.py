"""The commands of docs/howto/adapt.md run as they stand, on small slices of two real surveys.

Two things are made smaller: the number of labels, and the report has no baselines.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow.csv as pc
import pytest

from lcfm import datasets
from lcfm.cli import main
from lcfm.lightcurves import LightCurves
from lcfm.readers import read
from lcfm.readers.parquet import write_parquet

PAGE = Path(__file__).resolve().parents[1] / "docs" / "howto" / "adapt.md"
LINES = [
    line.removeprefix("lcfm ")
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    for line in block.splitlines()
]


def slice_of(name: str, folder: Path) -> LightCurves:
    """About 150 objects of a real survey, half of them with a class; of YSE its own bands alone."""
    lcs = read(folder)
    if name == "yse_dr1":
        own = np.array([band.startswith("ps1::") for band in lcs.bands])
        lcs = lcs.select_points(own[lcs.points["band"]])
        lcs = lcs[lcs.lengths > 0]
    typed = lcs.column("label3") != ""
    rows = np.concatenate([np.flatnonzero(typed)[:90], np.flatnonzero(~typed)[:60]])
    return lcs[rows]


def test_the_page_shows_each_step() -> None:
    steps = ["data", "predict", "finetune", "evaluate", "suggest"]
    assert [line.split()[0] for line in LINES] == steps


@pytest.mark.parametrize("name", ["yse_dr1", "osc"])
def test_the_page_is_followed(
    name: str,
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert name not in datasets.DATASETS
    write_parquet(slice_of(name, shared_data / name), tmp_path / "my_survey.parquet")
    monkeypatch.chdir(tmp_path)
    for line in LINES:
        words = line.replace("--labels 128", "--labels 40").split()
        if words[0] == "evaluate":
            words.append("--no-baselines")
        assert main(words) == 0, line
    out = capsys.readouterr().out
    assert "40 labelled objects" in out
    assert (tmp_path / "report" / "index.html").is_file()
    table = pc.read_csv(tmp_path / "suggestions.csv")
    assert table.num_rows == 20
