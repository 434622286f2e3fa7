"""What do numbers beside the light curve bring? The metadata branch of transfer learning, figure 2.

Command::

    lcfm reproduce metadata --data plasticc --data spcc --data yse_dr1 --data ztf_transients \
        --scale small --out results/

The paper has Milky Way extinction in a dense branch beside the recurrent layers. Four networks
learn the twelve classes from the same simulated ZTF light curves: without a branch, with one that
is told a constant, with extinction, and with extinction and redshift. A branch makes a network
larger: what a number brings is measured against the constant. They are adapted to our LSST
simulations of these classes and to each table of ``--data``, told apart by ``survey``. There a
photometric redshift of the host stands for the redshift where the table has one.

A branch is off where missing values of a column alone tell the classes of the training part
(:mod:`lcfm.evaluate.missing`). A further control is a forest on the numbers alone. Test parts are
scored and choose nothing.

Networks of one kind differ by luck as much as a branch may bring, so that draw k of the labels is
learnt by the k-th network of each kind: paired differences are over labels and networks.

======  ==================  ============  ==========================
scale   simulated curves    pretrainings  on 2 cores
======  ==================  ============  ==========================
small   6,000 × 4           4 × 5         8 min (estimate)
medium  150,000 × 6         4 × 5         hours
full    500,000 × 12        4 × 10        (GPU)
======  ==================  ============  ==========================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from lcfm.evaluate import figures
from lcfm.evaluate.compare import FEWEST_DRAWS, compare_rows
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.methods import finetuned, without_labels
from lcfm.evaluate.protocols import Method, run, summarise
from lcfm.experiments import metadata_figure, transfer
from lcfm.experiments.asked import Asked
from lcfm.experiments.metadata_targets import (
    ALONE,
    CONSTANT,
    INPUTS,
    NUMBERS,
    Known,
    named,
    numbers_alone,
    told_nothing,
)
from lcfm.experiments.networks import Simulated, pretrained_network
from lcfm.experiments.pretrainings import ENCODER, TOKENS
from lcfm.experiments.realism import real_set
from lcfm.experiments.runs import RunKey, RunLog, provenance, write_result
from lcfm.experiments.transfer_lsst import OURS, lsst_simulations
from lcfm.experiments.transfer_result import described
from lcfm.experiments.transfer_rows import FROZEN, POLICIES
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate
from lcfm.train.pretrain import RECIPE, PretrainSettings

NO_LABELS = "no labels"
ADAPTED = {policy.kind: policy for policy in POLICIES if isinstance(policy, FROZEN)}
"""Policies that leave the network and its branch as they were pretrained."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything.

    Attributes
    ----------
    simulated, epochs
        Light curves of a pretraining, and how often it sees them.
    pretrainings
        Of each kind; as many draws.
    labels
        Per draw; None for all, as they are where there are fewer.
    most
        Objects of a target, of which a quarter is there to test on; None for all that a table has,
        and for 20,000 of ours.
    """

    simulated: int
    epochs: int
    pretrainings: int
    labels: tuple[int | None, ...] = (128, 512, None)
    most: int | None = None

    def counts(self, n_train: int) -> tuple[int | None, ...]:
        """Labels that draws of so many training objects can have."""
        return tuple(dict.fromkeys(n if n and n < n_train else None for n in self.labels))


SCALES = {
    "small": Scale(simulated=6_000, epochs=4, pretrainings=5, labels=(128, 512), most=2_400),
    "medium": Scale(simulated=150_000, epochs=6, pretrainings=5),
    "full": Scale(simulated=500_000, epochs=12, pretrainings=10),
}
MANY = 20_000
"""Of our LSST objects, where a scale sets no limit."""


def network(
    columns: tuple[str, ...], scale: str, seed: int, *, work: Path, say: Callable[[str], None]
) -> Model:
    """One pretraining on simulated ZTF light curves, or what an earlier run left of it.

    Parameters
    ----------
    columns
        Of the metadata branch; empty for none.
    scale
        Key of :data:`SCALES`.
    seed
        Number of the pretraining, which seeds simulations and weights.
    work
        Folder of all experiments.
    """
    size = SCALES[scale]
    return pretrained_network(
        Simulated(size.simulated, lambda: sample(size.simulated, seed)),
        PretrainSettings(
            encoder=ENCODER,
            preprocess=TOKENS,
            training=replace(RECIPE, epochs=size.epochs),
            metadata=columns,
        ),
        seed=seed,
        checkpoint=work / "pretrainings" / scale / f"metadata({'+'.join(columns)})-{seed}",
        say=say,
    )


@lru_cache(maxsize=1)  # networks of one number learn from the same
def sample(n: int, seed: int) -> LightCurves:
    """ZTF light curves of the twelve classes; the last sample is kept."""
    return told_nothing(
        simulate(["ztf"], n=n, seed=transfer.SEED + seed, population=transfer.TWELVE)
    )


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``metadata.json`` and its figure.

    Parameters
    ----------
    asked
        Its data are tables with ``mwebv`` and a redshift, told apart by ``survey``.

    Returns
    -------
    list of dict
        What each branch brings, a row per target, policy and number of labels.
    """
    asked.refuse_model()
    size, say = asked.sized(SCALES), asked.say
    targets = [Known.of(OURS, lsst_simulations(size.most or MANY), "label")]
    for part in asked.data.split_by_survey().values():
        table = real_set(part)
        targets.append(Known.of(table.name, part, table.target, size.most))
    for target in targets:
        masks = "".join(f"\n  {mask}" for mask in target.masks)
        say(f"{target.curve.name}, {target.curve.task.name}: {target.inputs or 'off'}{masks}")
    log = RunLog(asked.work / "metadata" / asked.scale / "runs.jsonl")
    runs = partial(_runs, size=size, log=log, say=say)
    records: list[dict[str, Any]] = []
    networks: list[dict[str, Any]] = []
    for seed in range(size.pretrainings):
        for target in targets:
            records += runs(target, numbers_alone(target), RunKey(target.fingerprint), seed)
        for inputs, columns in INPUTS.items():
            model = network(columns, asked.scale, seed, work=asked.work, say=say)
            networks.append({"inputs": inputs, **described(model, seed)})
            for target in (t for t in targets if inputs in t.inputs):
                target.curve.refuse_seen(model)
                key = RunKey(target.fingerprint, model.fingerprint())
                records += runs(target, _adapted(model, target.curve.objects, inputs), key, seed)
    found = differences(records)
    result = {
        "what": "macro AUROC on held-out objects with and without numbers beside the light curve; "
        "mean and std over draws of labels, each with networks of its own",
        **provenance(
            asked.command,
            {"draws and pretrainings": list(range(size.pretrainings))},
            {target.curve.name: target.fingerprint for target in targets},
        ),
        "scale": asked.scale,
        "columns": {name: list(columns) for name, columns in INPUTS.items()},
        "networks": networks,
        "targets": [target.to_dict() for target in targets],
        "seconds": round(sum(record["seconds"] for record in records)),
        "differences": found,
        "summary": summarise(records),
        "runs": records,
    }
    write_result(asked.out / "metadata.json", result)
    figures.save(metadata_figure.draw(result), asked.out / "metadata.png")
    return found


