"""Odd objects come first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from lcfm.cli import main
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.readers.parquet import write_parquet
from lcfm.serve.anomaly import TREES, ForestPerClass, fitted_forest, oddness, score_table


@pytest.fixture(scope="module")
def groups() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A large class, a small one far from it, and odd objects between them."""
    rng = np.random.default_rng(0)
    normal = np.concatenate([rng.normal(0, 1, (400, 5)), rng.normal(8, 1, (30, 5))])
    labels = np.repeat(["common", "rare"], [400, 30])
    return normal, labels, rng.normal(4, 0.5, (20, 5))


def test_a_forest_per_class_is_the_smallest_score_of_separate_forests(
    groups: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    normal, labels, odd = groups
    forest = fitted_forest("per-class", normal, labels, seed=3)
    each = [
        -IsolationForest(n_estimators=TREES, random_state=3)
        .fit(normal[labels == name])
        .score_samples(odd)
        for name in ("common", "rare")
    ]
    np.testing.assert_allclose(oddness(forest, odd), np.minimum(*each))
    assert clone(forest).get_params() == {"n_estimators": TREES, "random_state": 3}


def test_a_rare_class_is_not_odd_among_its_own(
    groups: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    normal, labels, odd = groups
    rare = normal[labels == "rare"]
    truth = np.repeat([0, 1], [len(rare), len(odd)])
    scores = {
        method: roc_auc_score(
            truth, oddness(fitted_forest(method, normal, labels), np.concatenate([rare, odd]))
        )
        for method in ("one", "per-class")
    }
    assert scores["per-class"] > 0.99
    assert scores["per-class"] > scores["one"]


def test_the_oddest_is_first() -> None:
    table = score_table(["a", "b", "c"], [0.2, 0.9, 0.5])
    assert table.to_pydict() == {
        "object_id": ["b", "c", "a"],
        "score": [0.9, 0.5, 0.2],
        "rank": [1, 2, 3],
    }


def test_errors(groups: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    normal, _, _ = groups
    with pytest.raises(LcfmError, match="no class has 10"):
        ForestPerClass().fit(normal[:5], ["a"] * 5)
    with pytest.raises(LcfmError, match="unknown method"):
        fitted_forest("two", normal, [""] * len(normal))  # type: ignore[arg-type]
    with pytest.raises(LcfmError, match="needs normal objects"):
        fitted_forest("one", normal[:0], [])


@pytest.mark.parametrize("extra", ["", "--normal {data} --target label --method per-class"])
def test_the_command_ranks_a_table(
    toy_lightcurves: LightCurves, tmp_path: Path, extra: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "toy.parquet", tmp_path / "scores.parquet"
    write_parquet(toy_lightcurves, data)
    line = f"anomalies transients --data {data} --out {out} --quiet --method one {extra}"
    assert main(line.format(data=data).split()) == 0
    assert "the oddest:" in capsys.readouterr().out
    table = pq.read_table(out)
    assert table.column_names == ["object_id", "score", "rank"]
    assert set(table["object_id"].to_pylist()) == set(toy_lightcurves.object_id)
    assert (np.diff(table["score"].to_numpy()) <= 0).all()
