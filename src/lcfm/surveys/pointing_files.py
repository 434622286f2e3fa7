"""Files of pointings as observatories publish them: OpSim, Rubin's visits, DP1, plain tables.

Which columns hold what is a row of `FORMATS`, found by the names of the columns; the kind of file
(SQLite, Parquet, CSV) by its first bytes.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lcfm import bands as registry
from lcfm.errors import LcfmError, ReadError
from lcfm.surveys.pointings import Pointings

log = logging.getLogger("lcfm")


@dataclass(frozen=True)
class PointingFormat:
    """Names of the columns of one kind of table, the first that is there of each.

    Parameters
    ----------
    ra, dec, mjd, band, depth
        Centre of the field [deg], time, filter, 5-sigma AB magnitude of a point source.
    survey
        Whose filters bare letters are.
    radius
        Degrees around the centre that a visit covers; None where only the user can know.
    """

    ra: tuple[str, ...]
    dec: tuple[str, ...]
    mjd: tuple[str, ...]
    band: tuple[str, ...]
    depth: tuple[str, ...]
    survey: str | None = None
    radius: float | None = None

    def find(self, names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """Our column -> the table's, and the names of those that it lacks."""
        found, missing = {}, []
        for ours in ("ra", "dec", "mjd", "band", "depth"):
            theirs = getattr(self, ours)
            name = next((name for name in theirs if name in names), None)
            if name is None:
                missing.append(theirs[0])
            else:
                found[ours] = name
        return found, missing


FORMATS: Mapping[str, PointingFormat] = {
    # Rubin's scheduler simulations; runs before version 4 have `filter` alone.
    "opsim": PointingFormat(
        ("fieldRA",), ("fieldDec",), ("observationStartMJD",), ("band", "filter"),
        ("fiveSigmaDepth",), "lsst", 1.75,
    ),
    # Rubin's consolidated database of real visits.
    "visits": PointingFormat(
        ("fieldRA",), ("fieldDec",), ("exp_midpt_mjd",), ("band",), ("fiveSigmaDepth",),
        "lsst", 1.75,
    ),
    # CcdVisit of Rubin's data preview 1: one row per chip, half a diagonal wide.
    "dp1": PointingFormat(
        ("ra",), ("dec",), ("expMidptMJD",), ("band",), ("magLim",), "lsst", 0.157,
    ),
    "plain": PointingFormat(
        ("ra",), ("dec", "decl"), ("mjd",), ("band", "filter"), ("depth", "depth5", "maglim"),
    ),
}  # fmt: skip


def read_pointings(
    path: str | Path, *, survey: str | None = None, radius: float | None = None
) -> Pointings:
    """Read a table of visits: OpSim (SQLite or Parquet), Rubin visits, DP1, or a plain table.

    Visits without a finite position, time or depth are left out and counted in the log.

    Parameters
    ----------
    path
        SQLite, Parquet or CSV file with the columns of one of `FORMATS`; a plain table has ``ra``,
        ``dec`` [deg], ``mjd``, ``band``, ``depth``.
    survey
        Whose filters bare letters are (``lsst``, ``ztf``, ``des``, …), if the format does not say.
    radius
        Degrees around its centre that a visit covers, if the format does not say.

    Raises
    ------
    ReadError
        The file is absent, empty, no table, or lacks a column.
    LcfmError
        The table has no usable visit, a value is none that a visit can have (see `Pointings`), a
        band is unknown, or a plain table comes without `radius`.
    """
    path = Path(path)
    columns, kind = _load(path)
    radius = radius or kind.radius
    if radius is None:
        raise LcfmError(
            f"{path}: say with radius=… how many degrees around its centre a visit covers"
        )
    survey = survey or kind.survey
    try:
        ra, dec, mjd, depth = (
            np.asarray(columns[name], dtype=np.float64) for name in ("ra", "dec", "mjd", "depth")
        )
    except (TypeError, ValueError) as error:
        raise ReadError(f"{path}: ra, dec, mjd and depth must be numbers: {error}") from error
    usable = np.isfinite(ra) & np.isfinite(dec) & np.isfinite(mjd) & np.isfinite(depth)
    if len(usable) and not usable.any():
        raise LcfmError(f"{path}: none of the {len(usable)} visits has a position, time and depth")
    if not usable.all():
        log.warning(
            "%s: %d of %d visits without a position, time or depth left out",
            path, (~usable).sum(), len(usable),
        )  # fmt: skip
    letters = np.asarray(columns["band"], dtype=object)[usable]
    names = {letter: registry.resolve(str(letter), survey) for letter in set(letters)}
    unknown = sorted(str(letter) for letter, name in names.items() if name is None)
    if unknown:
        raise LcfmError(
            f"{path}: band {unknown[0]!r} is not known{f' for {survey}' if survey else ''}; give "
            "survey=… if it is a survey's letter, or add it with lcfm.bands.register"
        )
    band = np.array([names[letter] for letter in letters], dtype=object)
    return Pointings(
        ra[usable], dec[usable], mjd[usable], band, depth[usable], radius, str(path)
    )  # fmt: skip


def _load(path: Path) -> tuple[dict[str, Any], PointingFormat]:
    """Our five columns of a file, and the format that they were found by."""
    if not path.is_file():
        raise ReadError(f"{path} does not exist or is no file; give a table of pointings")
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise ReadError(f"{path} is empty; give a table of pointings")
    try:
        if start.startswith(b"SQLite format 3"):
            return _load_sqlite(path)
        if start.startswith(b"PAR1"):
            import pyarrow.parquet as pq

            found, kind = _recognise(path, pq.read_schema(path).names)
            table = pq.read_table(path, columns=sorted(set(found.values())))
        else:
            from pyarrow import csv

            table = csv.read_csv(path)
            found, kind = _recognise(path, table.column_names)
    except (LcfmError, MemoryError):
        raise
    except Exception as error:  # sqlite3 and pyarrow each raise many kinds
        raise ReadError(f"{path} cannot be read as a table of pointings: {error}") from error
    return {ours: table[name].to_numpy() for ours, name in found.items()}, kind


def _load_sqlite(path: Path) -> tuple[dict[str, Any], PointingFormat]:
    # opened read-only: a database that another process writes stays as it is
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        tables = [row[0] for row in connection.execute(query)]
        columns = {
            name: [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')]
            for name in tables
        }
        if not tables:
            raise ReadError(f"{path} has no tables; give the database of an OpSim run")
        # OpSim calls it `observations`, older runs `SummaryAllProps`: the best match is it.
        table = min(tables, key=lambda name: _best(columns[name])[0])
        found, kind = _recognise(path, columns[table])
        wanted = ", ".join(f'"{name}"' for name in found.values())
        rows = connection.execute(f'SELECT {wanted} FROM "{table}"').fetchall()
    finally:
        connection.close()
    whole = np.array(rows, dtype=object).reshape(len(rows), len(found))
    return {ours: whole[:, i] for i, ours in enumerate(found)}, kind


def _best(names: Sequence[str]) -> tuple[int, str]:
    """How many columns the best format lacks, and its name."""
    return min((len(kind.find(names)[1]), name) for name, kind in FORMATS.items())


def _recognise(path: Path, names: Sequence[str]) -> tuple[dict[str, str], PointingFormat]:
    best = _best(names)[1]
    found, missing = FORMATS[best].find(names)
    if missing:
        have = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        raise ReadError(
            f"{path} lacks the column {missing[0]!r} of a table of pointings ({best}); it has "
            f"{have}; rename its columns to ra, dec, mjd, band, depth"
        )
    return found, FORMATS[best]
