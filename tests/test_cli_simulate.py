"""``lcfm simulate``: classes, rates, the same events through several telescopes, spectra."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lcfm.cli import main, simulate
from lcfm.readers.parquet import NestedParquet
from lcfm.readers.spectra import read_spectra
from lcfm.surveys import SURVEYS
from lcfm.surveys.spectrograph import SPECTROGRAPHS


def _run(line: str) -> int:
    return main(["simulate", *line.split(), "--quiet"])


def test_the_help_names_what_stands_on_the_shelves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tuple(SURVEYS) == simulate.SURVEYS
    assert tuple(SPECTROGRAPHS) == simulate.SPECTROGRAPHS
    monkeypatch.setenv("COLUMNS", "60")
    with pytest.raises(SystemExit):
        main(["simulate", "--help"])
    words = set(capsys.readouterr().out.replace(",", " ").split())
    assert {*SURVEYS, *SPECTROGRAPHS, "label12", "light_curves/"} <= words


def test_classes_are_chosen_and_shared_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.parquet"
    assert _run(f"--survey lsst-2026 --classes Ia,SNII,TDE --n 12 --seed 1 --out {out}") == 0
    labels = pq.read_table(out)["label"].to_pylist()
    assert Counter(labels) == {"SNIa": 4, "SNII": 4, "TDE": 4}
    table, wrote = capsys.readouterr().out.rsplit("\n", 2)[:2]
    assert [line.split()[:2] for line in table.splitlines()[1:]] == [
        ["LSST-2026", "SNIa"], ["LSST-2026", "SNII"], ["LSST-2026", "TDE"],
    ]  # fmt: skip
    assert wrote == f"wrote {out}"


def test_a_label_set_stands_for_its_classes(tmp_path: Path) -> None:
    out = tmp_path / "a.parquet"
    assert _run(f"--survey ztf --classes label3 --n 6 --seed 1 --out {out}") == 0
    assert Counter(pq.read_table(out)["label"].to_pylist()) == {"SNIa": 2, "SNII": 2, "SNIb/c": 2}


def test_by_rate_the_rare_are_rare(tmp_path: Path) -> None:
    out = tmp_path / "a.parquet"
    assert _run(f"--survey ztf --classes SNIa,SNII,TDE --by-rate --n 60 --out {out}") == 0
    counts = Counter(pq.read_table(out)["label"].to_pylist())
    assert counts["SNIa"] > counts["SNII"] > counts["TDE"]


def test_by_rate_needs_no_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(f"--survey lsst --by-rate --n 3 --out {tmp_path}/a.parquet") == 0
    text = capsys.readouterr().out
    assert "AGN" not in text
    assert ": none of " in text


def test_together_an_event_has_light_curves_and_a_spectrum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "same"
    line = f"--survey ztf --survey lsst --together --spectrograph sedm --n 8 --seed 1 --out {out}"
    assert _run(line) == 0
    lcs, _ = NestedParquet().read(out / "light_curves")
    spectra, _ = read_spectra(out / "spectra")
    assert Counter(lcs.column("survey")) == {"ZTF": 8, "LSST": 8}
    assert set(lcs.column("event_id")) == set(spectra.column("event_id"))
    assert len(spectra) == len(set(lcs.column("event_id"))) == 8
    text = capsys.readouterr().out
    assert "ZTF+LSST  SNIa" in text
    assert text.endswith(f"wrote {out}/light_curves\nwrote {out}/spectra\n")


def test_one_survey_may_have_a_spectrograph(tmp_path: Path) -> None:
    line = f"--survey ztf --classes SNIa --spectrograph longslit --n 3 --out {tmp_path}/a"
    assert _run(line) == 0
    assert len(NestedParquet().read(tmp_path / "a" / "light_curves")[0]) == 3
    assert set(read_spectra(tmp_path / "a" / "spectra")[0].column("instrument")) == {"LONGSLIT"}
    assert _run(line + " --resume") == 2  # it exists


def test_together_without_spectra_is_one_file(tmp_path: Path) -> None:
    out = tmp_path / "a.parquet"
    assert _run(f"--survey ztf --survey lsst --together --classes SNIa --n 3 --out {out}") == 0
    assert pq.read_table(out).num_rows == 6


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--survey ztf --classes SNIa,SNIz", "unknown class 'SNIz'; known: "),
        ("--survey ztf --classes label9", "unknown class 'label9'; known: "),
        ("--survey ztf --classes SNIa,SNIa", "name each class once"),
        ("--survey ztf --classes label8,KN", "'label8' is a set of classes and stands alone"),
        ("--survey ztf,lsst", "got 'ztf,lsst'; repeat it: --survey ztf --survey lsst"),
        (f"--survey ztf --seed {10**25}", "seed must be an integer from 0 to 9223372036854775807"),
        (
            "--survey ztf --classes label8 --by-rate",
            "AGN has no rate of occurrence; leave it out of the classes",
        ),
        ("--survey ztf --together", "needs two surveys or more: add another --survey"),
        ("--survey ztf --survey ZTF --together", "needs two surveys or more"),
        ("--survey ztf --survey lsst --spectrograph sedm", "needs --together"),
        ("--survey ztf --spectrograph hst", "unknown spectrograph 'hst'; known: longslit, sedm"),
        ("--survey ztf --spectrograph sedm", "two tables: name a folder"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_nothing(
    tmp_path: Path, options: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(f"{options} --n 5 --out {tmp_path}/new.parquet") == 2
    error = capsys.readouterr().err
    assert error.startswith("lcfm: error: ")
    assert text in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
