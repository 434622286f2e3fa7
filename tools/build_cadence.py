"""Pack the pointing histories that lcfm ships: `python tools/build_cadence.py SHARED_DATA`.

Reads `cadence/` and writes `src/lcfm/data/cadence/{ztf,lsst,lsst_wide,lsst_deep}.npz`, one compact
sample of real (ZTF) or planned (LSST) pointing histories each: visits sorted by position and time,
as minutes since `mjd_zero`, band number and depth in hundredths of a magnitude. See the README
beside the files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

OUT = Path(__file__).parents[1] / "src" / "lcfm" / "data" / "cadence"
MINUTES_PER_DAY = 1440

ZTF_POSITIONS = 280
ZTF_FIRST_MJD, ZTF_LAST_MJD = 58288.0, 59822.0
# Alerts went on when the log ends: the last two years of it are seen once more, at the same season.
ZTF_REPEATED_DAYS = 730.0
ZTF_LOG_STEP = 1 / 256  # days; the log's times are rounded to it
# Share of field-months in which the alert stream also carried the partnership's visits, and of
# next-night, second-night and same-night repeats otherwise; (first MJD, all, next night, second
# night, same night). Matched to the night gaps of public alert light curves in each era.
ZTF_PROGRAMMES = (
    (58288.0, 0.03, 0.05, 0.05, 0.15),
    (58550.0, 0.20, 0.30, 0.10, 0.22),
    (58800.0, 0.65, 0.32, 0.50, 0.30),
    (59125.0, 0.08, 0.06, 1.0, 0.28),
    (59822.0, 0.20, 0.10, 1.0, 0.35),
)
# diffmaglim of alert non-detections against the log's depth5 of the same exposure: medians in bins
# of 16,000 matches (within 9 minutes and one field) around training objects of ztf_transients;
# residual scatter 0.13 mag. Alerts are 0.8 mag shallower than the log's estimate.
ZTF_LOG_DEPTH = (17.0, 18.25, 18.75, 19.25, 19.75, 20.25, 20.75, 21.25, 21.75, 22.2)
ZTF_ALERT_LIMIT = (16.4, 17.93, 18.36, 18.77, 19.15, 19.54, 19.96, 20.39, 20.76, 21.05)
WHOLE_SAME_NIGHT = 0.7
THIRD_VISIT = 0.3  # share of the second visits' chance that a third one in the same night has
# Nights of one band alone are the partnership's more often: the share of them that is dropped.
ZTF_LONE_LOST = 0.25
ZTF_POOR_DEPTH, ZTF_POOR_LOST = 19.6, 0.25  # alerts hold fewer of the shallow nights

LSST_POSITIONS = 250
LSST_DAYS = 3.5 * 365.25


def thin_to_public(visits: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Drop the visits of one field that public alerts did not carry.

    Months and nights are dropped for all bands at once: the public survey takes g and r in pairs.
    """
    night = np.floor(visits["mjd"].to_numpy()).astype(int)
    of_visit = rng.random(len(visits))
    of_night: dict[int, float] = {}
    of_month: dict[int, float] = {}
    last: dict[str, int] = {}
    twice: dict[str, int] = {}
    keep = np.zeros(len(visits), dtype=bool)
    for i, (mjd, band) in enumerate(zip(visits["mjd"], visits["band"], strict=True)):
        _, everything, next_night, second_night, same_night = next(
            row for row in reversed(ZTF_PROGRAMMES) if mjd >= row[0]
        )
        whole = of_month.setdefault(night[i] // 30, float(rng.random())) < everything
        gap = night[i] - last.get(band, -1000)
        if gap == 0:
            share = max(same_night, WHOLE_SAME_NIGHT * whole)
            keep[i] = of_visit[i] < (share if twice.get(band) != night[i] else share * THIRD_VISIT)
            twice[band] = night[i]
        elif gap <= 2 and not whole:
            share = next_night if gap == 1 else second_night
            keep[i] = of_night.setdefault(night[i], float(rng.random())) < share
        else:
            keep[i] = True
        if keep[i]:
            last[band] = night[i]
    return visits[keep]


def ztf(shared: Path, rng: np.random.Generator) -> None:
    log = pd.read_parquet(shared / "cadence" / "ztf_log_redback.parquet")
    log = log[log["mjd"].between(ZTF_FIRST_MJD, ZTF_LAST_MJD)].drop_duplicates()
    # Spread as they were: else gaps of whole steps tell simulated light curves from real ones.
    log["mjd"] += rng.uniform(-0.5, 0.5, len(log)) * ZTF_LOG_STEP
    # To the minute before they are sorted: visits of one minute go by band, as readers sort them.
    log["mjd"] = np.rint(log["mjd"] * MINUTES_PER_DAY) / MINUTES_PER_DAY
    log["field"] = log.groupby([log["ra"].round(1), log["dec"].round(1)]).ngroup()
    per_field = log[log["band"] != "ztfi"].groupby("field").size()
    # Rarely visited fields give no usable light curve.
    fields = rng.permutation(per_field.index[per_field >= 390])[:ZTF_POSITIONS]
    log = log[log["field"].isin(fields)]
    again = log[log["mjd"] >= ZTF_LAST_MJD - ZTF_REPEATED_DAYS]
    log = pd.concat([log, again.assign(mjd=again["mjd"] + ZTF_REPEATED_DAYS)])
    log = log.sort_values(["field", "mjd"])
    parts = [thin_to_public(rows, rng) for _, rows in log.groupby("field")]
    visits = pd.concat(parts).sort_values(["field", "mjd", "band"])
    night = visits.groupby(["field", np.floor(visits["mjd"])])
    chance, which = rng.random(night.ngroups), night.ngroup().to_numpy()
    lost = np.where(night["depth5"].transform("median") < ZTF_POOR_DEPTH, ZTF_POOR_LOST, 0.0)
    lone = night["band"].transform("nunique").to_numpy() == 1
    lost = np.maximum(lost, np.where(lone, ZTF_LONE_LOST, 0.0))
    visits = visits[chance[which] >= lost]
    limit = np.interp(visits["depth5"], ZTF_LOG_DEPTH, ZTF_ALERT_LIMIT)
    visits = visits.assign(depth=limit)
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
    """Write the mixture, then its two halves, each with more positions or years."""
    folder = shared / "cadence"
    visits = pd.read_parquet(folder / "opsim_baseline_v3.0_visits_by_position.parquet")
    positions = pd.read_parquet(folder / "opsim_baseline_v3.0_positions.parquet")
    deep = positions["kind"].str.startswith("DDF")
    wide = positions.loc[~deep & (positions["n_visits"] >= 500), "pos_id"].to_numpy()
    deep_ids = positions.loc[deep, "pos_id"].to_numpy()
    drawn = rng.permutation(wide)
    early = visits[visits["mjd"] < visits["mjd"].min() + LSST_DAYS]
    centres = positions.set_index("pos_id")[["ra", "dec"]]
    save_lsst("lsst", early, np.append(drawn[:LSST_POSITIONS], deep_ids), centres)
    save_lsst("lsst_wide", early, drawn, centres)
    save_lsst("lsst_deep", visits, deep_ids, centres)


def save_lsst(
    name: str, visits: pd.DataFrame, chosen: NDArray[np.int64], centres: pd.DataFrame
) -> None:
    visits = coadd_nights(visits[visits["pos_id"].isin(chosen)])
    visits = visits.rename(columns={"pos_id": "field", "depth5": "depth"})
    visits = visits.sort_values(["field", "mjd", "band"])
    bands = tuple(f"lsst{letter}" for letter in "ugrizy")
    save(name, visits, centres.loc[np.sort(chosen)], bands)


def save(
    name: str,
    visits: pd.DataFrame,
    centres: pd.DataFrame,
    bands: tuple[str, ...],
    *,
    tick: float | None = None,
) -> None:
    """Write a cadence; with a `tick` [days] its times are whole ticks and stay exact."""
    mjd_zero = float(np.floor(visits["mjd"].min()))
    per_day = MINUTES_PER_DAY if tick is None else 1 / tick
    minutes = np.rint((visits["mjd"] - mjd_zero) * per_day).to_numpy()
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
        **({} if tick is None else {"tick": np.float64(tick)}),
    )
    size = (OUT / f"{name}.npz").stat().st_size
    print(f"{name}: {len(centres)} positions, {len(visits):,} visits, {size / 1e6:.2f} MB")


def main(shared: Path) -> None:
    ztf(shared, np.random.default_rng(1))
    lsst(shared, np.random.default_rng(2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
