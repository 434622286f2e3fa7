"""Labels saved, in words, as a table and as rows that a model card can take up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lcfm.evaluate.label_efficiency import curve_of, labels_needed, monotone
from lcfm.evaluate.labels_saved import efficiency_rows, labels_saved, table, words

MODEL, TREES, NETWORK = "pretrained, fine-tuned", "features + forest", "no pretraining"


def runs(scores: dict[str, dict[int, float]], draws: int = 3) -> list[dict[str, Any]]:
    return [
        {"method": method, "n_train": n, "seed": seed, "macro_auroc": score + 0.002 * seed}
        for method, points in scores.items()
        for n, score in points.items()
        for seed in range(draws if n else 1)
    ]


RUNS = runs({
    MODEL: {0: 0.85, 64: 0.88, 128: 0.90, 256: 0.92},
    TREES: {64: 0.80, 128: 0.84, 256: 0.96},
    NETWORK: {64: 0.50, 128: 0.55, 256: 0.60},
})  # fmt: skip


def test_a_sentence_has_the_labels_that_others_need() -> None:
    saved = labels_saved(RUNS, MODEL)
    assert [(one.efficiency.labels, one.against) for one in saved] == [
        (n, name) for n in (0, 64, 128, 256) for name in (TREES, NETWORK)
    ]
    trees = saved[4].efficiency
    assert trees.needed == labels_needed(
        *monotone(curve_of(r for r in RUNS if r["method"] == TREES)), 0.902
    )
    assert trees.low.labels <= trees.needed.labels <= trees.high.labels
    sentence = words(saved)
    assert sentence == (
        "With 128 labels the pretrained model reaches a macro AUROC of 0.902. For that score "
        f"'features + forest' needs {trees.needs}; 'no pretraining' needs > 256 labels."
    )
    assert "181 labels (1" in sentence


def test_the_sentence_is_about_what_was_run() -> None:
    bare = runs({MODEL: {0: 0.9}, TREES: {32: 0.8, 200: 0.85}})
    assert str(words(labels_saved(bare, MODEL))).startswith("Without any label the pretrained")
    few = runs({MODEL: {0: 0.7, 40: 0.75, 300: 0.9}, TREES: {40: 0.6, 300: 0.8}})
    assert str(words(labels_saved(few, MODEL))).startswith("With 40 labels")
    assert words(labels_saved(runs({MODEL: {32: 0.8}}), MODEL)) is None


def test_the_table_has_a_column_for_each_other_method() -> None:
    shown = table(labels_saved(RUNS, MODEL))
    assert [row["labels of the model"] for row in shown.rows] == [0, 64, 128, 256]
    assert shown.rows[2]["labels of 'no pretraining'"] == "> 256"
    assert "labels" not in str(shown.rows[2]["labels of 'features + forest'"])


def test_rows_name_the_model_and_can_be_written() -> None:
    rows = efficiency_rows(labels_saved(RUNS, MODEL), target="label5", method=MODEL, model="abc")
    assert len(json.loads(json.dumps(rows))) == 8
    assert rows[4]["score"] == pytest.approx(0.902)
    assert (rows[4]["model"], rows[4]["target"], rows[4]["against"]) == ("abc", "label5", TREES)
