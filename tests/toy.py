"""Small seeded light curves for tests: three classes in two bands, told apart by eye.

Each object is a smooth pulse ``flux = peak exp(-((t - t_peak) / width)²)``; a class has its own
width and colour, so that a network, or a boosted tree, learns it from a few dozen objects.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lcfm.lightcurves import LightCurves

TOY_CLASSES = {  # width [d], ratio of the flux in r to that in g
    "SNIa": (15.0, 1.0),
    "SNII": (45.0, 1.6),
    "SLSN-I": (80.0, 0.6),
}
TOY_BANDS = ("ztfg", "ztfr")
NOISE = 300.0  # nJy


def toy_lightcurves(n: int = 60, *, seed: int = 0, epochs: int = 12) -> LightCurves:
    """Draw `n` objects with ``label`` and ``redshift``; classes take turns.

    Epochs lie between -20 and +60 d around the peak; the number of points differs between objects.
    """
    rng = np.random.default_rng(seed)
    labels = [list(TOY_CLASSES)[i % len(TOY_CLASSES)] for i in range(n)]
    redshift = rng.uniform(0.02, 0.2, n)
    columns: dict[str, list[np.ndarray]] = {k: [] for k in ("mjd", "band", "flux", "flux_err")}
    lengths = []
    for label, z in zip(labels, redshift, strict=True):
        width, colour = TOY_CLASSES[label]
        length = int(rng.integers(epochs // 2, epochs + 1))
        day = np.sort(rng.uniform(-20, 60, length))
        band = rng.integers(0, 2, length)
        peak = 40_000.0 * (0.1 / z) * np.where(band == 1, colour, 1.0)
        flux = peak * np.exp(-((day / width) ** 2)) + rng.normal(0, NOISE, length)
        lengths.append(length)
        columns["mjd"].append(58_000 + day)
        columns["band"].append(band)
        columns["flux"].append(flux)
        columns["flux_err"].append(np.full(length, NOISE))
    objects = pa.table(
        {
            "object_id": [f"toy-{seed}-{i}" for i in range(n)],
            "survey": ["ZTF"] * n,
            "label": labels,
            "redshift": redshift,
        }
    )
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    points = {name: np.concatenate(parts) for name, parts in columns.items()}
    return LightCurves(objects, offsets, points, TOY_BANDS)


def two_telescopes(n: int = 60, *, seed: int = 0) -> LightCurves:
    """The toy objects as two telescopes see them: object i and i + n / 2 are of the same event."""
    lcs = toy_lightcurves(n, seed=seed)
    half = n // 2 - n // 2 % len(TOY_CLASSES)  # so that both have the same class
    return lcs[: 2 * half].with_columns(
        survey=["ZTF"] * half + ["LSST"] * half,
        event_id=[f"event-{i % half}" for i in range(2 * half)],
    )
