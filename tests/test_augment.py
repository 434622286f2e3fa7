"""What augmentation does to light curves, and that training with it still follows the seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lcfm import config
from lcfm.cli import main
from lcfm.encoders.gru import GRUSettings
from lcfm.encoders.network import LIGHTCURVE, Network
from lcfm.errors import LcfmError
from lcfm.lightcurves import LightCurves
from lcfm.objectives.classify import Classify, ClassifySettings
from lcfm.prepare.augment import (
    AUGMENTATIONS,
    AddedNoise,
    Augmentation,
    AugmentedSet,
    BandDropout,
    RandomTruncation,
)
from lcfm.prepare.batch import DataSet
from lcfm.prepare.preprocess import SHIPPED, Tokens, Trigger
from lcfm.readers.parquet import write_parquet
from lcfm.serve.model import Model
from lcfm.train.loop import train
from lcfm.train.pretrain import PretrainSettings, pretrain
from lcfm.train.settings import FullLength, TrainSettings
from toy import toy_lightcurves

ALL: tuple[Augmentation, ...] = (RandomTruncation(), BandDropout(), AddedNoise())


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def found(lcs: LightCurves) -> np.ndarray:
    return np.bincount(lcs.owner[lcs.points["detected"]], minlength=len(lcs)) > 0


@pytest.fixture(scope="module")
def lcs() -> LightCurves:
    """Toy objects of which the last has no detection."""
    whole = toy_lightcurves(120, epochs=20)
    faint = whole.owner == len(whole) - 1
    return whole.with_points(detected=whole.points["detected"] & ~faint)


@pytest.mark.parametrize("step", ALL, ids=lambda s: s.kind)
def test_what_every_step_keeps(lcs: LightCurves, step: Augmentation) -> None:
    changed = replace(step, share=1.0)(lcs, rng())
    assert changed.objects is lcs.objects
    assert (found(changed) == found(lcs)).all()
    assert (changed.lengths <= lcs.lengths).all()
    assert changed.lengths.min() > 0
    assert changed.fingerprint() != lcs.fingerprint()
    assert changed.fingerprint() == replace(step, share=1.0)(lcs, rng()).fingerprint()
    assert changed.fingerprint() != replace(step, share=1.0)(lcs, rng(1)).fingerprint()
    assert replace(step, share=0.0)(lcs, rng()).fingerprint() == lcs.fingerprint()


@pytest.mark.parametrize("step", ALL, ids=lambda s: s.kind)
def test_steps_come_back_from_plain_values(step: Augmentation) -> None:
    chosen: object = config.choose(AUGMENTATIONS, config.to_dict(step), what="augmentation")
    assert chosen == step
    with pytest.raises(LcfmError, match="share must be between 0 and 1"):
        replace(step, share=1.5)


def test_truncation_ends_within_the_days_asked_for(lcs: LightCurves) -> None:
    origin = Trigger().origin(lcs)
    cut = RandomTruncation(share=1.0, latest=10.0)(lcs, rng())
    seen = found(lcs)
    last = np.array([cut[i].points["mjd"].max() for i in np.flatnonzero(seen)])
    assert (last <= origin[seen] + 10.0).all()
    assert (cut[-1].points["mjd"] == lcs[-1].points["mjd"]).all()  # it was never found
    mjd = lcs.points["mjd"]
    before = np.bincount(lcs.owner[mjd <= np.repeat(origin, lcs.lengths)], minlength=len(lcs))
    assert (cut.lengths >= before).all()


def test_band_dropout_takes_one_band_whole(lcs: LightCurves) -> None:
    left = BandDropout(share=1.0)(lcs, rng())
    bands = np.array([len(set(left[i].points["band"])) for i in range(len(left))])
    had = np.array([len(set(lcs[i].points["band"])) for i in range(len(lcs))])
    dropped = bands < had
    assert dropped.mean() > 0.8  # the others have one band with detections
    assert (bands[dropped] == had[dropped] - 1).all()
    for i in np.flatnonzero(dropped)[:10]:
        kept = np.isin(lcs[i].points["band"], left[i].points["band"])
        assert (left[i].points["mjd"] == lcs[i].points["mjd"][kept]).all()
    gone = {int(b) for i in np.flatnonzero(dropped) for b in set(lcs[i].points["band"])}
    assert gone == {0, 1}


def test_noise_is_as_large_as_the_errors_say() -> None:
    lcs = toy_lightcurves(400, epochs=20)
    lcs = lcs.with_points(flux=lcs.points["flux"] + 1e6, detected=np.ones(lcs.n_points, bool))
    noisy = AddedNoise(share=1.0, largest=4.0)(lcs, rng())
    assert noisy.n_points == lcs.n_points  # so bright that each is still detected
    before = lcs.points["flux_err"].astype(float)
    added = np.sqrt(noisy.points["flux_err"].astype(float) ** 2 - before**2)
    deviate = (noisy.points["flux"].astype(float) - lcs.points["flux"]) / added
    assert abs(deviate.mean()) < 0.05
    assert abs(deviate.std() - 1.0) < 0.05
    factor = noisy.points["flux_err"] / lcs.points["flux_err"]
    assert 1.0 <= factor.min() < 1.1
    assert 3.6 < factor.max() <= 4.001


def test_lost_detections_stay_where_fluxes_below_threshold_are_known() -> None:
    lcs = toy_lightcurves(100, epochs=20)
    forced = lcs.with_points(detected=lcs.points["flux"] > 5 * lcs.points["flux_err"])
    alerts = forced.select_points(forced.points["detected"])
    step = AddedNoise(share=1.0, largest=20.0)
    kept, lost = step(forced, rng()), step(alerts, rng())
    assert lost.points["detected"].all()
    assert lost.n_points < alerts.n_points
    with_both = np.bincount(forced.owner[~forced.points["detected"]], minlength=100) > 0
    assert (kept.lengths[with_both] == forced.lengths[with_both]).all()
    assert kept.points["detected"].sum() < forced.points["detected"].sum()


def test_limits_keep_their_placeholder() -> None:
    lcs = toy_lightcurves(20)
    first = np.isin(np.arange(lcs.n_points), lcs.offsets[:-1])
    lcs = lcs.with_points(
        flux=np.where(first, 0.0, lcs.points["flux"]),
        detected=lcs.points["detected"] & ~first,
        limit=first,
    )
    noisy = AddedNoise(share=1.0)(lcs, rng())
    assert (noisy.points["flux"][noisy.points["limit"]] == 0.0).all()


def test_batches_are_aligned_and_follow_the_generator(lcs: LightCurves) -> None:
    state = SHIPPED.fit(lcs)
    columns = {"number": np.arange(len(lcs))}

    def tokenise(some: LightCurves) -> dict[str, Tokens]:
        return {"lightcurve": SHIPPED.tokens(some, state)}

    plain = DataSet(tokenise(lcs), columns)
    changed = AugmentedSet(plain.tokens, columns, lcs, tokenise, ALL)
    rows = np.array([7, 3, 50])
    one, same, other = (changed.training_batch(rows, rng(s)) for s in (0, 0, 1))
    assert one.columns["number"].tolist() == rows.tolist() == one.rows.tolist()
    assert one.inputs["lightcurve"].values.equal(same.inputs["lightcurve"].values)
    assert not np.array_equal(
        one.inputs["lightcurve"].values.numpy(), other.inputs["lightcurve"].values.numpy()
    )
    as_it_is = AugmentedSet(plain.tokens, columns, lcs, tokenise, ())
    untouched = as_it_is.training_batch(rows, rng()).inputs["lightcurve"]
    assert untouched.values.equal(plain.batch(rows).inputs["lightcurve"].values)
    assert len({plain.checksum(), changed.checksum(), as_it_is.checksum()}) == 3


def test_a_resumed_training_goes_on_bit_for_bit(lcs: LightCurves, tmp_path: Path) -> None:
    recipe = TrainSettings(epochs=3, batch_size=16, stopping=FullLength(), device="cpu")
    state = SHIPPED.fit(lcs)

    def trained(folder: Path, stop_after: float) -> list[float]:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = Network({LIGHTCURVE: GRUSettings(hidden=8, latent=8)}, {LIGHTCURVE: 6})
            objective = Classify(ClassifySettings(), 8, lcs)

        def tokenise(some: LightCurves) -> dict[str, Tokens]:
            return {LIGHTCURVE: SHIPPED.tokens(some, state)}

        def stop(metrics: dict[str, float]) -> None:
            if metrics["epoch"] == stop_after:
                raise KeyboardInterrupt

        data = AugmentedSet(tokenise(lcs), objective.columns(lcs), lcs, tokenise, ALL)
        kept = {"folder": folder, "resume": True, "on_epoch": stop}
        history = train(network, objective, data, None, recipe, seed=2, **kept)
        return [epoch["train_loss"] for epoch in history.epochs]

    whole = trained(tmp_path / "whole", 99.0)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "stopped", 1.0)
    assert trained(tmp_path / "stopped", 99.0) == whole


def test_pretraining_says_what_was_done_and_refuses_another_state(
    lcs: LightCurves, tmp_path: Path
) -> None:
    settings = PretrainSettings(
        encoder=GRUSettings(hidden=8, latent=8),
        training=TrainSettings(epochs=1, batch_size=32, stopping=FullLength(), device="cpu"),
        augment=ALL,
    )
    made = pretrain(lcs, settings, seed=1, folder=tmp_path)
    assert [step["kind"] for step in made.provenance["augment"]] == [s.kind for s in ALL]
    with pytest.raises(LcfmError, match="another recipe, seed or table"):
        pretrain(lcs, replace(settings, augment=()), seed=1, folder=tmp_path, resume=True)


def test_the_command_line_names_steps_and_rate(
    lcs: LightCurves, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parquet(lcs, tmp_path / "toys.parquet")
    command = ["pretrain", "classifier", "--data", str(tmp_path / "toys.parquet"), "--quiet"]
    command += ["--epochs", "1", "--encoder", "scan", "--device", "cpu"]
    changes = ["--augment", "truncation", "--augment", "noise", "--learning-rate", "0.001"]
    assert main([*command, *changes, "--out", str(tmp_path / "fm")]) == 0
    made = Model.load(tmp_path / "fm").provenance
    assert made["augment"] == [config.to_dict(RandomTruncation()), config.to_dict(AddedNoise())]
    assert made["training"]["learning_rate"] == 0.001
    capsys.readouterr()
    assert main([*command, "--augment", "nosie", "--out", str(tmp_path / "other")]) != 0
    assert "noise" in capsys.readouterr().err
