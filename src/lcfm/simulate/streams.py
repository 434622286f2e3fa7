"""Streams: chance that a survey has for itself, whatever other surveys are simulated beside it."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, survey: str, *numbers: int) -> np.random.Generator:
    """Generator of a survey, by its name and not by its place among others.

    Parameters
    ----------
    seed
        Of the sample.
    survey
        Name of the survey.
    numbers
        Which of the survey's streams, such as the number of a chunk.

    Returns
    -------
    numpy.random.Generator
        Independent of those of other names and numbers, the same in any process.
    """
    # crc32, for Python's own hash of text differs from process to process
    key = (zlib.crc32(survey.encode()), *numbers)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
