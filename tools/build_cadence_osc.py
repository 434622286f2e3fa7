"""Pack the histories of objects in the Open Supernova Catalog: `... osc.py SHARED_DATA`.

Each object of the training part (sha256 rule of `lcfm.prepare.split`; test objects are never read)
is one position: its epochs in its own bands, whatever it was classified as. Bands that the registry
gives one curve are one band.

- Errors of detections grow as flux^0.43 within an object and band (median slope of ln flux_err
  against ln flux, 1,945 object-bands), so half of their variance is taken to be of the sky and half
  proportional to the flux; where fluxes were forced or limits published, the sky's share is larger
  (slope 0.17 in the Palomar Transient Factory's R).
- How non-detections were published is read from each object and band: not at all, as faint
  magnitudes, as limits or as fluxes.
- Errors that the catalogue assumed (0.1 mag) say nothing of the depth: it is then that at which the
  object's faintest point in the band has a signal-to-noise of 6.
- An object whose light curve begins at its brightest point peaked before; how long before is drawn
  from an exponential distribution.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from lcfm import bands as registry
from lcfm.prepare.split import is_test
from lcfm.surveys.cadence import Cadence, save_cadence
from lcfm.surveys.followed import FADE_DAYS, Followed, Record

OUT = Path(__file__).parents[1] / "src" / "lcfm" / "data" / "cadence" / "osc.npz"
SAME_CURVE = {
    "cspv3014": "cspv9844", "cspv3009": "cspv9844", "unfiltered_v": "bessellv",
    "unfiltered": "sdssr", "ptf48r": "sdssr",
}  # fmt: skip
SKY_SHARE = {
    Record.MAGNITUDES: 0.5, Record.FAINT_MAGNITUDES: 0.7, Record.LIMITS: 0.7, Record.FLUXES: 0.85,
}  # fmt: skip
UNKNOWN_RELATIVE = 0.06  # scatter of points without an error
FAINTEST_RATIO = 6.0
DEEPEST = 27.0  # magnitudes; a few forced fluxes have no error to speak of
PEAKED_BEFORE = 6.0  # days
FADE_HALF_WIDTH = 10.0  # days


def training(shared: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    objects = pd.read_parquet(shared / "osc" / "objects.parquet")
    objects = objects[~is_test(objects["event_id"].to_numpy(dtype=object))].reset_index(drop=True)
    row = pd.Series(objects.index, index=objects["object_id"])
    points = pd.read_parquet(shared / "osc" / "points.parquet")
    points = points[points["object_id"].isin(row.index)]
    points = points.assign(
        row=points["object_id"].map(row), curve=points["band"].replace(SAME_CURVE)
    )
    return objects, points.sort_values(["row", "mjd", "curve"]).reset_index(drop=True)


def records(points: pd.DataFrame) -> pd.Series:
    """How each point's telescope published what it did not detect."""
    limit = points["limit"]
    group = [points["row"], points["band"]]
    fluxes = (limit & (points["flux"] != 0)).groupby(group).transform("any")
    limits = limit.groupby(group).transform("any")
    faint = (~limit & ~points["detected"]).groupby(group).transform("any")
    chosen = np.select(
        [fluxes, limits, points["err_assumed"], faint],
        [Record.FLUXES, Record.LIMITS, Record.NO_ERRORS, Record.FAINT_MAGNITUDES],
        Record.MAGNITUDES,
    )
    return pd.Series(chosen, index=points.index)


def errors(points: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Split every error into that of an empty position [nJy] and a share of the flux."""
    flux, error, record = points["flux"], points["flux_err"], points["record"]
    share = record.map(SKY_SHARE).fillna(0.5)
    detected = points["detected"]
    sky = error * np.sqrt(share.where(detected, 1.0))
    relative = (error / flux.where(detected)) * np.sqrt(1 - share)
    # What is not detected takes the relative error of what is, in the same band.
    group = [points["row"], points["band"]]
    relative = relative.fillna(relative.groupby(group).transform("median"))
    relative = relative.fillna(relative.groupby(points["band"]).transform("median")).fillna(0.02)
    unknown = record == Record.NO_ERRORS
    faintest = flux.where(detected).groupby(group).transform("min")
    sky = sky.where(~unknown, faintest / FAINTEST_RATIO)
    return sky, relative.where(~unknown, UNKNOWN_RELATIVE).clip(0.0, 0.5)


def peaks(
    objects: pd.DataFrame, points: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.Series, pd.Series]:
    """MJD of the peak, before the first point where that is the brightest, and its magnitude."""
    seen = points[points["detected"]].groupby("row")
    first, brightest = seen["mjd"].min(), seen["flux"].max()
    late = objects["peak_mjd"] - first < 1.0
    before = rng.exponential(PEAKED_BEFORE, len(objects)) * late
    return objects["peak_mjd"] - before, 31.4 - 2.5 * np.log10(brightest)


def fades(points: pd.DataFrame, day: pd.Series, n: int, rng: np.random.Generator) -> np.ndarray:
    """Magnitudes lost around FADE_DAYS after the peak, in the band nearest to r that tells it."""
    seen = points[points["detected"] & (points["flux"] > 0)].assign(
        phase=points["mjd"] - points["row"].map(day), mag=31.4 - 2.5 * np.log10(points["flux"]),
    )  # fmt: skip
    group = seen.groupby(["row", "curve"])
    lost = (
        seen[(seen["phase"] - FADE_DAYS).abs() < FADE_HALF_WIDTH]
        .groupby(["row", "curve"])["mag"].median() - group["mag"].min()
    ).dropna().rename("lost").reset_index()  # fmt: skip
    lost["far"] = (lost["curve"].map(lambda b: registry.get(b).mean_wavelength) - 6200).abs()
    lost = lost.sort_values("far").groupby("row")["lost"].first()
    known = lost.to_numpy()
    print(f"fade known of {len(known)} of {n}")
    # An object that was not followed so far serves events of any kind.
    drawn = pd.Series(rng.choice(known, n))
    drawn[lost.index] = known
    return drawn.to_numpy()


def main(shared: Path) -> None:
    rng = np.random.default_rng(6)
    objects, points = training(shared)
    points["record"] = records(points)
    sky, relative = errors(points)
    day, magnitude = peaks(objects, points, rng)
    fade = fades(points, day, len(objects), rng)
    names = sorted(points["curve"].unique(), key=lambda name: registry.get(name).mean_wavelength)
    zero = float(np.floor(min(points["mjd"].min(), day.min())))
    cadence = Cadence(
        tuple(names), zero,
        objects["ra"].fillna(0.0).round(1).to_numpy(),
        objects["dec"].fillna(0.0).round(1).to_numpy(),
        np.searchsorted(points["row"], np.arange(len(objects) + 1)),
        points["mjd"].to_numpy() - zero,
        points["curve"].map({name: i for i, name in enumerate(names)}).to_numpy(np.int8),
        (31.4 - 2.5 * np.log10(5 * sky)).clip(upper=DEEPEST).to_numpy(np.float32),
        Followed(
            (day - zero).to_numpy(), magnitude.to_numpy(), fade, relative.to_numpy(np.float32),
            points["record"].to_numpy(np.uint8),
        ),
    )  # fmt: skip
    save_cadence(cadence, OUT)
    print(f"osc: {len(cadence)} positions, {len(points):,} visits, {len(names)} bands")
    print(points["record"].map(lambda r: Record(r).name).value_counts().to_string())
    print("limits:", magnitude.quantile(np.arange(0.5, 10) / 10).round(2).tolist())
    print(f"{OUT.stat().st_size / 1e6:.2f} MB; bands = {tuple(names)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
