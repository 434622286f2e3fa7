"""Simulated beside real light curves, class by class: what a person sees.

Command::

    lcfm reproduce gallery --data TABLE --out results/gallery/ztf

with TABLE one of those of :mod:`lcfm.experiments.realism`, whose ``survey`` column says which of
our surveys is simulated beside it. Takes half a minute and writes one picture for each class that
the table has, real objects above simulated ones of similar peak magnitude. Real objects are of the
training part only. Beside ZTF also ``many.png``: simulated events as several telescopes and a
spectrograph see them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.atomic import new_folder
from lcfm.evaluate.event_figures import same_event_panels
from lcfm.evaluate.figures import save
from lcfm.evaluate.light_curve_figures import light_curve_rows
from lcfm.experiments.asked import Asked
from lcfm.experiments.realism import real_set
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.simulate.many import simulate_many
from lcfm.simulate.population import Population
from lcfm.simulate.run import simulate
from lcfm.surveys.spectrograph import SEDM

SHOWN = 5
ROWS = 2
COUNTS = {"small": 2000, "medium": 4000, "full": 8000}
SEED = 20
MANY_SURVEYS = ("ztf", "lsst", "yse")
MANY_CLASSES = ("SNIa", "SNII", "SNIb/c", "TDE")


def main(asked: Asked) -> list[dict[str, Any]]:
    """Draw the gallery."""
    data = asked.data
    kind = real_set(data)
    real = data[~is_test(data.column("event_id"))]
    simulated = simulate([kind.survey], n=asked.sized(COUNTS), seed=SEED)
    labels = {"real": _labels(real, kind.target), "simulated": simulated.column("label")}
    rng = np.random.default_rng(SEED)
    rows = []
    with new_folder(asked.out, overwrite=True) as folder:
        for label in sorted(set(labels["simulated"]) & set(labels["real"])):
            ours = simulated[labels["simulated"] == label]
            theirs = real[labels["real"] == label]
            shown = theirs[np.sort(rng.permutation(len(theirs))[: SHOWN * ROWS])]
            twins = ours[_alike(_peaks(shown), _peaks(ours), rng, SHOWN * ROWS)]
            pictures = {}
            for row in range(ROWS):
                part = slice(row * SHOWN, (row + 1) * SHOWN)
                if not len(shown[part]):
                    break
                pictures[f"real {label}" + " " * row] = shown[part]
                pictures[f"simulated {label}" + " " * row] = twins[part]
            name = label.replace("/", "")
            save(light_curve_rows(pictures, columns=SHOWN), folder / f"{name}.png", dpi=70)
            rows.append({"class": label, "real": len(theirs), "simulated": len(ours)})
            asked.say(f"  {label}: {len(theirs)} real, {len(ours)} simulated")
        if kind.survey == MANY_SURVEYS[0]:
            draw_many(folder / "many.png")
    return rows


def draw_many(path: Path) -> None:
    """Draw one event of each class in `MANY_CLASSES`, seen by `MANY_SURVEYS` and SEDM."""
    population = Population(mix=dict.fromkeys(MANY_CLASSES, 1.0), limiting_magnitude=18.3)
    seen = simulate_many(
        MANY_SURVEYS, len(MANY_CLASSES), seed=SEED, spectrograph=SEDM, population=population
    )
    assert seen.spectra is not None
    save(same_event_panels(seen.light_curves, seen.spectra), path, dpi=80)


def _labels(real: LightCurves, target: str) -> NDArray[Any]:
    """Classes of the simulator: the table's own label, merged where a label set merges."""
    merged = real.column(target)
    return np.where(merged != "", merged, real.column("label"))


def _peaks(lcs: LightCurves) -> NDArray[np.float64]:
    """Brightest flux of each object [nJy], at least 1: difference fluxes may all be negative."""
    if not len(lcs):
        return np.zeros(0)
    flux = np.maximum(lcs.points["flux"].astype(np.float64), 1.0)
    return np.maximum.reduceat(flux, lcs.offsets[:-1])


def _alike(
    wanted: NDArray[np.float64], found: NDArray[np.float64], rng: np.random.Generator, n: int
) -> NDArray[np.int64]:
    """Rows of `found` nearest in brightness to each of `wanted`; filled up at random."""
    free = list(rng.permutation(len(found)))
    picked: list[int] = []
    for peak in wanted[:n]:
        nearest = min(free, key=lambda row: abs(np.log(found[row] / peak)))
        free.remove(nearest)
        picked.append(int(nearest))
    picked += [int(row) for row in free[: n - len(picked)]]
    return np.array(picked, dtype=np.int64)
