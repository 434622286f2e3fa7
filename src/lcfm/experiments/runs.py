"""Runs of an experiment on disk, one JSON line each, so that a killed experiment resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lcfm.atomic import new_file
from lcfm.lightcurves import LightCurves
from lcfm.train.pretrain import device_name, versions


@dataclass(frozen=True)
class RunKey:
    """What a run rests on besides its method, labels and seed.

    Attributes
    ----------
    data
        Of the labelled table, as :func:`labelled_fingerprint` gives it.
    model
        Fingerprint of the pretrained model; None for a method that uses none.
    """

    data: str
    model: str | None = None


class RunLog:
    """Records of finished runs in a file of JSON lines.

    A record is taken up only under the key it was made with, so that a folder may be used again
    with another model or other labels. A last line that was cut off is left out.

    Parameters
    ----------
    path
        The file; records in it are loaded, new ones are appended at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text() if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            with new_file(path) as temporary:
                temporary.write_text(whole)
        self.records: list[dict[str, Any]] = [json.loads(line) for line in whole.splitlines()]

    def of(self, key: RunKey) -> list[dict[str, Any]]:
        """Records made with this table and this model."""
        wanted = (key.data, key.model)
        return [r for r in self.records if (r.get("data"), r.get("model")) == wanted]

    def add(self, record: dict[str, Any], key: RunKey) -> None:
        """Append one record, with its key in it."""
        record |= {"data": key.data, "model": key.model}
        self.records.append(record)
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")


def labelled_fingerprint(lcs: LightCurves, targets: Sequence[str]) -> str:
    """Fingerprint of the light curves and of the columns that they are labelled by."""
    labels = [[name, *map(str, lcs.column(name))] for name in targets]
    events = [str(event) for event in lcs.column("event_id")]
    digest = hashlib.sha256(json.dumps([events, labels]).encode()).hexdigest()
    return f"{lcs.fingerprint()}-{digest[:8]}"


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
        "device": device_name("auto"),
        "versions": versions(),
    }


def write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as temporary:
        temporary.write_text(json.dumps(result, indent=1) + "\n")
