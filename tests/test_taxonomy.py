"""Taxonomy: spellings, label sets, anomalies, and the grouping of pretrained classes."""

from pathlib import Path

import pytest

from lcfm import taxonomy
from lcfm.errors import UnknownNameError


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("SN Ia", "SNIa"), ("SNIa", "SNIa"), ("Ia", "SNIa"), ("SN Ia-norm", "SNIa"),
        ("SN II", "SNII"), ("IIP", "SNIIP"), ("SNIIP", "SNIIP"), ("SN IIL", "SNIIL"),
        ("II P", "SNIIP"), ("Ibc", "SNIb/c"), ("SNIbc", "SNIb/c"), ("SN Ib/c", "SNIb/c"),
        ("Ic-BL", "SNIc-BL"), ("SN Iax[02cx-like]", "SNIax"), ("SN Ia-91bg-like", "SNIa-91bg"),
        ("SLSN-I", "SLSN-I"), ("tde", "TDE"), (" RRab ", "RRab"), ("SN Ia?", "SN Ia?"),
    ],
)  # fmt: skip
def test_canonical_knows_the_spellings_of_catalogues(spelling: str, name: str) -> None:
    assert taxonomy.canonical(spelling) == name


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        ("SN IIP", ("SNII", "SNII", "SNII", "SNII")),
        ("SN Ic-BL", ("", "SNIb/c", "SNIb/c", "SNIc-BL")),
        ("SN Ia-91bg-like", ("", "", "SNIa-91bg", "SNIa-91bg")),
        ("SN IIb", ("", "", "", "SNIIb")),
        ("SN Ia-91T", ("", "", "", "")),
        ("RRab", ("", "", "", "")),
    ],
)
def test_label_sets_are_cuts_through_the_tree(label: str, classes: tuple[str, ...]) -> None:
    sets = ("label3", "label5", "label8", "label12")
    assert tuple(taxonomy.to_set(label, name) for name in sets) == classes


def test_every_class_is_in_its_own_set() -> None:
    for name, classes in taxonomy.LABEL_SETS.items():
        assert tuple(taxonomy.to_set(c, name) for c in classes) == classes


def test_unknown_label_set_is_named() -> None:
    with pytest.raises(UnknownNameError, match="label4"):
        taxonomy.to_set("SNIa", "label4")


def test_types_of_a_class() -> None:
    types = taxonomy.LABEL_SETS["label14"]
    assert taxonomy.types_of("SN Ib/c", types) == ("SNIb", "SNIc", "SNIc-BL")
    assert taxonomy.types_of("core collapse", types) == (
        "SNIb", "SNIc", "SNIc-BL", "SNII", "SNIIn", "SNIIb",
    )  # fmt: skip
    assert taxonomy.types_of("SNIa", types) == ("SNIa",)
    assert taxonomy.types_of("SNII", ("SNIIP", "SNII", "SNIIL")) == ("SNII",)
    assert taxonomy.types_of("RRab", types) == ()
    assert taxonomy.types_of("my type", ("my type",)) == ("my type",)


def test_anomalies_of_appendix_a2() -> None:
    assert [taxonomy.is_anomaly(x) for x in ("TDE", "SN Ia", "SN IIn")] == [True, False, None]


def test_group_maps_pretrained_classes_onto_the_target() -> None:
    eight, five = taxonomy.LABEL_SETS["label8"], taxonomy.LABEL_SETS["label5"]
    assert taxonomy.group(eight, five) == {name: [name] for name in five}
    twelve = taxonomy.LABEL_SETS["label12"]
    assert taxonomy.group(twelve, five)["SNIb/c"] == ["SNIb", "SNIc", "SNIc-BL"]
    assert taxonomy.group(eight, ("SNIIP", "RRab")) == {"SNIIP": ["SNII"], "RRab": []}
    assert taxonomy.group(twelve, ("SNIb/c", "SNIc-BL")) == {
        "SNIb/c": ["SNIb", "SNIc"], "SNIc-BL": ["SNIc-BL"],
    }  # fmt: skip


@pytest.mark.shared
def test_sets_agree_with_the_columns_of_the_real_data(shared_data: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(shared_data / "ztf_transients" / "objects.parquet").to_pylist()
    for row in {r["label"]: r for r in table}.values():
        ours = [taxonomy.to_set(row["label"], s) for s in ("label5", "label3")]
        assert ours == [row["label5"] or "", row["label3"] or ""]
        assert taxonomy.is_anomaly(row["label"]) == row["anomaly"]


def test_labels_of_two_levels_are_found() -> None:
    labels = ("SNIIP", "SN II", "SNIa", "SNIa-91bg", "SNIc-BL", "SNIb/c", "a class of mine")
    assert taxonomy.nested(labels) == {"SNIIP": "SN II", "SNIc-BL": "SNIb/c"}
    assert all(not taxonomy.nested(names) for names in taxonomy.LABEL_SETS.values())
