"""Table 2 on toys: every row, both ranges, taking up finished runs, what is refused, the claims."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcfm.adapt.fit import fit
from lcfm.adapt.policies import All
from lcfm.encoders.gru import GRUSettings
from lcfm.errors import LcfmError
from lcfm.experiments import pretrainings, table2, table2_figure, zero_shot
from lcfm.experiments.asked import Asked
from lcfm.experiments.other_templates import SPCC_SETS, WithoutTemplates
from lcfm.experiments.pretrainings import Size
from lcfm.experiments.table2_claims import CLASSIFIER, CONSTANT, CONTRASTIVE, FINDINGS, judge
from lcfm.experiments.table2_scores import ALL, INSIDE, OURS, PAPER, score, summarise
from lcfm.lightcurves import LightCurves
from lcfm.objectives.named import named_objective
from lcfm.serve.model import Model
from lcfm.sources.templates import TemplateSource
from lcfm.surveys import get_survey
from lcfm.train.pretrain import pretrain
from lcfm.train.settings import TrainSettings
from toy import toy_lightcurves, two_telescopes

ONCE = TrainSettings(epochs=1, batch_size=64, device="cpu")
NAMES = (
    "classifier", "contrastive", "adversarial", "contrastive + adversarial", "contrastive + pairs",
)  # fmt: skip


def of_others(survey: str = "DES-SIM", n: int = 80, seed: int = 5) -> LightCurves:
    """A table with redshifts, some of them missing or of no class in the set."""
    lcs = toy_lightcurves(n, seed=seed)
    redshift = lcs.numbers("redshift").copy()
    redshift[0] = np.nan
    label5 = lcs.column("label").astype(str).copy()
    label5[1] = ""
    return lcs.with_columns(survey=[survey] * n, redshift=redshift, label5=label5)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretrainings and redshifts in seconds."""
    size = Size(ztf=60, lsst=60, pairs=0, epochs=1, pretrainings=1)
    seen = two_telescopes(120, seed=1)
    ours = {"ztf": toy_lightcurves(80, seed=2), "lsst": toy_lightcurves(80, seed=3)}
    first = zero_shot.from_scratch
    monkeypatch.setattr(pretrainings, "SIZES", {"small": size})
    monkeypatch.setattr(pretrainings, "ENCODER", GRUSettings(hidden=4, layers=1))
    monkeypatch.setattr(
        pretrainings, "PRETRAININGS", {n: pretrainings.PRETRAININGS[n] for n in NAMES}
    )
    monkeypatch.setattr(pretrainings, "sample", lambda *_: seen)
    monkeypatch.setattr(table2, "SIZES", pretrainings.SIZES)
    monkeypatch.setattr(table2, "PRETRAININGS", pretrainings.PRETRAININGS)
    monkeypatch.setattr(
        table2, "SCALES", {"small": table2.Scale(ztf=80, lsst=80, others=30, draws=2)}
    )
    monkeypatch.setattr(table2, "redshift_simulations", lambda _: ours)
    monkeypatch.setattr(zero_shot, "from_scratch", lambda lcs, seed, _=None: first(lcs, seed, ONCE))
    monkeypatch.setattr(zero_shot, "all_of", tuned_once)


def tuned_once(model: Model, lcs: LightCurves, seed: int) -> Model:
    return fit(model, lcs, lcs.numbers("redshift"), policy=All(training=ONCE), seed=seed)


def reproduce(
    tmp_path: Path,
    data: LightCurves,
    say: Callable[[str], None] = print,
    model: Model | None = None,
) -> Any:
    table2.main(Asked(
        data, tmp_path / "out", scale="small", work=tmp_path / "work", model=model,
        command="lcfm reproduce table2", say=say,
    ))  # fmt: skip
    return json.loads((tmp_path / "out" / "table2.json").read_text())


