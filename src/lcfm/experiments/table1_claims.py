"""What the simulation-pretrained FM finds in its table 1, each claim held against our runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from lcfm.evaluate.compare import Difference, compare_rows
from lcfm.evaluate.protocols import ALL
from lcfm.experiments.table1_paper import FROZEN, MEASURE, PAPER, SCRATCH
from lcfm.experiments.table1_rows import named
from lcfm.experiments.table1_tasks import N_LABELS, REAL

Records = Sequence[Mapping[str, Any]]

CLASSIFIERS = ("classifier (ZTF)", "classifier")
UNIFYING = ("contrastive", "adversarial")
FEWEST_NETWORKS = 4
"""Points that a correlation needs."""


def claims(records: Records, networks: Records) -> list[dict[str, Any]]:
    """What the paper finds and table 1 can answer, beside what we find.

    Parameters
    ----------
    records
        One per run.
    networks
        One per pretrained network: ``row``, ``pretraining`` (its number), ``simulated_auroc``.

    Returns
    -------
    list of dict
        ``claim``, ``paper``, ``ours``, ``rule`` (how `ours` is judged), ``holds``, which is None
        where runs are missing, and ``cause``, None where the claim holds.
    """
    found = [
        _beats_none(records),
        _no_gain_from_labels(records),
        _no_gain(
            records,
            "contrastive and adversarial losses do not improve downstream scores (D.1)",
            [(named(name, FROZEN), named("classifier", FROZEN)) for name in UNIFYING],
        ),
        _no_gain(
            records,
            "both losses together gain nothing over contrastive alone (D.1)",
            [(named("contrastive + adversarial", FROZEN), named("contrastive", FROZEN))],
        ),
        _selects(records, networks),
    ]
    return [{**claim, "cause": _cause(claim, networks)} for claim in found]


def _cause(claim: dict[str, Any], networks: Records) -> str | None:
    """Which rows break a claim, and how well their networks learned the classes they were taught.

    Takes ``breaks`` out of the claim.
    """
    breaks: dict[str, list[str]] = claim.pop("breaks")
    if claim["holds"] is None:
        return "too few networks or rows for the rule"
    if claim["holds"]:
        return None
    parts = []
    for row, targets in breaks.items():
        learned = [
            float(n["simulated_auroc"])
            for n in networks
            if n["row"] == row.split(" | ")[0] and n["simulated_auroc"] is not None
        ]
        taught = (
            f" (class AUROC of its networks on simulations {np.mean(learned):.3f})"
            if learned
            else ""
        )
        parts.append(f"{row}: {', '.join(targets)}{taught}")
    return "; ".join(parts)


def _breaking(
    found: Mapping[str, Mapping[str, Difference]], fails: Callable[[Difference], bool]
) -> dict[str, list[str]]:
    """Row -> targets on which its difference fails."""
    broken: dict[str, list[str]] = {}
    for target, by_row in found.items():
        for row, one in by_row.items():
            if fails(one):
                broken.setdefault(row, []).append(target)
    return broken


def _beats_none(records: Records) -> dict[str, Any]:
    """Section 4.1."""
    rows = [named(name, FROZEN) for name in (*CLASSIFIERS, *UNIFYING)]
    found = _differences(records, [(row, SCRATCH) for row in rows])
    every = [one for by_row in found.values() for one in by_row.values()]
    paper = {
        target: {row: _better(target, PAPER[row], PAPER[SCRATCH]) for row in rows}
        for target in REAL
        if target != "label5"
    }
    return {
        "claim": f"pretraining beats none at {N_LABELS} labels on every real task",
        "paper": paper,
        "ours": _shown(found),
        "rule": "the mean paired difference of AUROC or R² to no pretraining is positive in every "
        "row, each frozen below an MLP",
        "holds": all(one.mean > 0 for one in every)
        if len(every) == len(rows) * len(REAL)
        else None,
        "breaks": _breaking(found, lambda one: one.mean <= 0),
    }


def _no_gain_from_labels(records: Records) -> dict[str, Any]:
    """Appendix D.3."""
    rows = [named(name, FROZEN) for name in (*CLASSIFIERS, *UNIFYING)]
    gains: dict[str, dict[str, float]] = {}
    for row in rows:
        few, many = (_scores(records, row, "anomaly", n) for n in (N_LABELS, ALL))
        if few and many:
            spread = float(np.std(few, ddof=1)) if len(few) > 1 else 0.0
            gains[row] = {"gain": float(np.mean(many) - np.mean(few)), "std": spread}
    held = [gain["gain"] <= gain["std"] for gain in gains.values()]
    return {
        "claim": "anomaly detection does not gain from more labels (D.3)",
        "paper": {
            row: round(PAPER[row]["anomaly", ALL][0] - PAPER[row]["anomaly", N_LABELS][0], 4)
            for row in PAPER
            if row != SCRATCH
        },
        "ours": gains,
        "rule": f"no row gains more than the deviation of its runs with {N_LABELS} labels",
        "holds": all(held) if len(held) == len(rows) else None,
        "breaks": {
            row: [f"gains {gain['gain']:.3f}"]
            for row, gain in gains.items()
            if gain["gain"] > gain["std"]
        },
    }


def _no_gain(records: Records, claim: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Appendix D.1: no first row is clearly above its second one."""
    found = _differences(records, pairs)
    every = [one for by_row in found.values() for one in by_row.values()]
    paper = {
        target: {
            first: _better(target, PAPER[first], PAPER[second])
            for first, second in pairs
            if first in PAPER
        }
        for target in REAL
        if target != "label5"
    }
    return {
        "claim": claim,
        "paper": paper if any(paper.values()) else "said in the text, without numbers",
        "ours": _shown(found),
        "rule": f"at {N_LABELS} labels no mean paired difference of AUROC or R² is above two "
        "standard errors over five draws",
        "holds": (
            not any(one.clearly_above for one in every)
            if len(every) == len(pairs) * len(REAL)
            else None
        ),
        "breaks": _breaking(found, lambda one: one.clearly_above),
    }


