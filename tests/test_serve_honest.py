"""What keeps predictions honest: a guard for what is no supernova, and sets that cover."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.serve.conformal import Conformal, calibrated
from lcfm.serve.guard import CONSTANT, FEW, NOT_ONE_BUMP, PASSED, SHORT, Guard, is_transient
from lcfm.serve.model import Model
from lcfm.serve.shipped import load
from lcfm.serve.tables import Honest, write_served

ERROR = 500.0  # nJy
N = 20
Curve = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def table(curve: Curve, *, epochs: int = 30, span: float = 80.0) -> LightCurves:
    """Objects whose flux [nJy] is a function of the day, in two bands, with noise."""
    rng = np.random.default_rng(0)
    days = np.sort(rng.uniform(0, span, (N, epochs)), axis=1)
    flux = np.stack([curve(row, rng) for row in days]) + rng.normal(0, ERROR, days.shape)
    objects = pa.table({"object_id": [f"o{i}" for i in range(N)], "survey": ["ZTF"] * N})
    points = {
        "mjd": 58_000 + days.ravel(),
        "band": np.tile(np.arange(epochs) % 2, N),
        "flux": flux.ravel(),
        "flux_err": np.full(flux.size, ERROR),
    }
    return LightCurves(objects, np.arange(N + 1) * epochs, points, ("ztfg", "ztfr"))


def supernova(day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rise = np.exp(-(((day - 25) / 10) ** 2))
    return 20_000 * np.where(day < 25, rise, np.exp(-(day - 25) / 20))


CASES: dict[str, tuple[Curve, str]] = {
    "supernova": (supernova, PASSED),
    "noise": (lambda day, rng: np.zeros_like(day), FEW),
    "constant": (lambda day, rng: np.full_like(day, 15_000.0), CONSTANT),
    "periodic": (lambda day, rng: 15_000 * (1 + 0.6 * np.sin(2 * np.pi * day / 3.7)), NOT_ONE_BUMP),
    "flare": (lambda day, rng: np.where(abs(day - day[9]) < 0.01, 60_000.0, 0.0), FEW),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_guard_tells_what_is_missing(name: str) -> None:
    curve, expected = CASES[name]
    reasons = Guard().reasons(table(curve))
    assert (reasons == expected).mean() >= 0.9


def test_a_single_point_and_a_week_are_too_little() -> None:
    assert (Guard().reasons(table(supernova, epochs=1)) == FEW).all()
    burst = table(lambda day, rng: np.full_like(day, 15_000.0), span=4.5)
    assert (Guard().reasons(burst) == SHORT).all()


def test_what_only_fades_below_its_reference_is_too_short() -> None:
    """A variable whose every detection is negative, as forced photometry of plasticc has them."""
    lcs = table(lambda day, rng: -20_000.0 - 100 * day)
    lcs = lcs.with_points(detected=np.ones(lcs.n_points, dtype=bool))
    assert set(Guard().reasons(lcs)) <= {SHORT, CONSTANT, NOT_ONE_BUMP, FEW}


def test_a_bright_band_of_one_night_does_not_make_an_object_short() -> None:
    """As where bands have zeropoints of their own: g is brightest, and seen once."""
    day = np.array([10.0, 0.0, 5.0, 10.0, 15.0, 25.0, 40.0])
    lcs = LightCurves(
        pa.table({"object_id": ["two bands"], "survey": ["ZTF"]}),
        [0, 7],
        {
            "mjd": 58_000 + day,
            "band": np.array([0, 1, 1, 1, 1, 1, 1]),
            "flux": np.array([9e4, 6e3, 1.5e4, 2e4, 1.8e4, 1e4, 6e3]),
            "flux_err": np.full(7, ERROR),
        },
        ("ztfg", "ztfr"),
    )
    assert Guard().reasons(lcs).tolist() == [PASSED]


def test_limits_speak_against_a_constant_only_below_it() -> None:
    """Three detections at one level and deep limits before: something appeared."""
    days = np.array([0.0, 3.0, 6.0, 20.0, 24.0, 28.0])
    flux = np.array([0.0, 0.0, 0.0, 1e4, 1e4, 1e4])
    objects = pa.table({"object_id": ["deep", "shallow"], "survey": ["ZTF"] * 2})
    points = {
        "mjd": np.tile(58_000 + days, 2),
        "band": np.zeros(12, dtype=int),
        "flux": np.tile(flux, 2),
        "flux_err": np.concatenate([np.full(6, 400.0), np.full(3, 4000.0), np.full(3, 400.0)]),
        "limit": np.tile(flux == 0, 2),
    }
    lcs = LightCurves(objects, [0, 6, 12], points, ("ztfg",))
    assert Guard().reasons(lcs).tolist() == [PASSED, CONSTANT]


def test_a_refused_object_is_sure_of_nothing_and_agn_are_left_alone() -> None:
    classes = ("AGN", "SNIa", "SNII")
    stated = np.array([[0.01, 0.98, 0.01], [0.98, 0.01, 0.01], [0.2, 0.45, 0.35]], np.float32)
    reasons = np.array([FEW, FEW, FEW], dtype=object)
    kept, said = Guard(most=0.5).guarded(stated, classes, reasons)
    np.testing.assert_allclose(kept.sum(axis=1), 1, atol=1e-6)
    assert kept[0].max() == pytest.approx(0.5)
    assert (kept.argmax(axis=1) == stated.argmax(axis=1)).all()
    np.testing.assert_array_equal(kept[1:], stated[1:])
    assert said.tolist() == [FEW, PASSED, FEW]
    assert is_transient("SN Ia")
    assert not is_transient("AGN")
    assert not is_transient("my own class")
    with pytest.raises(LcfmError, match="most must lie"):
        Guard(most=1.0)


@pytest.fixture(scope="module")
def model() -> Model:
    return load("transients")


def test_predictions_carry_the_reason(model: Model) -> None:
    noise = Honest()(model, table(CASES["noise"][0]))
    assert noise.column_names[-1] == "refused"
    tops = np.column_stack([noise[f"prob_{c}"].to_numpy() for c in model.classes_ if c != "AGN"])
    assert (tops.max(axis=1) <= 0.501).all()
    seen = Honest()(model, table(supernova))
    assert set(seen["refused"].to_pylist()) == {PASSED}
    assert "refused" not in Honest(guard=None)(model, table(supernova)).column_names


def test_sets_cover_as_stated_and_are_small_where_the_model_is_sure() -> None:
    rng = np.random.default_rng(0)
    classes, n = ("a", "b", "c"), 4000
    logits = rng.normal(0, 2, (n, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array(classes)[(rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1)]
    sharper = p**3 / (p**3).sum(axis=1, keepdims=True)  # overconfident: sets must not mind
    for coverage in (0.8, 0.95):
        half = Conformal.of(sharper[:2000], truth[:2000], classes, coverage)
        sets = half.sets(sharper[2000:])
        held = np.mean([t in s for t, s in zip(truth[2000:], sets, strict=True)])
        assert held == pytest.approx(coverage, abs=0.02)
    explicit = sorted(sharper[np.arange(9), [classes.index(t) for t in truth[:9]]])
    assert Conformal.of(sharper[:9], truth[:9], classes, 0.8).threshold == explicit[1]


def test_errors_of_sets(model: Model, toy_lightcurves: LightCurves) -> None:
    with pytest.raises(LcfmError, match="coverage must lie between 0 and 1"):
        Conformal.of(np.ones((1, 1)), ["a"], ("a",), 90)
    with pytest.raises(LcfmError, match="at least 9 labelled objects"):
        Conformal.of(np.ones((3, 1)), ["a"] * 3, ("a",), 0.9)
    with pytest.raises(LcfmError, match="'b' is not among"):
        Conformal.of(np.ones((1, 1)), ["b"], ("a",), 0.5)
    with pytest.raises(LcfmError, match=r"none of 60 objects .* can be used"):
        calibrated(model, toy_lightcurves.with_columns(label=["?"] * 60), "label", 0.9)
    with pytest.raises(LcfmError, match="got 0"):
        calibrated(model, toy_lightcurves.with_columns(label=[""] * 60), "label", 0.9)
    found = calibrated(model, toy_lightcurves, "label", 0.9)
    assert found.n == 60
    assert found.events == set(toy_lightcurves.column("event_id"))


def test_empty_sets_are_counted_and_explained(
    model: Model, toy_lightcurves: LightCurves, tmp_path: Path
) -> None:
    out = tmp_path / "p.parquet"
    for threshold, said in ((2.0, "60 sets are empty: no class"), (0.0, "; 0 sets are empty")):
        make = Honest(conformal=Conformal(model.classes_, 0.9, threshold, 9))
        served = write_served(model, [toy_lightcurves], out, make, overwrite=True)
        assert said in str(served)
    assert str(served).endswith("empty")
    plain = write_served(model, [toy_lightcurves], out, Honest(), overwrite=True)
    assert "empty" not in str(plain)
