"""Pack the pointing histories of PLAsTiCC: `python tools/build_cadence_plasticc.py SHARED_DATA`.

Visits are the epochs of objects in the training part (sha256 rule of `lcfm.prepare.split`) of the
challenge's training set (Kessler et al. 2019, PASP 131, 094501), three years each. Objects are
taken that never become much brighter than their errors, so that these are those of the sky and
tell the depth; deep-drilling fields are as common as among its supernovae.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from build_cadence import save
from lcfm.prepare.split import is_test

FAINT = 25.0  # highest signal-to-noise of the objects taken
BLIND = 1e6  # nJy; a few visits saw nothing
OBJECTS = 1100
BANDS = ("lsstu", "lsstg", "lsstr", "lssti", "lsstz", "lssty")


def main(shared: Path) -> None:
    rng = np.random.default_rng(11)
    objects = pd.read_parquet(shared / "plasticc" / "objects.parquet")
    points = pd.read_parquet(shared / "plasticc" / "points.parquet")
    objects = objects[~is_test(objects["event_id"].to_numpy(dtype=object))]
    brightest = (points["flux"].abs() / points["flux_err"]).groupby(points["object_id"]).max()
    supernovae = objects["label3"] != ""
    deep = objects.loc[supernovae, "ddf"].mean()
    faint = objects[objects["object_id"].map(brightest) < FAINT]
    chosen = []
    for is_deep, n in ((True, round(OBJECTS * deep)), (False, round(OBJECTS * (1 - deep)))):
        pool = np.flatnonzero(faint["ddf"] == is_deep)
        chosen.append(rng.choice(pool, n, replace=n > len(pool)))
    picked = faint.iloc[np.sort(np.concatenate(chosen))]
    print(f"{len(picked)} of {len(faint)} faint objects, {picked['ddf'].mean():.2f} of them deep")
    visits = (
        picked[["object_id"]].assign(field=np.arange(len(picked)))
        .merge(points[points["flux_err"] < BLIND], on="object_id")
        .assign(depth=lambda table: 31.4 - 2.5 * np.log10(5 * table["flux_err"]))
        .sort_values(["field", "mjd", "band"])
    )  # fmt: skip
    save("plasticc", visits, picked[["ra", "dec"]].reset_index(drop=True).round(1), BANDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
