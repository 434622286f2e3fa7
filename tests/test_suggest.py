"""Which objects to label next: each strategy against a slow twin or a plain case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from lcfm.adapt.strategies import (
    STRATEGIES,
    Gradients,
    Information,
    Margin,
    Pool,
    choose,
    named_strategy,
)
from lcfm.adapt.suggest import NO_ANSWER, TEST, labelled_already, suggest
from lcfm.cli import main
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.readers.parquet import write_parquet
from lcfm.serve.guard import FEW, Guard
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from toy import toy_lightcurves as draw_toy


def pool(n: int = 60, labelled: int = 8, seed: int = 0) -> Pool:
    """Random latent vectors and probabilities of three classes."""
    rng = np.random.default_rng(seed)
    return Pool(
        rng.normal(size=(n, 4)),
        rng.dirichlet([0.5] * 3, n),
        rng.normal(size=(labelled, 4)),
        rng.dirichlet([0.5] * 3, labelled),
    )


@pytest.fixture(scope="module")
def model() -> Model:
    return load("transients-ztf")


@pytest.mark.parametrize("name", sorted(STRATEGIES))
@pytest.mark.parametrize("labelled", [0, 8])
def test_a_batch_is_of_distinct_objects_and_follows_the_seed(name: str, labelled: int) -> None:
    strategy, some = named_strategy(name), pool(labelled=labelled)
    rows = choose(strategy, some, 20, seed=3)
    assert rows.dtype == np.int64
    assert len(set(rows.tolist())) == 20
    np.testing.assert_array_equal(rows, choose(strategy, some, 20, seed=3))
    assert sorted(choose(strategy, some, len(some), seed=0)) == list(range(len(some)))


@pytest.mark.parametrize("name", ["entropy", "margin"])
def test_the_uncertain_come_first(name: str) -> None:
    p = np.array([[0.98, 0.01, 0.01], [0.4, 0.35, 0.25], [0.6, 0.3, 0.1], [1.0, 0.0, 0.0]])
    some = Pool(np.zeros((4, 2)), p, np.zeros((0, 2)), np.zeros((0, 3)))
    np.testing.assert_array_equal(choose(named_strategy(name), some, 4, seed=0), [1, 2, 0, 3])


def test_a_margin_is_of_the_two_most_probable() -> None:
    p = np.array([[0.4, 0.3, 0.3], [0.48, 0.47, 0.05]])
    some = Pool(np.zeros((2, 2)), p, np.zeros((0, 2)), np.zeros((0, 3)))
    np.testing.assert_array_equal(choose(Margin(), some, 2, seed=0), [1, 0])


def test_diversity_visits_every_cluster_but_the_labelled_one() -> None:
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(5) * 100, 20, axis=0)
    latent = centres + rng.normal(size=(100, 5))
    p = np.full((100, 2), 0.5)
    some = Pool(latent, p, latent[:3], p[:3])
    rows = choose(named_strategy("diversity"), some, 4, seed=0)
    assert sorted(rows // 20) == [1, 2, 3, 4]


def test_distances_of_gradients_are_those_of_the_gradients_themselves() -> None:
    some = pool()
    latent, _ = some.standardised()
    residual = some.probabilities.copy()
    residual[np.arange(len(some)), residual.argmax(axis=1)] -= 1
    gradient = (residual[:, :, None] * latent[:, None, :]).reshape(len(some), -1)
    rng = np.random.default_rng(5)
    chosen: list[int] = []
    nearest = (gradient**2).sum(axis=1)
    for _ in range(6):
        weight = nearest.copy()
        weight[chosen] = 0
        chosen.append(int(rng.choice(len(some), p=weight / weight.sum())))
        nearest = np.minimum(nearest, ((gradient - gradient[chosen[-1]]) ** 2).sum(axis=1))
    np.testing.assert_array_equal(choose(Gradients(), some, 6, seed=5), chosen)


def test_information_is_that_of_the_whole_posterior_at_each_step() -> None:
    some, strength = pool(), 2.0
    latent, labelled = some.standardised()

    def log_det(z: np.ndarray, p: np.ndarray) -> float:
        return sum(
            np.linalg.slogdet(strength * np.eye(4) + (z * (p * (1 - p))[:, k, None]).T @ z)[1]
            for k in range(3)
        )

    chosen: list[int] = []
    for _ in range(5):
        gain = [
            -np.inf
            if row in chosen
            else log_det(
                np.vstack([labelled, latent[[*chosen, row]]]),
                np.vstack([some.labelled_probabilities, some.probabilities[[*chosen, row]]]),
            )
            for row in range(len(some))
        ]
        chosen.append(int(np.argmax(gain)))
    np.testing.assert_array_equal(choose(Information(strength=strength), some, 5, seed=0), chosen)


@pytest.mark.parametrize("name", ["gradients", "information", "diversity"])
def test_copies_of_one_object_are_not_all_chosen(name: str) -> None:
    some = pool(n=12, labelled=0)
    latent = np.vstack([some.latent, np.repeat(some.latent[:1], 40, axis=0)])
    p = np.vstack([some.probabilities, np.repeat(some.probabilities[:1], 40, axis=0)])
    copies = Pool(latent, p, some.labelled, some.labelled_probabilities)
    rows = choose(named_strategy(name), copies, 8, seed=0)
    assert ((rows == 0) | (rows >= 12)).sum() <= 3


def test_errors_of_the_strategies() -> None:
    with pytest.raises(LcfmError, match="unknown strategy 'best'; known: diversity"):
        named_strategy("best")
    with pytest.raises(LcfmError, match="only 60 candidates are left"):
        choose(Margin(), pool(), 61, seed=0)
    with pytest.raises(LcfmError, match="ask for at least 1"):
        choose(Margin(), pool(), 0, seed=0)


def test_who_is_left_out_is_counted(model: Model) -> None:
    lcs = draw_toy(60)
    test = is_test(lcs.column("event_id"))
    faulty = 3 + int(np.flatnonzero(~test[3:])[0])
    single = np.arange(lcs.n_points) == lcs.offsets[lcs.owner]
    lcs = lcs.select_points(single | (lcs.owner != faulty))  # one object was seen once
    labelled = np.zeros(60, dtype=bool)
    labelled[:3] = True
    found = suggest(model, lcs, 10, Margin(), labelled=labelled, guard=Guard())
    assert found.left_out[TEST] == int((test & ~labelled).sum())
    assert found.left_out[FEW] >= 1
    assert found.labelled == 3
    assert found.candidates + found.labelled + sum(found.left_out.values()) == 60
    assert not (test | labelled)[found.rows].any()
    assert f"{FEW}" in str(found)
    everyone = suggest(model, lcs, 57, Margin(), labelled=labelled, part="all")
    assert not everyone.left_out
    assert NO_ANSWER not in everyone.left_out


def test_labelled_by_column_file_or_model(model: Model, tmp_path: Path) -> None:
    lcs = draw_toy(12)
    label = lcs.column("label").copy()
    label[5:] = ""
    lcs = lcs.with_columns(mine=label)
    np.testing.assert_array_equal(labelled_already(model, lcs, "mine"), np.arange(12) < 5)
    assert not labelled_already(model, lcs, None).any()
    path = tmp_path / "done.csv"
    path.write_text("rank,object_id\n1,toy-0-3\n2,toy-0-7\n")
    assert list(np.flatnonzero(labelled_already(model, lcs, str(path)))) == [3, 7]
    path.write_text("object_id\nelsewhere\n")
    with pytest.raises(LcfmError, match="names 1 objects that the table does not have"):
        labelled_already(model, lcs, str(path))
    path.write_text("name\nelsewhere\n")
    with pytest.raises(LcfmError, match="has no column 'object_id'"):
        labelled_already(model, lcs, str(path))
    with pytest.raises(LcfmError, match="neither a column of the table nor a file"):
        labelled_already(model, lcs, "nothing")


def test_the_command_goes_on_from_the_labels_of_a_fit(
    tmp_path: Path, toy_lightcurves: LightCurves, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "toy.parquet"
    write_parquet(toy_lightcurves, data)
    tuned = f"finetune transients-ztf --data {data} --labels 20 --out {tmp_path}/ft --quiet"
    assert main(tuned.split()) == 0
    line = f"suggest {tmp_path}/ft --data {data} --n 7 --no-guard --quiet --out {tmp_path}"
    assert main(f"{line}/s.csv".split()) == 0
    assert "20 labelled already; left out: " in capsys.readouterr().out
    table = pc.read_csv(tmp_path / "s.csv")
    assert table.column_names == ["rank", "object_id", "class", "probability"]
    assert table["rank"].to_pylist() == list(range(1, 8))
    chosen = np.isin(toy_lightcurves.object_id, table["object_id"].to_pylist())
    assert not is_test(toy_lightcurves.column("event_id")[chosen]).any()
    more = f"{line}/t.parquet --labelled {tmp_path}/s.csv --strategy information"
    assert main(more.split()) == 0
    again = pq.read_table(tmp_path / "t.parquet")["object_id"].to_pylist()
    assert not set(again) & set(table["object_id"].to_pylist())
    assert main(f"{line}/s.txt".split()) == 2
    assert "ends in .csv or .parquet" in capsys.readouterr().err
