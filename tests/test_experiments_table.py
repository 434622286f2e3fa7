"""What `lcfm reproduce` shows stands beside its result."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from lcfm import experiments
from lcfm.errors import LcfmError
from lcfm.experiments.asked import Asked
from lcfm.readers.parquet import write_parquet
from toy import toy_lightcurves


def test_the_table_of_an_experiment_is_kept_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def main(asked: Asked) -> list[dict[str, object]]:
        asked.out.mkdir()
        return [{"method": "map", "macro AUROC": 0.5}]

    monkeypatch.setitem(experiments.EXPERIMENTS, "early", "nowhere")
    monkeypatch.setattr(experiments, "import_module", lambda name: SimpleNamespace(main=main))
    write_parquet(toy_lightcurves(8), tmp_path / "t.parquet")
    table = experiments.reproduce(
        "early", [tmp_path / "t.parquet"], tmp_path / "out", scale="small", work=tmp_path,
        model=None, progress=False, command="lcfm reproduce early",
    )  # fmt: skip
    text = (tmp_path / "out" / "early.txt").read_text()
    assert text == f"lcfm reproduce early\n\n{table}\n"
    assert "macro AUROC" in table


def test_a_benchmark_replaces_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def main(out: Path, **said: object) -> list[dict[str, object]]:
        out.write_text("{}")
        return [{"rate": 1.0}]

    monkeypatch.setattr(experiments, "import_module", lambda name: SimpleNamespace(main=main))
    name = next(iter(experiments.BENCHMARKS))
    for overwrite in (False, True):
        shown = experiments.benchmark(
            name, tmp_path / "speed.json", overwrite=overwrite, progress=False, command="lcfm"
        )
        assert "rate" in shown
    with pytest.raises(LcfmError, match="is a folder"):
        experiments.benchmark(name, tmp_path, overwrite=True, progress=False, command="lcfm")
