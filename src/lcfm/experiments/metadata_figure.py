"""Figure of the metadata branch: what each one brings, a panel per target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lcfm.evaluate import figures
from lcfm.evaluate.protocols import ALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLES = {"plasticc": "PLAsTiCC", "spcc": "DES challenge", "yse": "YSE", "osc": "OSC", "ztf": "ZTF"}


def draw(result: Mapping[str, Any]) -> Figure:
    """Paired differences, of a constant to no branch and of numbers to a constant.

    Parameters
    ----------
    result
        Of ``metadata.json``; targets whose branches are all off have no panel.
    """
    differences = result["differences"]
    targets = [target for target in result["targets"] if target["inputs"]]
    policies = list(dict.fromkeys(r["policy"] for r in differences))
    places = sorted(
        {(r["policy"], r["labels"]) for r in differences},
        key=lambda place: (policies.index(place[0]), str(place[1]) == ALL, place[1]),
    )
    picture = figures.blank(2.2 + 3.0 * len(targets), 1.8 + 0.45 * len(places))
    panels = picture.subplots(1, len(targets), squeeze=False, sharey=True)[0]
    for panel, target in zip(panels, targets, strict=True):
        name = target["target"]
        _panel(panel, [r for r in differences if r["target"] == name], places)
        panel.set_title(
            f"{TITLES.get(name, name)}\n{target['test_objects']:,} test objects, "
            f"{'true redshift' if target['redshift'] == 'redshift' else 'photo-z'}",
            fontsize=10,
        )
    panels[0].set_yticks(
        -np.arange(len(places)), [_words(policy, labels) for policy, labels in places]
    )
    handles, labels = panels[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=9)
    picture.supxlabel(
        "macro AUROC gained: by a branch told a constant over none (whose score is at the right), "
        "by numbers over a constant; ± 2 standard errors",
        fontsize=10,
    )
    return picture


def _panel(
    panel: Axes, differences: list[Mapping[str, Any]], places: list[tuple[str, Any]]
) -> None:
    panel.axvline(0.0, color="#999999", linewidth=1)
    inputs = list(dict.fromkeys(row["inputs"] for row in differences))
    for number, kind in enumerate(inputs):
        rows = [row for row in differences if row["inputs"] == kind]
        panel.errorbar(
            [row["mean"] for row in rows],
            [-places.index((row["policy"], row["labels"])) + 0.22 - 0.22 * number for row in rows],
            xerr=[np.nan_to_num(row["two_standard_errors"]) for row in rows],
            linestyle="",
            marker=figures.MARKERS[number],
            color=figures.PALETTE[number],
            capsize=3,
            label=kind,
        )
    for row in differences:
        place = places.index((row["policy"], row["labels"]))
        if row["inputs"] == inputs[0]:
            panel.text(
                1.02, -place, f"{row['without']:.3f}", fontsize=8, va="center",
                transform=panel.get_yaxis_transform(), color="#444444",
            )  # fmt: skip
    panel.margins(x=0.12, y=0.12)
    panel.grid(alpha=0.3)


def _words(policy: str, labels: int | str) -> str:
    if not labels:
        return policy
    return f"{policy}, {'all' if labels == ALL else labels} labels"
