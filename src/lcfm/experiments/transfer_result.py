"""The runs of a transfer experiment over all its targets, and the result that is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import joblib

from lcfm import config
from lcfm.adapt.policies import Policy
from lcfm.evaluate import figures
from lcfm.evaluate.methods import without_labels
from lcfm.evaluate.missing import MaskScore
from lcfm.experiments import transfer_figure
from lcfm.experiments.asked import Asked
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.experiments.transfer import SCALES, network
from lcfm.experiments.transfer_rows import (
    NO_LABELS,
    STOPPED_EARLY,
    stopped,
    transferred,
    with_network,
    without_network,
)
from lcfm.experiments.transfer_runs import CurveTask, Runner
from lcfm.experiments.transfer_summary import Curves, shown, summarised
from lcfm.serve.model import Model

Claims = Callable[[Mapping[str, Curves]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Target:
    """What is measured on one target.

    Attributes
    ----------
    curve
        The target.
    policies
        How networks are adapted.
    controls
        Rows that know no pretraining.
    thin
        Of the numbers of labels, every so many-th is asked.
    timed
        Policies whose training time is compared with that from scratch, at all labels.
    """

    curve: CurveTask
    policies: tuple[Policy, ...]
    controls: tuple[str, ...]
    thin: int = 1
    timed: tuple[Policy, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """A transfer experiment.

    Attributes
    ----------
    name
        On the command line; result files are called so.
    what
        One sentence for the result file.
    targets
        In the order of figures.
    differs
        How data and choices differ from the paper's.
    claims
        What the paper says, held against the curves.
    metadata
        Whether numbers beside the light curve may be used (:mod:`lcfm.evaluate.missing`).
    """

    name: str
    what: str
    targets: Sequence[Target]
    differs: Mapping[str, str]
    claims: Claims
    metadata: Sequence[MaskScore] = ()


def reproduce(asked: Asked, experiment: Experiment) -> list[dict[str, Any]]:
    """Run an experiment and write its result and figures.

    Returns
    -------
    list of dict
        Its table for the terminal.
    """
    size = asked.sized(SCALES)
    for score in experiment.metadata:
        asked.say(str(score))
    stem = experiment.name.replace("-", "_")
    log = RunLog(asked.work / experiment.name / asked.scale / "runs.jsonl")
    runner = Runner(log=log, scale=size, workers=joblib.cpu_count(), say=asked.say)
    records: list[dict[str, Any]] = []
    networks: list[dict[str, Any]] = []
    fingerprints: dict[str, str] = {}
    for seed in range(1 if asked.model else size.pretrainings):
        model = asked.model or network(asked.scale, seed, work=asked.work, say=asked.say)
        networks.append(described(model, seed))
        for target in experiment.targets:
            curve = target.curve
            curve.refuse_seen(model)
            asked.say(
                f"{curve.name}: {len(curve.task.train):,} training and {len(curve.test):,} test "
                "objects"
            )
            labelled = labelled_fingerprint(curve.objects, (curve.task.name,))
            fingerprints[curve.name] = labelled
            if seed == 0:  # these do not change with the pretraining
                controls = without_network(model, curve.objects, size.rates)
                records += runner.curve(
                    curve,
                    {name: controls[name] for name in target.controls},
                    RunKey(f"{labelled}-{_untrained(model)}"),
                    pretraining=None,
                    thin=target.thin,
                )
                if target.timed:
                    records += runner.curve(
                        curve,
                        {STOPPED_EARLY: controls[STOPPED_EARLY]},
                        RunKey(f"{labelled}-{_untrained(model)}"),
                        pretraining=None,
                        thin=None,
                    )
            key = RunKey(labelled, model.fingerprint())
            records.append(
                runner.without_labels(curve, NO_LABELS, without_labels(model), key, seed)
            )
            policies = {transferred(policy.kind): policy for policy in target.policies}
            timed = {stopped(policy.kind): policy for policy in target.timed}
            methods = with_network(model, curve.objects, policies | timed)
            for names, thin in ((policies, target.thin), (timed, None)):
                records += runner.curve(
                    curve, {name: methods[name] for name in names}, key,
                    pretraining=seed, thin=thin,
                )  # fmt: skip
    seeds = {
        "draws": f"0 to {size.draws - 1}; 0 to {size.repeats - 1} of more than 1,024 labels",
        "pretrainings": list(range(len(networks))),
    }
    result = {
        "what": experiment.what,
        **provenance(asked.command, seeds, fingerprints),
        "scale": asked.scale,
        "differs": dict(experiment.differs),
        "seconds": round(sum(record["seconds"] for record in records)),
        "networks": networks,
        "left_out": {t.curve.name: t.curve.task.left_out for t in experiment.targets},
        "metadata": [score.to_dict() for score in experiment.metadata],
        "claims": experiment.claims(Curves.of(records)),
        **summarised(records),
        "runs": records,
    }
    write_result(asked.out / f"{stem}.json", result)
    figures.save(transfer_figure.draw(Curves.of(records)), asked.out / f"{stem}.png")
    for number, curves in enumerate(Curves.of(records).values()):
        suffix = "" if number == 0 else f"_{number + 1}"
        figures.save(
            transfer_figure.draw_classes(curves), asked.out / f"{stem}_classes{suffix}.png"
        )
    return shown(records)


def described(model: Model, seed: int) -> dict[str, Any]:
    """What a pretrained network is."""
    made = model.provenance
    return {
        "pretraining": seed,
        "fingerprint": model.fingerprint(),
        "classes": list(model.classes_),
        "encoder": config.to_dict(model.network.settings["lightcurve"]),
        "simulated": made.get("data"),
        "epochs": made.get("epochs"),
        "valid_loss": made.get("best_valid_loss"),
        "device": made.get("device"),
    }


def _untrained(model: Model) -> str:
    """Fingerprint of the network from scratch that stands beside a model."""
    document = {**model.network.to_dict(), "tokens": config.to_dict(model.preprocess)}
    return config.fingerprint(document)[:8]
