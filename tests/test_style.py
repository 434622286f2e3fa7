"""House rules that a linter does not know."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "lcfm"
MODULES = sorted(SRC.rglob("*.py"))
LONG = 300
TOO_LONG = 500

FORBIDDEN_NAMES = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
NUMPY_RANDOM = {"default_rng", "Generator", "SeedSequence", "PCG64", "BitGenerator"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users|mnt|opt)/\w")


def ids(path: Path) -> str:
    return str(path.relative_to(SRC))


def test_no_file_is_named_after_nothing() -> None:
    assert not [p for p in MODULES if p.name in FORBIDDEN_NAMES]


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{path} lacks a docstring"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_no_tunnels_mutable_defaults_or_global_chance(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            # with_columns(label=…) takes names of columns, not settings that it hands on
            tunnel = node.args.kwarg and node.args.kwarg.arg not in ("columns",)
            assert not tunnel, f"{path}:{node.lineno}: **{node.args.kwarg} hides the parameters"
            for default in [*node.args.defaults, *node.args.kw_defaults]:
                assert not isinstance(default, ast.List | ast.Dict | ast.Set), (
                    f"{path}:{node.lineno}: mutable default"
                )
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "random"
            and isinstance(node.value.value, ast.Name)
            and node.value.value.id in ("np", "numpy")
        ):
            assert node.attr in NUMPY_RANDOM, f"{path}:{node.lineno}: np.random.{node.attr}"


def test_no_path_of_a_machine() -> None:
    suffixes = {".py", ".md", ".toml", ".yaml", ".json", ".csv", ".txt"}
    folders = ("src", "tests", "tools", "docs", "results", "benchmarks")
    files = [p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in suffixes]
    files += [p for p in ROOT.iterdir() if p.suffix in suffixes]
    found = []
    for path in files:
        if path == Path(__file__) or "egg-info" in str(path):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if MACHINE_PATH.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)


@pytest.mark.filterwarnings("default")
def test_files_stay_short() -> None:
    lengths = {p: len(p.read_text().splitlines()) for p in MODULES}
    for path, n in lengths.items():
        if n > LONG:
            warnings.warn(f"{ids(path)} has {n} lines; one idea fits in {LONG}", stacklevel=1)
    too_long = [ids(p) for p, n in lengths.items() if n > TOO_LONG]
    assert not too_long, f"more than {TOO_LONG} lines: {too_long}"
