"""Mixes: equal or by rate, as deep as a survey; classes as users write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lcfm.errors import LcfmError, UnknownNameError
from lcfm.simulate import plan
from lcfm.simulate.many import plan_many
from lcfm.simulate.mix import Alike, ByRate, population_for, read_classes
from lcfm.simulate.population import Population
from lcfm.simulate.run import SimulationReport
from lcfm.surveys.lsst import LSST
from lcfm.surveys.selection import SpectroscopicSelection
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
    plain, deeper = (ByRate(("SNIa", "TDE")).of(survey).mix for survey in (PLAIN, DEEPER))
    assert plain == Population.by_rate(("SNIa", "TDE"), PLAIN.faintest_peak).mix
    assert plain["SNIa"] > 10 * plain["TDE"]
    assert deeper["TDE"] > 3 * plain["TDE"]
    with pytest.raises(LcfmError, match="AGN has no rate of occurrence; leave it out"):
        ByRate(LABEL_SETS["label8"]).of(PLAIN)


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
