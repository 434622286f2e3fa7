"""Which objects should be labelled next? Strategies that choose a batch from a pool.

Each is a small type with ``choose(pool, n, rng)``; `STRATEGIES` maps the name on the command line
to the type. All but ``random`` look at the latent vectors z of a model or at its class
probabilities p, never at a label. A batch is chosen whole: ``diversity``, ``gradients`` and
``information`` count what they chose before as if it were labelled, so that they do not name twenty
objects that are alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from lcfm.errors import LcfmError, UnknownNameError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """What a strategy may look at.

    Attributes
    ----------
    latent : ndarray, shape (n, latent_size)
        Of the candidates.
    probabilities : ndarray, shape (n, n_classes)
        What the model says of the candidates.
    labelled : ndarray, shape (n_labelled, latent_size)
        Latent vectors of what is labelled already; may be empty.
    labelled_probabilities : ndarray, shape (n_labelled, n_classes)
        What the model says of it.
    """

    latent: FloatArray
    probabilities: FloatArray
    labelled: FloatArray
    labelled_probabilities: FloatArray

    def __len__(self) -> int:
        return len(self.latent)

    def standardised(self) -> tuple[FloatArray, FloatArray]:
        """Latent vectors of candidates and of labelled objects, by the candidates' spread."""
        mean = self.latent.mean(axis=0)
        std = np.maximum(self.latent.std(axis=0), 1e-3)
        return (self.latent - mean) / std, (self.labelled - mean) / std


@dataclass(frozen=True)
class Random:
    """Uniformly: the control, and labels that stay representative of the pool."""

    kind: ClassVar[str] = "random"

    def choose(self, pool: Pool, n: int, rng: np.random.Generator) -> IntArray:
        """Rows of `n` candidates in random order."""
        return rng.permutation(len(pool))[:n]


@dataclass(frozen=True)
class Entropy:
    """Largest entropy of the class probabilities (Settles 2009, TR 1648, section 3.1)."""

    kind: ClassVar[str] = "entropy"

    def choose(self, pool: Pool, n: int, rng: np.random.Generator) -> IntArray:
        """Rows of the `n` most uncertain candidates, the most uncertain first."""
        return _largest(entr(pool.probabilities).sum(axis=1), n)


@dataclass(frozen=True)
class Margin:
    """Smallest gap between the two most probable classes (Scheffer et al. 2001)."""

    kind: ClassVar[str] = "margin"

    def choose(self, pool: Pool, n: int, rng: np.random.Generator) -> IntArray:
        """Rows of the `n` candidates with the smallest gap, the smallest first."""
        top = np.sort(pool.probabilities, axis=1)[:, -2:]
        return _largest(top[:, 0] - top[:, 1], n)


@dataclass(frozen=True)
class Diversity:
    """Far from what is labelled and from each other in the latent space.

    k-means++ seeding (Arthur & Vassilvitskii 2007): the next object is drawn with a probability
    proportional to the squared distance from the nearest one labelled or chosen. The farthest
    object itself (k-center, Sener & Savarese 2018) would be an outlier each time.
    """

    kind: ClassVar[str] = "diversity"

    def choose(self, pool: Pool, n: int, rng: np.random.Generator) -> IntArray:
        """Rows of `n` candidates in the order in which they were chosen."""
        latent, labelled = pool.standardised()
        square = (latent**2).sum(axis=1)

        def to_candidates(vector: FloatArray) -> FloatArray:
            return np.asarray(square + float(vector @ vector) - 2 * latent @ vector)

        nearest = np.full(len(pool), np.inf)
        for vector in labelled:
            nearest = np.minimum(nearest, to_candidates(vector))
        return _spread(nearest, lambda row: to_candidates(latent[row]), n, rng)


@dataclass(frozen=True)
class Gradients:
    """Objects that would change the class head most, in different directions (BADGE).

    Ash et al. 2020 (ICLR, arXiv:1906.03671): were the most probable class k the label, the log
    loss would have the gradient g = (p − e_k) ⊗ z; k-means++ seeding on g takes large ones that
    differ from each other.
    """

    kind: ClassVar[str] = "gradients"

    def choose(self, pool: Pool, n: int, rng: np.random.Generator) -> IntArray:
        """Rows of `n` candidates in the order in which they were chosen."""
        latent, _ = pool.standardised()
        residual = pool.probabilities.copy()
        residual[np.arange(len(pool)), residual.argmax(axis=1)] -= 1.0
        size = (residual**2).sum(axis=1) * (latent**2).sum(axis=1)

        def to_candidates(row: int) -> FloatArray:
            # |a ⊗ b − c ⊗ d|² = |a|²|b|² + |c|²|d|² − 2 (a·c)(b·d): no gradient is ever built
            inner = (residual @ residual[row]) * (latent @ latent[row])
            return np.asarray(size + size[row] - 2 * inner)

        return _spread(size, to_candidates, n, rng)