@pytest.mark.usefixtures("toys")
def test_every_row_is_scored_once_and_taken_up(
    tmp_path: Path,
) -> None:
    data = LightCurves.concat([of_others(), of_others("LSST-SIM (old)", seed=6)])
    result = reproduce(tmp_path, data)
    rows = {run["row"] for run in result["runs"]}
    assert rows >= set(PAPER)
    assert {f"{name} | ZTF | frozen network" for name in NAMES} <= rows
    assert {r["test"] for r in result["runs"]} == {OURS, "DES-SIM", "LSST-SIM (old)"}
    assert {r["redshifts"] for r in result["runs"]} == {INSIDE, ALL}
    few = [r for r in result["runs"] if r["row"].startswith("none | 30 of DES-SIM")]
    assert {r["test"] for r in few} == {"DES-SIM"}
    assert {r["draw"] for r in result["runs"]} == {0, 1}
    keys = [(r["row"], r["test"], r["redshifts"], r["draw"]) for r in result["runs"]]
    assert len(set(keys)) == len(keys)
    for now, then in zip(summarise(result["runs"]), result["summary"], strict=True):
        assert now == pytest.approx(then)
    assert (tmp_path / "out" / "table2.png").stat().st_size > 10_000
    lines: list[str] = []
    again = reproduce(tmp_path, data, lines.append)
    assert again["runs"] == result["runs"]
    assert not any("R²" in line for line in lines)
    # a run that was killed in the middle of a row makes this row again
    log = tmp_path / "work" / "table2" / "small" / "runs.jsonl"
    log.write_text("".join(line + "\n" for line in log.read_text().splitlines()[:-1]))
    for _ in range(2):
        assert len(reproduce(tmp_path, data, lines.append)["runs"]) == len(result["runs"])
    assert sum("R²" in line for line in lines) == 1
    lines.clear()
    # a network that changed is scored anew, and nothing else
    old = result["models"]["contrastive, 0"]
    log.write_text(log.read_text().replace(old, "0" * 16))
    reproduce(tmp_path, data, lines.append)
    made = [line.split("  ")[2] for line in lines if "R²" in line]
    assert made == 2 * [f"contrastive | ZTF | {by}" for by in ("frozen network", "100 neighbours")]


@pytest.mark.usefixtures("toys")
@pytest.mark.usefixtures("toys")
def test_a_given_model_is_scored_as_it_is_and_refined(tmp_path: Path) -> None:
    settings = pretrainings.untrained(named_objective("classifier+density"), ONCE)
    model = pretrain(toy_lightcurves(80, seed=9), settings)
    result = reproduce(tmp_path, of_others(), model=model)
    given = {r["row"] for r in result["runs"] if r["row"].startswith(zero_shot.GIVEN)}
    count = len(table2.make_sets(of_others(), table2.SCALES["small"]).train["DES-SIM"])
    assert given == {zero_shot.OWN_REDSHIFTS, f"given model | {count} of DES-SIM | refined"}
    assert any(zero_shot.OWN_REDSHIFTS in claim["claim"] for claim in result["claims"])
    with pytest.raises(LcfmError, match="no head 'redshift'"):
        reproduce(tmp_path, of_others(), model=model.only("label"))


def test_inside_is_within_the_redshifts_of_ztf() -> None:
    sets = table2.make_sets(of_others(), table2.SCALES["small"])
    low, high = sets.inside
    learned = sets.ztf.numbers("redshift")
    assert learned.min() <= low < high <= learned.max()
    given = sets.test["DES-SIM"]
    assert np.isfinite(given.numbers("redshift")).all()
    assert (given.column("label5") != "").all()
    far = np.where(np.arange(len(given)) % 2, given.numbers("redshift"), 5.0)
    moved = replace(sets, test={"DES-SIM": given.with_columns(redshift=far)})

    class Right:
        def predict(self, lcs: LightCurves) -> Any:
            return np.minimum(lcs.numbers("redshift"), 1.0)

    inside, everywhere = score(Right(), "DES-SIM", moved)
    assert inside["mse"] == 0.0
    assert everywhere["mse"] > 1.0
    assert inside["n"] < everywhere["n"] == len(given)


@pytest.mark.usefixtures("toys")
def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keywords: Any = {"work": tmp_path, "command": "", "say": print}
    with pytest.raises(LcfmError, match="unknown scale 'tiny'; known: small"):
        table2.main(Asked(of_others(), tmp_path, scale="tiny", model=None, **keywords))
    without = of_others().with_columns(redshift=np.full(80, np.nan))
    with pytest.raises(LcfmError, match="has a redshift"):
        table2.main(Asked(without, tmp_path, scale="small", model=None, **keywords))
    with pytest.raises(LcfmError, match=r"DES-SIM has \d training and 0 test"):
        table2.main(Asked(of_others()[:3], tmp_path, scale="small", model=None, **keywords))
    learned = {"ztf": two_telescopes(120, seed=1), "lsst": toy_lightcurves(80, seed=3)}
    monkeypatch.setattr(table2, "redshift_simulations", lambda _: learned)
    with pytest.raises(LcfmError, match=r"'classifier' has seen \d+ events.*'event-"):
        table2.main(Asked(of_others(), tmp_path, scale="small", model=None, **keywords))


