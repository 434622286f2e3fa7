"""The calls of the command line, from simulation to predictions, on a small sample."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import torch

from lcfm.cli import main
from lcfm.serve.shipped import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated light curves, a pretrained and a fine-tuned model, made by the command line."""
    folder = tmp_path_factory.mktemp("commands")
    lines = (
        f"simulate --survey ztf --n 160 --seed 1 --out {folder}/sims.parquet",
        f"pretrain classifier --data {folder}/sims.parquet --epochs 2 --device cpu "
        f"--out {folder}/fm",
        f"finetune {folder}/fm --data {folder}/sims.parquet --labels 64 --out {folder}/ft",
    )
    for line in lines:
        assert main([*line.split(), "--quiet"]) == 0
    return folder


def test_predictions_have_a_probability_for_each_class(folder: Path) -> None:
    line = f"predict {folder}/ft --data {folder}/sims.parquet --out {folder}/p.parquet --quiet"
    assert main(line.split()) == 0
    table = pq.read_table(folder / "p.parquet")
    assert table.num_rows == 160
    assert table.column_names[0] == "object_id"
    assert "prob_SNIb/c" in table.column_names
    assert table.column_names[-1] == "refused"
    probabilities = table.drop_columns(["object_id", "refused"]).to_pandas()
    assert probabilities.sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-4)


def test_pretraining_takes_settings_of_the_encoder_and_changes(folder: Path) -> None:
    line = (
        f"pretrain classifier --data {folder}/sims.parquet --epochs 1 --device cpu --out "
        f"{folder}/set --encoder scan --set encoder.layers=1 --learning-rate 0.002 "
        "--augment truncation --augment noise --quiet"
    )
    assert main(line.split()) == 0
    model = load(str(folder / "set"))
    assert model.network.settings["lightcurve"].layers == 1
    assert model.provenance["training"]["learning_rate"] == 0.002
    assert [step["kind"] for step in model.provenance["augment"]] == ["truncation", "noise"]


