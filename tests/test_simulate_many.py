"""One event through many telescopes: one draw of physics, one clock, shared names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lcfm.errors import LcfmError
from lcfm.simulate import many
from lcfm.simulate.events import draw_events
from lcfm.simulate.many import iter_many, plan_many, simulate_many
from lcfm.simulate.population import Population
from lcfm.simulate.quota import Quota
from lcfm.simulate.require import AnySurvey, EverySurvey, TheseSurveys
from lcfm.simulate.together import SameEvents, observe_many
from lcfm.surveys.lsst import LSST
from lcfm.surveys.noise import DifferenceNoise, Scatter
from lcfm.surveys.photometry import Forced
from lcfm.surveys.selection import Everything
from lcfm.surveys.spectrograph import SEDM
from lcfm.surveys.ztf import ZTF

MIX = Population(mix={"SNIa": 2.0, "SNII": 1.0, "TDE": 1.0}, limiting_magnitude=18.5)


@pytest.fixture(scope="module")
def sample() -> SameEvents:
    return simulate_many(["ztf", "lsst"], 40, seed=3, spectrograph="sedm", population=MIX)


def test_each_event_has_a_row_per_telescope_and_a_spectrum(sample: SameEvents) -> None:
    lcs, spectra = sample.light_curves, sample.spectra
    assert spectra is not None
    assert len(lcs) == 80
    assert len(spectra) == 40
    assert sorted(set(lcs.column("survey"))) == ["LSST", "ZTF"]
    names, counts = np.unique(lcs.column("event_id").astype(str), return_counts=True)
    assert len(names) == 40
    assert (counts == 2).all()
    assert set(spectra.column("event_id")) == set(names)
    assert lcs.object_id[0].removesuffix("-ztf") == lcs.column("event_id")[0] == "sim-many-3-0"
    assert spectra.object_id[0] == "sim-many-3-0-sedm"


def test_the_truth_of_an_event_is_the_same_everywhere(sample: SameEvents) -> None:
    by_survey = sample.light_curves.split_by_survey()
    tables = [by_survey["ZTF"], by_survey["LSST"], sample.spectra]
    rows = [np.argsort(t.column("event_id").astype(str)) for t in tables]
    shared = ["redshift", "mwebv", "label", "sim_host_ebv", "sim_peak_abs_mag"]
    for name in [*shared, "ra", "dec", "sim_t0_mjd"]:
        first = tables[0].column(name)[rows[0]]
        assert (first == tables[1].column(name)[rows[1]]).all(), name
        if name in shared:
            assert (first == tables[2].column(name)[rows[2]]).all(), name
    phase = tables[2].numbers("mjd")[rows[2]] - tables[0].numbers("sim_t0_mjd")[rows[0]]
    phase /= 1 + tables[0].numbers("redshift")[rows[0]]
    np.testing.assert_allclose(phase, tables[2].numbers("sim_phase")[rows[2]], atol=1e-6)


def test_nights_stay_nights(sample: SameEvents) -> None:
    """Both telescopes observe when the Sun is down in Chile or California, on the common clock."""
    for survey, first, last in (("ZTF", 1.5, 14.0), ("LSST", -1.5, 11.0)):
        table = sample.light_curves.split_by_survey()[survey]
        hour = (table.points["mjd"] % 1) * 24
        hour = np.where(hour > 20, hour - 24, hour)
        assert hour.min() > first
        assert hour.max() < last


def test_classes_have_their_shares(sample: SameEvents) -> None:
    labels, counts = np.unique(sample.spectra.column("label").astype(str), return_counts=True)
    assert dict(zip(labels, counts, strict=True)) == {"SNIa": 20, "SNII": 10, "TDE": 10}
    assert sample.report.kept[("ZTF+LSST", "SNIa")] == 20
    assert sample.report.drawn[("ZTF+LSST", "SNIa")] >= 20


def test_all_telescopes_see_one_light_curve() -> None:
    """On the common clock, each survey scatters about the same true flux by its own errors."""
    sharp = ZTF(
        name="SHARP",
        noise=DifferenceNoise(sky=1e-4, source=0.0, floor=1e-4),
        scatter=Scatter(),
        photometry=Forced(),
        selection=Everything(),
    )
    blurred = replace(sharp, name="BLURRED", noise=DifferenceNoise(sky=1.0, floor=0.02))
    surveys = [sharp, blurred, replace(LSST(), scatter=Scatter())]
    events = draw_events(
        Population(limiting_magnitude=17.5), 40, np.random.default_rng(1), labels=["SNIa"] * 40
    )
    seen = observe_many(events, surveys, np.random.default_rng(2)).light_curves
    event = seen.column("event_id").astype(int)[seen.owner]
    day = seen.points["mjd"] - seen.numbers("sim_t0_mjd")[seen.owner]
    survey = seen.column("survey")[seen.owner]
    order = np.argsort(event, kind="stable")
    truth = np.zeros(seen.n_points)
    truth[order] = events.band_flux(
        event[order], seen.points["band"][order], day[order], seen.bands
    )
    assert len(set(seen.column("event_id"))) > 20
    pull = (seen.points["flux"] - truth) / seen.points["flux_err"]
    for name in ("BLURRED", "LSST"):
        assert pull[survey == name].std() == pytest.approx(1.0, abs=0.05)
    bright = (survey == "SHARP") & (truth > 1e4)
    np.testing.assert_allclose(seen.points["flux"][bright], truth[bright], rtol=0.02)


def test_photometry_agrees_with_the_spectrum(sample: SameEvents) -> None:
    """Mean F_lambda of a spectrum against LSST's r flux of the same days."""
    lsst = sample.light_curves.split_by_survey()["LSST"]
    mjd, flux, owner = lsst.points["mjd"], lsst.points["flux"], lsst.owner
    in_r = np.array(lsst.bands)[lsst.points["band"]] == "lsstr"
    factors = []
    for i, event in enumerate(lsst.column("event_id")):
        spectrum = sample.spectra.of_event(event)
        near = np.abs(mjd - spectrum.numbers("mjd")[0]) < 3
        pixels = np.abs(spectrum.points["wavelength"] - 6200) < 700
        f_lambda = spectrum.points["flux"][pixels].mean() * spectrum.numbers("flux_scale")[0]
        photometric = flux[(owner == i) & in_r & near] * 1e-32 * 2.99792458e18 / 6200.0**2
        factors += (f_lambda / photometric).tolist()
    assert len(factors) > 5
    assert np.median(factors) == pytest.approx(1.0, abs=0.1)


