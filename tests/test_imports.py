"""Imports go one way: a module imports only what stands above it, also inside functions."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src" / "lcfm"

ORDER = (
    "errors", "expect", "atomic", "one_thread", "progress", "units", "config", "taxonomy", "bands",
    "validation", "rows", "ragged", "summary", "lightcurves", "spectra", "download", "datasets",
    "readers", "surveys", "sources", "simulate", "prepare", "encoders", "checkpoint", "serve",
    "objectives", "train", "adapt", "evaluate", "experiments", "cli", "__main__",
)  # fmt: skip

# Shelves stand beside each other: the order alone would let sources see surveys.
SHELVES = ("readers", "surveys", "sources", "encoders", "objectives")
SHELF_PAIRS = {("objectives", "encoders")}

# Imported in a function when it is called, so that serving does without it until then.
LAZY = {("serve.model", "adapt.fit")}

TORCH_FREE = ("readers", "surveys", "sources", "simulate")

TABLES = {
    "readers": ("READERS", "lcfm.readers.base", "Reader"),
    "surveys": ("SURVEYS", "lcfm.surveys.base", "Survey"),
    "sources": ("SOURCES", "lcfm.sources.base", "Source"),
    "encoders": ("ENCODERS", "lcfm.encoders.base", "Encoder"),
    "objectives": ("OBJECTIVES", "lcfm.objectives.base", "Objective"),
}

# Built by users around something of their own, so no entry of a table.
USERS_OWN = {"SncosmoSource"}

MODULES = sorted(SRC.rglob("*.py"))


def module_name(path: Path) -> str:
    """Name below ``lcfm``: ``serve.model``, ``serve`` for its __init__, "" for that of lcfm."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def known_module(name: str) -> bool:
    path = SRC.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Modules of lcfm that a file imports, with lines; those for type checkers are left out."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full, not relative"
            names = [f"{node.module}.{a.name}" for a in node.names]
        else:
            continue
        for name in names:
            if name.startswith("lcfm."):
                below = name.removeprefix("lcfm.")
                while below and not known_module(below):
                    below = below.rpartition(".")[0]
                if below:
                    yield below, node.lineno


def test_every_module_has_a_place_in_the_order() -> None:
    tops = {module_name(p).split(".")[0] for p in MODULES} - {""}
    assert tops <= set(ORDER), f"give a place in ORDER to {sorted(tops - set(ORDER))}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: module_name(p) or "lcfm")
def test_a_module_imports_only_what_stands_above_it(path: Path) -> None:
    name = module_name(path)
    if not name:
        return  # the public names, imported when they are used
    top = name.split(".")[0]
    for target, line in imported(path):
        if (name, target) in LAZY:
            continue
        other = target.split(".")[0]
        place = f"{path.relative_to(SRC)}:{line} imports lcfm.{target}"
        assert ORDER.index(other) <= ORDER.index(top), f"{place}, which stands below it"
        if top in SHELVES and other in SHELVES and top != other:
            assert (top, other) in SHELF_PAIRS, f"{place}; shelves do not import each other"


def test_the_lazy_imports_are_inside_functions() -> None:
    for name, target in LAZY:
        tree = ast.parse((SRC / f"{name.replace('.', '/')}.py").read_text())
        top_level = [n for n in tree.body if isinstance(n, ast.ImportFrom)]
        assert f"lcfm.{target}" not in {n.module for n in top_level}


def test_shelves_without_networks_do_not_load_torch() -> None:
    names = [
        f"lcfm.{module_name(p)}" for p in MODULES if module_name(p).split(".")[0] in TORCH_FREE
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, name + ' loads torch'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_nothing_in_those_shelves_imports_torch_later() -> None:
    for path in MODULES:
        if module_name(path).split(".")[0] in TORCH_FREE:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    assert not any(a.name.split(".")[0] == "torch" for a in node.names), path
                elif isinstance(node, ast.ImportFrom):
                    assert (node.module or "").split(".")[0] != "torch", path


@pytest.mark.parametrize("shelf", sorted(TABLES))
def test_every_class_of_a_shelf_is_in_its_table(shelf: str) -> None:
    table_name, base_module, base_name = TABLES[shelf]
    package = importlib.import_module(f"lcfm.{shelf}")
    assert hasattr(package, table_name), f"lcfm/{shelf}/__init__.py lacks the table {table_name}"
    base = getattr(importlib.import_module(base_module), base_name)
    entries = getattr(package, table_name).values()
    listed = {e if isinstance(e, type) else type(e) for e in entries}
    for path in sorted((SRC / shelf).glob("*.py")):
        module = importlib.import_module(f"lcfm.{module_name(path)}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, base)
                and value is not base
                and value.__module__ == module.__name__
                and not value.__name__.startswith("_")
                and value.__name__ not in USERS_OWN
                and not getattr(value, "__abstractmethods__", frozenset())
            ):
                assert value in listed, f"{value.__name__} of {path.name} is not in {table_name}"
