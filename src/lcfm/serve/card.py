"""The model card: what a checkpoint is, what it was trained on, and what it cannot do.

A model may have been trained in stages, each from the model of the one before, and adapted to
labels at the end. Every stage is listed with its data, objective, seed and losses, oldest first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FRONT = """---
library_name: lcfm
license: bsd-3-clause
tags: [astronomy, light-curves, supernovae]
---
"""

USE = """```python
import lcfm

model = lcfm.load({folder})  # {where}
lcs = lcfm.read("table.parquet")
{answers}, model.embed(lcs)
ft = model.fit(lcs, labels)  # adapt to labels of your own
```
"""

OF_CLASSES = (
    "The model answers with one of its classes whatever it is shown; there is none for 'unknown'. "
    "Probabilities hold for the class mix that is stated as the prior. `lcfm predict` "
    "refuses a confident class to what shows no supernova; `predict_proba` does not."
)
OF_NUMBERS = "The model states a number whatever it is shown, also for what is no supernova."

MEASURED = (
    "Macro AUROC on test objects that the pretrained model has not seen, as it is or adapted to so "
    "many labels of a table; and how many labels another method needs for the same score, with the "
    "range of 95 % of resampled draws."
)


def card(
    n_weights: int,
    outputs: Mapping[str, Sequence[str]],
    provenance: Mapping[str, Any],
    folder: str = "",
) -> str:
    """Markdown text of the card.

    Parameters
    ----------
    n_weights
        Of the network.
    outputs
        Target column → its classes; none for a number.
    provenance
        As in the checkpoint.
    folder
        Name of the checkpoint folder, where it is known.
    """
    parts = [
        f"{FRONT}# A light-curve model of lcfm",
        f"{n_weights:,} weights. Outputs: "
        + "; ".join(f"`{name}`: {', '.join(of) or 'a number'}" for name, of in outputs.items())
        + ".",
        _use(outputs, folder),
        "## Data read",
        _list(_data(provenance)),
    ]
    stages = list(_stages(provenance))
    for number, stage in enumerate(stages, start=1):
        title = f"## Training, stage {number} of {len(stages)}" if stages[1:] else "## Training"
        parts += [title, _list(_training(stage))]
    if "adapted" in provenance:
        parts += ["## Adaptation", _list(_adaptation(provenance["adapted"]))]
    if provenance.get("measured"):
        parts += ["## Measured", MEASURED, *map(_measured, provenance["measured"])]
    limits = OF_CLASSES if any(outputs.values()) else OF_NUMBERS
    parts += ["## Limits", f"{limits} {_seen(provenance)}".strip()]
    return "\n\n".join(parts) + "\n"


def summary(
    n_weights: int, outputs: Mapping[str, Sequence[str]], provenance: Mapping[str, Any]
) -> str:
    """One line of what the model answers, its size and the surveys it has seen; as in `card`."""
    adapted = provenance.get("adapted", {}).get("surveys", ())
    surveys = sorted({*_surveys(provenance), *filter(None, adapted)})
    answers = [f"{name}: {', '.join(of) or 'a number'}" for name, of in outputs.items()]
    return "; ".join([*answers, f"{n_weights:,} weights", f"surveys {', '.join(surveys) or '?'}"])


def _use(outputs: Mapping[str, Sequence[str]], folder: str) -> str:
    """The lines that use the model: probabilities of classes, values of numbers."""
    answers = ["model.predict_proba(lcs)"] if any(outputs.values()) else []
    answers += [
        f"model.predict(lcs, {_quoted(name)})" if outputs.keys() - {name} else "model.predict(lcs)"
        for name, classes in outputs.items()
        if not classes
    ]
    return USE.format(
        folder=_quoted(folder or "path/to/this/folder"),
        where="or the path of this folder" if folder else "the folder that holds this card",
        answers=", ".join(answers),
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _stages(provenance: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Trainings, the first one first: each began with the model of the one before."""
    earlier = provenance.get("started_from")
    if earlier:
        yield from _stages(earlier)
    yield provenance


def _data(provenance: Mapping[str, Any]) -> dict[str, str]:
    """What all stages read, and the adaptation."""
    events = provenance.get("events", {})
    rows = {
        f"stage {number}": _table(stage.get("data", {}))
        for number, stage in enumerate(_stages(provenance), start=1)
    }
    adapted = provenance.get("adapted", {})
    if adapted:
        labelled = {"objects": adapted["labels"], "fingerprint": adapted["data"]}
        rows["adaptation"] = _table({**labelled, "surveys": adapted.get("surveys", ())})
    if events:
        rows["simulated events"] = _simulations(events["simulations"]) or "none"
        rows["real events"] = f"{len(events['digests']):,}"
    return {k: v for k, v in rows.items() if v}


