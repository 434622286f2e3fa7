"""A shipped model on real tables without labels: scored, taken up, refused without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lcfm.errors import LcfmError
from lcfm.evaluate.protocols import summarise
from lcfm.experiments import no_labels
from lcfm.experiments.asked import Asked
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from toy import toy_lightcurves


def asked(folder: Path, model: Model | None) -> Asked:
    lcs = toy_lightcurves(90)
    tables = [
        lcs.with_columns(survey=["ZTF"] * 90, label5=lcs.column("label"), label3=[""] * 90),
        toy_lightcurves(60, seed=1).with_columns(
            survey=["OSC"] * 60, label5=[""] * 60, label3=["SNIa", "SNII"] * 30
        ),
    ]
    return Asked(
        LightCurves.concat(tables),
        folder / "out",
        "small",
        folder / "work",
        model,
        "lcfm reproduce no-labels",
        print,
    )


def test_each_table_is_scored_with_both_mixes(tmp_path: Path) -> None:
    rows = no_labels.main(asked(tmp_path, load("transients")))
    assert [(r["target"], r["method"]) for r in rows] == [
        (target, mix)
        for target in ("osc label3", "ztf label5")
        for mix in (no_labels.FLAT, no_labels.ESTIMATED)
    ]
    result = json.loads((tmp_path / "out" / "no-labels.json").read_text())
    for now, then in zip(summarise(result["runs"]), result["summary"], strict=True):
        assert now == pytest.approx(then)
    assert set(result["refused"]) == {"ztf", "osc"}
    assert (tmp_path / "out" / "no-labels.png").stat().st_size > 5_000
    assert no_labels.main(asked(tmp_path, load("transients"))) == rows


def test_a_model_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="--model"):
        no_labels.main(asked(tmp_path, None))
