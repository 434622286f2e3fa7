"""Bright objects get spectra: what do such labels cost on all objects, and what wins it back?

Command::

    lcfm reproduce biased-labels --data TABLE --model transients --scale small --out results/

with TABLE the real ZTF transients (column ``label5``). Labels are N random objects of the training
part, or the N brightest by peak magnitude of a random half of it (so that draws differ). Each
method is scored on the whole test part and on the fainter half of it. What might win back the loss:

- *importance weights*: labels weighted by the inverse of their propensity, a function of the peak
  magnitude (:mod:`lcfm.adapt.propensity`);
- *faint counterparts*: each label once more, dimmed to a peak magnitude drawn from the whole
  training part (:mod:`lcfm.experiments.fainter`);
- *simulations*: as many simulated ZTF objects of the same classes among the labels.

==========  =======  ================  ==========
scale       draws    labels            on 2 cores
==========  =======  ================  ==========
small       5        128, 512          8 min
medium      10       64 … 1024         20 min
full        20       32 … 1024         1 h
==========  =======  ================  ==========
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcfm import taxonomy
from lcfm.adapt.fit import fit
from lcfm.adapt.policies import Map
from lcfm.adapt.propensity import peak_magnitude, propensity_weights
from lcfm.evaluate import figures
from lcfm.evaluate.baselines import FeatureBoosting, FeatureTable
from lcfm.evaluate.compare import compare_rows
from lcfm.evaluate.looked_up import looked_up
from lcfm.evaluate.metrics import classification_metrics
from lcfm.evaluate.protocols import Classifier, Task, drawn, summarise
from lcfm.experiments.asked import Asked
from lcfm.experiments.fainter import fainter
from lcfm.experiments.runs import RunKey, RunLog, labelled_fingerprint, provenance, write_result
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model
from lcfm.simulate.run import simulate

TARGET = "label5"
FAINT = "faint_macro_auroc"
RANDOM, BRIGHT = "map, random labels", "map, bright labels"
WEIGHTS, DIMMED, SIMULATED = (
    f"{BRIGHT} + {cure}" for cure in ("importance weights", "faint counterparts", "simulations")
)
TREES_RANDOM, TREES_BRIGHT = (
    f"features + boosting, {kind} labels" for kind in ("random", "bright")
)
TREES_SIMULATED = f"{TREES_BRIGHT} + simulations"
METHODS = (
    RANDOM, BRIGHT, WEIGHTS, DIMMED, SIMULATED, TREES_RANDOM, TREES_BRIGHT, TREES_SIMULATED
)  # fmt: skip
PAIRS = (
    (BRIGHT, RANDOM), (WEIGHTS, BRIGHT), (DIMMED, BRIGHT), (SIMULATED, BRIGHT),
    (TREES_BRIGHT, TREES_RANDOM), (TREES_SIMULATED, TREES_BRIGHT),
)  # fmt: skip
SIMULATION_SEED = 4000


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many draws, numbers of labels, and simulated objects to draw from."""

    draws: int
    labels: tuple[int, ...]
    simulated: int


SCALES = {
    "small": Scale(draws=5, labels=(128, 512), simulated=1000),
    "medium": Scale(draws=10, labels=(64, 128, 256, 512, 1024), simulated=2000),
    "full": Scale(draws=20, labels=(32, 64, 128, 256, 512, 1024), simulated=4000),
}