def test_predictions_without_labels_on_other_classes_and_their_mix(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"predict {folder}/fm --data {folder}/sims.parquet --out {folder}/mix.parquet --quiet"
    assert main([*line.split(), "--classes", "SNIa,SNII", "--prior", "estimated"]) == 0
    assert "class mix of the table: SNIa 0." in capsys.readouterr().out
    table = pq.read_table(folder / "mix.parquet")
    assert table.column_names == ["object_id", "prob_SNIa", "prob_SNII", "refused"]


def test_sets_of_classes_are_added(
    folder: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    line = f"predict {folder}/ft --data {folder}/sims.parquet --out {folder}/s.parquet --quiet"
    more = f"simulate --survey ztf --n 40 --seed 77 --out {folder}/more.parquet --quiet"
    assert main(more.split()) == 0
    line += " --no-guard --coverage 0.8"
    assert main(f"{line} --calibrate {folder}/more.parquet --target label".split()) == 0
    table = pq.read_table(folder / "s.parquet")
    shown, empty = capsys.readouterr(), sum(not names for names in table["set"].to_pylist())
    assert f"; {empty} sets are empty" in shown.out
    assert "optimistic" not in caplog.text
    other = line.replace("sims.parquet", "more.parquet").replace("s.parquet", "o.parquet")
    assert main(f"{other} --calibrate {folder}/more.parquet --target label".split()) == 0
    assert "40 of the objects predicted are of events in the calib" in caplog.text
    assert table.column_names[-1] == "set"
    assert set(table["set"].to_pylist()[0]) <= {c.removeprefix("prob_") for c in table.column_names}
    assert main(f"{line} --overwrite".split()) == 2
    assert "--coverage and --calibrate go together" in capsys.readouterr().err
    seen = f"{line} --overwrite --calibrate {folder}/sims.parquet --target label"
    assert main(seen.split()) == 2  # the model was trained on these
    assert "that the model has not seen, got 0" in capsys.readouterr().err


def test_embeddings_are_lists(folder: Path) -> None:
    line = f"embed {folder}/fm --data {folder}/sims.parquet --out {folder}/e.parquet --quiet"
    assert main(line.split()) == 0
    table = pq.read_table(folder / "e.parquet")
    assert table.column_names == ["object_id", "embedding"]
    assert len({len(vector) for vector in table["embedding"].to_pylist()}) == 1


@pytest.mark.slow
def test_a_learning_curve_stands_in_the_report(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tuned = f"finetune {folder}/fm --data ztf-sample --target label5 --labels 40 --out {tmp_path}/t"
    assert main([*tuned.split(), "--quiet"]) == 0
    line = f"evaluate {tmp_path}/t --data ztf-sample --learning-curve --no-baselines --quiet"
    assert main([*line.split(), "--out", f"{tmp_path}/no"]) == 2
    assert "name it with --pretrained" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
    line += f" --pretrained {folder}/fm --out {tmp_path}/report"
    assert main(line.split()) == 0
    document = json.loads((tmp_path / "report" / "report.json").read_text())
    runs = document["results"]["learning_curve"]
    n_train = max(run["labels"] for run in runs)
    assert Counter(run["labels"] for run in runs) == {
        0: 1,
        32: 3,
        64: 3,
        128: 3,
        256: 3,
        n_train: 1,
    }
    assert {run["n_test"] for run in runs} == {document["results"]["n_test"]}
    assert (tmp_path / "report" / "learning_curve.png").exists()
    assert "Learning curve" in (tmp_path / "report" / "index.html").read_text()


def test_redshift_is_a_task(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = (
        f"finetune {folder}/fm --data {folder}/sims.parquet --task redshift --labels 64 "
        f"--out {folder}/z"
    )
    assert main(line.split()) == 0
    line = f"predict {folder}/z --data {folder}/sims.parquet --out {folder}/z.parquet --quiet"
    assert main(line.split()) == 0
    assert pq.read_table(folder / "z.parquet").column_names == ["object_id", "value"]
    line = f"evaluate {folder}/z --data ztf-sample --learning-curve --out {folder}/zr --quiet"
    assert main(line.split()) == 2
    assert "estimates a number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("simulate --survey ztf --n 5 --out {}/sims.parquet", "exists already"),
        ("simulate --survey xyz --n 5 --out {}/new.parquet", "unknown survey 'xyz'"),
        ("pretrain classifier --data {}/none.parquet --out {}/new", "does not exist"),
        ("predict {}/fm --data {}/sims.parquet --out {}/sims.parquet --overwrite", "that is read"),
        ("finetune {}/fm --data {}/sims.parquet --out {}/sims.parquet", "that is read"),
        ("predict {}/fm --data {}/sims.parquet --out {}/p.csv", "written as Parquet; name it"),
        ("pretrain sorcery --data {}/sims.parquet --out {}/new", "unknown objective 'sorcery'"),
        ("pretrain classifier --data {}/sims.parquet --out {}/fm", "exists already"),
        ("finetune {}/fm --data {}/sims.parquet --target x --out {}/new", "no column 'x'"),
        ("finetune {}/fm --data {}/sims.parquet --target event_id --out {}/new", "names objects"),
        ("finetune {}/fm --data {}/sims.parquet --policy x --out {}/new", "unknown policy 'x'"),
        ("finetune {}/fm --data {}/sims.parquet --labels 999 --out {}/new", "999 labels"),
        ("predict {}/none --data {}/sims.parquet --out {}/new", "no checkpoint folder"),
        ("predict {}/fm --data {}/sims.parquet --out {}/p/q/new", "does not exist"),
        (
            "pretrain classifier --start {}/fm --encoder gru --data {}/sims.parquet --out {}/new",
            "leave out --encoder",
        ),
        (
            "pretrain classifier --encoder metadata --data {}/sims.parquet --out {}/new",
            "--metadata",
        ),
        ("pretrain regression --data {}/sims.parquet --target label --out {}/new", "hold numbers"),
        (
            "pretrain classifier --data {}/sims.parquet --metadata label --out {}/new",
            "hold numbers",
        ),
        (
            "finetune {}/fm --data {}/sims.parquet --task redshift --target label --out {}/new",
            "hold numbers",
        ),
        ("finetune {}/fm --data {}/sims.parquet --target redshift --out {}/new", "holds numbers"),
        (
            "pretrain density --data {}/sims.parquet --target mass --out {}/new",
            "no column 'mass'; columns of numbers: redshift, ",
        ),
        (
            "pretrain regression --data {}/sims.parquet --target mass --out {}/new",
            "no column 'mass'; columns of numbers: redshift, ",
        ),
        (
            "finetune {}/fm --data {}/sims.parquet --task redshift --target mass --out {}/new",
            "no column 'mass'; columns of numbers: redshift, ",
        ),
        ("finetune {}/fm --data {}/sims.parquet --out {} --overwrite", "did not write"),
    ],
)
def test_mistakes_are_explained_and_leave_nothing(
    folder: Path, line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    assert main(line.replace("{}", str(folder)).split()) == 2
    text = capsys.readouterr().err
    assert words in text
    assert "Traceback" not in text
    assert sorted(folder.iterdir()) == before


def test_finetune_is_quiet_when_asked_and_runs_where_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = (
        f"finetune {folder}/fm --data {folder}/sims.parquet --policy head --device cpu "
        f"--labels 32 --overwrite --out {folder}/head"
    )
    assert main(line.split()) == 0
    assert "curves/s" in capsys.readouterr().err
    assert main([*line.split(), "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("policy", ["map", "head"])
def test_a_device_that_is_not_there_is_one_sentence(
    folder: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = (
        f"finetune {folder}/fm --data {folder}/sims.parquet --policy {policy} --device cuda "
        f"--out {folder}/gpu --quiet"
    )
    assert main(line.split()) == 2
    assert capsys.readouterr().err == ("lcfm: error: no CUDA device found; choose --device cpu\n")


def test_metadata_must_be_there_and_unknown_values_are_counted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sims = f"{folder}/sims.parquet"
    line = f"pretrain classifier --data {sims} --metadata mwebv --epochs 1 --out {tmp_path}/m"
    assert main([*line.split(), "--quiet"]) == 0
    table = pq.read_table(sims)
    place = table.column_names.index("mwebv")
    values = pa.array([None, float("nan"), *table["mwebv"].to_pylist()[2:]], pa.float64())
    pq.write_table(table.set_column(place, "mwebv", values), tmp_path / "some.parquet")
    pq.write_table(table.drop_columns(["mwebv"]), tmp_path / "none.parquet")
    capsys.readouterr()
    line = f"predict {tmp_path}/m --data {tmp_path}/some.parquet --out {tmp_path}/p.parquet"
    assert main([*line.split(), "--quiet"]) == 0
    assert "2 without a value of 'mwebv', taken as unknown" in capsys.readouterr().out
    assert not pc.any(pc.is_nan(pq.read_table(tmp_path / "p.parquet")["prob_SNIa"])).as_py()
    line = f"embed {tmp_path}/m --data {tmp_path}/none.parquet --out {tmp_path}/e.parquet"
    assert main([*line.split(), "--quiet"]) == 2
    assert "metadata column 'mwebv' is not in the table" in capsys.readouterr().err
    assert not (tmp_path / "e.parquet").exists()


def test_a_redshift_is_learned_with_the_classes_and_refined(folder: Path) -> None:
    data = f"--data {folder}/sims.parquet --device cpu --quiet"
    lines = (
        f"pretrain classifier+density {data} --epochs 1 --out {folder}/two-heads",
        f"finetune {folder}/two-heads {data} --task redshift --labels 40 --out {folder}/refined",
        f"predict {folder}/refined {data} --out {folder}/refined.parquet",
        f"predict {folder}/two-heads {data} --out {folder}/both.parquet",
    )
    for line in lines:
        assert main(line.split()) == 0
    table = pq.read_table(folder / "refined.parquet")
    assert table.column_names == ["object_id", "value", "value_p16", "value_p84"]
    low, value, high = (table[name].to_numpy() for name in ("value_p16", "value", "value_p84"))
    assert (low < high).all()
    assert (value > 0).all()
    both = pq.read_table(folder / "both.parquet").column_names
    assert {"prob_TDE", "redshift", "redshift_p16", "redshift_p84", "refused"} <= set(both)
