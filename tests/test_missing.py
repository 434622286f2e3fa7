"""What a missing value tells: the formula against sklearn, and chance."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lcfm.errors import LcfmError
from lcfm.evaluate.missing import mask_scores
from lcfm.lightcurves import LightCurves
from toy import toy_lightcurves


def dusty(chance_missing: dict[str, float], n: int = 300) -> LightCurves:
    """Toy objects whose ``mwebv`` is missing more often in some classes."""
    lcs = toy_lightcurves(n)
    rng = np.random.default_rng(3)
    share = [chance_missing.get(label, 0.2) for label in lcs.column("label")]
    return lcs.with_columns(mwebv=np.where(rng.random(n) < share, np.nan, 0.05))


def test_a_mask_that_goes_by_class_is_found() -> None:
    lcs = dusty({"SLSN-I": 0.6})
    (found,) = mask_scores(lcs, ["mwebv"], lcs.column("label"), rng=np.random.default_rng(0))
    mask, labels = np.isnan(lcs.numbers("mwebv")), lcs.column("label").astype(str)
    areas = [roc_auc_score(labels == name, mask) for name in sorted(set(labels))]
    assert found.auroc == pytest.approx(np.mean([max(a, 1 - a) for a in areas]))
    assert found.missing["SLSN-I"] == mask[labels == "SLSN-I"].mean()
    assert found.tells
    assert "leave the column out" in str(found)
    assert found.to_dict()["branch"] == "off"


def test_luck_is_not_taken_for_knowledge() -> None:
    lcs = dusty({}).with_columns(photoz=np.full(300, 0.1))
    scores = mask_scores(
        lcs, ["mwebv", "photoz"], lcs.column("label"), rng=np.random.default_rng(0)
    )
    assert [score.tells for score in scores] == [False, False]
    assert scores[0].auroc > 0.5  # above one half all the same
    assert (scores[1].auroc, scores[1].chance) == (0.5, 0.5)


def test_labels_must_match() -> None:
    lcs = dusty({})
    rng = np.random.default_rng(0)
    with pytest.raises(LcfmError, match="300 objects need a label each"):
        mask_scores(lcs, ["mwebv"], ["SNIa", "SNII"], rng=rng)
    with pytest.raises(LcfmError, match="of two classes at least"):
        mask_scores(lcs, ["mwebv"], ["SNIa"] * 300, rng=rng)
