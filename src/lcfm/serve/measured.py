"""What was measured of a model, taken from result files into its provenance and its card.

A result file holds rows ``label_efficiency``, each with the fingerprint of the model that it is of:
results of ``lcfm reproduce new-telescopes``, or ``report.json`` of ``lcfm evaluate
--learning-curve``. Rows of other weights are no use to a card and are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lcfm.errors import LcfmError
from lcfm.serve.model import Model

FEW = 128
"""A card has the scores without labels, and with this many or the largest number below."""
KEPT = ("target", "method", "labels", "score", "against", "needs")


def with_measured(model: Model, results: Iterable[str | Path]) -> Model:
    """The model, with what these files say of it in place of what was recorded before.

    Parameters
    ----------
    model
        As measured, or fine-tuned from what was measured.
    results
        JSON files.

    Raises
    ------
    LcfmError
        A file cannot be read, holds no label efficiency, or none of this model.
    """
    measured = [_entry(Path(path), model) for path in results]
    out = model.with_heads(model.heads)
    out.provenance["measured"] = measured
    return out


def _entry(path: Path, model: Model) -> dict[str, Any]:
    """What one file says of the model, or of the one that it was fine-tuned from."""
    before = model.provenance.get("adapted", {}).get("model")
    known = [one for one in (model.fingerprint(), before) if one is not None]
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        rows = document.get("results", document)["label_efficiency"]
        of_model = [row for row in rows if row.get("model") in known]
        kept = [{name: row[name] for name in KEPT} for row in _for_card(of_model)]
    except OSError as error:
        raise LcfmError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LcfmError(
            f"{path} holds no label efficiency; give a result of `lcfm reproduce new-telescopes`, "
            "or report.json of `lcfm evaluate --learning-curve`"
        ) from error
    if not kept:
        raise LcfmError(
            f"{path} holds nothing measured of this model (fingerprint {' or '.join(known)}); "
            "measure it again and give that file"
        )
    made = document.get("provenance", document)
    return {
        "command": made.get("command", ""),
        "date": made.get("date", ""),
        "rows": kept,
    }


def _for_card(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each curve the point without labels, and the one of so many or the next below."""
    curves: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        curves.setdefault((row["target"], row["method"], row["against"]), []).append(row)
    out = []
    for curve in curves.values():
        counts = [row["labels"] for row in curve]
        few = max([n for n in counts if n <= FEW], default=min(counts))
        out += [row for row in curve if row["labels"] in (0, few)]
    return out
