"""Runs of an experiment on disk, one JSON line each, so that a killed experiment resumes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lcfm.atomic import new_file
from lcfm.train.pretrain import device_name, versions


class RunLog:
    """Records of finished runs in a file of JSON lines.

    Parameters
    ----------
    path
        The file; records in it are loaded, new ones are appended at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.records: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def add(self, record: dict[str, Any]) -> None:
        """Append one record."""
        self.records.append(record)
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")


def provenance(command: str, seeds: Mapping[str, Any], data: Mapping[str, str]) -> dict[str, Any]:
    """What every result file says of itself.

    Parameters
    ----------
    command
        The line that makes it again.
    seeds
        By what they seed.
    data
        Fingerprints of the tables read, by name.
    """
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "seeds": dict(seeds),
        "data": dict(data),
        "device": device_name("cpu"),
        "versions": versions(),
    }


def write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as temporary:
        temporary.write_text(json.dumps(result, indent=1) + "\n")