def _selects(records: Records, networks: Records) -> dict[str, Any]:
    """Appendix D.4: rank correlation over networks of pretraining score and downstream score."""
    groups: dict[str, Callable[[str], bool]] = {
        "classifiers": lambda name: name in CLASSIFIERS,
        "others": lambda name: name not in CLASSIFIERS,
    }
    found: dict[str, Any] = {}
    for group, inside in groups.items():
        members = [n for n in networks if inside(n["row"])]
        found[group] = {"networks": len(members)}
        for target in REAL:
            points = [
                (n["simulated_auroc"], float(np.mean(scores)))
                for n in members
                if (
                    scores := _scores(
                        [r for r in records if r["pretraining"] == n["pretraining"]],
                        named(n["row"], FROZEN), target, N_LABELS,
                    )
                )
            ]  # fmt: skip
            enough = len(points) >= FEWEST_NETWORKS
            found[group][target] = _correlation(points) if enough else None
    known = {g: [v for t, v in found[g].items() if t in REAL and v is not None] for g in groups}
    return {
        "claim": "pretraining score predicts downstream score for classifiers but not for the "
        "others (D.4)",
        "paper": "said in the text, without numbers",
        "ours": found,
        "rule": "rank correlation over networks of the class AUROC on simulated ZTF objects with "
        f"the score at {N_LABELS} labels: positive on every real task for classifiers, not so for "
        f"the others; at least {FEWEST_NETWORKS} networks of each",
        "holds": (
            all(v > 0 for v in known["classifiers"]) and not all(v > 0 for v in known["others"])
            if all(len(values) == len(REAL) for values in known.values())
            else None
        ),
        "breaks": {
            group: [f"{t} {v:.2f}" for t, v in found[group].items() if t in REAL and v is not None]
            for group in groups
        },
    }


def _differences(
    records: Records, pairs: Sequence[tuple[str, str]]
) -> dict[str, dict[str, Difference]]:
    """Target -> first row -> how far it is above its second, where both have runs."""
    found: dict[str, dict[str, Difference]] = {}
    for target in REAL:
        for first, second in pairs:
            if all(_scores(records, row, target, N_LABELS) for row in (first, second)):
                found.setdefault(target, {})[first] = compare_rows(
                    records, first, second,
                    target=target, labels=N_LABELS, metric=_metric(target),
                )  # fmt: skip
    return found


def _shown(found: Mapping[str, Mapping[str, Difference]]) -> dict[str, dict[str, str]]:
    return {t: {row: str(one) for row, one in by_row.items()} for t, by_row in found.items()}


def _scores(records: Records, row: str, target: str, labels: int | str) -> list[float]:
    key = (row, target, labels)
    return [
        float(r[_metric(target)]) for r in records if (r["method"], r["target"], r["labels"]) == key
    ]


def _metric(target: str) -> str:
    """Larger is better, unlike the paper's mean squared error."""
    return MEASURE.get(target, "r2")


def _better(
    target: str,
    first: Mapping[tuple[str, int | str], tuple[float, float]],
    second: Mapping[tuple[str, int | str], tuple[float, float]],
) -> float:
    """By how much the paper's first row is better: AUROC higher, or mean squared error lower."""
    gain = first[target, N_LABELS][0] - second[target, N_LABELS][0]
    return round(gain if target in MEASURE else -gain, 6)


def _correlation(points: Sequence[tuple[float, float]]) -> float | None:
    one, two = np.array(points, dtype=np.float64).T
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        return None  # not defined where all are alike
    return float(spearmanr(one, two).statistic)
