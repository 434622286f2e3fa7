"""Objectives by name, and as the command line sets them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from lcfm.cli import main, options
from lcfm.errors import LcfmError
from lcfm.objectives.adversarial import AdversarialSettings
from lcfm.objectives.classify import ClassifySettings
from lcfm.objectives.joint import JointSettings
from lcfm.objectives.named import named_objective
from lcfm.objectives.pairs import PairsSettings
from lcfm.objectives.regress import RegressSettings
from lcfm.objectives.supcon import ContrastiveSettings
from lcfm.prepare.samplers import Balanced, ByEvent, ByLength
from lcfm.readers import read
from lcfm.readers.parquet import write_parquet
from toy import two_telescopes


def test_a_name_stands_for_what_the_papers_call_so() -> None:
    assert named_objective("classifier") == ClassifySettings()
    assert named_objective("regression") == RegressSettings()
    drawn_alike = ClassifySettings(sampler=Balanced())
    assert named_objective("contrastive") == JointSettings(
        tasks=(drawn_alike,), auxiliaries=(ContrastiveSettings(),)
    )
    assert named_objective("classifier+contrastive") == named_objective("contrastive")
    assert named_objective("contrastive+adversarial") == JointSettings(
        tasks=(drawn_alike,), auxiliaries=(ContrastiveSettings(), AdversarialSettings())
    )
    assert named_objective("contrastive+pairs", given={"pairs": {"temperature": 0.1}}) == (
        JointSettings(
            tasks=(ClassifySettings(sampler=ByEvent()),),
            auxiliaries=(ContrastiveSettings(), PairsSettings(temperature=0.1)),
        )
    )


def test_the_target_is_that_of_the_task_and_of_losses_on_its_classes() -> None:
    found = named_objective("contrastive+adversarial", target="label5")
    assert isinstance(found, JointSettings)
    assert found.tasks[0].column == "label5"
    assert [a.column for a in found.auxiliaries] == ["label5", "survey"]
    found = named_objective("regression+contrastive", target="luminosity")
    assert isinstance(found, JointSettings)
    assert found.tasks[0].column == "luminosity"
    assert [a.column for a in found.auxiliaries] == ["label"]


def test_a_sampler_by_name() -> None:
    assert named_objective("classifier", sampler="balanced").sampler == Balanced()
    found = named_objective("contrastive", sampler="by_length")
    assert isinstance(found, JointSettings)
    assert found.tasks[0].sampler == ByLength()


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("joint", {}, "unknown objective 'joint'; known: adversarial, classifier"),
        ("contrastive+", {}, "unknown objective ''"),
        ("classifier+classifier", {}, "'classifier' is given twice"),
        ("contrastive+contrastive", {}, "'contrastive' is given twice"),
        ("contrastive", {"pairs": {"weight": 1.0}}, "'pairs', which is no part of 'contrastive'"),
        ("contrastive", {"contrastive": {"tau": 1.0}}, "unknown setting 'tau'; known: column"),
        ("contrastive", {"contrastive": {"temperature": 0.0}}, "must be above 0, got 0.0"),
        ("adversarial", {"adversarial": {"weight": -1.0}}, "must be 0 or above, got -1.0"),
        ("adversarial", {"adversarial": {"warmup": -1}}, "must be 0 or above, got -1"),
        ("adversarial", {"adversarial": {"rate": 0.0}}, "must be above 0, got 0.0"),
        ("reversal", {"reversal": {"warmup": 0.5}}, "expected int, got 0.5"),
    ],
)
def test_mistakes_are_one_sentence(
    name: str, given: dict[str, dict[str, float]], words: str
) -> None:
    with pytest.raises(LcfmError) as error:
        named_objective(name, given=given)
    assert words in str(error.value)


def test_settings_are_parsed() -> None:
    assert options.setting("adversarial.warmup=100") == ("adversarial", "warmup", 100)
    assert options.setting("contrastive.temperature=1e-1") == ("contrastive", "temperature", 0.1)
    assert options.setting("classifier.weights=none") == ("classifier", "weights", "none")
    for text in ("temperature=0.1", "contrastive.temperature", "a.b="):
        with pytest.raises(argparse.ArgumentTypeError, match=r"PART\.SETTING=VALUE"):
            options.setting(text)


def test_the_command_line_trains_on_several_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lcs = two_telescopes(120)
    for survey, part in lcs.split_by_survey().items():
        write_parquet(part, tmp_path / f"{survey}.parquet")
    tables = f"--data {tmp_path}/ZTF.parquet --data {tmp_path}/LSST.parquet"
    brief = "--epochs 1 --device cpu --quiet --set pairs.temperature=0.1"
    line = f"pretrain contrastive+pairs {tables} {brief} --out {tmp_path}/fm"
    assert main(line.split()) == 0
    provenance = json.loads((tmp_path / "fm" / "config.json").read_text())["provenance"]
    assert provenance["data"]["surveys"] == ["LSST", "ZTF"]
    assert provenance["data"]["objects"] == 120
    kinds = {a["kind"]: a["temperature"] for a in provenance["objective"]["auxiliaries"]}
    assert kinds == {"contrastive": 0.5, "pairs": 0.1}
    terms = {"train_loss", "valid_classifier_loss", "valid_contrastive_loss", "valid_pairs_loss"}
    assert terms <= set(provenance["last_epoch"])
    one = f"pretrain adversarial --data {tmp_path}/ZTF.parquet {brief} --out {tmp_path}/no"
    assert main(one.split()) == 2
    assert "which is no part of 'adversarial'" in capsys.readouterr().err
    assert main(one.replace("--set pairs.temperature=0.1", "").split()) == 2
    message = "column 'survey' holds 1 name(s): 'ZTF'; a discriminator needs at least two"
    assert message in capsys.readouterr().err
    assert len(read(tmp_path / "ZTF.parquet")) == 60
