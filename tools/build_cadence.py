"""Pack the pointing histories that lcfm ships: `python tools/build_cadence.py SHARED_DATA`.

Reads `cadence/` and writes `src/lcfm/data/cadence/{ztf,lsst}.npz`, one compact sample of real (ZTF)
or planned (LSST) pointing histories each: visits sorted by position and time, as minutes since
`mjd_zero`, band number and depth in hundredths of a magnitude. See the README beside the files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(__file__).parents[1] / "src" / "lcfm" / "data" / "cadence"
MINUTES_PER_DAY = 1440

ZTF_POSITIONS = 400
ZTF_FIRST_MJD, ZTF_LAST_MJD = 58550.0, 59540.0  # a shutdown of two months follows
# Share of field-months in which the alert stream also carried the partnership's visits, and of
# next-night and same-night repeats otherwise; (first MJD, all, next night, same night). Matched to
# the night gaps of public alert light curves in each era.
ZTF_PROGRAMMES = (
    (58550.0, 0.20, 0.15, 0.10),
    (58800.0, 0.85, 0.60, 0.15),
    (59125.0, 0.12, 0.08, 0.08),
)
# diffmaglim of alert non-detections against the log's depth5 of the same exposure (16,000 matches
# within 9 minutes and one field around training objects of ztf_transients): a line in
# depth5 - 21 through the medians of 0.5 mag bins, residual scatter 0.13 mag. Alerts are 0.8 mag
# shallower than the log's estimate.
ZTF_DEPTH_LINE = (0.81, 20.19)
ZTF_DEPTH_RANGE = (17.5, 22.2)
WHOLE_SAME_NIGHT = 0.3

LSST_POSITIONS = 250
LSST_DAYS = 3.5 * 365.25


def thin_to_public(visits: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Drop the visits of one field and band that public alerts did not carry."""
    night = np.floor(visits["mjd"].to_numpy()).astype(int)
    draws = rng.random(len(visits))
    whole_month: dict[int, float] = {}
    keep = np.zeros(len(visits), dtype=bool)
    last = -1000
    for i, (mjd, this_night) in enumerate(zip(visits["mjd"], night, strict=True)):
        _, everything, next_night, same_night = next(
            row for row in reversed(ZTF_PROGRAMMES) if mjd >= row[0]
        )
        month = whole_month.setdefault(this_night // 30, float(rng.random()))
        gap = this_night - last
        share = same_night if gap == 0 else next_night if gap == 1 else 1.0
        keep[i] = draws[i] < (
            max(share, WHOLE_SAME_NIGHT if gap == 0 else 1.0) if month < everything else share
        )
        if keep[i]:
            last = this_night
    return visits[keep]


def ztf(shared: Path, rng: np.random.Generator) -> None:
    log = pd.read_parquet(shared / "cadence" / "ztf_log_redback.parquet")
    log = log[log["mjd"].between(ZTF_FIRST_MJD, ZTF_LAST_MJD)].drop_duplicates()
    log["field"] = log.groupby([log["ra"].round(1), log["dec"].round(1)]).ngroup()
    per_field = log[log["band"] != "ztfi"].groupby("field").size()
    # Rarely visited fields give no usable light curve.
    fields = rng.permutation(per_field.index[per_field >= 250])[:ZTF_POSITIONS]
    log = log[log["field"].isin(fields)].sort_values(["field", "mjd"])
    parts = [thin_to_public(rows, rng) for _, rows in log.groupby(["field", "band"])]
    visits = pd.concat(parts).sort_values(["field", "mjd", "band"])
    offset = np.clip(visits["depth5"], *ZTF_DEPTH_RANGE) - 21.0
    visits["depth"] = np.polyval(ZTF_DEPTH_LINE, offset)
    centres = visits.groupby("field")[["ra", "dec"]].median()
    save("ztf", visits, centres, ("ztfg", "ztfr", "ztfi"))


def coadd_nights(visits: pd.DataFrame) -> pd.DataFrame:
    """Add up the visits of one night in one band: deep-drilling fields repeat within minutes."""
    weight = 10 ** (0.8 * visits["depth5"])
    table = visits.assign(night=np.floor(visits["mjd"] - 0.5), weight=weight)
    grouped = table.groupby(["pos_id", "band", "night"])
    out = grouped.agg(mjd=("mjd", "mean"), weight=("weight", "sum")).reset_index()
    return out.assign(depth5=1.25 * np.log10(out["weight"]))


def lsst(shared: Path, rng: np.random.Generator) -> None:
    folder = shared / "cadence"
    visits = pd.read_parquet(folder / "opsim_baseline_v3.0_visits_by_position.parquet")
    positions = pd.read_parquet(folder / "opsim_baseline_v3.0_positions.parquet")
    deep = positions["kind"].str.startswith("DDF")
    wide = positions.loc[~deep & (positions["n_visits"] >= 500), "pos_id"].to_numpy()
    chosen = np.concatenate([rng.permutation(wide)[:LSST_POSITIONS], positions.loc[deep, "pos_id"]])
    early = visits["mjd"] < visits["mjd"].min() + LSST_DAYS
    visits = coadd_nights(visits[early & visits["pos_id"].isin(chosen)])
    visits = visits.rename(columns={"pos_id": "field", "depth5": "depth"})
    visits = visits.sort_values(["field", "mjd", "band"])
    centres = positions.set_index("pos_id").loc[np.sort(chosen), ["ra", "dec"]]
    bands = tuple(f"lsst{letter}" for letter in "ugrizy")
    save("lsst", visits, centres, bands)


def save(name: str, visits: pd.DataFrame, centres: pd.DataFrame, bands: tuple[str, ...]) -> None:
    mjd_zero = float(np.floor(visits["mjd"].min()))
    minutes = np.rint((visits["mjd"] - mjd_zero) * MINUTES_PER_DAY).to_numpy()
    offsets = np.searchsorted(visits["field"], centres.index.to_numpy(), side="left")
    # Steps in time compress far better than times: the reader adds them up again.
    steps = np.diff(minutes, prepend=0.0).astype(np.int32)
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        OUT / f"{name}.npz",
        bands=np.array(bands),
        mjd_zero=np.float64(mjd_zero),
        ra=centres["ra"].to_numpy(np.float32),
        dec=centres["dec"].to_numpy(np.float32),
        offsets=np.append(offsets, len(visits)).astype(np.int64),
        minute_step=steps,
        band=visits["band"].map({band: i for i, band in enumerate(bands)}).to_numpy(np.uint8),
        depth_cmag=np.rint(visits["depth"] * 100).to_numpy().astype(np.uint16),
    )
    size = (OUT / f"{name}.npz").stat().st_size
    print(f"{name}: {len(centres)} positions, {len(visits):,} visits, {size / 1e6:.2f} MB")


def main(shared: Path) -> None:
    ztf(shared, np.random.default_rng(1))
    lsst(shared, np.random.default_rng(2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