def differences(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each branch brings: a constant to the light curve alone, numbers to a constant.

    Returns
    -------
    list of dict
        A row per target, policy, number of labels and inputs: what it is paired with draw by draw
        (``against``) and the mean score of that (``without``), mean difference, two standard
        errors, number of draws, and a verdict.
    """
    keys = ("target", "policy", "labels", "inputs")
    means = {(r["target"], r["method"], r["labels"]): r["mean"] for r in summarise(records)}
    rows = []
    for key in dict.fromkeys(tuple(r[name] for name in keys) for r in records):
        target, policy, labels, inputs = key
        if policy == NUMBERS or inputs == ALONE:
            continue
        against = ALONE if inputs == CONSTANT else CONSTANT
        found = compare_rows(
            records, named(policy, inputs), named(policy, against), target=target, labels=labels
        )
        gap, error = found.mean, found.two_standard_errors
        costs = found.draws >= FEWEST_DRAWS and -gap > error
        rows.append(
            {
                **dict(zip(keys, key, strict=True)),
                "against": against,
                "without": means[target, named(policy, against), labels],
                "mean": gap,
                "two_standard_errors": error,
                "draws": found.draws,
                "branch": "brings" if found.clearly_above else "costs" if costs else "unclear",
            }
        )
    return rows


def _adapted(model: Model, objects: LightCurves, inputs: str) -> dict[str, Method]:
    """The network by each policy; its latent vectors are computed once, if any run is missing."""
    table = cache(partial(looked_up, model, objects))

    def later(adapt: Callable[[Model], Method]) -> Method:
        return lambda lcs, labels, classes, seed: adapt(table())(lcs, labels, classes, seed)

    rows = {NO_LABELS: without_labels} | {
        kind: partial(finetuned, policy=policy) for kind, policy in ADAPTED.items()
    }
    return {named(name, inputs): later(adapt) for name, adapt in rows.items()}


def _runs(
    target: Known,
    methods: Mapping[str, Method],
    key: RunKey,
    seed: int,
    *,
    size: Scale,
    log: RunLog,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Every method on draw `seed`, at each number of labels; what looks at none has 0."""

    def on_run(record: dict[str, Any]) -> None:
        log.add(record, key)
        say(
            f"  {record['target']:<12} {record['labels']:>4} labels  draw {seed}  "
            f"{record['method']:<32} {record['macro_auroc']:.4f}  ({record['seconds']:.0f} s)"
        )

    records = []
    counts = size.counts(len(target.curve.task.train))
    for n_labels in counts:
        some = {
            name: method
            for name, method in methods.items()
            if n_labels == counts[0] or not name.startswith(NO_LABELS)
        }
        found = run(
            target.curve, some, n_labels=n_labels, seeds=[seed], done=log.of(key), on_run=on_run
        )
        for record in found:
            policy, inputs = record["method"].split(" | ")
            labels = 0 if policy == NO_LABELS else record["labels"]
            records.append({**record, "labels": labels, "policy": policy, "inputs": inputs})
    return records
