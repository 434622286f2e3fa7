"""What a run of an experiment was asked for: the one argument of each experiment's ``main``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.serve.model import Model

Scale = TypeVar("Scale")


@dataclass(frozen=True)
class Asked:
    """The command line of ``lcfm reproduce``, read and loaded.

    Attributes
    ----------
    data
        The tables given, put together.
    out
        Folder for the result.
    scale
        How much of everything; each experiment knows its own.
    work
        Folder for checkpoints and finished runs of all experiments; a killed one resumes there.
        Runs of another model or other labels in it are left alone.
    model
        A pretrained model to use in place of new ones, or None.
    command
        For the provenance.
    say
        Shows one line of progress.
    """

    data: LightCurves
    out: Path
    scale: str
    work: Path
    model: Model | None
    command: str
    say: Callable[[str], None]

    def sized(self, scales: Mapping[str, Scale]) -> Scale:
        """What an experiment means by the scale.

        Raises
        ------
        LcfmError
            The experiment does not know it.
        """
        if self.scale not in scales:
            raise LcfmError(f"unknown scale {self.scale!r}; known: {', '.join(scales)}")
        return scales[self.scale]

    def refuse_model(self) -> None:
        """For experiments that compare pretrainings.

        Raises
        ------
        LcfmError
            A model was given.
        """
        if self.model is not None:
            raise LcfmError("pretrainings of the experiment's own are compared; leave out --model")

    def needed_model(self) -> Model:
        """For experiments that start from a pretrained model.

        Raises
        ------
        LcfmError
            None was given.
        """
        if self.model is None:
            raise LcfmError("this experiment starts from a pretrained model; name one with --model")
        return self.model
