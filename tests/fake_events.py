"""Events with a light curve known in closed form: what the telescope half is tested with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FakeEvents:
    """Triangles in flux: up for 20 days, down for 40, bluer by `colour` magnitudes per band."""

    label: NDArray[np.object_]
    truth: dict[str, NDArray[Any]]
    first_day: NDArray[np.float64]
    last_day: NDArray[np.float64]

    @property
    def type(self) -> NDArray[np.object_]:
        return self.label

    @property
    def apparent_magnitude(self) -> NDArray[np.float64]:
        return np.asarray(self.truth["peak_mag"])

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, rows: Any) -> FakeEvents:
        truth = {name: values[rows] for name, values in self.truth.items()}
        return FakeEvents(self.label[rows], truth, self.first_day[rows], self.last_day[rows])

    def band_flux(
        self, owner: Any, band_code: Any, day: Any, bands: tuple[str, ...]
    ) -> NDArray[np.float32]:
        peak = 10 ** (-0.4 * (self.truth["peak_mag"][owner] + 0.2 * band_code - 31.4))
        return (peak * np.clip(np.minimum(1 + day / 20, 1 - day / 40), 0, None)).astype(np.float32)


def fake_events(labels: Any, peak_mag: Any) -> FakeEvents:
    n = len(labels)
    truth = {
        "redshift": np.full(n, 0.1),
        "mwebv": np.full(n, 0.02),
        "peak_mag": np.broadcast_to(np.asarray(peak_mag, dtype=float), n).copy(),
    }
    return FakeEvents(np.array(labels, dtype=object), truth, np.full(n, -20.0), np.full(n, 40.0))
