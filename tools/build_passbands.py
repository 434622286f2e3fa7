"""Pack the passband curves that lcfm ships: `python tools/build_passbands.py SHARED_DATA`.

Reads the text curves of `passbands/` and the band list `bands.csv`, resamples each curve to at most
160 points, drops leaks below 0.1 % of the peak (mean wavelength moves by < 0.5 %), and writes
`src/lcfm/data/passbands/`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

OUT = Path(__file__).parents[1] / "src" / "lcfm" / "data" / "passbands"
MAX_SAMPLES = 160


def mean_wavelength(wavelength: np.ndarray, transmission: np.ndarray) -> float:
    weight = np.trapezoid(transmission, wavelength)
    return float(np.trapezoid(transmission * wavelength, wavelength) / weight)


def compact(wavelength: np.ndarray, transmission: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average the curve in equal bins, keeping its ends at zero."""
    transmission = np.clip(transmission, 0, None) / transmission.max()
    inside = np.flatnonzero(transmission > 1e-3)
    low, high = max(inside[0] - 1, 0), min(inside[-1] + 2, len(wavelength))
    wavelength, transmission = wavelength[low:high], transmission[low:high]
    if len(wavelength) <= MAX_SAMPLES:
        return wavelength, transmission
    grid = np.linspace(wavelength[0], wavelength[-1], MAX_SAMPLES)
    step = grid[1] - grid[0]
    area = np.concatenate(
        [[0.0], np.cumsum(np.diff(wavelength) * (transmission[1:] + transmission[:-1]) / 2)]
    )
    edges = np.clip(np.stack([grid - step / 2, grid + step / 2]), wavelength[0], wavelength[-1])
    cumulative = np.interp(edges, wavelength, area)
    return grid, (cumulative[1] - cumulative[0]) / np.maximum(edges[1] - edges[0], 1e-9)


def main(shared: Path) -> None:
    origins = {}
    for line in (shared / "passbands" / "ORIGIN.txt").read_text().splitlines():
        words = line.split(maxsplit=6)
        if len(words) == 7 and (shared / "passbands" / f"{words[0]}.dat").exists():
            origins[words[0]] = words[6]
    named = {}  # band name in the sets -> curve file
    for row in csv.DictReader((shared / "bands.csv").open()):
        curve = row["curve"] or row["nearest_curve"]
        if curve:
            named[row["band"]] = (curve, bool(row["curve"]))
    for path in (shared / "passbands").glob("*.dat"):
        if path.stem not in {c for c, exact in named.values() if exact}:
            named.setdefault(path.stem, (path.stem, True))
    curves, rows = {}, []
    for name, (curve, exact) in sorted(named.items()):
        wavelength, transmission = np.loadtxt(shared / "passbands" / f"{curve}.dat").T
        grid, values = compact(wavelength, transmission)
        before, after = (
            mean_wavelength(wavelength, np.clip(transmission, 0, None)),
            mean_wavelength(grid, values),
        )
        assert abs(after / before - 1) < 5e-3, (name, before, after)
        if curve not in curves:
            curves[curve] = np.stack([grid, values]).astype(np.float32)
        rows.append(
            (name, curve, "" if exact else f"nearest curve to {name}", origins.get(curve, ""))
        )
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(OUT / "curves.npz", **curves)
    with (OUT / "bands.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["band", "curve", "remark", "origin"])
        writer.writerows(rows)
    print(f"{len(rows)} bands, {len(curves)} curves -> {OUT}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
