"""Cut the sample of real ZTF transients that lcfm ships: `python tools/build_ztf_sample.py SHARED`.

SHARED is the folder with `ztf_transients/`. Writes `src/lcfm/data/ztf/ztf_sample.parquet`: about a
thousand objects of the five classes of `label5`, about half of them test events by the hash rule.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import is_test
from lcfm.readers import read
from lcfm.readers.parquet import write_parquet

OUT = Path(__file__).parents[1] / "src" / "lcfm" / "data" / "ztf" / "ztf_sample.parquet"
PER_PART = {"SNIa": 220, "SNII": 130, "SNIb/c": 75, "SLSN-I": 60, "TDE": 40}
"""At most this many of each class in the training part and in the test part."""
BEFORE, AFTER = 50.0, 150.0
COLUMNS = ("object_id", "event_id", "survey", "label", "label5", "label3", "redshift", "split")
SEED = 0


def main(shared: Path) -> None:
    lcs = read(shared / "ztf_transients")
    target = lcs.column("label5")
    test = is_test(lcs.column("event_id"))
    rng = np.random.default_rng(SEED)
    rows: list[int] = []
    for part in (False, True):
        for label, most in PER_PART.items():
            mine = np.flatnonzero((target == label) & (test == part))
            rows.extend(rng.permutation(mine)[:most])
    lcs = lcs[np.sort(rows)]
    peak = np.repeat(lcs.column("peak_mjd_obs").astype(float), lcs.lengths)
    day = lcs.points["mjd"] - peak
    lcs = lcs.select_points((day >= -BEFORE) & (day <= AFTER))
    lcs = lcs[lcs.lengths > 0]
    split = np.where(is_test(lcs.column("event_id")), "test", "train")
    survey = np.full(len(lcs), "ZTF", dtype=object)  # the source spells it in lower case
    lcs = lcs.with_columns(split=split.astype(object), survey=survey)
    lcs = LightCurves(lcs.objects.select(COLUMNS), lcs.offsets, lcs.points, lcs.bands)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(lcs, OUT)
    print(lcs.describe())
    for part in ("train", "test"):
        labels = lcs.column("label5")[lcs.column("split") == part]
        print(part, {c: int((labels == c).sum()) for c in PER_PART})
    print(f"{OUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
