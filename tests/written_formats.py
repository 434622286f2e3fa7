"""The same three small objects written in every format that lcfm reads."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits

from lcfm.lightcurves import LightCurves
from lcfm.readers.lightcurvelynx_write import write_lightcurvelynx
from lcfm.readers.parquet import write_parquet
from lcfm.units import NJY_PER_FLUXCAL

IDS = ("101", "102", "9007199254740993")  # the last one is not a float64
N_POINTS = (4, 6, 5)
REDSHIFT = (0.1, 0.2, 0.3)
DEC = -9.0  # a place in the sky, not a sentinel
SEPARATOR_ROW = (-777.0, "-", 0, -777.0, -777.0)


def truth() -> LightCurves:
    """Three objects of LSST in g and r; detected are the points with odd numbers."""
    n = sum(N_POINTS)
    objects = pa.table(
        {
            "object_id": list(IDS),
            "survey": ["LSST"] * 3,
            "label": ["SNIa"] * 3,
            "redshift": list(REDSHIFT),
            "ra": [10.0, 20.0, 30.0],
            "dec": [DEC] * 3,
            "mwebv": [0.01, 0.02, 0.03],
        }
    )
    points = {
        "mjd": 60_000 + 0.25 * np.arange(n),
        "band": np.arange(n) % 2,
        "flux": (np.arange(n) - 3.0) * 4 * NJY_PER_FLUXCAL,
        "flux_err": np.full(n, 2 * NJY_PER_FLUXCAL),
        "detected": np.arange(n) % 2 == 1,
    }
    return LightCurves(
        objects, np.concatenate([[0], np.cumsum(N_POINTS)]), points, ("lsstg", "lsstr")
    )


def snana_rows(lcs: LightCurves, i: int) -> list[tuple[float, str, int, float, float]]:
    """MJD, BAND, PHOTFLAG, FLUXCAL, FLUXCALERR of one object."""
    one = lcs[i].points
    return [
        (float(t), "gr"[b], 4096 * int(d), float(f) / NJY_PER_FLUXCAL, float(e) / NJY_PER_FLUXCAL)
        for t, b, d, f, e in zip(
            one["mjd"], one["band"], one["detected"], one["flux"], one["flux_err"], strict=True
        )
    ]


def write_snana_fits(
    folder: Path, *, band: str = "BAND", dec: str = "DEC", ints: bool = False, shift: int = 0
) -> Path:
    """HEAD and PHOT; `shift` makes the pointers stale."""
    lcs, rows, first, last = truth(), [], [], []
    for i in range(len(lcs)):
        first.append(len(rows) + 1 + shift)
        rows += snana_rows(lcs, i)
        last.append(len(rows) + shift)
        rows.append(SEPARATOR_ROW)
    mjd, letters, flag, flux, flux_err = (list(column) for column in zip(*rows, strict=True))
    snid = ("K", np.array(IDS, dtype=np.int64)) if ints else ("20A", np.array(IDS))
    head = {
        "SNID": snid, "RA": ("D", [10.0, 20.0, 30.0]), dec: ("D", [DEC] * 3),
        "MWEBV": ("E", [0.01, 0.02, 0.03]), "REDSHIFT_HELIO": ("E", REDSHIFT),
        "REDSHIFT_FINAL": ("E", [-9.0] * 3), "SIM_TYPE_NAME": ("8A", ["SNIa"] * 3),
        "SNTYPE": ("J", [101] * 3), "NOBS": ("J", N_POINTS), "PTROBS_MIN": ("J", first),
        "PTROBS_MAX": ("J", last),
    }  # fmt: skip
    phot = {
        "MJD": ("D", mjd), band: ("2A", letters), "PHOTFLAG": ("J", flag), "FLUXCAL": ("E", flux),
        "FLUXCALERR": ("E", flux_err),
    }  # fmt: skip
    for part, columns in (("HEAD", head), ("PHOT", phot)):
        table = fits.BinTableHDU.from_columns(
            [fits.Column(name, form, array=np.array(v)) for name, (form, v) in columns.items()]
        )
        primary = fits.PrimaryHDU()
        primary.header["SURVEY"] = "LSST"
        fits.HDUList([primary, table]).writeto(folder / f"TOY_{part}.FITS.gz")
    return folder / "TOY_HEAD.FITS.gz"


def write_snana_text(folder: Path) -> Path:
    """One file per object, each in a dialect of its own."""
    lcs = truth()
    order = (("MJD", "FLT", "PHOTFLAG", "FLUXCAL", "FLUXCALERR"), (3, 4, 1, 0, 2), (0, 1, 2, 3, 4))
    names = ("MJD", "BAND", "PHOTFLAG", "FLUXCAL", "FLUXCALERR")
    for i, snid in enumerate(IDS):
        places = order[i] if i else (0, 1, 2, 3, 4)
        varlist = order[0] if i == 0 else [names[int(k)] for k in places]
        rows = snana_rows(lcs, i)
        lines = [
            "SURVEY: LSST", f"SNID:  {snid}   # a comment", f"RA: {10.0 * (i + 1)} deg",
            f"{'DECL' if i else 'DEC'}: {DEC} deg", f"MWEBV: {(i + 1) / 100} +- 0.001 MW E(B-V)",
            f"REDSHIFT_HELIO: {REDSHIFT[i]} +- 0.001 (Helio)", "SNTYPE: -9",
            "SIM_COMMENT:  SN Type = SNIa , MODEL = toy", f"NOBS: {len(rows)}",
            "NVAR: 5", f"VARLIST: {' '.join(varlist)}", "END:" if i else "",
        ]  # fmt: skip
        for k, row in enumerate(rows):
            lines.append("OBS:  " + "  ".join(str(row[int(p)]) for p in places))
            if k == 1:
                lines.append("DETECTION:  6 MJDs satisfy g+r+i+z")
        (folder / f"SN{i}.DAT").write_text("\n".join([*lines, "END:"]) + "\n")
    (folder / "README.txt").write_text("three objects\n")
    return folder


def write_csv(path: Path, names: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """A gzipped CSV file."""
    with gzip.open(path, "wt", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def write_snana_csv(folder: Path) -> Path:
    """A HEAD and a PHOT table; the bands are named in full, because no survey is."""
    lcs = truth()
    rows = [
        (snid, t, f"LSST-{b}", flag, f, e)
        for i, snid in enumerate(IDS)
        for t, b, flag, f, e in snana_rows(lcs, i)
    ]
    heads = [
        (s, z, 10.0 * (i + 1), DEC, 0.01 * (i + 1), "SNIa")
        for i, (s, z) in enumerate(zip(IDS, REDSHIFT, strict=True))
    ]
    names = ("SNID", "REDSHIFT_HELIO", "RA", "DEC", "MWEBV", "SIM_TYPE_NAME")
    write_csv(folder / "TOY_HEAD.csv.gz", names, heads)
    names = ("SNID", "MJD", "FLT", "PHOTFLAG", "FLUXCAL", "FLUXCALERR")
    write_csv(folder / "TOY_PHOT.csv.gz", names, rows)
    return folder / "TOY_HEAD.csv.gz"


def write_plasticc(folder: Path) -> Path:
    """Points and metadata; the metadata know one object more."""
    lcs = truth()
    rows = [
        (snid, t, "ugrizy".index(b), f, e, flag // 4096)
        for i, snid in enumerate(IDS)
        for t, b, flag, f, e in snana_rows(lcs, i)
    ]
    names = ("object_id", "mjd", "passband", "flux", "flux_err", "detected_bool")
    write_csv(folder / "toy_lightcurves.csv.gz", names, rows)
    heads = [
        (s, 10.0 * (i + 1), DEC, 0.01 * (i + 1), z, 90)
        for i, (s, z) in enumerate(zip(IDS, REDSHIFT, strict=True))
    ]
    names = ("object_id", "ra", "decl", "mwebv", "hostgal_specz", "target")
    write_csv(folder / "toy_metadata.csv.gz", names, [*heads, (7, 1.0, 1.0, 0.1, "", 15)])
    return folder / "toy_lightcurves.csv.gz"


def write_nested(folder: Path) -> Path:
    write_parquet(truth(), folder / "toy.parquet")
    return folder / "toy.parquet"


def write_lynx(folder: Path) -> Path:
    write_lightcurvelynx(truth(), folder / "toy.parquet")
    return folder / "toy.parquet"


def write_objects_points(folder: Path) -> Path:
    lcs = truth()
    pq.write_table(lcs.objects, folder / "objects.parquet")
    points = {k: v for k, v in lcs.points.items() if k != "band"}
    points["object_id"] = lcs.object_id[lcs.owner].astype(str)
    points["band"] = np.array(lcs.bands)[lcs.points["band"]]
    pq.write_table(pa.table(points), folder / "points.parquet")
    return folder


def write_table(folder: Path) -> Path:
    """One row per measurement, bands named in full, redshift and the like repeated."""
    lcs = truth()
    owner = lcs.owner
    columns = {"object_id": lcs.object_id[owner], "band": np.array(lcs.bands)[lcs.points["band"]]}
    columns |= {k: v for k, v in lcs.points.items() if k != "band"}
    columns["zp"] = np.full(lcs.n_points, 31.4)
    for name in ("survey", "label", "redshift", "ra", "dec", "mwebv"):
        if name in lcs.columns:
            columns[name] = lcs.column(name)[owner]
    rows = list(zip(*(v.tolist() for v in columns.values()), strict=True))
    write_csv(folder / "toy.csv.gz", tuple(columns), rows)
    return folder / "toy.csv.gz"


WRITERS: dict[str, Callable[[Path], Path]] = {
    "objects-points": write_objects_points,
    "lightcurvelynx": write_lynx,
    "nested-parquet": write_nested,
    "snana-fits": write_snana_fits,
    "snana-text": write_snana_text,
    "snana-csv": write_snana_csv,
    "plasticc-csv": write_plasticc,
    "table": write_table,
}