@dataclass(frozen=True)
class Information:
    """Labels from which the class head is expected to learn most.

    The head of policy ``map`` is a penalised linear fit. Around it the posterior of the weights of
    class k is normal with precision A_k = strength · 1 + Σ_i p_ik (1 − p_ik) z_i z_iᵀ over labelled
    objects i, and a label of object j is expected to tell

        Σ_k log(1 + p_jk (1 − p_jk) · z_jᵀ A_k⁻¹ z_j) / 2

    nats of it (MacKay 1992, Neural Computation 4, 590, eq. 4, with classes taken apart). Objects
    are taken one by one, each as if those before were labelled; only the p of a label enter, so
    its outcome need not be known.

    Attributes
    ----------
    strength
        Of the penalty; of those that policy ``map`` tries.
    """

    kind: ClassVar[str] = "information"
    strength: float = 100.0

    def choose(self, pool: Pool, n: int, rng: np.random.Generator) -> IntArray:
        """Rows of `n` candidates, the most telling first."""
        latent, labelled = pool.standardised()
        weight = pool.probabilities * (1 - pool.probabilities)
        known = pool.labelled_probabilities * (1 - pool.labelled_probabilities)
        classes = range(weight.shape[1])
        inverse, spread = [], []
        for k in classes:
            precision = (labelled * known[:, k, None]).T @ labelled
            inverse.append(np.linalg.inv(precision + self.strength * np.eye(latent.shape[1])))
            spread.append(np.einsum("nd,nd->n", latent @ inverse[k], latent))
        chosen: list[int] = []
        for _ in range(n):
            gain = sum(np.log1p(weight[:, k] * spread[k]) for k in classes)
            gain = np.asarray(gain)
            gain[chosen] = -1.0
            row = int(gain.argmax())
            chosen.append(row)
            for k in classes:  # the inverse after one more label (Sherman & Morrison 1950)
                vector = inverse[k] @ latent[row]
                share = weight[row, k] / (1 + weight[row, k] * float(latent[row] @ vector))
                inverse[k] = inverse[k] - share * np.outer(vector, vector)
                spread[k] = spread[k] - share * (latent @ vector) ** 2
        return np.array(chosen, dtype=np.int64)


Strategy = Random | Entropy | Margin | Diversity | Gradients | Information

STRATEGIES: dict[str, type[Strategy]] = {
    s.kind: s for s in (Random, Entropy, Margin, Diversity, Gradients, Information)
}


def named_strategy(name: str) -> Strategy:
    """Strategy by the name on the command line.

    Raises
    ------
    UnknownNameError
        There is none of this name.
    """
    if name not in STRATEGIES:
        raise UnknownNameError.of("strategy", name, STRATEGIES)
    return STRATEGIES[name]()


def choose(strategy: Strategy, pool: Pool, n: int, *, seed: int) -> IntArray:
    """Rows of the `n` candidates that the strategy would have labelled next, the first first.

    Raises
    ------
    LcfmError
        The pool has fewer candidates, or `n` is not positive.
    """
    if n < 1:
        raise LcfmError(f"asked for {n} objects to label; ask for at least 1")
    if n > len(pool):
        raise LcfmError(
            f"asked for {n} objects to label, but only {len(pool)} candidates are left; ask for "
            "fewer"
        )
    return strategy.choose(pool, n, np.random.default_rng(seed))


def _largest(value: FloatArray, n: int) -> IntArray:
    return np.argsort(-value, kind="stable")[:n].astype(np.int64)


def _spread(
    nearest: FloatArray, distance: Callable[[int], FloatArray], n: int, rng: np.random.Generator
) -> IntArray:
    """Draw rows with weights `nearest`, which shrink to the squared distance from each row drawn.

    Where every weight is infinite (nothing is labelled), or none is left, the draw is uniform.
    """
    chosen: list[int] = []
    weight = nearest.copy()
    for _ in range(n):
        usable = np.where(np.isfinite(weight), np.maximum(weight, 0.0), 1.0)
        usable[chosen] = 0.0
        if not usable.sum() > 0:
            usable[:] = 1.0
            usable[chosen] = 0.0
        row = int(rng.choice(len(weight), p=usable / usable.sum()))
        chosen.append(row)
        weight = np.minimum(weight, distance(row))
    return np.array(chosen, dtype=np.int64)
