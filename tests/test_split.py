"""Splits by the hash of the event's name."""

from __future__ import annotations

import hashlib

import numpy as np

from lcfm.prepare.split import EventSet, is_test, is_validation, split_number

NAMES = [f"SN2020{i:04d}" for i in range(2000)]


def test_the_hash_rule_is_the_documented_one() -> None:
    expected = [int(hashlib.sha256(n.encode()).hexdigest()[:8], 16) % 100 for n in NAMES]
    np.testing.assert_array_equal(split_number(NAMES), expected)
    np.testing.assert_array_equal(is_test(NAMES), np.array(expected) < 25)


def test_the_parts_have_the_stated_sizes_and_are_independent() -> None:
    test, validation = is_test(NAMES), is_validation(NAMES)
    assert abs(test.mean() - 0.25) < 0.04
    assert abs(validation.mean() - 0.20) < 0.04
    assert abs((test & validation).mean() - 0.05) < 0.02


def test_an_event_has_one_side_whatever_stands_beside_it() -> None:
    np.testing.assert_array_equal(is_test(NAMES)[::-1], is_test(NAMES[::-1]))


def test_event_set_knows_real_events_by_digest_and_simulations_by_seed() -> None:
    events = EventSet.of(["SN1987A", "sim-ztf-7-12"])
    np.testing.assert_array_equal(
        events.contains(["SN1987A", "SN1987B", "sim-ztf-7-999", "sim-ztf-8-12"]),
        [True, False, True, False],
    )
    assert "SN1987A" not in str(events.to_dict())


def test_event_set_round_trip_and_union() -> None:
    one, other = EventSet.of(["a", "sim-lsst-1-0"]), EventSet.of(["b"])
    both = EventSet.from_dict((one | other).to_dict())
    assert both == EventSet.of(["a", "b", "sim-lsst-1-5"])
