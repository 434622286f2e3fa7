"""The model card: what a checkpoint is, what it was trained on, and what it cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FRONT = """---
library_name: lcfm
license: bsd-3-clause
tags: [astronomy, light-curves, supernovae]
---
"""

USE = """```python
import lcfm

model = lcfm.load("FOLDER")  # this folder
lcs = lcfm.read("table.parquet")
model.predict_proba(lcs), model.embed(lcs)
ft = model.fit(lcs, labels)  # adapt to labels of your own
```
"""

LIMITS = (
    "The model answers with one of its classes whatever it is shown; there is none for 'unknown'. "
    "Probabilities hold for the class mix that is stated as the prior. `lcfm predict` "
    "refuses a confident class to what shows no supernova; `predict_proba` does not."
)


def card(n_weights: int, outputs: Mapping[str, str], provenance: Mapping[str, Any]) -> str:
    """Markdown text of the card.

    Parameters
    ----------
    n_weights
        Of the network.
    outputs
        Target column → what comes out, in words.
    provenance
        As in the checkpoint.
    """
    parts = [
        f"{FRONT}# A light-curve model of lcfm",
        f"{n_weights:,} weights. Outputs: "
        + "; ".join(f"`{name}`: {what}" for name, what in outputs.items())
        + ".",
        USE,
        "## Training",
        _list(_training(provenance)),
    ]
    if "adapted" in provenance:
        parts += ["## Adaptation", _list(_adaptation(provenance["adapted"]))]
    parts += ["## Limits", LIMITS]
    return "\n\n".join(parts) + "\n"


def _training(provenance: Mapping[str, Any]) -> dict[str, str]:
    data, last = provenance.get("data", {}), provenance.get("last_epoch", {})
    events = provenance.get("events", {})
    rows = {
        "data": f"{data.get('objects', '?'):,} objects of {', '.join(data.get('surveys', []))}, "
        f"fingerprint {data.get('fingerprint', '?')}"
        if data
        else "",
        "simulated events": ", ".join(f"{p}*" for p in events.get("simulations", [])),
        "real events": f"{len(events.get('digests', [])):,}",
        "command": provenance.get("command", ""),
        "started from": _start(provenance.get("started_from", {})),
        "seed": str(provenance.get("seed", "")),
        "epochs": str(provenance.get("epochs", "")),
        "last epoch": ", ".join(f"{k} {v:.4g}" for k, v in last.items() if k != "epoch"),
        "device": provenance.get("device", ""),
        "versions": ", ".join(f"{k} {v}" for k, v in provenance.get("versions", {}).items()),
    }
    return {k: v for k, v in rows.items() if v}


def _start(earlier: Mapping[str, Any]) -> str:
    """The model that training continued from, in words; empty if it began with new weights."""
    if not earlier:
        return ""
    objects = earlier["data"]["objects"]
    return (
        f"model {earlier['model']}, trained on {objects:,} objects, fingerprint "
        f"{earlier['data']['fingerprint']}, {earlier['epochs']} epochs: {earlier['command']}"
    )


def _adaptation(adapted: Mapping[str, Any]) -> dict[str, str]:
    rows = {
        "target": adapted.get("target", ""),
        "labelled objects": f"{adapted['labels']:,}",
        "policy": adapted["policy"]["kind"],
        "seed": str(adapted["seed"]),
        "data fingerprint": adapted["data"],
        "command": adapted.get("command", ""),
    }
    return {k: v for k, v in rows.items() if v}


def _list(rows: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {text}" for name, text in rows.items())
