"""Pack the spectral templates that lcfm ships: `python tools/build_seds.py SHARED_DATA`.

Reads `sed/` of the shared data folder, averages every spectrum in the cells of the atlas grid (so
that integrals are conserved), clips negative dips, and writes one npz per set to
`src/lcfm/data/seds/`: 16-bit spectra scaled to a maximum of 1 per phase, with the scales beside.
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

import numpy as np

from lcfm.sources.base import LN_STEP, LN_WAVELENGTH

OUT = Path(__file__).parents[1] / "src" / "lcfm" / "data" / "seds"
LATEST_PHASE = 130.0
CORE_COLLAPSE = {
    "SN II": "SNII", "SN IIP": "SNII", "SN IIL/P": "SNII", "SN IIb": "SNIIb",
    "SN Ib": "SNIb", "SN Ic": "SNIc", "SN Ic-BL": "SNIc-BL",
}  # fmt: skip
SETS = (
    "sncosmo_pierel2018", "sncosmo_snana", "sncosmo_sako2011", "sncosmo_vincenzi2019",
    "snsedextend",
)  # fmt: skip
EXTENDED_ELSEWHERE = {"CSP-2004gq", "SDSS-004012", "SDSS-013195", "SDSS-014475", "SDSS-015475"}


def covered(wavelength: np.ndarray) -> slice:
    """Cells of the atlas grid that lie wholly inside a template's range."""
    low, high = np.log(wavelength[[0, -1]]) + np.array([LN_STEP, -LN_STEP]) / 2
    inside = np.flatnonzero((low <= LN_WAVELENGTH) & (high >= LN_WAVELENGTH))
    return slice(int(inside[0]), int(inside[-1]) + 1)


def rebin(wavelength: np.ndarray, flux: np.ndarray, cells: slice) -> np.ndarray:
    """Average F_lambda over the grid cells, exactly for a piecewise linear spectrum."""
    centres = LN_WAVELENGTH[cells]
    edges = np.exp(np.append(centres - LN_STEP / 2, centres[-1] + LN_STEP / 2))
    knots = np.union1d(wavelength, edges)
    knots = knots[(knots >= edges[0]) & (knots <= edges[-1])]
    at = np.searchsorted(knots, edges)
    out = np.empty((len(flux), len(centres)))
    for row, spectrum in enumerate(flux):
        values = np.interp(knots, wavelength, spectrum)
        area = np.concatenate([[0], np.cumsum(np.diff(knots) * (values[1:] + values[:-1]) / 2)])
        out[row] = np.diff(area[at]) / np.diff(edges)
    return out


def tame(flux: np.ndarray) -> np.ndarray:
    """Replace what is not positive (spline artefacts) by 0.1 % of the phase's maximum."""
    return np.maximum(flux, 1e-3 * flux.max(axis=1, keepdims=True) * (flux <= 0))


def pack(flux: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = np.abs(flux).max(axis=1)
    scale[scale == 0] = 1.0
    return (flux / scale[:, None]).astype(np.float16), scale.astype(np.float32)


def write(name: str, templates: list[dict[str, object]]) -> None:
    """One npz: spectra of all templates one below the other, each with its own range of cells."""
    arrays = {}
    for number, template in enumerate(templates):
        flux, scale = pack(template["flux"])  # type: ignore[arg-type]
        arrays[f"{number}/flux"], arrays[f"{number}/scale"] = flux, scale / scale.max()
        arrays[f"{number}/phase"] = np.asarray(template["phase"], dtype=np.float32)
        arrays[f"{number}/first_cell"] = np.array(template["first_cell"])
    for key in ("name", "supernova", "label"):
        arrays[key] = np.array([t[key] for t in templates])
    np.savez_compressed(OUT / f"{name}.npz", **arrays)
    size = (OUT / f"{name}.npz").stat().st_size / 1e6
    print(f"{name}: {len(templates)} templates, {size:.2f} MB")


def template(path: Path, supernova: str, label: str) -> dict[str, object]:
    with np.load(path) as data:
        phase = data["phase"]
        wavelength, flux = (data[key].astype(float) for key in ("wavelength", "flux"))
    early = (phase <= LATEST_PHASE) & (flux.max(axis=1) > 0)
    # leading cells that are zero at all phases are padding of the source, not a measured UV
    bright = np.flatnonzero(flux[early].mean(axis=0) > 1e-4 * flux[early].mean(axis=0).max())
    wavelength, flux = wavelength[bright[0] :], flux[early][:, bright[0] :]
    cells = covered(wavelength)
    return {
        "name": path.stem, "supernova": supernova, "label": label, "phase": phase[early],
        "first_cell": cells.start, "flux": tame(rebin(wavelength, flux, cells)),
    }  # fmt: skip


def salt3(folder: Path) -> None:
    arrays = {}
    for number in (0, 1):
        with gzip.open(folder / f"salt3_template_{number}.dat.gz", "rt") as file:
            phase, wavelength, flux = np.loadtxt(file).T
        phases, waves = np.unique(phase), np.unique(wavelength)
        cells = covered(waves)
        values = rebin(waves, flux.reshape(len(phases), len(waves)), cells)
        arrays[f"m{number}"], arrays[f"m{number}_scale"] = pack(values)
        arrays["phase"], arrays["first_cell"] = phases, np.array(cells.start)
    with gzip.open(folder / "salt3_color_correction.dat.gz", "rt") as file:
        lines = file.read().split("\n")
    order = int(lines[0])
    arrays["colour_law"] = np.array([float(v) for v in lines[1 : order + 1]])
    arrays["colour_range"] = np.array([float(v.split()[1]) for v in lines[order + 2 : order + 4]])
    np.savez_compressed(OUT / "salt3_k21.npz", **arrays)
    print(f"salt3_k21: {(OUT / 'salt3_k21.npz').stat().st_size / 1e6:.2f} MB")


def main(shared: Path) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    salt3(shared / "sed" / "salt" / "salt3-k21")
    rows = list(csv.DictReader((shared / "sed" / "types.csv").open()))
    for name in SETS:
        chosen = []
        for row in rows:
            folder, stem = row["file"].split("/")
            stem = stem.removesuffix(".npz")
            label = CORE_COLLAPSE.get(row["type"])
            repeated = name == "snsedextend" and stem in EXTENDED_ELSEWHERE
            if folder == name and label and not repeated and not stem.endswith("noHostExtCorr"):
                chosen.append(template(shared / "sed" / row["file"], row["supernova"], label))
        write(name, chosen)
    series = sorted((shared / "sed" / "snpy").glob("91bg_sequence*.npz"))
    write("snpy_91bg", [template(path, path.stem, "SNIa-91bg") for path in series])
    hsiao = template(shared / "sed" / "sncosmo_hsiao" / "hsiao_v3.npz", "hsiao", "SNIa")
    write("hsiao", [hsiao])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
