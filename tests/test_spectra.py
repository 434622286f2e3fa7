"""Spectra: shape, selection, validation, nested Parquet in and out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lcfm.errors import LcfmError, ReadError
from lcfm.readers.spectra import read_spectra, write_spectra
from lcfm.spectra import Spectra


@pytest.fixture
def spectra() -> Spectra:
    """Three spectra of two supernovae, of 3, 2 and 4 points."""
    objects = pa.table({
        "object_id": ["a", "a", "b"], "survey": ["SEDM", "SEDM", "SEDM"],
        "mjd": [59000.0, 59010.0, 59020.0], "label": ["SNIa", "SNIa", "SNII"],
        "redshift": [0.02, 0.02, None],
    })  # fmt: skip
    return Spectra(
        objects,
        [0, 3, 5, 9],
        {"wavelength": 4000.0 + 25 * np.arange(9), "flux": np.ones(9), "flux_err": np.full(9, 0.1)},
    )


def test_rows_are_spectra_and_names_may_repeat(spectra: Spectra) -> None:
    assert len(spectra) == 3
    assert spectra.lengths.tolist() == [3, 2, 4]
    assert spectra.column("instrument").tolist() == ["SEDM"] * 3
    assert spectra.column("frame").tolist() == [""] * 3
    assert spectra.column("event_id").tolist() == ["a", "a", "b"]
    assert len(spectra.of_event("a")) == 2
    assert "3 spectra of 2 objects" in repr(spectra)


def test_selection_keeps_points_with_their_spectrum(spectra: Spectra) -> None:
    chosen = spectra[np.array([True, False, True])]
    assert chosen.lengths.tolist() == [3, 4]
    assert chosen[1].points["wavelength"][0] == 4125.0
    assert spectra[1:].fingerprint() == spectra[[1, 2]].fingerprint()


def test_it_cannot_be_changed(spectra: Spectra) -> None:
    with pytest.raises(ValueError, match="read-only"):
        spectra.points["flux"][0] = 2.0


def test_concat_undoes_slicing(spectra: Spectra) -> None:
    again = Spectra.concat([spectra[:1], spectra[1:]])
    assert again.fingerprint() == spectra.fingerprint()
    with pytest.raises(LcfmError, match="nothing to concatenate"):
        Spectra.concat([])


def test_errors_that_are_not_known_are_nan() -> None:
    one = Spectra(pa.table({"object_id": ["a"]}), [0, 2], {"wavelength": [1, 2], "flux": [1, 1]})
    assert np.isnan(one.points["flux_err"]).all()
    assert np.isnan(one.numbers("mjd")).all()
    _, report = one.validate(strict=True)
    assert report.clean


def test_validate_counts_each_drop() -> None:
    bad = Spectra(
        pa.table({"object_id": ["a", "b"]}),
        [0, 6, 7],
        {
            "wavelength": [4100, 4000, -1, 4200, 4300, 4000, 5000],
            "flux": [1, 1, 1, np.nan, 1, 1, np.inf],
            "flux_err": [np.nan, 0.1, 0.1, 0.1, 0.0, 0.1, 0.1],
        },
    )
    good, report = bad.validate()
    assert good.object_id.tolist() == ["a"]
    assert good.points["wavelength"].tolist() == [4000, 4100]
    assert {reason: drop.count for reason, drop in report.drops.items()} == {
        "wavelength is not positive and finite": 1,
        "flux is not finite": 2,
        "flux_err is not positive and finite": 1,
        "exact copy of another row": 1,
        "object without points": 1,
    }
    with pytest.raises(LcfmError, match="unusable rows"):
        bad.validate(strict=True)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(LcfmError, match="lack the column 'flux'"):
        Spectra(pa.table({"object_id": ["a"]}), [0, 1], {"wavelength": [1.0]})
    with pytest.raises(LcfmError, match="offsets end at 3"):
        Spectra(pa.table({"object_id": ["a"]}), [0, 3], {"wavelength": [1.0], "flux": [1.0]})


def test_nested_parquet_there_and_back(spectra: Spectra, tmp_path: Path) -> None:
    write_spectra(spectra, tmp_path / "one.parquet")
    again, report = read_spectra(tmp_path / "one.parquet")
    assert report.clean
    assert again.fingerprint() == spectra.fingerprint()
    assert again.columns == spectra.columns


def test_lists_are_read_and_joined_with_their_objects(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({
            "object_id": ["a", "b"], "mjd": [1.0, 2.0], "frame": ["observer", "rest"],
            "wavelength": [[1.0, 2.0], [3.0]], "flux": [[1.0, 1.0], [2.0]],
            "flux_err": [None, [0.5]],
        }),
        tmp_path / "spectra.parquet",
    )  # fmt: skip
    pq.write_table(
        pa.table({"object_id": ["b", "a"], "event_id": ["SN b", "SN a"], "mjd": [9.0, 9.0]}),
        tmp_path / "objects.parquet",
    )
    spectra, report = read_spectra(tmp_path)
    assert report.clean
    assert spectra.column("event_id").tolist() == ["SN a", "SN b"]
    assert spectra.numbers("mjd").tolist() == [1.0, 2.0]
    assert np.isnan(spectra[0].points["flux_err"]).all()
    assert spectra[1].points["flux_err"].tolist() == [0.5]
    alone, _ = read_spectra(tmp_path / "spectra.parquet")
    assert alone.column("event_id").tolist() == ["a", "b"]


def test_bad_files_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "spectra.parquet"
    pq.write_table(
        pa.table({"object_id": ["a"], "wavelength": [[1.0, 2.0]], "flux": [[1.0]]}), path
    )
    with pytest.raises(ReadError, match="object a has 2 wavelengths but 1 values of flux"):
        read_spectra(path)
    pq.write_table(pa.table({"object_id": ["a"], "flux": [1.0]}), path)
    with pytest.raises(ReadError, match="neither lists 'wavelength'"):
        read_spectra(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(ReadError, match="cannot be read as Parquet"):
        read_spectra(path)
    with pytest.raises(ReadError, match="holds none"):
        read_spectra(tmp_path / "nothing")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "least"), [("osc", 2000), ("wiserep", 5000), ("pantheon", 900), ("snid_spectra", 3600)]
)
def test_real_spectra_are_read(shared_data: Path, name: str, least: int) -> None:
    spectra, report = read_spectra(shared_data / name)
    assert len(spectra) > least
    assert report.n_points == spectra.n_points + sum(d.count for d in report.drops.values())
    assert {"event_id", "label"} <= set(spectra.columns)
