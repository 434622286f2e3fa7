"""Files from an archive: found by DOI, continued after a break, checked, whole or absent.

`pooch` finds the files behind a DOI, asks the archive for their checksums, and verifies them. What
it lacks is added here: a partial file is kept beside the target and continued with an HTTP Range
request.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lcfm.errors import LcfmError

CHUNK = 1 << 16
TIMEOUT = 30.0


class Resumable:
    """A downloader for `pooch` that keeps ``<file>.part`` and continues it.

    Parameters
    ----------
    partial
        Where the partial file is kept.
    progress
        Show a bar with rate and remaining time.
    """

    def __init__(self, partial: Path, *, progress: bool = False) -> None:
        self.partial, self.progress = partial, progress

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        """Fetch `url` into `output_file`; pooch checks it afterwards."""
        import requests

        from lcfm.progress import progress_bar

        start = self.partial.stat().st_size if self.partial.exists() else 0
        headers = {"Accept-Encoding": "identity"}  # the bytes that the archive has checksums for
        if start:
            headers["Range"] = f"bytes={start}-"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code == 416:  # the partial file is the whole file already
                os.replace(self.partial, output_file)
                return
            answer.raise_for_status()
            continued = answer.status_code == 206
            total = int(answer.headers.get("content-length", 0)) + (start if continued else 0)
            with (
                self.partial.open("ab" if continued else "wb") as file,
                progress_bar(
                    "B",
                    total=total or None,
                    done=start if continued else 0,
                    scaled=True,
                    title=self.partial.stem,
                    shown=self.progress,
                ) as bar,
            ):
                for chunk in answer.iter_content(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
        os.replace(self.partial, output_file)


def fetch_files(
    doi: str,
    files: Sequence[str],
    folder: Path,
    *,
    base_url: str | None = None,
    checksums: dict[str, str] | None = None,
    progress: bool = False,
) -> None:
    """Fetch files into a folder; those that are there and whole are left.

    Parameters
    ----------
    doi
        Of the archive; its own checksums are asked for.
    files
        Names wanted.
    folder
        Target; made if it does not exist.
    base_url
        Take the files from here instead of the archive behind the DOI.
    checksums
        By file, with `base_url`; files without one are not checked.
    progress
        Show a bar.

    Raises
    ------
    LcfmError
        No connection, a missing file, or a checksum that differs; partial files stay and are
        continued by the next call.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    where = base_url or f"doi:{doi}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        store = pooch.create(path=folder, base_url=where, registry=None, retry_if_failed=1)
        if base_url is None:
            archive = pooch.downloaders.doi_to_repository(doi, timeout=TIMEOUT)
            archive.populate_registry(store)
        else:
            store.registry = {name: (checksums or {}).get(name) for name in files}
        for name in files:
            if name not in store.registry:
                raise LcfmError(f"the archive {where} has no file {name!r}")
            if base_url is None:
                store.urls[name] = archive.download_url(name)
            store.fetch(name, downloader=Resumable(folder / f"{name}.part", progress=progress))
    except requests.HTTPError as error:
        raise LcfmError(f"{where} does not give a file: {error}") from error
    except requests.RequestException as error:
        raise LcfmError(
            f"{where} cannot be reached ({type(error).__name__}); check the connection and run the "
            "command again: it continues where it stopped"
        ) from error
    except ValueError as error:
        if isinstance(error, LcfmError):
            raise
        raise LcfmError(f"a file of {where} is damaged or missing: {error}") from error
