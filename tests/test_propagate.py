"""Band fluxes: the fast path against its explicit twin, analytic cases, and sncosmo."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from lcfm import bands, sources
from lcfm.errors import LcfmError
from lcfm.simulate.events import Events, draw_events
from lcfm.simulate.population import Population
from lcfm.simulate.propagate import (
    Foreground,
    class_band_flux,
    distance_modulus,
    explicit_band_flux,
    luminosity_distance,
)
from lcfm.sources import blackbody, near_infrared
from lcfm.sources.base import Parameters, Source
from lcfm.sources.dust import HOST_R_V, LN_PER_MAGNITUDE, extinction_per_ebv, host_dust
from lcfm.sources.files import Template, templates
from lcfm.sources.salt import NormalIa
from lcfm.sources.template_library import TemplateLibrary

TWO_BANDS = ("ztfg", "ztfr")
SIX_BANDS = tuple(f"lsst{b}" for b in "ugrizy")


def light_curves(events: Events, names: tuple[str, ...], days: np.ndarray) -> np.ndarray:
    """Flux of every event in every band on common days: (n_events, n_bands, n_days)."""
    shape = (len(events), len(names), len(days))
    owner, code, day = (a.ravel() for a in np.indices(shape))
    return events.band_flux(owner, code, days[day], names).reshape(shape)


@pytest.mark.parametrize("label", sources.SOURCES)
@pytest.mark.parametrize(("names", "depth"), [(TWO_BANDS, 19.3), (SIX_BANDS, 23.5)])
def test_fast_flux_equals_explicit_integration(
    label: str, names: tuple[str, ...], depth: float
) -> None:
    events = draw_events(Population(limiting_magnitude=depth), 8, np.random.default_rng(2),
                         labels=[label] * 8)  # fmt: skip
    days = np.linspace(-40.0, 120.0, 9)
    fast = light_curves(events, names, days)
    foreground = Foreground(events.truth["redshift"], events.truth["mwebv"])
    for i, b, d in np.ndindex(fast.shape):
        if abs(fast[i, b, d]) > 0.05 * np.abs(fast[i]).max():
            source, parameters = sources.get(label), events.parameters[label]
            slow = explicit_band_flux(source, parameters, foreground, i, days[d], names[b])
            assert fast[i, b, d] == pytest.approx(slow, rel=5e-3)


@pytest.mark.parametrize("label", ["SNIa", "SNII", "AGN", "KN"])
def test_flux_of_a_point_does_not_depend_on_which_states_others_reach(label: str) -> None:
    events = draw_events(Population(), 12, np.random.default_rng(3), labels=[label] * 12)
    days = np.linspace(-30.0, 900.0, 94)
    whole = light_curves(events, TWO_BANDS, days)
    for some in (days < 5, (days > 60) & (days < 80), days > 400):
        alone = light_curves(events, TWO_BANDS, days[some])
        scale = np.abs(whole).max()
        np.testing.assert_allclose(alone, whole[:, :, some], rtol=1e-4, atol=1e-6 * scale)


@pytest.mark.parametrize("label", ["AGN", "TDE", "SLSN-I"])
def test_fast_flux_is_explicit_where_light_begins_within_a_band(label: str) -> None:
    """From z = 2.45 on, 900 Å lie in LSST's u; at 3.2, a third of the band is left."""
    source, redshift = sources.get(label), np.linspace(2.4, 3.2, 33)
    foreground = Foreground(redshift, np.linspace(0.0, 0.3, 33))
    parameters = source.draw(33, np.random.default_rng(1))
    zero = np.zeros(33, dtype=np.int64)
    fast = class_band_flux(source, parameters, foreground, np.arange(33), zero, zero, ("lsstu",))
    slow = [explicit_band_flux(source, parameters, foreground, i, 0.0, "lsstu") for i in range(33)]
    np.testing.assert_allclose(fast, slow, rtol=2e-3)


