"""Pack the pointing histories of YSE: `python tools/build_cadence_yse.py SHARED_DATA`.

YSE publishes no log of visits, so the histories come from the epochs of its own light curves
(`yse_dr1`, objects of the training part alone, by the sha256 rule of `lcfm.prepare.split`):

- Pan-STARRS1: the nights and bands in which an object or its neighbours within 5 degrees have a
  point. Fields are visited in blocks, so neighbours share nights: 0.85 of them within 1.5 degrees,
  0.69 between 1.5 and 5 (measured while the object shone at a signal-to-noise above 20); divided by
  the visits that every object loses, this is the chance of a neighbour's night to be taken over.
- ZTF: its log of exposures, thinned to the public survey as in `build_cadence.py`.

Depths come from the errors of the light curves after their source noise is taken off; for ZTF they
are a function of the depth in the log.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from build_cadence import save, thin_to_public
from lcfm.prepare.split import is_test

POSITIONS = 400
NEAR, FAR = 1.5, 5.0  # degrees
NEAR_SHARE, FAR_SHARE = 1.0, 0.8  # divided by the share that any object loses (chip gaps)
SOURCE, FLOOR = 50.0, 0.0015  # noise terms of the photometry: nJy, relative
BREAK_DAYS = 50.0  # a field left for longer begins a new block
BEFORE_BLOCK, AFTER_BLOCK = 45.0, 250.0
HALF_FIELD = 3.65  # degrees, ZTF
MATCH_DAYS = 0.006
BANDS = ("ztfg", "ps1::g", "ps1::r", "ztfr", "ps1::i", "ps1::z")


def training_points(shared: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    objects = pd.read_parquet(shared / "yse_dr1" / "objects.parquet")
    points = pd.read_parquet(shared / "yse_dr1" / "points.parquet")
    objects = objects[~is_test(objects["event_id"].to_numpy(dtype=object))].reset_index(drop=True)
    row = pd.Series(objects.index, index=objects["object_id"])
    points = points[points["object_id"].isin(row.index)]
    points = points.assign(row=points["object_id"].map(row))
    source = SOURCE * points["flux"] + (FLOOR * points["flux"]) ** 2
    variance = points["flux_err"] ** 2 - source
    # Where the source dominates, the sky cannot be told.
    sky = np.sqrt(variance.where(variance > 0.2 * points["flux_err"] ** 2))
    return objects, points.assign(depth=31.4 - 2.5 * np.log10(5 * sky))


def separation(ra: float, dec: float, objects: pd.DataFrame) -> NDArray[np.float64]:
    """Degrees between a position and all objects."""
    a, b = np.radians(dec), np.radians(objects["dec"].to_numpy())
    cosine = np.sin(a) * np.sin(b)
    cosine += np.cos(a) * np.cos(b) * np.cos(np.radians(objects["ra"].to_numpy() - ra))
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def ps1_visits(
    i: int, objects: pd.DataFrame, nights: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Nights of one object's field in the block in which it was followed."""
    away = separation(objects["ra"][i], objects["dec"][i], objects)
    taken = nights[away[nights["row"]] < FAR]
    distance = away[taken["row"]]
    share = np.where(distance < NEAR, NEAR_SHARE, FAR_SHARE)
    share[taken["row"] == i] = 1.0
    chance = pd.Series(rng.random(taken["night"].max() + 1))[taken["night"]].to_numpy()
    # One draw per night, compared with the best claim on it.
    taken = taken[chance < share]
    visits = taken.groupby(["night", "band"], as_index=False).agg(
        mjd=("mjd", "median"), depth=("depth", "median")
    )
    visits = visits.sort_values("mjd")
    block = (visits["mjd"].diff() > BREAK_DAYS).cumsum()
    own = nights.loc[nights["row"] == i, "mjd"].median()
    nearest = (visits["mjd"] - own).abs().idxmin()
    return visits[block == block[nearest]]


def exposures_at(ra: float, dec: float, log: pd.DataFrame) -> pd.DataFrame:
    """ZTF exposures that cover a position."""
    east = (log["ra"] - ra + 180) % 360 - 180
    inside = np.abs(east * np.cos(np.radians(dec))) < HALF_FIELD
    return log[inside & (np.abs(log["dec"] - dec) < HALF_FIELD)]


def ztf_depth_of_log(
    objects: pd.DataFrame, points: pd.DataFrame, log: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median depth of the photometry in bins of the log's depth."""
    points = points[points["depth"].notna() & points["band"].str.startswith("ztf")]
    pairs = []
    for i, mine in points.sort_values("mjd").groupby("row"):
        exposures = exposures_at(objects["ra"][i], objects["dec"][i], log)
        pairs.append(
            pd.merge_asof(
                mine[["mjd", "band", "depth"]], exposures[["mjd", "band", "depth5"]],
                on="mjd", by="band", direction="nearest", tolerance=MATCH_DAYS,
            )
        )  # fmt: skip
    both = pd.concat(pairs).dropna(subset=["depth5", "depth"])
    edges = np.array([16.0, 18.5, 19.0, 19.5, 20.0, 20.5, 21.0, 21.5, 22.5])
    middle, depth = [], []
    for low, high in itertools.pairwise(edges):
        rows = both[both["depth5"].between(low, high)]
        if len(rows) > 50:
            middle.append(rows["depth5"].median())
            depth.append(rows["depth"].median())
            print(f"  log {middle[-1]:.2f} -> {depth[-1]:.2f} ± {rows['depth'].std():.2f}")
    return np.array(middle), np.array(depth)


def main(shared: Path) -> None:
    rng = np.random.default_rng(4)
    objects, points = training_points(shared)
    log = pd.read_parquet(shared / "cadence" / "ztf_log_redback.parquet").drop_duplicates()
    log = log[log["band"].isin(["ztfg", "ztfr"])].sort_values("mjd")
    from_log, to_depth = ztf_depth_of_log(objects, points, log)
    ps1 = points[points["band"].str.startswith("ps1")]
    ps1 = ps1.assign(night=np.floor(ps1["mjd"] - 0.2).astype(int))
    nights = ps1.groupby(["row", "night", "band"], as_index=False)[["mjd", "depth"]].median()
    typical = nights.groupby("band")["depth"].median()
    nights["depth"] = nights["depth"].fillna(nights["band"].map(typical))
    parts, places = [], []
    for i in rng.permutation(nights["row"].unique()):
        visits = ps1_visits(i, objects, nights, rng)
        if len(visits) < 10:
            continue
        ends = visits["mjd"].min() - BEFORE_BLOCK, visits["mjd"].max() + AFTER_BLOCK
        ra, dec = objects["ra"][i], objects["dec"][i]
        exposures = exposures_at(ra, dec, log[log["mjd"].between(*ends)])
        ztf = thin_to_public(exposures, rng)
        ztf = ztf.assign(depth=np.interp(ztf["depth5"], from_log, to_depth))
        both = pd.concat([visits, ztf])[["mjd", "band", "depth"]].sort_values("mjd")
        parts.append(both.assign(field=len(places)))
        places.append((ra, dec))
        if len(places) == POSITIONS:
            break
    # To a tenth of a degree: the field, not the object.
    centres = pd.DataFrame(places, columns=["ra", "dec"]).round(1)
    save("yse", pd.concat(parts), centres, BANDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
