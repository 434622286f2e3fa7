"""Figures of one event through several telescopes."""

from __future__ import annotations

from pathlib import Path

from lcfm.evaluate.event_figures import same_event_panels
from lcfm.evaluate.figures import save
from lcfm.simulate import simulate_many
from lcfm.simulate.population import Population


def test_a_row_per_event_with_all_telescopes_and_its_spectrum(tmp_path: Path) -> None:
    population = Population(mix={"SNIa": 1.0}, limiting_magnitude=18.0)
    seen = simulate_many(["ztf", "lsst"], 2, seed=0, spectrograph="sedm", population=population)
    figure = same_event_panels(seen.light_curves, seen.spectra)
    assert len(figure.axes) == 4
    left, right = figure.axes[:2]
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert any(name.startswith("ZTF ") for name in names)
    assert any(name.startswith("LSST ") for name in names)
    assert left.yaxis_inverted()
    assert right.get_xlabel() == "wavelength [Å]"
    save(figure, tmp_path / "many.png", dpi=40)
    assert (tmp_path / "many.png").stat().st_size > 1000