def test_blackbody_flux_is_that_of_planck() -> None:
    """A 20,000 K photosphere at z = 0.1, integrated from Planck's law and nothing of the atlas."""
    source = sources.get("TDE")
    events = draw_events(Population(), 1, np.random.default_rng(0), labels=["TDE"])
    parameters = events.parameters["TDE"]
    parameters |= {"temperature": np.array([20100.0]), "host_ebv": np.zeros(1)}
    parameters |= {"hydrogen_width": np.zeros(1), "helium_width": np.zeros(1)}
    foreground = Foreground(np.array([0.1]), np.zeros(1))
    zero = np.zeros(1, dtype=np.int64)
    fast = class_band_flux(source, parameters, foreground, zero, zero, np.zeros(1), ("ztfg",))
    band = bands.get("ztfg")
    wavelength = np.linspace(band.wavelength[0], band.wavelength[-1], 5000)
    response = np.interp(wavelength, band.wavelength, band.transmission)
    area = 4 * np.pi * (luminosity_distance(np.array([0.1])) * 3.0856775814913673e24) ** 2
    planck = blackbody.planck(wavelength / 1.1, 20100.0) / 1.1
    observed = planck * parameters["peak_luminosity"] / area
    photons = np.trapezoid(observed * response * wavelength, wavelength)
    nu = np.trapezoid(response / wavelength, wavelength) * 2.99792458e18
    assert fast[0] == pytest.approx(photons / nu * 1e32, rel=2e-3)


def test_distance_is_astropys() -> None:
    from astropy.cosmology import FlatLambdaCDM

    z = np.array([0.003, 0.05, 0.7, 2.5])
    expected = FlatLambdaCDM(H0=70, Om0=0.3).distmod(z).value
    np.testing.assert_allclose(distance_modulus(z), expected, atol=1e-3)


@pytest.mark.parametrize("redshift", [0.0, 7.0, float("nan")])
def test_redshift_beyond_the_grid_is_refused(redshift: float) -> None:
    with pytest.raises(LcfmError, match=f"redshift {redshift:g} is beyond the grid.*0.0001 to 6;"):
        Foreground(np.array([0.1, redshift]), np.zeros(2))


def test_blue_bands_of_distant_events_are_dark_not_clamped() -> None:
    """At z = 5.8, ztfg sees 540-840 Å in the rest frame, where hydrogen absorbs all."""
    source = sources.get("TDE")
    parameters = source.draw(1, np.random.default_rng(0))
    zero = np.zeros(1, dtype=np.int64)
    flux = [
        class_band_flux(source, parameters, Foreground(np.array([5.8]), np.zeros(1)),
                        zero, zero, np.zeros(1), (band,))[0]
        for band in ("ztfg", "lssty")
    ]  # fmt: skip
    assert flux[0] == 0
    assert flux[1] > 0


def test_dust_is_odonnells() -> None:
    extinction = pytest.importorskip("extinction")
    wavelength = np.linspace(950.0, 24000.0, 400)
    for r_v in (2.1, 3.1, 4.0):
        expected = extinction.odonnell94(wavelength, r_v, r_v)
        np.testing.assert_allclose(extinction_per_ebv(wavelength, r_v), expected, rtol=1e-6)


