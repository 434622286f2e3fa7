"""New classes against the rest: the draws, and the experiment on toys."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.evaluate.protocols import summarise
from lcfm.experiments import labels_pay
from lcfm.experiments.asked import Asked
from lcfm.lightcurves import LightCurves
from lcfm.serve.shipped import load
from toy import toy_lightcurves as draw_toy

RESULT = Path(__file__).parents[1] / "results" / "labels_pay.json"


@pytest.fixture(scope="module")
def data() -> LightCurves:
    """Toy objects, every third of the new class."""
    lcs = draw_toy(120)
    label = lcs.column("label").copy()
    label[label == "SNII"] = "SNIIn"
    return lcs.with_columns(label=label)


def asked(data: LightCurves, folder: Path) -> Asked:
    return Asked(
        data,
        folder,
        scale="small",
        work=folder / "work",
        model=load("transients-ztf"),
        command="lcfm reproduce labels-pay",
        say=lambda line: None,
    )


def test_the_experiment_draws_members_beside_the_rest(
    data: LightCurves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_pay, "REST", 20)
    monkeypatch.setitem(labels_pay.SCALES, "small", labels_pay.Scale(draws=2, members=(4, 999)))
    rows = labels_pay.main(asked(data, tmp_path))
    assert {row["target"] for row in rows} == {"SNIIn"}
    assert [row["labels"] for row in rows] == [4, 4, 4]
    runs = json.loads((tmp_path / "labels_pay.json").read_text())["runs"]
    assert {r["n_train"] for r in runs} == {24}
    assert all(r["auroc"]["SNIIn"] == pytest.approx(r["macro_auroc"]) for r in runs)
    assert (tmp_path / "labels_pay.png").stat().st_size > 10_000


def test_a_table_without_new_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="none of SNIIn"):
        labels_pay.main(asked(draw_toy(30), tmp_path))


def test_the_result_follows_from_its_runs() -> None:
    if not RESULT.exists():
        pytest.skip("lcfm reproduce labels-pay has not been run for this version")
    result = json.loads(RESULT.read_text())
    for now, then in zip(summarise(result["runs"]), result["summary"], strict=True):
        assert now == pytest.approx(then)
    assert np.isfinite([row["mean"] for row in result["summary"]]).all()