@pytest.mark.slow
def test_no_event_is_both_in_pretrainings_and_among_redshifts() -> None:
    size = table2.Scale(ztf=8, lsst=8, others=8, draws=1)
    asked = LightCurves.concat(table2.redshift_simulations(size).values()).column("event_id")
    small = Size(ztf=8, lsst=8, pairs=8, epochs=1, pretrainings=1)
    seen = pretrainings.sample(small, 0).column("event_id")
    assert len(asked) == 16
    assert len(seen) == 32
    assert not set(asked) & set(seen)
    other = pretrainings.sample(small, 0, WithoutTemplates())
    assert len(other) == 32
    assert other.fingerprint() != pretrainings.sample(small, 0).fingerprint()


def test_other_templates_leave_every_class_and_none_of_the_challenge() -> None:
    mix = WithoutTemplates()
    population = mix.of(get_survey("ztf"))
    assert population.mix == pretrainings.ALIKE.of(get_survey("ztf")).mix
    assert set(population.own_sources) == {"SNIb", "SNIc", "SNIc-BL", "SNII", "SNIIb"}
    for source in population.own_sources.values():
        assert isinstance(source, TemplateSource)
        assert not set(source.sets) & set(SPCC_SETS)
        assert len(source.draw(20, np.random.default_rng(0))["template"]) == 20
    assert mix.of(get_survey("lsst")).own_sources is population.own_sources


def runs_of(errors: dict[str, list[float]]) -> list[dict[str, Any]]:
    return [
        {"row": row, "test": OURS, "redshifts": INSIDE, "pretraining": 0, "draw": i, "mse": mse}
        for row, values in errors.items()
        for i, mse in enumerate(values)
    ]


def test_claims_follow_from_the_runs() -> None:
    first = FINDINGS[0]
    names = [CLASSIFIER, *first.better]
    better = [0.05, 0.06, 0.05, 0.06, 0.05]
    found = judge(first, runs_of(dict(zip(names, [[0.1] * 5, better, better], strict=True))))
    assert found["holds"]
    assert found["clearly"]
    assert found["paper"] == {name: PAPER[name][0] for name in names}
    assert found["difference"][CONTRASTIVE][0] == pytest.approx(0.1 - np.mean(better))
    few = judge(first, runs_of(dict(zip(names, [[0.1], [0.05], [0.2]], strict=True))))
    assert not few["holds"]
    assert few["clearly"] is None
    assert few["cause"] == f"MSE of {first.better[1]} is 2.00 × that of {CLASSIFIER}"
    constant = {CONSTANT: [0.01], **dict(zip(names, [[0.1], [0.05], [0.2]], strict=True))}
    nothing = judge(first, runs_of(constant))
    assert nothing["holds"] is None
    assert nothing["cause"].startswith("every row is worse than the mean")
    alike = FINDINGS[2]
    runs = runs_of({alike.better[0]: [0.108], alike.other: [0.1]})
    assert judge(alike, runs)["holds"]
    assert not judge(replace(alike, margin=0.0), runs)["holds"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("lcfm reproduce table2 --model transients --out results", "transients"),
        ("lcfm reproduce table2 --model=runs/mine --out results", "mine"),
        ("lcfm reproduce table2 --out results", zero_shot.GIVEN),
    ],
)
def test_the_given_model_is_called_as_the_command_calls_it(command: str, name: str) -> None:
    assert zero_shot.model_name(command) == name


def test_the_figure_names_every_row_and_keeps_bad_ones_in_sight() -> None:
    summary = [
        {"row": row, "test": test, "redshifts": z, "r2": r2, "r2_std": 0.1}
        for row, r2 in (("none | ZTF | mean", -40.0), (CONTRASTIVE, 0.5))
        for test in (OURS, "DES-SIM (SPCC)")
        for z in (INSIDE, ALL)
    ]  # fmt: skip
    figure = table2_figure.draw(summary)
    panels = figure.axes
    assert panels[0].get_xscale() == "log"
    assert [panel.get_title() for panel in panels] == [OURS, "DES-SIM\n(SPCC)"]
    assert len(panels[0].get_yticklabels()) == 2
    low, high = panels[0].get_xlim()
    for panel in panels:
        for line in panel.lines:
            drawn = np.asarray(line.get_xdata(), dtype=float)
            assert ((drawn >= low) & (drawn <= high)).all()