def test_same_seed_same_tables(sample: SameEvents) -> None:
    again = simulate_many(["ztf", "lsst"], 40, seed=3, spectrograph="sedm", population=MIX)
    assert again.light_curves.fingerprint() == sample.light_curves.fingerprint()
    assert again.spectra.fingerprint() == sample.spectra.fingerprint()
    other = simulate_many(["ztf", "lsst"], 40, seed=4, population=MIX)
    assert other.light_curves.fingerprint() != sample.light_curves.fingerprint()
    assert other.spectra is None


def test_chunks_do_not_depend_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "CHUNK_OBJECTS", 10)
    chunks = plan_many(["ztf", "lsst"], 25, seed=1, spectrograph=SEDM, population=MIX)
    assert [chunk.n for chunk in chunks] == [8, 8, 9]
    whole = SameEvents.concat(iter_many(chunks))
    backwards = [many.make_many_chunk(chunk) for chunk in chunks[::-1]][::-1]
    assert SameEvents.concat(backwards).light_curves.fingerprint() == (
        whole.light_curves.fingerprint()
    )
    assert len(set(whole.light_curves.column("event_id"))) == 25


def test_who_must_have_seen_an_event() -> None:
    seen = {
        "ZTF": np.array([True, True, False, False]),
        "LSST": np.array([True, False, True, False]),
    }
    assert EverySurvey().keeps(seen).tolist() == [True, False, False, False]
    assert AnySurvey().keeps(seen).tolist() == [True, True, True, False]
    assert TheseSurveys(("LSST",)).keeps(seen).tolist() == [True, False, True, False]
    surveys = [ZTF(), LSST()]
    shallow, deep = surveys
    assert shallow.faintest_peak < deep.faintest_peak
    assert EverySurvey().deciding(surveys) == shallow
    assert AnySurvey().deciding(surveys) == deep
    assert TheseSurveys(("LSST",)).deciding(surveys) == deep
    with pytest.raises(LcfmError, match="'DES' is required but not simulated"):
        TheseSurveys(("DES",)).deciding(surveys)


def test_an_event_that_one_survey_missed_has_one_row() -> None:
    seen = simulate_many(
        ["ztf", "lsst"], 60, seed=5, require=AnySurvey(), spectrograph="sedm",
        population=replace(MIX, limiting_magnitude=20.0),
    )  # fmt: skip
    names, counts = np.unique(seen.light_curves.column("event_id").astype(str), return_counts=True)
    assert len(names) == len(seen.spectra) == 60
    assert set(counts) == {1, 2}
    assert np.isfinite(seen.spectra.numbers("mjd")).all()


def test_what_a_survey_sees_does_not_depend_on_the_others() -> None:
    """Where it alone decides which events are kept, and its clock is the common one."""
    alone = simulate_many(["yse"], 30, seed=5, population=MIX).light_curves
    for others in (["ztf"], ["lsst", "ztf"]):
        beside = simulate_many(
            ["yse", *others], 30, seed=5, require=TheseSurveys(("YSE",)), population=MIX
        ).light_curves
        assert beside.split_by_survey()["YSE"].fingerprint() == alone.fingerprint()


def test_the_order_of_surveys_moves_clocks_alone() -> None:
    tables = [
        simulate_many(names, 30, seed=5, population=MIX).light_curves.split_by_survey()["YSE"]
        for names in (["yse", "ztf"], ["ztf", "yse"])
    ]
    assert (tables[0].object_id == tables[1].object_id).all()
    for name in ("flux", "flux_err", "detected"):
        assert (tables[0].points[name] == tables[1].points[name]).all()


def test_quota_counts_and_gives_up() -> None:
    quota = Quota({"SNIa": 2, "TDE": 1})
    labels = quota.next_labels()
    found = np.array(["SNIa", "SNIa", "SNIa", "TDE"], dtype=object)
    assert quota.take(labels, found).tolist() == [True, True, False, True]
    assert quota.full
    hopeless = Quota({"TDE": 1})
    hopeless.take(["TDE"] * 50_000, np.array([], dtype=object))
    with pytest.raises(LcfmError, match="'TDE' is practically never selected by ZTF"):
        hopeless.refuse_hopeless("ZTF")


def test_mistakes_are_explained() -> None:
    with pytest.raises(LcfmError, match="at least one survey"):
        plan_many([], 5, seed=0)
    with pytest.raises(LcfmError, match="named once"):
        plan_many(["ztf", "ZTF"], 5, seed=0)
    with pytest.raises(LcfmError, match="n must be an integer of at least 1"):
        plan_many(["ztf"], 0, seed=0)
    with pytest.raises(LcfmError, match="unknown spectrograph"):
        plan_many(["ztf"], 5, seed=0, spectrograph="hires")