def ratio_to_sncosmo(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Ratios where flux exceeds 5 % of the peak."""
    bright = theirs > 0.05 * theirs.max()
    assert bright.sum() > 10
    return ours[bright] / theirs[bright]


@pytest.mark.shared
@pytest.mark.parametrize("redshift", [0.02, 0.13, 0.3, 0.6])
@pytest.mark.parametrize("mwebv", [0.0, 0.05, 0.3])
def test_salt3_agrees_with_sncosmo(
    shared_data: Path, tmp_path: Path, redshift: float, mwebv: float
) -> None:
    """Through the same law of dust: that of Cardelli et al. (1989) differs from ours, O'Donnell's
    of 1994, by 0.5 % in u and 0.1 % in g, r and i at E(B-V) = 0.05, by five times that at 0.3.
    """
    sncosmo = pytest.importorskip("sncosmo")
    for path in (shared_data / "sed" / "salt" / "salt3-k21").glob("*.gz"):
        with gzip.open(path) as packed, (tmp_path / path.stem).open("wb") as plain:
            shutil.copyfileobj(packed, plain)
    model = sncosmo.Model(
        sncosmo.SALT3Source(modeldir=str(tmp_path)),
        effects=[sncosmo.OD94Dust()], effect_names=["mw"], effect_frames=["obs"],
    )  # fmt: skip
    x1, c = 0.8, 0.12
    model.set(z=redshift, x1=x1, c=c, mwebv=mwebv)
    days = np.linspace(-15, 45, 31) * (1 + redshift)
    source = sources.get("SNIa")
    parameters = {
        "x1": np.array([x1]), "c": np.array([c]), "peak_abs_mag": np.array([-19.0])
    }  # fmt: skip
    foreground = Foreground(np.array([redshift]), np.array([mwebv]))
    zero = np.zeros(len(days), dtype=np.int64)
    # SALT3 begins at 2000 Å: sncosmo has no u beyond z = 0.55
    names = ("ztfg", "ztfr", "lssti") if redshift > 0.5 else ("lsstu", "ztfg", "ztfr", "lssti")
    ratios = []
    for code, name in enumerate(names):
        curve = bands.get(name)
        bandpass = sncosmo.Bandpass(curve.wavelength, curve.transmission, name=name)
        theirs = model.bandflux(bandpass, days, zp=31.4, zpsys="ab")
        ours = class_band_flux(source, parameters, foreground, zero, zero + code, days, names)
        ratios.append(ratio_to_sncosmo(ours, theirs))
    # x0 is a free scale there: one factor for all bands and days
    joined = np.concatenate(ratios)
    np.testing.assert_allclose(joined / np.median(joined), 1.0, atol=2e-3)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("packed", "folder", "name"),
    [
        ("hsiao", "sncosmo_hsiao", "hsiao_v3"),
        ("sncosmo_vincenzi2019", "sncosmo_vincenzi2019", "V19_SN2004fe_HostExtCorr"),
        ("sncosmo_vincenzi2019", "sncosmo_vincenzi2019", "V19_SN2009N_HostExtCorr"),
        ("sncosmo_vincenzi2019", "sncosmo_vincenzi2019", "V19_SN1998bw_HostExtCorr"),
        ("sncosmo_vincenzi2019", "sncosmo_vincenzi2019", "V19_SN2007Y_HostExtCorr"),
        ("sncosmo_vincenzi2019", "sncosmo_vincenzi2019", "V19_SN2011ei_HostExtCorr"),
        ("sncosmo_snana", "sncosmo_snana", "SDSS-018457"),
        ("snpy_91bg", "snpy", "91bg_sequence_0.2_s03"),
    ],
)
@pytest.mark.parametrize(
    ("redshift", "host_ebv", "mwebv"), [(0.05, 0.0, 0.0), (0.02, 0.3, 0.1), (0.35, 0.2, 0.05)]
)
def test_templates_agree_with_sncosmo(
    shared_data: Path,
    packed: str,
    folder: str,
    name: str,
    redshift: float,
    host_ebv: float,
    mwebv: float,
) -> None:
    """In bands short of the near infrared, which ours mends on purpose and sncosmo does not."""
    sncosmo = pytest.importorskip("sncosmo")
    with np.load(shared_data / "sed" / folder / f"{name}.npz") as data:
        phase, wavelength, flux = data["phase"], data["wavelength"], data["flux"]
    series = sncosmo.TimeSeriesSource(
        phase.astype(float), wavelength.astype(float), np.clip(flux.astype(float), 0, None),
        time_spline_degree=1,
    )  # fmt: skip
    model = sncosmo.Model(
        series,
        effects=[sncosmo.OD94Dust(), sncosmo.OD94Dust()],
        effect_names=["host", "mw"],
        effect_frames=["rest", "obs"],
    )
    model.set(z=redshift, hostebv=host_ebv, mwebv=mwebv)
    template = next(t for t in templates(packed) if t.name == name)
    source = BareTemplate(template)
    peak = template.phase[-1] - source.template_library.last[0]
    rest = np.linspace(source.template_library.first[0] + 0.3, 40.0, 40)
    days = rest * (1 + redshift)
    zero = np.zeros(len(days), dtype=np.int64)
    foreground = Foreground(np.array([redshift]), np.array([mwebv]))
    names = ("lsstr", "lssti") if redshift > 0.3 else TWO_BANDS
    ratios = []
    for code, band_name in enumerate(names):
        curve = bands.get(band_name)
        assert curve.wavelength[-1] / (1 + redshift) < near_infrared.JOIN
        bandpass = sncosmo.Bandpass(curve.wavelength, curve.transmission, name=band_name)
        theirs = model.bandflux(bandpass, days + peak * (1 + redshift), zp=31.4, zpsys="ab")
        ours = class_band_flux(
            source,
            {"host_ebv": np.full(1, host_ebv)},
            foreground,
            zero,
            zero + code,
            days,
            names,
        )
        ratios.append(ratio_to_sncosmo(ours, theirs))
    joined = np.concatenate(ratios)
    np.testing.assert_allclose(joined / np.median(joined), 1.0, atol=5e-3)


class FadedIa(NormalIa):
    """A SN Ia whose second component is left out, and that is dimmer with time."""

    def trace(self, parameters: Parameters, owner: np.ndarray, phase: np.ndarray):
        first, second = super().trace(parameters, owner, phase)
        yield first[0], first[1] * np.exp(-np.abs(phase) / 20).astype(np.float32)
        yield second[0], 0 * second[1]


def test_a_subclass_that_overrides_trace_alone_is_heard() -> None:
    """Although its parent adds its components by steady amplitudes."""
    source = FadedIa()
    parameters = source.draw(3, np.random.default_rng(0))
    near = Foreground(np.full(3, 0.05), np.zeros(3))
    owner, days = np.repeat(np.arange(3), 3), np.tile([-8.0, 0.0, 25.0], 3)
    code = np.zeros(9, dtype=np.int64)
    fast = class_band_flux(source, parameters, near, owner, code, days, ("ztfr",))
    slow = [
        explicit_band_flux(source, parameters, near, event, float(day), "ztfr")
        for event, day in zip(owner, days, strict=True)
    ]
    np.testing.assert_allclose(fast, slow, rtol=5e-3)
    whole = class_band_flux(NormalIa(), parameters, near, owner, code, days, ("ztfr",))
    assert fast[2] < 0.5 * whole[2]


class BareTemplate(Source):
    """One template without warp, behind host dust."""

    label = "bare"
    colour_basis = host_dust()
    atlas = None

    def __init__(self, template: Template) -> None:
        self.template_library = TemplateLibrary([template], "bessellr")
        self.atlas = self.template_library.atlas  # type: ignore[misc]

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        return {"host_ebv": np.zeros(n)}

    def colour(self, parameters: Parameters) -> np.ndarray:
        dust = LN_PER_MAGNITUDE * parameters["host_ebv"]
        return np.stack([dust * HOST_R_V, dust], axis=1).astype(np.float32)

    def paths(self, parameters: Parameters) -> np.ndarray:
        return np.zeros((1, len(parameters["host_ebv"])), dtype=np.int64)

    def trace(self, parameters: Parameters, owner: np.ndarray, phase: np.ndarray):
        state = self.template_library.state(np.zeros(len(phase), dtype=np.int64), phase)
        yield state, np.ones(len(phase), dtype=np.float32)

    def phase_range(self, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
        return self.template_library.first, self.template_library.last
