"""``import lcfm`` costs nothing, and its names are there when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lcfm


def test_import_loads_no_other_package() -> None:
    """So it costs nothing: what is heavy comes with the first name that needs it."""
    code = (
        "import sys; before = set(sys.modules); import lcfm; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['lcfm']\n"


@pytest.mark.parametrize("name", sorted(lcfm._HOMES))
def test_each_public_name_can_be_imported(name: str) -> None:
    assert name in dir(lcfm)
    assert getattr(lcfm, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lightcurve'"):
        _ = lcfm.lightcurve
