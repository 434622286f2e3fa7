"""How many labels a model saves: from a learning curve, as a sentence, a table and plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcfm.evaluate.label_efficiency import Efficiency, curve_of, label_efficiency
from lcfm.evaluate.report import Table

FEW = 128
"""Labels that a sentence is about, or the largest number below that was run."""
BOOTSTRAP_SEED = 0


@dataclass(frozen=True)
class Saved:
    """Labels that another method needs for the score of the model.

    Attributes
    ----------
    against
        The other method.
    efficiency
        At one number of labels of the model.
    """

    against: str
    efficiency: Efficiency


def labels_saved(records: Sequence[Mapping[str, Any]], method: str) -> list[Saved]:
    """Against every other method of a learning curve, for each number of labels of this one.

    Parameters
    ----------
    records
        One per run, as :func:`lcfm.evaluate.protocols.run` gives them; ``n_train`` is 0 for the
        model without labels.
    method
        Row of the model.
    """
    others = dict.fromkeys(r["method"] for r in records if r["method"] != method)
    curves = {name: curve_of(r for r in records if r["method"] == name) for name in others}
    return [
        Saved(
            name,
            label_efficiency(curve, draws, labels, rng=np.random.default_rng(BOOTSTRAP_SEED)),
        )
        for labels, draws in sorted(curve_of(r for r in records if r["method"] == method).items())
        for name, curve in curves.items()
    ]


def words(saved: Sequence[Saved]) -> str | None:
    """A sentence for a reader who knows nothing of the curve; None if nothing stood beside it."""
    counts = [one.efficiency.labels for one in saved]
    if not counts:
        return None
    about = max([n for n in counts if n <= FEW], default=min(counts))
    chosen = [one for one in saved if one.efficiency.labels == about]
    given = f"With {about:,} labels" if about else "Without any label"
    needs = "; ".join(f"{one.against!r} needs {one.efficiency.needs}" for one in chosen)
    return (
        f"{given} the pretrained model reaches a macro AUROC of "
        f"{chosen[0].efficiency.score:.3f}. For that score {needs}."
    )


def table(saved: Sequence[Saved]) -> Table:
    """A row for each number of labels of the model, a column for each other method."""
    rows: dict[int, dict[str, Any]] = {}
    for one in saved:
        found = one.efficiency
        row = rows.setdefault(
            found.labels, {"labels of the model": found.labels, "macro AUROC": found.score}
        )
        row[f"labels of {one.against!r}"] = found.needs.replace(" labels", "")
    return Table(
        title="Labels saved",
        rows=list(rows.values()),
        caption="How many labels each other method needs for the score of the pretrained model "
        "with so many, read off its learning curve, linear in the logarithm of their number. In "
        "brackets the range of 95 % of resampled draws, coarse where draws are few; > and ≤ are "
        "the ends of the curve.",
    )


def efficiency_rows(saved: Sequence[Saved], *, target: str, method: str, model: str) -> list[Any]:
    """Rows of a result file, which a model card can take up (:mod:`lcfm.serve.measured`).

    Parameters
    ----------
    target, method
        Column of the classes, and row of the model.
    model
        Fingerprint of the pretrained model.
    """
    return [
        {
            "target": target,
            "method": method,
            "model": model,
            "against": one.against,
            **one.efficiency.to_dict(),
            "needs": one.efficiency.needs,
        }
        for one in saved
    ]
