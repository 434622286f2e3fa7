"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from lcfm.lightcurves import LightCurves
from toy import toy_lightcurves as draw_toy

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared data folder beside the project; tests that need it are marked ``shared``."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the shared data folder beside the project (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def toy_lightcurves() -> LightCurves:
    """60 seeded objects of three classes in two bands; see toy.py."""
    return draw_toy()