def _table(data: Mapping[str, Any]) -> str:
    """A table of light curves, in words; empty if nothing is known of it."""
    if not data:
        return ""
    surveys = ", ".join(filter(None, data.get("surveys", ()))) or "surveys not named"
    return f"{data['objects']:,} objects of {surveys}, fingerprint {data['fingerprint']}"


def _simulations(prefixes: Sequence[str]) -> str:
    """Surveys and seeds of simulations, from what the names of their events begin with."""
    seeds: dict[str, list[str]] = {}
    for prefix in prefixes:
        match = re.fullmatch(r"sim-(.+)-(\d+)-", prefix)
        if match:
            seeds.setdefault(match.group(1), []).append(match.group(2))
    return "; ".join(
        f"{survey}, seed{'s' * (len(some) > 1)} {', '.join(sorted(some, key=int))}"
        for survey, some in seeds.items()
    )


def _training(stage: Mapping[str, Any]) -> dict[str, str]:
    last = stage.get("last_epoch", {})
    earlier = stage.get("started_from", {})
    best = stage.get("best_valid_loss")
    rows = {
        "objective": _objective(stage.get("objective", {})),
        "data": _table(stage.get("data", {})),
        "started from": f"model {earlier['model']}, stage before" if earlier else "",
        "command": stage.get("command", ""),
        "seed": str(stage.get("seed", "")),
        "epochs": str(stage.get("epochs", "")),
        "last epoch, training": _losses(last, "train_"),
        "last epoch, validation": _losses(last, "valid_"),
        "best validation loss": "" if best is None else f"{best:.4g}",
        "device": stage.get("device", ""),
        "versions": ", ".join(f"{k} {v}" for k, v in stage.get("versions", {}).items()),
    }
    return {k: v for k, v in rows.items() if v}


def _losses(epoch: Mapping[str, float], part: str) -> str:
    """Losses and scores of one part of the table after an epoch."""
    return ", ".join(
        f"{name.removeprefix(part).replace('_', ' ')} {value:.4g}"
        for name, value in epoch.items()
        if name.startswith(part)
    )


def _objective(settings: Mapping[str, Any]) -> str:
    """Tasks and auxiliary losses, each with its column and weight; empty if none is recorded."""
    if settings.get("kind") == "joint":
        return " + ".join(_objective(one) for one in (*settings["tasks"], *settings["auxiliaries"]))
    if not settings:
        return ""
    column, weight = settings.get("column"), settings.get("weight", 1.0)
    words = settings["kind"] + (f" of `{column}`" if column else "")
    return words if weight == 1.0 else f"{words} (weight {weight:g})"


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


def _measured(entry: Mapping[str, Any]) -> str:
    """Scores and labels saved of one file (:mod:`lcfm.serve.measured`), and where they are from."""
    rows: dict[str, str] = {}
    for row in entry["rows"]:
        name = f"{row['target']}, {row['labels']:,} labels ({row['method']})"
        rows.setdefault(name, f"{row['score']:.3f}")
        rows[name] += f"; {row['against']} needs {row['needs']}"
    made = f"By `{entry['command']}`" if entry["command"] else "By a command that is not recorded"
    return f"{made}{', ' if entry['date'] else ''}{entry['date']}:\n\n{_list(rows)}"


def _seen(provenance: Mapping[str, Any]) -> str:
    """Whether real objects were seen, and through which telescopes; empty if neither is known."""
    events = provenance.get("events", {})
    if not events:
        return ""
    real = len(events["digests"])
    words = (
        f"It has seen {real:,} real or unnamed events, which `lcfm evaluate` leaves out."
        if real
        else "It was trained on simulations alone: no real object was seen."
    )
    surveys = sorted(_surveys(provenance))
    if surveys:
        words += (
            f" It was pretrained on light curves of {', '.join(surveys)}; other telescopes are "
            "read by the wavelengths of their bands alone, unmeasured here."
        )
    return words


def _surveys(provenance: Mapping[str, Any]) -> set[str]:
    """Surveys that the model was pretrained on; empty if none is recorded."""
    tables = [stage.get("data", {}) for stage in _stages(provenance)]
    return {name for table in tables for name in table.get("surveys", ()) if name}


def _list(rows: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {text}" for name, text in rows.items())
