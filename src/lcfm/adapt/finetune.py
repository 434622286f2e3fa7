"""From a table with a target column to an adapted model: who is labelled, and what was left out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lcfm import taxonomy
from lcfm.adapt.fit import fit
from lcfm.adapt.policies import Policy, named_policy
from lcfm.adapt.rules import density_head
from lcfm.atomic import refuse_existing, refuse_file
from lcfm.errors import LcfmError, listed
from lcfm.lightcurves import LightCurves
from lcfm.prepare.split import EventSet, is_test
from lcfm.ragged import no_names
from lcfm.readers import read
from lcfm.readers.source import TableSource
from lcfm.serve.model import Model
from lcfm.serve.shipped import load

log = logging.getLogger("lcfm")

Task = Literal["classify", "redshift", "regress"]

NAMES = ("object_id", "event_id")
"""Columns that name objects and are never classes."""
MOST_CLASSES = 50
"""Different values from which on a column with few objects each names objects, not classes: the
taxonomy has fewer types, and with as few labels a class may well have one."""


@dataclass(frozen=True)
class Labelled:
    """Objects chosen for the fine-tuning.

    Attributes
    ----------
    table : LightCurves
        Chosen objects.
    values : ndarray
        Their labels or numbers.
    classes
        All class names of the training part, also those that no chosen object has.
    without_target, held_back
        Objects left out: with an empty target, and of the test part.
    """

    table: LightCurves
    values: NDArray[Any]
    classes: tuple[str, ...]
    without_target: int
    held_back: int

    def __str__(self) -> str:
        text = f"{len(self.table)} labelled objects"
        if self.classes:
            counts = {c: int((self.values == c).sum()) for c in self.classes}
            text += " (" + ", ".join(f"{c} {n}" for c, n in counts.items()) + ")"
        return (
            f"{text}; left out: {self.without_target} without a target, "
            f"{self.held_back} of the test part"
        )


def choose_labelled(
    lcs: LightCurves,
    target: str,
    *,
    task: Task = "classify",
    n_labels: int | None = None,
    part: Literal["train", "all"] = "train",
    seed: int = 0,
) -> Labelled:
    """Choose labelled objects by the protocol: training part, uniform, not stratified.

    Parameters
    ----------
    lcs
        A table with the column `target`.
    target
        Class names, or numbers for a regression.
    n_labels
        How many to draw; None for all.
    part
        ``train`` leaves out the test events (25 % by hash), so that they can test the model later;
        ``all`` uses every object.
    seed
        Of the draw.

    Raises
    ------
    LcfmError
        The column is missing or empty, names objects, or has fewer labels than asked for; or all
        labels drawn are of one of several classes.

    Notes
    -----
    Classes of which one is part of another (SNIIP, SNII) are taken as they are, with a warning;
    classes of which no label was drawn are named in another.
    """
    if task == "classify":
        if why := no_names(lcs.column(target)):
            raise LcfmError(
                f"column {target!r} holds {why}, name a column of text with --target, or learn a "
                "number with --task redshift"
            )
        values = lcs.names(target)
        known = ~np.isin(values.astype(str), ("", "None", "nan"))
    else:
        values = lcs.numbers(target)
        known = np.isfinite(values)
    if not known.any():
        raise LcfmError(
            f"column {target!r} is empty for all {len(lcs)} objects; name another --target"
        )
    held_back = np.zeros(len(lcs), dtype=bool)
    if part == "train":
        held_back = is_test(lcs.column("event_id"))
    rows = np.flatnonzero(known & ~held_back)
    classes = tuple(sorted(set(values[rows]))) if task == "classify" else ()
    _refuse_names(target, classes, len(rows))
    _warn_of_levels(lcs, target, classes)
    if n_labels is not None:
        if n_labels < 2:
            raise LcfmError(f"asked for {n_labels} labels; give at least 2")
        if n_labels > len(rows):
            raise LcfmError(
                f"asked for {n_labels} labels, but only {len(rows)} objects have a {target!r} and "
                "lie in the training part; ask for fewer, or for all"
            )
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:n_labels])
        _tell_classes_without_label(target, classes, values[rows])
    return Labelled(
        lcs[rows], values[rows], classes, int((~known).sum()), int((known & held_back).sum())
    )


def _refuse_names(target: str, classes: tuple[str, ...], n: int) -> None:
    """Raise if the values of `n` objects are names of their own: each would become a class."""
    if target in NAMES or (len(classes) > MOST_CLASSES and 2 * len(classes) > n):
        raise LcfmError(
            f"column {target!r} names objects, not classes: it has {len(classes):,} different "
            f"values for {n:,} objects; name a column of classes with --target"
        )


def _tell_classes_without_label(target: str, classes: tuple[str, ...], drawn: NDArray[Any]) -> None:
    """Warn of classes without a label among those drawn, or raise if only one class has any."""
    there = set(drawn)
    without = [name for name in classes if name not in there]
    if without and len(there) == 1:
        raise LcfmError(
            f"all {len(drawn)} labels drawn are {drawn[0]!r}, while column {target!r} has "
            f"{len(classes)} classes; draw more with --labels, or others with another --seed"
        )
    if without:
        log.warning(
            "%d of %d classes have no label among the %d drawn (%s): what the model knows of "
            "them is from its pretraining alone; draw more with --labels, or others with "
            "another --seed",
            len(without),
            len(classes),
            len(drawn),
            listed(without),
        )


def _warn_of_levels(lcs: LightCurves, target: str, classes: tuple[str, ...]) -> None:
    """Say so if an object could rightly have either of two of the classes."""
    parts = taxonomy.nested(classes)
    if not parts:
        return
    others = [name for name in lcs.columns if name.startswith("label") and name != target]
    even = [name for name in others if not taxonomy.nested(set(lcs.column(name).astype(str)))]
    choice = f"such as {', '.join(even)} " if even else "made with lcfm.taxonomy.to_set "
    log.warning(
        "column %r mixes levels of the taxonomy (%s), so that an object may rightly be either; "
        "choose a column of one level %swith --target, or keep it if that is meant",
        target,
        ", ".join(f"{part} is part of {whole}" for part, whole in parts.items()),
        choice,
    )


def finetune(
    model: Model,
    labelled: Labelled,
    *,
    target: str,
    policy: Policy | None = None,
    seed: int = 0,
    device: str = "auto",
    progress: bool = False,
    command: str = "",
) -> Model:
    """Adapt `model` to the chosen objects and record target and labelled events.

    Parameters are those of :func:`lcfm.adapt.fit.fit`; `command` is for the provenance.
    """
    density = density_head(model)
    if policy is None and not labelled.classes and density and density.column != target:
        log.warning(
            "the model was pretrained with a density of %r, which is now refined to %r; if that is "
            "another quantity, choose the policy head+mlp",
            density.column,
            target,
        )
    adapted = fit(
        model,
        labelled.table,
        labelled.values,
        policy=policy,
        classes=labelled.classes or None,
        seed=seed,
        device=device,
        progress=progress,
    )
    adapted.provenance["adapted"] |= {
        "model": model.fingerprint(),
        "target": target,
        "command": command,
        "events": EventSet.of(labelled.table.column("event_id")).to_dict(),
    }
    return adapted


def finetune_command(
    model: str,
    data: TableSource,
    out: Path,
    *,
    task: Task,
    target: str | None,
    n_labels: int | None,
    part: Literal["train", "all"],
    policy: str | None,
    prior: Literal["labels", "flat"] | None,
    seed: int,
    device: str,
    overwrite: bool,
    progress: bool,
    command: str,
) -> Labelled:
    """Read a table, choose labelled objects, adapt a model, write its checkpoint.

    Parameters are those of the command line (``lcfm finetune --help``).

    Returns
    -------
    Labelled
        Who was labelled and who was left out.
    """
    refuse_existing(out, overwrite=overwrite)
    refuse_file(out)
    target = target or ("label" if task == "classify" else "redshift")
    pretrained = load(model)
    labelled = choose_labelled(
        read(data), target, task=task, n_labels=n_labels, part=part, seed=seed
    )
    chosen = named_policy(policy, prior) if policy or prior else None
    adapted = finetune(
        pretrained,
        labelled,
        target=target,
        policy=chosen,
        seed=seed,
        device=device,
        progress=progress,
        command=command,
    )
    adapted.save(out, overwrite=overwrite)
    return labelled
