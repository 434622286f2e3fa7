"""Settings that no telescope can have are refused, each with one sentence that names it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lcfm import config
from lcfm.errors import LcfmError
from lcfm.surveys.detection import SharpThreshold, SoftThreshold, Trigger
from lcfm.surveys.lsst import LSST
from lcfm.surveys.noise import DifferenceNoise, ReferenceDepthNoise, Scatter
from lcfm.surveys.photometry import Alerts, AsPublished, DetectionsOnly, Forced
from lcfm.surveys.reference import LateReference
from lcfm.surveys.selection import Compilation, Depth, SpectroscopicSelection
from lcfm.surveys.ztf import ZTF


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (DifferenceNoise, "sky", -1.0),
        (DifferenceNoise, "sky", 0.0),
        (DifferenceNoise, "source", -200.0),
        (DifferenceNoise, "floor", np.nan),
        (ReferenceDepthNoise, "gamma", 0.1),
        (ReferenceDepthNoise, "floor", -0.1),
        (Scatter, "depth", -0.1),
        (Scatter, "error", -1.0),
        (Scatter, "unreported", np.inf),
        (Scatter, "raised", -1.0),
        (Scatter, "outliers", 5.0),
        (Scatter, "outlier_scale", 0.0),
        (Scatter, "lost", 2.0),
        (Scatter, "evenness", 0.0),
        (Scatter, "ends_after", -5.0),
        (SharpThreshold, "threshold", np.nan),
        (SoftThreshold, "half", 0.0),
        (SoftThreshold, "slope", -1.0),
        (SoftThreshold, "minimum", -1.0),
        (SoftThreshold, "missed", 1.0),
        (Trigger, "detections", 0),
        (Trigger, "days", -1.0),
        (Trigger, "found_late", 1.5),
        (Trigger, "rise", 0.0),
        (Alerts, "before", -30.0),
        (Alerts, "error_inflation", 0.0),
        (Forced, "after", np.nan),
        (DetectionsOnly, "before", -1.0),
        (DetectionsOnly, "signal_to_noise", -1.0),
        (AsPublished, "after", -1.0),
        (AsPublished, "faintest", -1.0),
        (AsPublished, "assumed", 0.0),
        (LateReference, "share", -0.1),
        (LateReference, "share", 1.5),
        (LateReference, "share", np.nan),
        (LateReference, "first", np.nan),
        (LateReference, "first", -np.inf),
        (LateReference, "last", np.inf),
        (LateReference, "last", -30.0),
        (SpectroscopicSelection, "complete", np.nan),
        (SpectroscopicSelection, "faint", 18.0),
        (SpectroscopicSelection, "steepness", 0.0),
        (SpectroscopicSelection, "deeper", {"TDE": np.nan}),
        (Compilation, "limits", ()),
        (ZTF, "minimum_detections", -1),
        (ZTF, "minimum_points", -1),
        (ZTF, "window", (300.0, -100.0)),
        (ZTF, "window", (10.0, 300.0)),
        (LSST, "phases", (70.0, -40.0)),
        (LSST, "mjd_range", (60000.0, 59000.0)),
        (LSST, "margins", (np.nan, 0.0)),
    ],
)
def test_impossible_settings_are_refused(kind: type[Any], name: str, value: Any) -> None:
    with pytest.raises(LcfmError, match=f"{kind.__name__}: {name} must be .*, got "):
        kind(**{name: value})


def test_impossible_depths_are_refused() -> None:
    with pytest.raises(LcfmError, match="Depth: limiting_magnitude must be"):
        Depth(np.nan)
    with pytest.raises(LcfmError, match="Depth: max_redshift must be"):
        Depth(20.0, 0.0)


def test_a_file_of_settings_is_checked_too() -> None:
    stored = config.to_dict(ZTF())
    stored["scatter"]["lost"] = 2.0
    with pytest.raises(LcfmError, match=r"lost must be a share .*, got 2\.0"):
        config.from_dict(ZTF, stored)
