"""Pack the pointing histories of DES: `python tools/build_cadence_des.py SHARED_DATA`.

The visits are those of the supernova challenge of Kessler et al. 2010 (five fields, one season,
griz), read from the epochs of its training part (sha256 rule of `lcfm.prepare.split`): all objects
of a field share its exposures. The depth of an exposure follows from the errors of faint fluxes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from build_cadence import save
from lcfm.prepare.split import is_test

FAINT = 1.0  # signal-to-noise below which the sky alone makes the error
TICK = 0.001  # days to which the challenge gives its times
BANDS = ("desg", "desr", "desi", "desz")


def main(shared: Path) -> None:
    objects = pd.read_parquet(shared / "spcc" / "objects.parquet")
    points = pd.read_parquet(shared / "spcc" / "points.parquet")
    objects = objects[~is_test(objects["event_id"].to_numpy(dtype=object))]
    points = points.merge(objects[["object_id", "ra", "dec"]], on="object_id")
    field = points.groupby(["ra", "dec"]).ngroup()
    points = points.assign(field=field, milliday=np.rint(points["mjd"] * 1000).astype(int))
    exposure = ["field", "milliday", "band"]
    faint = points[points["flux"].abs() < FAINT * points["flux_err"]]
    sky = faint.groupby(exposure)["flux_err"].median()
    visits = points.groupby(exposure)["mjd"].median().to_frame().join(sky).dropna().reset_index()
    visits["depth"] = 31.4 - 2.5 * np.log10(5 * visits["flux_err"])
    visits = visits.sort_values(["field", "mjd", "band"])
    centres = points.groupby("field")[["ra", "dec"]].first()
    save("des", visits, centres, BANDS, tick=TICK)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
