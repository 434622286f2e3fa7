"""Scores against sklearn, explicit loops and values worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, roc_auc_score

from lcfm.errors import LcfmError
from lcfm.evaluate.compare import compare_rows, paired_difference
from lcfm.evaluate.metrics import (
    classification_metrics,
    expected_calibration_error,
    macro_auroc_error,
    recall_at_k,
    regression_metrics,
)

CLASSES = ("a", "b", "c")


def random_case(n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.choice(CLASSES, n)
    table = rng.dirichlet(np.ones(3), n)
    table[np.arange(n), [CLASSES.index(x) for x in labels]] += 0.3
    return labels, table / table.sum(axis=1, keepdims=True)


def auroc_by_pairs(positive: np.ndarray, score: np.ndarray) -> float:
    """Share of pairs in the right order: slow, and obviously right."""
    wins = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in score[positive]
        for low in score[~positive]
    ]
    return float(np.mean(wins))


def test_scores_equal_those_of_sklearn_and_of_explicit_pairs() -> None:
    labels, table = random_case()
    out = classification_metrics(labels, table, CLASSES)
    for column, name in enumerate(CLASSES):
        expected = auroc_by_pairs(labels == name, table[:, column])
        assert out["auroc"][name] == pytest.approx(expected)
    macro = roc_auc_score(labels, table, multi_class="ovr", average="macro")
    assert out["macro_auroc"] == pytest.approx(macro)
    guess = np.asarray(CLASSES)[table.argmax(axis=1)]
    assert out["macro_f1"] == pytest.approx(f1_score(labels, guess, average="macro"))
    assert out["micro_f1"] == pytest.approx(f1_score(labels, guess, average="micro"))
    assert out["log_loss"] == pytest.approx(log_loss(labels, table))


def test_a_class_absent_from_the_test_set_is_named_and_not_averaged() -> None:
    labels = np.array(["a", "a", "b"])
    table = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])
    out = classification_metrics(labels, table, CLASSES)
    assert out["absent"] == ["c"]
    assert out["auroc"] == {"a": 1.0, "b": 1.0, "c": None}
    assert out["macro_auroc"] == 1.0
    assert out["macro_f1"] == 1.0


def test_a_test_class_without_a_column_counts_as_chance() -> None:
    labels = np.array(["a", "b", "d"])
    table = np.array([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]])
    out = classification_metrics(labels, table, ("a", "b"))
    assert out["auroc"]["d"] == 0.5
    assert out["macro_auroc"] == pytest.approx(2.5 / 3)


@pytest.mark.parametrize(
    ("labels", "table", "message"),
    [
        (["a", "b"], np.ones((2, 2)) / 2, "shape"),
        (["a", "a"], np.ones((2, 3)) / 3, "AUROC needs two"),
        (["a", "b"], np.full((2, 3), np.nan), "not finite"),
        ([], np.ones((0, 3)), "no objects"),
    ],
)
def test_bad_input_is_explained(labels: list[str], table: np.ndarray, message: str) -> None:
    with pytest.raises(LcfmError, match=message):
        classification_metrics(labels, table, CLASSES)


def test_calibration_error_by_hand() -> None:
    # Bin 0.5-0.6: 2 objects, half right at 0.55; bin 0.9-1: 2 objects, both right at 0.95.
    confidence = [0.55, 0.55, 0.95, 0.95]
    error = expected_calibration_error([True, False, True, True], confidence, bins=10)
    assert error == pytest.approx(0.5 * 0.05 + 0.5 * 0.05)


def test_regression_by_hand() -> None:
    out = regression_metrics([0.0, 1.0, 2.0], [0.0, 1.5, 2.0])
    assert out["mse"] == pytest.approx(0.25 / 3)
    assert out["r2"] == pytest.approx(1 - 0.25 / 2)
    assert out["l1"] == pytest.approx(0.5 / 3)
    assert out["outliers"] == pytest.approx(1 / 3)  # 0.5 / 2 = 0.25 > 0.15
    assert regression_metrics([1.0, 1.0], [1.0, 1.2])["r2"] is None
    assert regression_metrics([-5.0, 1.0], [1.0, 1.2])["outliers"] is None
    with pytest.raises(LcfmError, match="not finite"):
        regression_metrics([0.1, np.nan], [0.1, 0.1])


def test_recall_against_an_explicit_loop() -> None:
    similarity = np.random.default_rng(1).normal(size=(20, 20))
    out = recall_at_k(similarity, (1, 5))
    for depth in (1, 5):
        hits = [i in np.argsort(-similarity[i])[:depth] for i in range(20)]
        assert out[f"recall@{depth}"] == pytest.approx(np.mean(hits))
    assert recall_at_k(np.ones((4, 4)), (1,))["recall@1"] == 0.0


def test_clearly_above_by_hand() -> None:
    one, two = [0.9, 0.8, 0.95, 0.9, 0.85], [0.8, 0.75, 0.8, 0.8, 0.8]
    out = paired_difference(one, two)
    differences = np.subtract(one, two)
    assert out.mean == pytest.approx(0.09)
    assert out.two_standard_errors == pytest.approx(2 * differences.std(ddof=1) / np.sqrt(5))
    assert out.clearly_above
    assert "clearly above" in str(out)
    assert not paired_difference(two, one).clearly_above
    assert not paired_difference(one[:4], two[:4]).clearly_above, "four draws are too few"


def test_rows_are_compared_draw_by_draw() -> None:
    def record(method: str, seed: int, score: float, labels: int = 128) -> dict[str, object]:
        return {
            "method": method,
            "seed": seed,
            "target": "label5",
            "labels": labels,
            "macro_auroc": score,
        }

    records = [record("ours", s, 0.9 + 0.01 * s) for s in range(6)]
    records += [record("theirs", s, 0.8 + 0.01 * s) for s in (5, 4, 3, 2, 1)]
    records += [record("theirs", 0, 0.0, labels=32)]
    out = compare_rows(records, "ours", "theirs", target="label5", labels=128)
    assert out.draws == 5
    assert out.mean == pytest.approx(0.1)
    assert out.clearly_above
    with pytest.raises(LcfmError, match="in common"):
        compare_rows(records, "ours", "theirs", target="label3", labels=128)


def test_error_of_a_finite_test_set_is_that_of_fresh_test_sets() -> None:
    rng = np.random.default_rng(0)
    names = np.array(["a"] * 15 + ["b"] * 300)

    def fresh() -> dict[str, Any]:
        # exponential scores, for which the formula is meant; bell-shaped ones scatter less
        score = 1 - np.exp(-rng.exponential(np.where(names == "a", 5.0, 1.0)))
        return classification_metrics(names, np.column_stack([score, 1 - score]), ("a", "b"))

    runs = [fresh() for _ in range(300)]
    scatter = np.std([run["auroc"]["a"] for run in runs])
    single = [macro_auroc_error({"a": run["auroc"]["a"]}, run["n_by_class"]) for run in runs]
    assert np.mean([e for e in single if e is not None]) == pytest.approx(scatter, rel=0.15)
    assert macro_auroc_error({"a": None}, {"a": 0, "b": 3}) is None
