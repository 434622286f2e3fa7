"""A report that explains itself: JSON for programs, a table for the terminal, a page for people.

The folder holds ``report.json``, the figures as PNG, and ``index.html``, which contains everything
(figures included) and loads nothing: it can be mailed as one file.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcfm.atomic import new_folder
from lcfm.errors import LcfmError
from lcfm.evaluate.figures import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of scores, with what they mean.

    Attributes
    ----------
    title, caption
        What is compared, on what, and how to read it.
    rows
        Column name → cell; columns are shown in the order in which they first occur.
    meanings
        Text of the first column → what that row is, for a newcomer.
    """

    title: str
    rows: Sequence[Mapping[str, Cell]]
    caption: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportFigure:
    """A figure with its caption; `name` becomes the file name ``NAME.png``."""

    name: str
    title: str
    caption: str
    figure: Figure


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What was done and what came out.

    Attributes
    ----------
    title
        One line.
    summary
        Paragraphs for a reader who knows nothing of the program: what was done, what came out.
    tables, figures
        In the order shown.
    provenance
        Command, seeds, data fingerprint, device, versions: what is needed to repeat it.
    results
        Everything else that goes into ``report.json``: raw runs, scores by class, counts.
    """

    title: str
    summary: Sequence[str]
    tables: Sequence[Table] = ()
    figures: Sequence[ReportFigure] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)


def write_report(folder: str | Path, report: Report, *, overwrite: bool = False) -> Path:
    """Write a report into a new folder and return its path.

    Raises
    ------
    LcfmError
        The folder exists (and `overwrite` is false), two figures share a name, or a result is not
        something that JSON can hold.
    """
    folder = Path(folder)
    names = [figure.name for figure in report.figures]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise LcfmError(f"two figures of the report are named {twice!r}; give each its own name")
    document = _document(report)
    with new_folder(folder, overwrite=overwrite) as temporary:
        images = []
        for figure in report.figures:
            path = temporary / f"{figure.name}.png"
            save(figure.figure, path)
            images.append(base64.b64encode(path.read_bytes()).decode("ascii"))
        (temporary / "report.json").write_text(document + "\n", encoding="utf-8")
        (temporary / "index.html").write_text(_page(report, images), encoding="utf-8")
    return folder


def terminal_table(rows: Sequence[Mapping[str, Cell]]) -> str:
    """Rows as aligned plain text: texts to the left, numbers to the right, an empty cell as –.

    Columns stand in the order in which they first occur.
    """
    columns = _columns(rows)
    if not columns:
        return "(no rows)"
    cells = [[_text(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(name), *(len(c[i]) for c in cells)) for i, name in enumerate(columns)]
    numeric = [_is_numeric(rows, name) for name in columns]

    def line(values: Sequence[str]) -> str:
        padded = (
            value.rjust(width) if right else value.ljust(width)
            for value, width, right in zip(values, widths, numeric, strict=True)
        )
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(columns), rule, *(line(row) for row in cells)])


def _document(report: Report) -> str:
    """The report as JSON; a number that is not finite becomes null."""
    document = {
        "title": report.title,
        "summary": list(report.summary),
        "provenance": report.provenance,
        "tables": [
            {"title": t.title, "caption": t.caption, "rows": [dict(row) for row in t.rows]}
            for t in report.tables
        ],
        "figures": [{"file": f"{f.name}.png", "caption": f.caption} for f in report.figures],
        "results": report.results,
    }
    return json.dumps(_plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """Mappings, lists, texts and finite numbers, from those and from NumPy's."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # an array or a scalar of NumPy
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise LcfmError(
        f"a report holds texts, numbers, lists and mappings, not {type(value).__name__}: {value!r}"
    )


def _page(report: Report, images: Sequence[str]) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lcfm.evaluate", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tables = [
        {
            "table": table,
            "columns": [(name, _is_numeric(table.rows, name)) for name in _columns(table.rows)],
            "cells": [[_text(row.get(n)) for n in _columns(table.rows)] for row in table.rows],
        }
        for table in report.tables
    ]
    return environment.get_template("report.html").render(
        report=report,
        tables=tables,
        figures=list(zip(report.figures, images, strict=True)),
        provenance=_flat(report.provenance),
    )


def _flat(provenance: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested provenance as name and text, one line each."""
    lines: list[tuple[str, str]] = []
    for name, value in _plain(provenance).items():
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name}: ")
        elif isinstance(value, list):
            lines.append((f"{prefix}{name}", ", ".join(str(item) for item in value)))
        else:
            lines.append((f"{prefix}{name}", str(value)))
    return lines


def _columns(rows: Sequence[Mapping[str, Cell]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _text(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) >= 1e-3 or cell == 0 else f"{cell:.2e}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _is_numeric(rows: Sequence[Mapping[str, Cell]], column: str) -> bool:
    """True if every filled cell is a number."""
    return all(not isinstance(row.get(column), str) for row in rows)