def main(asked: Asked) -> list[dict[str, Any]]:
    """Run the experiment and write ``biased_labels.json`` and its figure.

    Returns
    -------
    list of dict
        Rows of the summary, on all test objects.
    """
    size, model = asked.sized(SCALES), asked.needed_model()
    log = RunLog(asked.work / "biased_labels" / asked.scale / "runs.jsonl")
    key = RunKey(labelled_fingerprint(asked.data, [TARGET]), model.fingerprint())
    methods = _Methods.of(asked.data, model, size.simulated, asked.say)
    records: list[dict[str, Any]] = []
    for n_labels in size.labels:
        for seed in range(size.draws):
            this = (n_labels, seed)
            done = [r for r in log.of(key) if (r["labels"], r["seed"]) == this]
            found = done if len(done) == len(METHODS) else []
            if not found:
                found = methods.run(n_labels, seed)
                for record in found:
                    log.add(record, key)
            records += found
            for record in found:
                asked.say(
                    f"  {n_labels} labels  draw {seed}  {record['method']:<45} "
                    f"{record['macro_auroc']:.3f}  fainter half {record[FAINT]:.3f}"
                )
    summary = summarise(records)
    seeds = {"draws": list(range(size.draws)), "simulations": SIMULATION_SEED}
    result = {
        "what": "macro AUROC on held-out real ZTF objects by how the labelled ones were selected; "
        "mean and std over draws",
        **provenance(asked.command, seeds, {"real": asked.data.fingerprint()}),
        "model": key.model,
        "summary": summary,
        "summary_of_the_fainter_half": summarise(records, FAINT),
        "differences": differences(records),
        "runs": records,
    }
    write_result(asked.out / "biased_labels.json", result)
    figures.save(figure(records), asked.out / "biased_labels.png")
    return summary


@dataclass(frozen=True)
class _Methods:
    """Everything that is computed once for all draws.

    Attributes
    ----------
    task
        Training and test part.
    model, frozen
        The pretrained model, and the same with latent vectors looked up.
    features
        Of all objects.
    simulated
        Simulated objects with a class of the task in its column.
    magnitude
        Peak magnitude of the training part, shape (n,).
    faint
        Mask of the fainter half of the test part.
    """

    task: Task
    model: Model
    frozen: Model
    features: FeatureTable
    simulated: LightCurves
    magnitude: NDArray[np.float64]
    faint: NDArray[np.bool_]

    @classmethod
    def of(
        cls, data: LightCurves, model: Model, n_simulated: int, say: Callable[[str], None]
    ) -> _Methods:
        task = Task.of(data, TARGET)
        say(f"simulating {n_simulated:,} light curves")
        simulated = simulate(["ztf"], n_simulated, seed=SIMULATION_SEED)
        names = [taxonomy.to_set(label, TARGET) for label in simulated.column("label")]
        simulated = simulated.with_columns(**{TARGET: names})
        simulated = simulated[np.array([name in task.classes for name in names])]
        everything = LightCurves.concat([task.train, task.test, simulated])
        say(f"latent vectors and features of {len(everything):,} objects")
        peak = peak_magnitude(task.test)
        return cls(
            task,
            model,
            looked_up(model, everything),
            FeatureTable(everything),
            simulated,
            peak_magnitude(task.train),
            peak > np.median(peak),
        )

    def run(self, n_labels: int, seed: int) -> list[dict[str, Any]]:
        """One record for each method."""
        rng = np.random.default_rng(seed)
        random = drawn(self.task.train, n_labels, seed)
        rows = brightest(self.magnitude, n_labels, rng)
        bright = self.task.train[rows]
        mixed = LightCurves.concat([bright, drawn(self.simulated, n_labels, seed)])
        weights = propensity_weights(self.magnitude[rows], self.magnitude)
        wanted = rng.choice(self.magnitude, n_labels)
        dimmed, _ = fainter(bright, np.maximum(wanted - self.magnitude[rows], 0.0), rng)
        doubled = LightCurves.concat([bright, dimmed])
        fitted: dict[str, Classifier] = {
            RANDOM: self._map(self.frozen, random, seed),
            BRIGHT: self._map(self.frozen, bright, seed),
            WEIGHTS: self._map(self.frozen, bright, seed, weights),
            DIMMED: self._map(self.model, doubled, seed),
            SIMULATED: self._map(self.frozen, mixed, seed),
            TREES_RANDOM: self._trees(random, seed),
            TREES_BRIGHT: self._trees(bright, seed),
            TREES_SIMULATED: self._trees(mixed, seed),
        }
        n_fitted = {DIMMED: len(doubled), SIMULATED: len(mixed), TREES_SIMULATED: len(mixed)}
        return [
            {
                "method": method,
                "target": TARGET,
                "labels": n_labels,
                "fitted_to": n_fitted.get(method, n_labels),
                "faintest_label": float(self.magnitude[rows].max()) if "bright" in method else None,
                "seed": seed,
                **self._scores(one),
            }
            for method, one in fitted.items()
        ]

    def _map(
        self, model: Model, lcs: LightCurves, seed: int, weights: NDArray[np.float64] | None = None
    ) -> Model:
        labels = lcs.column(TARGET)
        return fit(
            model, lcs, labels, policy=Map(), classes=self.task.classes, weights=weights, seed=seed
        )

    def _trees(self, lcs: LightCurves, seed: int) -> FeatureBoosting:
        trees = FeatureBoosting(self.task.classes, seed=seed, extract=self.features)
        return trees.fit(lcs, lcs.column(TARGET))

    def _scores(self, fitted: Classifier) -> dict[str, Any]:
        test = self.task.test
        labels, p = test.column(TARGET), fitted.predict_proba(test)
        of_faint = classification_metrics(labels[self.faint], p[self.faint], fitted.classes_)
        scores = classification_metrics(labels, p, fitted.classes_)
        return {**scores, FAINT: of_faint["macro_auroc"], "faint_log_loss": of_faint["log_loss"]}


