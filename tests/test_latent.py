"""Alignment of two telescopes: known answers, real pairs, and the experiment on toys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.evaluate.alignment import partner_ranks, probe_scores
from lcfm.experiments import latent, latent_inputs, pretrainings, table2
from lcfm.experiments.asked import Asked
from lcfm.experiments.pretrainings import Size
from lcfm.experiments.two_views import SIMULATED, Views, real_views, simulated_views
from lcfm.lightcurves import LightCurves
from toy import toy_lightcurves, two_telescopes


def blobs(n: int, shift: float, seed: int = 0) -> tuple[Any, Any, Any]:
    """Latents of events in three classes through two telescopes, `shift` apart, and the classes."""
    rng = np.random.default_rng(seed)
    classes = np.arange(n) % 3
    event = 3.0 * np.eye(3)[classes] @ rng.normal(size=(3, 8)) + rng.normal(size=(n, 8))
    seen = [event + 0.1 * rng.normal(size=(n, 8)) for _ in range(2)]
    return seen[0], seen[1] + shift, classes.astype(str)


def test_partners_of_aligned_views_are_nearest_and_those_of_noise_anywhere() -> None:
    first, second, _ = blobs(100, 0.0)
    near = partner_ranks(first, second)
    assert near["median_rank"] == 1
    assert near["recall@1"] > 0.9
    assert near["chance_rank"] == 50.5
    far = partner_ranks(first, second[::-1])
    assert far["median_rank"] > 15
    collapsed = partner_ranks(np.ones((10, 4)), np.ones((10, 4)))
    assert collapsed["median_rank"] == 10  # ties count against it
    with pytest.raises(LcfmError, match="the same two events"):
        partner_ranks(first, second[:-1])


@pytest.mark.parametrize(("shift", "told_apart"), [(0.0, False), (12.0, True)])
def test_probes_tell_telescopes_apart_only_where_they_differ(
    shift: float, told_apart: bool
) -> None:
    first, second, classes = blobs(120, shift)
    events = np.tile([f"e{i}" for i in range(120)], 2)
    found = probe_scores(
        np.concatenate([first, second]),
        np.repeat(["ZTF", "LSST"], 120),
        np.tile(classes, 2),
        events,
    )
    assert found["survey_chance"] == 0.5
    for probe in ("logistic", "mlp"):
        accuracy = found[probe]["survey_accuracy"]
        assert accuracy > 0.95 if told_apart else abs(accuracy - 0.5) < 0.12
        assert found[probe]["class_auroc"] > 0.95


def test_a_collapsed_latent_hides_the_telescope_and_the_class_alike() -> None:
    events = np.tile([f"e{i}" for i in range(60)], 2)
    found = probe_scores(
        np.full((120, 5), 0.3), np.repeat(["a", "b"], 60), np.tile(np.arange(60) % 2, 2), events
    )
    for probe in ("logistic", "mlp"):
        assert found[probe] == {"survey_accuracy": 0.5, "class_auroc": 0.5}
    alone = probe_scores(np.ones((4, 2)), ["a", "a", "b", "b"], [""] * 4, ["1", "2", "3", "4"])
    assert alone["logistic"] == {"survey_accuracy": None, "class_auroc": None}
    assert alone["survey_chance"] is None


def halves(n: int) -> LightCurves:
    """Photometry of two telescopes in one row, as YSE has it."""
    lcs = toy_lightcurves(n, seed=4, epochs=30)
    one = LightCurves(lcs.objects, lcs.offsets, lcs.points, ("ztfg", "ps1::r"))
    return one.with_columns(survey=["YSE"] * n, label3=lcs.column("label"))


def repeated(n: int) -> LightCurves:
    """A table in which each event stands in rows of two surveys, and some in three."""
    lcs = toy_lightcurves(2 * n + 5, seed=6)
    events = [f"e{i % n}" for i in range(2 * n + 5)]
    surveys = ["CSP"] * n + ["SDSS"] * n + ["DES"] * 5
    return lcs.with_columns(survey=surveys, event_id=events)


def test_views_of_real_events() -> None:
    data = LightCurves.concat([halves(40), repeated(30)])
    found = real_views(data)
    assert set(found) == {"YSE: its two telescopes", "the same SN in two surveys"}
    cut = found["YSE: its two telescopes"]
    assert set(cut.first.column("survey")) == {"ZTF"}
    assert set(cut.second.column("survey")) == {"PS1"}
    for part, band in ((cut.first, "ztfg"), (cut.second, "ps1::r")):
        assert {part.bands[code] for code in part.points["band"]} == {band}
        assert part.lengths.min() >= 5
    twice = found["the same SN in two surveys"]
    assert len(twice) == 30
    assert set(twice.classes) == {""}
    for views in found.values():
        assert (views.first.column("event_id") == views.second.column("event_id")).all()
        assert (views.first.column("survey") != views.second.column("survey")).all()
        assert len(set(views.both.object_id)) == 2 * len(views)
    with pytest.raises(LcfmError, match="fewer than 20 events were seen by two telescopes"):
        real_views(toy_lightcurves(60))


@pytest.mark.slow
def test_simulated_views_are_of_the_same_events() -> None:
    views = simulated_views(16, 3)
    assert len(views) == 16
    assert (views.first.numbers("redshift") == views.second.numbers("redshift")).all()


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = two_telescopes(120, seed=1)
    parts = two_telescopes(120, seed=2).split_by_survey()
    views = Views(parts["ZTF"], parts["LSST"], parts["ZTF"].column("label").astype(str))
    size = Size(ztf=60, lsst=60, pairs=0, epochs=2, pretrainings=1)
    names = ("classifier", "contrastive", "adversarial")
    chosen = {name: pretrainings.PRETRAININGS[name] for name in names}
    monkeypatch.setattr(pretrainings, "SIZES", {"small": size})
    monkeypatch.setattr(pretrainings, "ENCODER", GRUSettings(hidden=4, layers=1))
    monkeypatch.setattr(pretrainings, "sample", lambda *_: seen)
    monkeypatch.setattr(latent, "SIZES", {"small": size})
    monkeypatch.setattr(latent, "PRETRAININGS", chosen)
    monkeypatch.setattr(latent, "simulated_views", lambda *_: views)
    monkeypatch.setattr(
        table2, "redshift_simulations", lambda _: {"ztf": toy_lightcurves(), "lsst": parts["LSST"]}
    )


@pytest.mark.usefixtures("toys")
def test_the_experiment_on_toys(tmp_path: Path) -> None:
    lines: list[str] = []

    def once() -> Any:
        lines.clear()
        latent.main(Asked(
            halves(40), tmp_path / "out", scale="small", work=tmp_path / "work", model=None,
            command="lcfm reproduce latent", say=lines.append,
        ))  # fmt: skip
        return json.loads((tmp_path / "out" / "latent.json").read_text())

    first = once()
    kinds = {latent.FEATURES, "classifier", "contrastive", "adversarial"}
    assert {r["pretraining"] for r in first["runs"]} == kinds
    assert {r["set"] for r in first["runs"]} == {SIMULATED, "YSE: its two telescopes"}
    assert len(first["runs"]) == 8
    for now, then in zip(latent.summarise(first["runs"]), first["summary"], strict=True):
        assert now == pytest.approx(then)
    assert {len(epochs) for epochs in first["losses"].values()} == {2}
    for name in ("contrastive", "adversarial"):
        assert all("valid_classifier_loss" in epoch for epoch in first["losses"][name])
    assert first["inputs"]["objects"]["pretraining, ZTF"]["SNIa"] == 8
    names = ("latent", "latent_snii", "latent_alignment", "latent_inputs", "latent_losses")
    for name in names:
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 5_000
    assert sum("median rank" in line for line in lines) == 8
    again = once()
    assert again["runs"] == first["runs"]
    assert not any("median rank" in line for line in lines)


def test_what_is_refused(tmp_path: Path) -> None:
    keywords: Any = {"work": tmp_path, "command": "", "say": print}
    with pytest.raises(LcfmError, match="unknown scale 'tiny'"):
        latent.main(Asked(halves(40), tmp_path, scale="tiny", model=None, **keywords))
    with pytest.raises(LcfmError, match="leave out --model"):
        latent.main(Asked(halves(40), tmp_path, scale="small", model=object(), **keywords))  # type: ignore[arg-type]


def test_the_losses_of_all_objectives_are_cross_entropies() -> None:
    plain = [{"train_loss": 1.0, "valid_loss": 1.2}]
    joint = [
        {
            "train_loss": 9.0,
            "train_classifier_loss": 1.1,
            "valid_loss": 9.0,
            "valid_classifier_loss": 1.3,
        }
    ]
    figure = latent_inputs.losses({"classifier": plain, "contrastive": joint})
    drawn = [[float(line.get_ydata()[0]) for line in panel.lines] for panel in figure.axes]  # type: ignore[index, arg-type]
    assert drawn == [[1.0, 1.1], [1.2, 1.3]]
