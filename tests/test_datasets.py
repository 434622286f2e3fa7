"""Data sets by name, and fetching that continues, against a server on this machine."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pooch
import pytest

from lcfm import datasets
from lcfm.download import fetch_files
from lcfm.errors import LcfmError, ReadError, UnknownNameError
from lcfm.prepare.split import is_test
from lcfm.readers import read

CONTENT = bytes(range(256)) * 4000


class Archive(BaseHTTPRequestHandler):
    """Serves CONTENT under any name but `absent`, in parts if asked; breaks off on demand."""

    breaks: ClassVar[list[int]] = []
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        cls = type(self)
        wanted = self.headers.get("Range", "")
        cls.asked.append(wanted)
        if self.path.endswith("absent"):
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        body = CONTENT[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: cls.breaks.pop()] if cls.breaks else body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def archive() -> Iterator[str]:
    Archive.breaks, Archive.asked = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Archive)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(archive: str, folder: Path, name: str = "a.bin", digest: str | None = None) -> bytes:
    checksums = {name: digest} if digest else None
    fetch_files("", [name], folder, base_url=archive, checksums=checksums)
    return (folder / name).read_bytes()


def test_a_file_is_fetched_and_checked(archive: str, tmp_path: Path) -> None:
    digest = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    assert fetch(archive, tmp_path / "cache", digest=digest) == CONTENT
    assert not list((tmp_path / "cache").glob("*.part"))


def test_a_broken_download_continues_where_it_stopped(archive: str, tmp_path: Path) -> None:
    Archive.breaks = [100_000, 100_000]  # also the second attempt, which pooch makes by itself
    with pytest.raises(LcfmError, match="continues where it stopped"):
        fetch(archive, tmp_path)
    kept = (tmp_path / "a.bin.part").stat().st_size
    assert kept > 0
    assert not (tmp_path / "a.bin").exists()
    assert fetch(archive, tmp_path) == CONTENT
    assert Archive.asked[-1] == f"bytes={kept}-"


def test_a_wrong_checksum_is_an_error_and_keeps_nothing(archive: str, tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="damaged"):
        fetch(archive, tmp_path, digest="sha256:" + "0" * 64)
    assert not (tmp_path / "a.bin").exists()


def test_a_missing_file_is_an_error(archive: str, tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="404"):
        fetch(archive, tmp_path, name="absent")


def test_no_connection_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LcfmError, match="cannot be reached"):
        fetch_files("", ["a.bin"], tmp_path, base_url="http://127.0.0.1:9/")


def test_a_set_is_fetched_once(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCFM_DATA", str(tmp_path))
    assert datasets.path("plasticc") is None
    with pytest.raises(ReadError, match="lcfm data fetch plasticc"):
        read("plasticc")
    folder = datasets.fetch("plasticc", base_url=archive)
    assert datasets.path("plasticc") == folder
    count = len(Archive.asked)
    assert datasets.fetch("plasticc", base_url=archive) == folder
    assert len(Archive.asked) == count


class FakeRepository:
    """What pooch gives for a DOI: names, checksums and addresses."""

    def __init__(self, url: str, digest: str) -> None:
        self.url, self.digest = url, digest

    def populate_registry(self, store: pooch.Pooch) -> None:
        store.registry["a.bin"] = self.digest

    def download_url(self, name: str) -> str:
        return self.url + name


def test_the_archive_behind_a_doi_gives_the_checksums(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = FakeRepository(archive, "md5:" + hashlib.md5(CONTENT).hexdigest())
    monkeypatch.setattr(pooch.downloaders, "doi_to_repository", lambda doi, **_: good)
    fetch_files("10.5281/zenodo.1", ["a.bin"], tmp_path / "good")
    assert (tmp_path / "good" / "a.bin").read_bytes() == CONTENT
    with pytest.raises(LcfmError, match=r"has no file 'b\.bin'"):
        fetch_files("10.5281/zenodo.1", ["b.bin"], tmp_path / "good")

    bad = FakeRepository(archive, "md5:" + "0" * 32)
    monkeypatch.setattr(pooch.downloaders, "doi_to_repository", lambda doi, **_: bad)
    with pytest.raises(LcfmError, match="damaged"):
        fetch_files("10.5281/zenodo.1", ["a.bin"], tmp_path / "bad")
    assert not (tmp_path / "bad" / "a.bin").exists()


SNANA = """SURVEY: YSE
SNID: {name}
FILTERS: grizXY
NOBS: 2
NVAR: 5
VARLIST: MJD FLT FLUXCAL FLUXCALERR MAG
OBS: 58900.5 g 120.0 5.0 22.0
OBS: 58901.5 X 130.0 5.0 22.0
END:
"""


def test_a_packed_set_is_unpacked_and_read(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in ("2020a", "../2020b"):  # nothing may land outside the folder
            text = SNANA.format(name=name[-5:]).encode()
            member = tarfile.TarInfo(f"yse_dr1_zenodo/{name}.snana.dat")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    monkeypatch.setenv("LCFM_DATA", str(tmp_path))
    monkeypatch.setattr(sys.modules[__name__], "CONTENT", packed.getvalue())
    folder = datasets.fetch("yse-dr1", base_url=archive)
    assert sorted(p.name for p in folder.glob("[!.]*")) == ["2020a.snana.dat", "2020b.snana.dat"]
    lcs = read("yse-dr1")
    assert list(lcs.object_id) == ["2020a", "2020b"]
    assert set(lcs.bands) == {"ps1::g", "ztfg"}


def test_a_damaged_package_is_removed(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCFM_DATA", str(tmp_path))
    with pytest.raises(LcfmError, match="damaged"):
        datasets.fetch("yse-dr1", base_url=archive)
    assert datasets.path("yse-dr1") is None
    assert not list((tmp_path / "yse-dr1").iterdir())


def test_an_unknown_set_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="ztf-sample"):
        datasets.describe("nothing")
    assert "ztf-sample" in datasets.listing()
    assert "10.5281/zenodo.7317476" in datasets.describe("yse-dr1")


def test_the_shipped_sample_agrees_with_the_hash_rule() -> None:
    lcs = read("ztf-sample")
    assert len(lcs) > 900
    assert set(lcs.column("label5")) == {"SNIa", "SNII", "SNIb/c", "SLSN-I", "TDE"}
    test = is_test(lcs.column("event_id"))
    np.testing.assert_array_equal(lcs.column("split") == "test", test)
    assert 0.4 < test.mean() < 0.6
    assert lcs.points["limit"].any()
