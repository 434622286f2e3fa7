"""The Python in README.md and docs/ runs as it stands, page by page, in an empty folder.

A block below the comment ``<!-- no-run -->`` is left out. Links to files of the project exist.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [p for p in [ROOT / "README.md", ROOT / "CONTRIBUTING.md"] if p.exists()]
PAGES += sorted((ROOT / "docs").rglob("*.md"))

BLOCK = re.compile(r"(?P<skip><!-- no-run -->\s*\n)?```python\n(?P<code>.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_python_of_the_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text()
    blocks = [m for m in BLOCK.finditer(text) if not m["skip"]]
    if not blocks:
        pytest.skip("no Python on this page")
    monkeypatch.chdir(tmp_path)
    # registered bands and other tables of the process stay as they were
    monkeypatch.setattr("lcfm.bands._custom", {})
    # A module name of its own, so that dataclasses find the namespace that they were defined in.
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks:
        line = text[: block.start("code")].count("\n")
        # empty lines in front, so that a traceback shows the line of the page
        exec(compile("\n" * line + block["code"], str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_of_the_page_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{name(page)} links to {target}"
