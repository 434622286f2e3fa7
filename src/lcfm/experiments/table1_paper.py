"""What the simulation-pretrained FM reports in its table 1, and how our data differ.

Its numbers are means and deviations over five pretrainings with five fine-tunings each. They stand
beside ours where target and adaptation are the same; the text says that the limited tasks have 100
labels, its table 4 says 128.
"""

from __future__ import annotations

from lcfm.evaluate.protocols import ALL
from lcfm.experiments.table1_rows import NETWORK, NONE, named
from lcfm.experiments.table1_tasks import N_LABELS

COLUMNS: tuple[tuple[str, int | str], ...] = (
    ("label3", N_LABELS), ("label3", ALL), ("redshift", N_LABELS), ("redshift", ALL),
    ("anomaly", N_LABELS), ("anomaly", ALL),
    ("simulated ZTF redshift", ALL), ("simulated LSST redshift", ALL),
)  # fmt: skip
FROZEN = "head+mlp"
SCRATCH = named(NONE, NETWORK)
_NUMBERS = {
    SCRATCH: (
        (0.637, 0.005), (0.853, 0.013), (0.00602, 0.00005), (0.00385, 0.00031),
        (0.498, 0.013), (0.527, 0.027), (0.079, 0.022), (0.289, 0.018),
    ),
    named("classifier (ZTF)", FROZEN): (
        (0.875, 0.020), (0.904, 0.012), (0.00491, 0.00010), (0.00387, 0.00036),
        (0.605, 0.025), (0.596, 0.008), (0.028, 0.003), (0.252, 0.004),
    ),
    named("classifier", FROZEN): (
        (0.879, 0.011), (0.910, 0.013), (0.00479, 0.00006), (0.00382, 0.00039),
        (0.622, 0.018), (0.616, 0.036), (0.026, 0.002), (0.177, 0.008),
    ),
    named("contrastive", FROZEN): (
        (0.886, 0.026), (0.914, 0.005), (0.00487, 0.00003), (0.00373, 0.00017),
        (0.584, 0.018), (0.576, 0.028), (0.028, 0.002), (0.191, 0.013),
    ),
    named("adversarial", FROZEN): (
        (0.844, 0.016), (0.853, 0.012), (0.00520, 0.00004), (0.00419, 0.00042),
        (0.559, 0.024), (0.546, 0.077), (0.030, 0.003), (0.197, 0.014),
    ),
}  # fmt: skip
PAPER: dict[str, dict[tuple[str, int | str], tuple[float, float]]] = {
    row: dict(zip(COLUMNS, numbers, strict=True)) for row, numbers in _NUMBERS.items()
}
"""Row -> (target, labels) -> mean and deviation of macro AUROC, or of the mean squared error."""
PAPER_R2 = {"real": (0.431, 0.053), "simulated": (0.580, 0.011)}
"""Of its best models (appendix D.2); the only R² that it gives."""
MEASURE = {"label3": "macro_auroc", "label5": "macro_auroc", "anomaly": "macro_auroc"}
"""What the paper measures; mean squared error elsewhere."""

_SIMULATIONS = (
    "simulated by lcfm with its eight classes in equal parts; the paper's are PLAsTiCC's and "
    "ELAsTiCC's (its table 3)"
)
DIFFERS = {
    "label3": "typed ZTF transients by our cut, without SNIc-BL, a quarter of them to test on; the "
    "paper tests on 469 objects, and its table 4 calls 2,828 of 3,747 SNIb/c",
    "label5": "the paper has no such task",
    "redshift": "objects of non-empty label5; the paper's are SNIa, SNII and SNIb/c, and the "
    "variance of its redshifts, from MSE and R², is five times ours",
    "anomaly": "anomalous objects of our test part beside normal ones of label3; the paper has 38 "
    "of thirteen types in its test, and SNIa-91T lead ours",
    "simulated ZTF redshift": _SIMULATIONS,
    "simulated LSST redshift": _SIMULATIONS,
}
"""How the data of a column differ from the paper's."""


def paper_number(row: str, target: str, labels: int | str, metric: str) -> tuple[float, float]:
    """The paper's mean and deviation; NaN where it has none."""
    found = PAPER.get(row, {}).get((target, labels))
    if found is None or metric != MEASURE.get(target, "mse"):
        return float("nan"), float("nan")
    return found
