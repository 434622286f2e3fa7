"""Objects of classes that a model does not know are said to be left out, also when quiet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lcfm.cli import main
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers.parquet import write_parquet
from lcfm.serve.known import known_classes

KNOWN = ("SNIa", "SNII", "SLSN-I")


def spelled(lcs: LightCurves, n: int) -> LightCurves:
    """The first `n` objects have their class in another spelling, two have none."""
    labels = lcs.column("label").copy()
    labels[:n] = [f"type {name}" for name in labels[:n]]
    labels[-2:] = ""
    return lcs.with_columns(label=labels)


def test_those_left_out_are_counted_by_their_value(
    toy_lightcurves: LightCurves, caplog: pytest.LogCaptureFixture
) -> None:
    assert known_classes(toy_lightcurves, "label", KNOWN).all()
    assert not caplog.records
    table = spelled(toy_lightcurves, 20)
    np.testing.assert_array_equal(
        np.flatnonzero(known_classes(table, "label", KNOWN)), range(20, 58)
    )
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    text = record.getMessage()
    assert text.startswith("20 of 58 objects with a 'label' are left out")
    assert ": 'type SNIa' (7), 'type SNII' (7), 'type SLSN-I' (6); the model knows" in text
    assert "rename" in text


def test_a_column_that_the_model_knows_is_named(
    toy_lightcurves: LightCurves, caplog: pytest.LogCaptureFixture
) -> None:
    labels = toy_lightcurves.column("label")
    known_classes(spelled(toy_lightcurves, 20).with_columns(label3=labels), "label", KNOWN)
    assert caplog.text.rstrip().endswith("use --target label3 (60 objects of these)")


def test_a_column_of_other_classes_is_refused(toy_lightcurves: LightCurves) -> None:
    assert known_classes(spelled(toy_lightcurves, 52), "label", KNOWN).sum() == 6
    with pytest.raises(LcfmError, match=r"only 5 of 58 .* leave the others out of the table"):
        known_classes(spelled(toy_lightcurves, 53), "label", KNOWN)
    with pytest.raises(LcfmError, match="none of 58 objects with a 'label' can be used"):
        known_classes(spelled(toy_lightcurves, 58), "label", KNOWN)
    empty = toy_lightcurves.with_columns(label=[""] * 60)
    assert not known_classes(empty, "label", KNOWN).any()


def test_many_values_are_cut_short(
    toy_lightcurves: LightCurves, caplog: pytest.LogCaptureFixture
) -> None:
    labels = [f"type {i % 10}" if i < 30 else "SNIa" for i in range(60)]
    known_classes(toy_lightcurves.with_columns(label=labels), "label", KNOWN)
    assert "'type 7' (3) and 2 more; " in caplog.text


def test_quiet_hides_neither_warning_nor_error(
    toy_lightcurves: LightCurves,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_parquet(spelled(toy_lightcurves, 30), tmp_path / "some.parquet")
    write_parquet(spelled(toy_lightcurves, 58), tmp_path / "none.parquet")
    line = (
        f"predict transients --data {tmp_path}/some.parquet --out {tmp_path}/p.parquet --quiet "
        f"--coverage 0.8 --calibrate {tmp_path}/some.parquet"
    )
    assert main(line.split()) == 0
    assert "30 of 58 objects with a 'label' are left out" in caplog.text  # the log goes to stderr
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    line = f"evaluate transients --data {tmp_path}/none.parquet --out {tmp_path}/r --quiet"
    assert main(line.split()) == 2
    assert "none of 58 objects with a 'label'" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()
