"""A model that is served: light curves in, embeddings, probabilities or values out.

Evaluation and users meet a model here and nowhere else, an untrained baseline included, so that the
figure published is the figure users get.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from lcfm import checkpoint, config
from lcfm.encoders.heads import DensityHead, Head
from lcfm.encoders.network import LIGHTCURVE, METADATA, Network
from lcfm.errors import CheckpointError, LcfmError
from lcfm.lightcurves import LightCurves, expect_lightcurves
from lcfm.prepare.batch import DataSet
from lcfm.prepare.metadata import MetadataColumns
from lcfm.prepare.preprocess import Preprocess, PreprocessState, Tokens
from lcfm.serve import stored
from lcfm.serve.answers import Question, answers
from lcfm.serve.card import card, summary

if TYPE_CHECKING:
    from lcfm.adapt.policies import Policy

FloatArray = NDArray[np.float32]


class Model:
    """A network, its heads, and the preprocessing that was frozen with them.

    Attributes
    ----------
    network : Network
    heads : dict of str to Head
        By target column.
    preprocess, state
        Choices and what was fitted on the training data.
    metadata
        Object columns that enter the metadata branch; none without that branch.
    provenance : dict
        Command, seeds, fingerprints of all data read, events trained on, versions, device.
    """

    def __init__(
        self,
        network: Network,
        heads: Mapping[str, Head],
        preprocess: Preprocess,
        state: PreprocessState,
        provenance: Mapping[str, Any],
        metadata: MetadataColumns | None = None,
    ) -> None:
        self.network, self.heads = network, dict(heads)
        self.preprocess, self.state = preprocess, state
        self.metadata = metadata
        self.provenance = dict(provenance)

    # -- use ----------------------------------------------------------------------------------

    @property
    def head(self) -> Head:
        """The head that the model answers with: its only one, or else its only one of classes."""
        if len(self.heads) == 1:
            return next(iter(self.heads.values()))
        of_classes = [h for h in self.heads.values() if hasattr(h, "classes")]
        if len(of_classes) != 1:
            raise LcfmError(
                f"the model has {len(self.heads)} heads ({', '.join(self.heads)}); name one"
            )
        return of_classes[0]

    def head_of(self, target: str | None) -> Head:
        """The head of a target column; :attr:`head` if none is named.

        Raises
        ------
        LcfmError
            The model has no such head.
        """
        if target is None:
            return self.head
        if target not in self.heads:
            raise LcfmError(f"the model has no head {target!r}; it has {', '.join(self.heads)}")
        return self.heads[target]

    def only(self, target: str) -> Model:
        """The same model with the head of one target alone, where it has that head."""
        return self.with_heads({target: self.heads[target]} if target in self.heads else self.heads)

    def with_heads(self, heads: Mapping[str, Head]) -> Model:
        """The same network with other heads."""
        return Model(
            self.network, heads, self.preprocess, self.state, self.provenance, self.metadata
        )

    @property
    def classes_(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns of :meth:`predict_proba`."""
        classes = getattr(self.head, "classes", None)
        if classes is None:
            raise LcfmError(
                "the model estimates a number and has no classes; this needs a model of classes"
            )
        return cast("tuple[str, ...]", classes)

    def embed(self, lcs: LightCurves) -> FloatArray:
        """Latent vectors, shape (n_objects, latent_size); order as in `lcs`."""
        return self.ask(lcs, [lambda latent: latent])[0]

    def predict_proba(self, lcs: LightCurves) -> FloatArray:
        """Class probabilities, shape (n_objects, n_classes)."""
        _ = self.classes_
        return self.ask(lcs, [self.head.predict])[0]

    def predict(self, lcs: LightCurves, target: str | None = None) -> NDArray[Any]:
        """Most probable class (object array), or the estimated value, shape (n_objects,).

        `target` names a head, such as ``redshift``, where the model has several.
        """
        head = self.head_of(target)
        (out,) = self.ask(lcs, [head.predict])
        classes = getattr(head, "classes", None)
        if classes is None:
            return out[:, 0]
        names: NDArray[Any] = np.asarray(classes, dtype=object)[out.argmax(axis=1)]
        return names

    def predict_quantiles(
        self, lcs: LightCurves, levels: ArrayLike, target: str | None = None
    ) -> FloatArray:
        """Values below which the number lies with these probabilities.

        Parameters
        ----------
        levels : array_like, shape (n,)
            Between 0 and 1.
        target
            Which head; needed where the model has one of classes too.

        Returns
        -------
        ndarray, shape (n_objects, n)

        Raises
        ------
        LcfmError
            The head has no density, or a level is not between 0 and 1.
        """
        head = self.head_of(target)
        if not isinstance(head, DensityHead):
            raise LcfmError(
                "this head states no density; pretrain with the objective density or "
                "classifier+density, or name the head of a number"
            )
        wanted = torch.as_tensor(np.asarray(levels, dtype=np.float32))
        if wanted.ndim != 1 or not bool(((wanted > 0) & (wanted < 1)).all()):
            raise LcfmError(f"levels must be numbers between 0 and 1, got {levels!r}")
        return self.ask(lcs, [lambda latent: head.quantiles(latent, wanted.to(latent))])[0]

    def fit(
        self,
        lcs: LightCurves,
        labels: ArrayLike,
        *,
        policy: Policy | str | None = None,
        seed: int = 0,
    ) -> Model:
        """Adapt to labelled light curves and return the new model; this one stays as it is.

        Parameters
        ----------
        lcs
            Labelled objects.
        labels : array_like, shape (n_objects,)
            Class names (text, never whole numbers), or floating-point numbers for a regression.
        policy
            How to adapt, or its name; :class:`lcfm.adapt.policies.Map` for classes by default.
        seed
            For whatever is drawn.
        """
        from lcfm.adapt.fit import fit  # adaptation stands below serving; needed only here

        return fit(self, lcs, labels, policy=policy, seed=seed)

    def score(self, lcs: LightCurves, labels: ArrayLike) -> float:
        """Share of right classes, or R² of numbers, as scikit-learn's estimators score."""
        from sklearn.metrics import accuracy_score, r2_score  # slow to import

        measure = accuracy_score if hasattr(self.head, "classes") else r2_score
        return float(measure(np.asarray(labels), self.predict(lcs)))

    def to(self, device: str) -> Model:
        """Move to ``cpu``, ``cuda``, or ``auto`` (a GPU if there is one); return the model.

        Raises
        ------
        LcfmError
            There is no such device.
        """
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            raise LcfmError("no CUDA device found; choose --device cpu")
        self.network.to(device)
        for head in self.heads.values():
            head.to(device)
        return self

    def inputs(self, lcs: LightCurves) -> dict[str, Tokens]:
        """Tokens of each modality of the network."""
        tokens = {LIGHTCURVE: self.preprocess.tokens(lcs, self.state)}
        if self.metadata is not None:
            tokens[METADATA] = self.metadata.tokens(lcs)
        return tokens

    def ask(self, lcs: LightCurves, questions: Sequence[Question]) -> list[FloatArray]:
        """Answers (n_objects, n) to each question about latent vectors, which are computed once.

        A question is the method ``predict`` of a head, or another function like it.

        Raises
        ------
        LcfmError
            The table is empty, or is no :class:`~lcfm.lightcurves.LightCurves`.
        """
        expect_lightcurves(lcs)
        if not len(lcs):
            raise LcfmError("the table holds no objects; nothing to predict")
        for head in self.heads.values():
            head.eval()
        return answers(self.network, DataSet(self.inputs(lcs), {}), questions)

    # -- storage ------------------------------------------------------------------------------

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write a checkpoint folder; see :mod:`lcfm.checkpoint`."""
        document = {**stored.settings(self), "provenance": self.provenance}
        text = self.card(Path(folder).resolve().name)
        checkpoint.save(folder, stored.weights(self), document, text, overwrite=overwrite)

    def fingerprint(self) -> str:
        """First 16 hex digits of the sha256 over weights and settings: what predictions rest on.

        Two models of one fingerprint predict alike, wherever they came from.
        """
        digest = hashlib.sha256(json.dumps(stored.settings(self), sort_keys=True).encode())
        for name, values in sorted(stored.weights(self).items()):
            digest.update(name.encode())
            digest.update(values.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]

    @classmethod
    def load(cls, folder: str | Path) -> Model:
        """Rebuild a model from a checkpoint folder.

        Raises
        ------
        CheckpointError
            The folder is damaged, of another version, or its weights do not fit its settings.
        """
        weights, document = checkpoint.load(folder)
        try:
            network, heads = stored.rebuilt(weights, document)
            metadata = document["metadata"]
            return cls(
                network,
                heads,
                config.from_dict(Preprocess, document["preprocess"]),
                config.from_dict(PreprocessState, document["state"]),
                document["provenance"],
                None if metadata is None else config.from_dict(MetadataColumns, metadata),
            )
        except (KeyError, RuntimeError, TypeError, LcfmError) as error:
            raise CheckpointError(f"{folder} cannot be rebuilt by this version: {error}") from error

    def card(self, folder: str = "") -> str:
        """Model card: what it is, what it was trained on, how to use it from this folder."""
        return card(*self._contents(), folder)

    def __repr__(self) -> str:
        return f"Model({summary(*self._contents())})"

    def _contents(self) -> tuple[int, dict[str, Sequence[str]], dict[str, Any]]:
        """Number of weights, classes by target, and provenance: what a card begins with."""
        outputs = {name: getattr(head, "classes", ()) for name, head in self.heads.items()}
        return sum(p.numel() for p in self.network.parameters()), outputs, self.provenance
