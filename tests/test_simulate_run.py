"""Running: counts per class, seeds, chunks, report, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from fake_events import FakeEvents, fake_events
from lcfm.errors import LcfmError
from lcfm.simulate import quota, run
from lcfm.simulate.population import Population

MIX = Population(mix={"SNIa": 1.0, "TDE": 1.0, "AGN": 2.0})


@pytest.fixture(autouse=True)
def fake_physics(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(
        population: Population, n: int, rng: np.random.Generator, *, labels: Sequence[str]
    ) -> FakeEvents:
        faint = np.where(np.array(labels) == "SLSN-I", 25.0, 19.0)
        return fake_events(labels, faint + np.log10(rng.random(n)))

    monkeypatch.setattr(run, "draw_events", draw)
    monkeypatch.setattr(run, "CHUNK_OBJECTS", 40)


def _simulate(*surveys: str, n: int = 90, seed: int = 1, **kwargs: Any) -> Any:
    return run.simulate_with_report(surveys, n, seed=seed, population=MIX, **kwargs)


def test_every_class_has_its_share_and_ids_are_stated() -> None:
    table, report = _simulate("ztf")
    labels, counts = np.unique(table.column("label").astype(str), return_counts=True)
    expected = run.class_counts(MIX.mix, 90)
    assert dict(zip(labels.tolist(), counts.tolist(), strict=True)) == expected
    assert sum(expected.values()) == len(table) == 90
    assert table.object_id[0] == "sim-ztf-1-0"
    assert len(set(table.object_id)) == 90
    assert set(table.column("survey")) == {"ZTF"}
    assert {"redshift", "mwebv", "ra", "dec", "peak_mjd", "sim_peak_mag", "sim_t0_mjd"} <= set(
        table.columns
    )
    assert report.kept[("ZTF", "AGN")] == expected["AGN"]
    assert all(report.drawn[k] >= report.selected[k] >= report.kept[k] for k in report.drawn)
    assert "drawn" in str(report)


def test_labels_are_mixed_within_a_chunk() -> None:
    table, _ = _simulate("ztf", n=40)
    assert len(set(table.column("label")[:10])) > 1


def test_same_seed_same_table() -> None:
    assert _simulate("ztf")[0].fingerprint() == _simulate("ztf")[0].fingerprint()
    assert _simulate("ztf", seed=2)[0].fingerprint() != _simulate("ztf")[0].fingerprint()


def test_chunks_do_not_depend_on_order() -> None:
    chunks = run.plan(["ztf"], 90, seed=5, population=MIX)
    assert len(chunks) == 3
    forward = [run.make_chunk(c)[0].fingerprint() for c in chunks]
    backward = [run.make_chunk(c)[0].fingerprint() for c in reversed(chunks)]
    assert forward == backward[::-1]
    assert len(set(forward)) == 3


def test_two_surveys_give_n_each() -> None:
    table, _ = _simulate("ztf", "lsst", n=30)
    assert {k: len(v) for k, v in table.split_by_survey().items()} == {"ZTF": 30, "LSST": 30}


def test_a_survey_has_its_table_whatever_is_beside_it() -> None:
    alone = _simulate("yse", n=50)[0].fingerprint()
    for names in (("ztf", "yse"), ("yse", "ztf"), ("lsst", "ztf", "yse")):
        by_survey = _simulate(*names, n=50)[0].split_by_survey()
        assert by_survey["YSE"].fingerprint() == alone
    assert by_survey["ZTF"].fingerprint() == _simulate("ztf", n=50)[0].fingerprint()


def test_class_never_selected_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "HOPELESS_DRAWS", 1000)
    with pytest.raises(LcfmError, match="'SLSN-I' is practically never selected by ZTF"):
        run.simulate(["ztf"], 10, seed=0, population=Population(mix={"SNIa": 1, "SLSN-I": 1}))


@pytest.mark.parametrize(
    ("surveys", "n", "seed", "text"),
    [
        ([], 5, 0, "at least one survey"),
        (["ztf"], 0, 0, "n must"),
        (["x"], 5, 0, "unknown survey"),
        (["ztf", "ZTF"], 5, 0, "named once"),
    ],
)
def test_bad_requests_are_named(surveys: list[str], n: int, seed: int, text: str) -> None:
    with pytest.raises(LcfmError, match=text):
        run.simulate(surveys, n, seed=seed, population=MIX)


@pytest.mark.parametrize("n", [1, 7, 100, 101])
def test_class_counts_add_up(n: int) -> None:
    counts = run.class_counts({"a": 1, "b": 1, "c": 1}, n)
    assert sum(counts.values()) == n
    assert max(counts.values()) - min(counts.values()) <= 1


def test_class_counts_follow_weights_and_refuse_none() -> None:
    assert run.class_counts({"a": 3, "b": 1}, 8) == {"a": 6, "b": 2}
    with pytest.raises(LcfmError, match="class mix"):
        run.class_counts({}, 8)
