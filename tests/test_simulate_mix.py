"""Mixes: equal or by rate, as deep as a survey; classes as users write them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lcfm.errors import LcfmError, UnknownNameError
from lcfm.simulate import plan, simulate_to
from lcfm.simulate.efficiency import OneSurvey
from lcfm.simulate.events import draw_events
from lcfm.simulate.many import plan_many
from lcfm.simulate.mix import Alike, ByRate, population_for, read_classes
from lcfm.simulate.population import Population
from lcfm.simulate.quota import Quota
from lcfm.simulate.require import EverySurvey
from lcfm.simulate.run import SimulationReport
from lcfm.simulate.together import Together
from lcfm.surveys.base import Survey
from lcfm.surveys.lsst import LSST
from lcfm.surveys.selection import Compilation, Depth, SpectroscopicSelection
from lcfm.surveys.ztf import ZTF
from lcfm.taxonomy import LABEL_SETS

PLAIN = replace(ZTF(), selection=SpectroscopicSelection())
DEEPER = replace(ZTF(), selection=SpectroscopicSelection(deeper={"TDE": 2.0}))


def test_a_mix_is_as_deep_as_the_survey() -> None:
    for survey in (PLAIN, LSST(), DEEPER):
        population = population_for(survey, Alike(("SNIa", "TDE")))
        assert population.mix == {"SNIa": 1.0, "TDE": 1.0}
        assert population.limit("SNIa") == survey.faintest_peak
    assert population.limit("TDE") == DEEPER.faintest_peak + 2.0


def test_by_default_eight_classes_are_alike() -> None:
    population = population_for(DEEPER, None)
    assert population.mix == dict.fromkeys(LABEL_SETS["label8"], 1.0)
    assert population.deeper == {"TDE": 2.0}
    assert population_for(DEEPER, Population({"TDE": 1.0})) == Population({"TDE": 1.0})


def test_rates_count_what_a_survey_follows_further() -> None:
    classes = ("SNIa", "TDE")
    plain, deeper = (Alike(classes).of(s).weighted_by_rate().mix for s in (PLAIN, DEEPER))
    assert plain == Population.by_rate(classes, PLAIN.faintest_peak).mix
    assert plain["SNIa"] > 10 * plain["TDE"]
    assert deeper["TDE"] > 3 * plain["TDE"]
    with pytest.raises(LcfmError, match="AGN has no rate of occurrence; leave it out"):
        ByRate(LABEL_SETS["label8"]).of(PLAIN)


@pytest.mark.parametrize("survey", [ZTF(), LSST()])
def test_by_rate_classes_are_as_common_as_among_what_a_survey_selects(survey: Survey) -> None:
    """Against events that explode and are watched, whatever their class."""
    classes = ("SNIa", "SNII", "SNIIn", "SLSN-I", "TDE")
    sky, rng = Alike(classes).of(survey).weighted_by_rate(), np.random.default_rng(11)
    events = draw_events(sky, 16_000, rng)
    selected = events.label[OneSurvey(survey).rows(events, rng)]
    mix = ByRate(classes).of(survey).mix
    for label in classes:
        expected = len(selected) * mix[label] / sum(mix.values())
        error = np.hypot(np.sqrt(expected), 0.03 * expected)
        assert (selected == label).sum() == pytest.approx(expected, abs=4 * error)


def test_by_rate_samples_of_one_size_share_alike() -> None:
    """A deep sample holds more events than a shallow one, but it is not followed further."""
    classes = ("SNIa", "SNII", "TDE")
    depths = (Depth(15.0, 0.006), Depth(20.5))
    compiled = replace(ZTF(), selection=Compilation(depths))
    shares = [
        Population(
            dict.fromkeys(classes, 1.0), depth.limiting_magnitude, min(3.0, depth.max_redshift)
        ).weighted_by_rate().mix
        for depth in depths
    ]  # fmt: skip
    mix = Alike(classes).of(compiled).weighted_by_rate().mix
    for label in classes:
        expected = np.mean([share[label] / sum(share.values()) for share in shares])
        assert mix[label] / sum(mix.values()) == pytest.approx(expected)
    assert shares[0]["SNII"] > shares[0]["SNIa"]
    assert shares[1]["SNII"] < 0.5 * shares[1]["SNIa"]


def test_by_rate_numbers_depend_on_who_selects_and_not_on_the_seed() -> None:
    mix = ByRate(("SNIa", "TDE"))
    one, other = (plan(["ztf"], 2500, seed=seed, population=mix) for seed in (1, 2))
    assert [chunk.quota for chunk in one] == [chunk.quota for chunk in other]
    surveys = (ZTF(), LSST())
    (every,) = plan_many(surveys, 500, seed=1, population=mix)
    assert every.population.mix == mix.of(ZTF(), Together(surveys, EverySurvey())).mix
    assert every.population.mix != one[0].population.mix


def test_by_rate_the_table_does_not_depend_on_workers(tmp_path: Path) -> None:
    mix = ByRate(("SNIa", "SNII"))
    for workers in (1, 2):
        path = tmp_path / f"{workers}.parquet"
        simulate_to(path, ["lsst"], 1001, seed=4, workers=workers, population=mix)
    assert pq.read_table(tmp_path / "1.parquet").equals(pq.read_table(tmp_path / "2.parquet"))


def test_by_rate_the_default_has_no_agn() -> None:
    assert {*ByRate().classes, "AGN"} == set(LABEL_SETS["label8"])
    assert "AGN" not in ByRate().classes


def test_by_rate_a_survey_that_selects_nothing_is_named() -> None:
    blind = replace(ZTF(), selection=SpectroscopicSelection(complete=2.0, faint=20.5, steepness=99))
    with pytest.raises(LcfmError, match="ZTF selects hardly any event of SNIa, TDE: add other"):
        ByRate(("SNIa", "TDE")).of(blind)


@pytest.mark.parametrize("kind", [Alike, ByRate])
def test_classes_are_no_text(kind: type[Alike | ByRate]) -> None:
    with pytest.raises(LcfmError, match=r"give a tuple of names, as \('SNIa',\), got 'SNIa'"):
        kind("SNIa")  # type: ignore[arg-type]


def test_the_report_says_which_classes_are_too_rare_for_a_place() -> None:
    report = SimulationReport.of(Quota({"SNIa": 0, "SNII": 1, "TDE": 0}), "ZTF")
    filled = SimulationReport(report.drawn, report.selected, {("ZTF", "SNII"): 1})
    assert str(report + filled).splitlines()[-1] == (
        "ZTF: none of SNIa, TDE, whose share of the objects is less than one; raise n to have them"
    )
    assert "none of" not in str(filled)


def test_each_survey_of_a_plan_has_the_mix_at_its_own_depth() -> None:
    chunks = plan(["ztf", "lsst"], 10, seed=0, population=Alike(("SNIa",)))
    assert [c.population.limiting_magnitude for c in chunks] == [
        ZTF().faintest_peak, LSST().faintest_peak,
    ]  # fmt: skip
    (together,) = plan_many([LSST(), DEEPER], 10, seed=0)
    assert together.population == population_for(DEEPER, None)


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("label12", LABEL_SETS["label12"]),
        ("SNIa,SNII, TDE", ("SNIa", "SNII", "TDE")),
        ("Ia,SN Ibc,SNIc-BL", ("SNIa", "SNIb/c", "SNIc-BL")),
    ],
)
def test_classes_are_read_in_any_spelling(text: str, classes: tuple[str, ...]) -> None:
    assert read_classes(text) == classes


def test_classes_that_make_no_sense_are_named() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown class 'SNIz'; known: .*SNIb/c.*label5"):
        read_classes("SNIa,SNIz")
    for text in ("SNIa,Ia", ","):
        with pytest.raises(LcfmError, match="each class once"):
            read_classes(text)


def test_columns_of_the_report_hold_long_names() -> None:
    counts = {("LSST-2026+ZTF-FORCED", "SNIa"): 5, ("ZTF", "TDE"): 1234}
    head, first, second = str(SimulationReport(counts, counts, counts)).splitlines()
    assert len(head) == len(first) == len(second)
    assert first.split() == ["LSST-2026+ZTF-FORCED", "SNIa", "5", "5", "5"]
    assert head.index("class") == first.index("SNIa") == second.index("TDE")
