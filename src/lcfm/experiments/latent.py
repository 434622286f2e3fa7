"""One latent space for all telescopes? The simulation-pretrained FM's figures 2 to 6, and numbers.

Command::

    lcfm reproduce latent --data yse_dr1 --data pantheon --scale small --out results/

Figures 5 and 6 map latent vectors of ZTF and of LSST, of all classes and of SNe II alone, with one
panel per pretraining; t-SNE of scikit-learn stands in for the paper's UMAP. Beside them what a map
cannot show (`lcfm.evaluate.alignment`): whether fresh probes read the telescope from the latent
vectors, and the class, and where an event's partner ranks among all events of the other telescope;
on simulated events that both saw, on real supernovae that ZTF and Pan-STARRS both saw, and on those
that are in several surveys. Hand-made features stand in for a latent space that nothing aligned.

Figures 2 to 4 show the redshifts, the classes, and the losses of the pretrainings, which are those
of table 2.

======  ================  ==========================================
scale   simulated events  on 2 cores, after ``table2`` of that scale
======  ================  ==========================================
small   500               5 min
medium  2,000             30 min
full    4,000             2 h
======  ================  ==========================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm.evaluate import figures
from lcfm.evaluate.alignment import partner_ranks, probe_scores
from lcfm.evaluate.baselines import Columns
from lcfm.evaluate.features import features
from lcfm.experiments import latent_figure, latent_inputs, table2
from lcfm.experiments.asked import Asked
from lcfm.experiments.pretrainings import PRETRAININGS, SIZES, history, network
from lcfm.experiments.runs import (
    RunKey,
    RunLog,
    labelled_fingerprint,
    provenance,
    write_result,
)
from lcfm.experiments.two_views import SIMULATED, Views, real_views, simulated_views
from lcfm.lightcurves import LightCurves

FloatArray = NDArray[np.floating[Any]]
Embed = Callable[[LightCurves], FloatArray]

EVENTS_SEED = 9000
"""Of the simulated events: none of them is in a pretraining."""
EVENTS = {"small": 500, "medium": 2_000, "full": 4_000}
FEATURES = "hand-made features"


def main(asked: Asked) -> list[dict[str, Any]]:
    """Measure and draw.

    Parameters
    ----------
    asked
        Its data are real events that two telescopes saw; see
        :func:`lcfm.experiments.two_views.real_views`.

    Raises
    ------
    LcfmError
        The scale is unknown, a model is given, or the data hold no events seen twice.
    """
    data, scale, work, say = asked.data, asked.scale, asked.work, asked.say
    n_events = asked.sized(EVENTS)
    asked.refuse_model()
    real = real_views(data)
    say("simulating events that both telescopes see")
    views = {SIMULATED: simulated_views(n_events, EVENTS_SEED), **real}
    for name, seen in views.items():
        say(f"  {name}: {len(seen):,} events")
    log = RunLog(work / "latent" / scale / "runs.jsonl")
    seeds = range(SIZES[scale].pretrainings)
    records = measure(FEATURES, 0, _features, views, log, None, say)
    models: dict[str, str] = {}
    maps: dict[str, FloatArray] = {}
    for seed in seeds:
        for name in PRETRAININGS:
            one = network(name, scale, seed, work=work, say=say)
            models[f"{name}, {seed}"] = one.fingerprint()
            records += measure(name, seed, one.embed, views, log, one.fingerprint(), say)
            if seed == 0:
                maps[name] = one.embed(views[SIMULATED].both)
    losses = {name: history(name, scale, 0, work=work) for name in PRETRAININGS}
    redshifts = table2.redshift_simulations(table2.SCALES[scale])
    summary = summarise(records)
    result = {
        "what": "do events look the same through two telescopes? mean and std over pretrainings",
        **provenance(
            asked.command,
            {"pretrainings": list(seeds), "events": EVENTS_SEED},
            {"given": labelled_fingerprint(data, ("survey",)), **_prints(views)},
        ),
        "scale": scale,
        "events": {name: len(seen) for name, seen in views.items()},
        "models": models,
        "inputs": latent_inputs.counted(redshifts, SIZES[scale]),
        "losses": losses,
        "summary": summary,
        "runs": records,
    }
    write_result(asked.out / "latent.json", result)
    say("drawing")
    drawn = {
        "latent": latent_figure.maps(maps, views[SIMULATED], None),
        "latent_snii": latent_figure.maps(maps, views[SIMULATED], "SNII"),
        "latent_alignment": latent_figure.alignment(summary),
        "latent_inputs": latent_inputs.figure(redshifts, result["inputs"]),
        "latent_losses": latent_inputs.losses(losses),
    }
    for name, figure in drawn.items():
        figures.save(figure, asked.out / f"{name}.png")
    return [row for row in summary if row["set"] == SIMULATED]


def measure(
    name: str,
    seed: int,
    embed: Embed,
    views: Mapping[str, Views],
    log: RunLog,
    model: str | None,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Alignment in one latent space, a record per set of events; finished ones are taken up."""
    records = []
    for of, seen in views.items():
        key = RunKey(f"{seen.both.fingerprint()}-{len(seen)}", model)
        done = [r for r in log.of(key) if (r["pretraining"], r["set"]) == (name, of)]
        if not done:
            table = np.asarray(embed(seen.both), dtype=np.float64)
            ranks = partner_ranks(table[: len(seen)], table[len(seen) :])
            probes = probe_scores(
                table,
                seen.both.column("survey"),
                np.tile(seen.classes, 2),
                seen.both.column("event_id"),
                seed=seed,
            )
            done = [{"pretraining": name, "seed": seed, "set": of, **ranks, **probes}]
            log.add(done[0], key)
            say(f"  {name}, {of}: median rank {ranks['median_rank']:.0f} of {len(seen)}")
        records += done[:1]
    return records


def summarise(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mean and deviation over pretrainings, a row per kind and set; None where there is none."""
    rows = []
    for key in dict.fromkeys((r["pretraining"], r["set"]) for r in records):
        runs = [r for r in records if (r["pretraining"], r["set"]) == key]
        row: dict[str, Any] = {"pretraining": key[0], "set": key[1]}
        for metric in ("recall@1", "recall@5", "recall@10", "median_rank"):
            row |= _mean(metric, [r[metric] for r in runs])
        for probe in ("logistic", "mlp"):
            for metric in ("survey_accuracy", "class_auroc"):
                row |= _mean(f"{metric}, {probe}", [r[probe][metric] for r in runs])
        rows.append(
            {
                **row,
                "survey_chance": runs[0]["survey_chance"],
                "chance_rank": runs[0]["chance_rank"],
            }
        )
    return rows


def _mean(name: str, values: Sequence[float | None]) -> dict[str, float | None]:
    known = np.array([v for v in values if v is not None], dtype=np.float64)
    return {
        name: float(known.mean()) if len(known) else None,
        f"{name}, std": float(known.std(ddof=1)) if len(known) > 1 else None,
    }


def _features(lcs: LightCurves) -> FloatArray:
    """Hand-made features, a median where one is undefined."""
    values = features(lcs)
    return Columns.of(values).filled(values)


def _prints(views: Mapping[str, Views]) -> dict[str, str]:
    return {name: seen.both.fingerprint() for name, seen in views.items()}