def brightest(
    magnitude: NDArray[np.float64], n: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows of the `n` brightest objects of a random half, shape (n,)."""
    half = rng.permutation(len(magnitude))[: max(len(magnitude) // 2, n)]
    return np.sort(half[np.argsort(magnitude[half], kind="stable")[:n]])


def differences(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Paired differences of `PAIRS` over the draws, on all test objects and on the fainter half."""
    rows = []
    for n_labels in dict.fromkeys(r["labels"] for r in records):
        for first, second in PAIRS:
            for metric in ("macro_auroc", FAINT, "log_loss"):
                found = compare_rows(
                    records, first, second, target=TARGET, labels=n_labels, metric=metric
                )
                rows.append(
                    {
                        "labels": n_labels,
                        "first": first,
                        "second": second,
                        "metric": metric,
                        "difference": found.mean,
                        "two_standard_errors": (
                            found.two_standard_errors if found.draws > 1 else None
                        ),
                    }
                )
    return rows


def figure(records: Sequence[Mapping[str, Any]]) -> Any:
    """Each method's score on all test objects and on the fainter half, a panel per label count."""
    counts = list(dict.fromkeys(r["labels"] for r in records))
    picture = figures.blank(4.2 + 3.4 * len(counts), 4.6)
    panels = picture.subplots(1, len(counts), squeeze=False, sharey=True)[0]
    for axes, n_labels in zip(panels, counts, strict=True):
        for i, (metric, name) in enumerate(
            (("macro_auroc", "all test objects"), (FAINT, "fainter half"))
        ):
            rows = [r for r in summarise(records, metric) if r["labels"] == n_labels]
            axes.errorbar(
                [row["mean"] for row in rows],
                np.arange(len(rows)) + 0.12 - 0.24 * i,
                xerr=[row["std"] or 0.0 for row in rows],
                color=figures.PALETTE[3 * i],
                marker=figures.MARKERS[i],
                linestyle="none",
                capsize=3,
                label=name,
            )
            axes.set_yticks(range(len(rows)), [row["method"] for row in rows])
        axes.set(xlabel="macro AUROC", title=f"{n_labels} labels")
        axes.grid(axis="x", alpha=0.3)
    panels[0].invert_yaxis()
    panels[-1].legend(fontsize=8, loc="best")
    return picture
