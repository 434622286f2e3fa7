"""The command line: quick, helpful, and one sentence for a mistake."""

from __future__ import annotations

import argparse
import errno
import subprocess
import sys
from pathlib import Path

import pytest

from lcfm import cli
from lcfm.cli import options
from lcfm.errors import LcfmError

HEAVY = ("numpy", "torch", "pandas", "pyarrow", "astropy", "sklearn", "matplotlib", "scipy")

EXAMPLES = (
    "simulate --survey ztf --survey lsst --n 2000 --seed 1 --out sims.parquet",
    "pretrain classifier --data sims.parquet --out fm/",
    "finetune fm/ --data T --task classify --target label5 --labels 128 --seed 0 --out ft/",
    "finetune fm/ --data T --labels all --out ft/",
    "finetune fm/ --data T --task redshift --out ft/",
    "evaluate ft/ --data T --out report/",
    "predict ft/ --data T --out predictions.parquet",
    "embed fm/ --data T --out embeddings.parquet",
    "benchmark foundation --out speed.json",
    "reproduce foundation --data T --scale medium --out results/",
    "data list",
    "data info plasticc",
    "data fetch plasticc",
    "demo",
    "demo --out report/",
)


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let ``lcfm demo`` end in this error."""

    def run(arguments: argparse.Namespace) -> None:
        raise error

    monkeypatch.setattr("lcfm.cli.demo.run", run)


def test_help_loads_nothing_heavy_and_so_is_quick() -> None:
    code = (
        "import sys, lcfm.cli\n"
        "try: lcfm.cli.main(['--help'])\n"
        f"finally: print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_every_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "example:" in text
    example = text.split("example:")[1].strip().splitlines()[0]
    words = example.split()
    assert words[:2] == ["lcfm", command]
    cli.build_parser().parse_args(words[1:])  # the example is a valid command


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_calls_of_the_contract_parse(line: str) -> None:
    arguments = cli.build_parser().parse_args(line.split())
    assert callable(arguments.run)


def test_numbers_are_checked_while_parsing(capsys: pytest.CaptureFixture[str]) -> None:
    assert options.count("20,000") == options.count("20_000") == options.count("2e4") == 20_000
    assert options.count_or_all("all") is None
    for line in ("simulate --survey ztf --n 0 --out a", "demo --seed -1", "demo --seed x"):
        with pytest.raises(SystemExit) as end:
            cli.main(line.split())
        assert end.value.code == 2
    assert "expected a whole number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (LcfmError("no band 'q'"), 2, "lcfm: error: no band 'q'"),
        (MemoryError(), 1, "not enough memory"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "the disk is full"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x.fits"), 1, "x.fits: No"),
        (KeyboardInterrupt(), 130, "lcfm: interrupted; nothing was kept"),
    ],
)
def test_a_mistake_is_one_sentence_and_no_traceback(
    error: BaseException,
    status: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raising(monkeypatch, error)
    assert cli.main(["demo"]) == status
    text = capsys.readouterr().err
    assert sentence in text
    assert text.count("\n") == 1
    assert "Traceback" not in text


@pytest.mark.parametrize("line", [["demo", "--debug"], ["--debug", "demo"]])
def test_debug_shows_the_traceback(
    line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, LcfmError("no"))
    assert cli.main(line) == 2
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_says_what_can_be_resumed() -> None:
    line = "pretrain classifier --data T --out fm/"
    status, sentence = cli.explain(KeyboardInterrupt(), cli.build_parser().parse_args(line.split()))
    assert status == 130
    assert "--resume" in sentence


@pytest.mark.parametrize("module", ["lcfm.cli", "argparse", "torch"])
def test_ctrl_c_while_loading_is_one_line(module: str, tmp_path: Path) -> None:
    code = (
        "import sys, lcfm.__main__\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        f"sys.argv[1:] = ['predict', 'm', '--data', 't', '--out', {str(tmp_path / 'o')!r}]\n"
        "sys.exit(lcfm.__main__.main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stderr == "lcfm: interrupted; nothing was kept\n"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    code = (
        "import sys, lcfm.cli, lcfm.cli.demo\n"
        "def run(arguments):\n"
        "    for i in range(100_000): print(i)\n"
        "lcfm.cli.demo.run = run\n"
        "sys.exit(lcfm.cli.main(['demo']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == cli.BROKEN_PIPE
        assert process.stderr is not None
        assert process.stderr.read() == ""
