"""Over- and underconfidence is said in words, with its number."""

from __future__ import annotations

import numpy as np
import pytest

from lcfm.evaluate.calibration import SAID_ABOVE, calibration_words

CLASSES = ("a", "b")


def case(confidence: float, accuracy: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """True classes and probabilities of a model that is this sure and this often right."""
    labels = np.where(np.arange(n) < round(accuracy * n), "a", "b")
    return labels, np.tile([confidence, 1 - confidence], (n, 1))


@pytest.mark.parametrize(
    ("confidence", "accuracy", "n", "words"),
    [
        (0.95, 0.80, 1000, "This model is overconfident: on average it is 95% sure"),
        (0.70, 0.90, 1000, "This model is underconfident"),
        (0.80, 0.70, 20, "in no clear direction"),
    ],
)
def test_the_direction_is_said(confidence: float, accuracy: float, n: int, words: str) -> None:
    text = calibration_words(*case(confidence, accuracy, n), CLASSES)
    assert text is not None
    assert words in text
    assert f"{abs(confidence - accuracy):.3f}, above {SAID_ABOVE}" in text
    assert f"right for {accuracy:.0%}" in text


def test_a_calibrated_model_needs_no_words() -> None:
    assert calibration_words(*case(0.90, 0.88, 1000), CLASSES) is None
