"""SNANA text: one object per file, keys above and rows ``OBS:`` below, in the order of VARLIST.

The dialects since 2010 differ in the order and names of columns (FLT or BAND, DECL or DEC), in
errors behind ``+-`` and in comments; other keys may stand between the rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lcfm.errors import ReadError
from lcfm.lightcurves import LightCurves
from lcfm.readers.base import Reader
from lcfm.readers.snana import (
    BAND_COLUMNS,
    NO_FLAG,
    NUMBER_KEYS,
    detection_flags,
    object_columns,
    to_lightcurves,
)
from lcfm.readers.snana_redshift import REDSHIFTS
from lcfm.readers.snana_values import TYPES
from lcfm.validation import Report

SUFFIXES = (".dat", ".txt")
HEADER_BYTES = 20_000

_KEY = re.compile(r"^\s*([A-Za-z][\w()/-]*):\s*(.*)$")
_TYPE_IN_COMMENT = re.compile(r"Type\s*=\s*([^,]+)")  # SIM_COMMENT:  SN Type = II , MODEL = ...
_BEHIND = re.compile(r"^\S+\s*(?:\+-\s*(\S+))?\s*(?:\(([^)]*)\)?)?")
_COLUMNS = ("MJD", "BAND", "FLUXCAL", "FLUXCALERR", "PHOTFLAG")


@dataclass(frozen=True)
class SnanaText(Reader):
    """A text file of SNANA, or a folder of them.

    Parameters
    ----------
    survey
        Survey of files that name none (key SURVEY).
    filters
        Band names for filter letters that the survey does not settle, e.g. ``{"k": "bessellu"}``.
        Mixed low-redshift samples and natural systems (CSP, CfA, SNLS) have such letters.
    """

    name: ClassVar[str] = "snana-text"

    survey: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    def recognises(self, path: Path) -> bool:
        """True for text with the key SNID, or a folder that holds such files."""
        return bool(_text_files(path)[0])

    def read(self, path: Path) -> tuple[LightCurves, Report]:
        """Read every file."""
        files, others = _text_files(path)
        if not files:
            raise ReadError(f"{path} is no SNANA text file (it lacks the key SNID:) and holds none")
        remarks = [f"{others} other text files were left alone"] if others else []
        headers: list[dict[str, str]] = []
        columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        counts = []
        for file in files:
            header, rows = _parse(file)
            n = len(rows["MJD"])
            announced = _integer(header.get("NOBS", ""), n)
            if announced > n:
                raise ReadError(
                    f"{file} has {n} rows OBS, but NOBS says {announced}; it is truncated: "
                    "copy it again"
                )
            if announced < n:
                remarks.append(f"{file.name}: NOBS says {announced}, all {n} rows were read")
            headers.append(header)
            counts.append(n)
            for name in _COLUMNS:
                columns[name].extend(rows[name])
        owner = np.repeat(np.arange(len(files)), counts)
        arrays = {name: np.asarray(values) for name, values in columns.items()}
        return to_lightcurves(
            _objects(headers, self.survey), owner, arrays, self.filters, tuple(remarks), str(path)
        )


def _text_files(path: Path) -> tuple[list[Path], int]:
    """SNANA files in a folder, or the file itself, and the number of other text files."""
    if path.is_file():
        candidates = [path]
    elif path.is_dir():
        candidates = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES)
    else:
        return [], 0
    files = [p for p in candidates if p.is_file() and _has_snid(p)]
    return files, len(candidates) - len(files)


def _has_snid(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(HEADER_BYTES)
    except OSError:
        return False
    return b"\0" not in start and re.search(rb"^\s*SNID:", start, re.MULTILINE) is not None


def _parse(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Keys with their values as text, and the columns of the rows."""
    header: dict[str, str] = {}
    rows: list[list[str]] = []
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror or error}") from error
    for line in text.splitlines():
        match = _KEY.match(line.partition("#")[0])
        if match is None:
            continue
        key, value = match.groups()
        if key == "OBS":
            rows.append(value.split())
        else:
            header.setdefault(key, value.strip())
    names = (header.get("VARLIST") or header.get("VARNAMES") or "").split()
    if not names:
        raise ReadError(f"{path} has no key VARLIST, which names its columns; is it truncated?")
    band = next((k for k in BAND_COLUMNS if k in names), None)
    missing = [k for k in ("MJD", "FLUXCAL", "FLUXCALERR") if k not in names]
    if band is None or missing:
        raise ReadError(f"{path} has no column {missing[0] if missing else 'BAND or FLT'}")
    short = next((i for i, row in enumerate(rows) if len(row) < len(names)), None)
    if short is not None:
        raise ReadError(
            f"{path}: row OBS number {short + 1} has {len(rows[short])} of {len(names)} values; "
            "it is truncated: copy it again"
        )
    columns: dict[str, Any] = {}
    try:
        for name in ("MJD", "FLUXCAL", "FLUXCALERR"):
            columns[name] = [float(row[names.index(name)]) for row in rows]
        given = "PHOTFLAG" in names
        flags = [float(row[names.index("PHOTFLAG")]) if given else NO_FLAG for row in rows]
    except ValueError as error:
        raise ReadError(f"{path}: a row OBS holds no number ({error}); mend it") from error
    columns["PHOTFLAG"] = detection_flags({"PHOTFLAG": flags}, len(rows))
    columns["BAND"] = [row[names.index(band)] for row in rows]
    return header, columns


def _objects(headers: list[dict[str, str]], survey: str) -> dict[str, Any]:
    """Object columns of lcfm from the keys of each file."""
    firsts = [{k: v.split()[0] if v else "" for k, v in h.items()} for h in headers]
    values: dict[str, list[Any]] = {k: [_number(h.get(k, "")) for h in firsts] for k in NUMBER_KEYS}
    for key in REDSHIFTS:  # 0.179 +- 0.052 (PHOTO-Z, HELIO)
        behind = [_BEHIND.match(h.get(key, "")) for h in headers]
        errors = [_number(match[1] or "") if match else np.nan for match in behind]
        values[key + "_KIND"] = [(match[2] or "").upper() if match else "" for match in behind]
        values[key + "_ERR"] = np.fmax(values[key + "_ERR"], errors).tolist()
    comments = [_TYPE_IN_COMMENT.search(h.get("SIM_COMMENT", "")) for h in headers]
    values |= {key: [h.get(key, "") for h in firsts] for key in TYPES}
    values["SPEC_CLASS"] = [h.get("SPEC_CLASS", "") for h in headers]  # of several words
    values["SIM_TYPE_NAME"] = [
        comment.group(1) if comment else h.get("SIM_TYPE_NAME", "")
        for comment, h in zip(comments, headers, strict=True)
    ]
    ids = [h["SNID"] for h in firsts]
    return object_columns(values, ids, [h.get("SURVEY") or survey for h in headers])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _integer(text: str, default: int) -> int:
    first = text.split()[:1]
    return int(first[0]) if first and first[0].isdigit() else default
