"""What the broker has, held against what bronze is to read, on both sides of each bound."""

import pytest

from gympulse.io.checkpoints import Position
from gympulse.io.kafka import Topic
from gympulse.io.kafka_faults import Fault, find
from gympulse.io.kafka_topics import Known

ANEW = "the topic was deleted and made anew (its id was a, and is b); "


def expired(following, begin, count):
    """What is said of records that are gone."""
    return Fault(
        "bpm",
        0,
        begin,
        f"bpm, partition 0: offset {following} is next, but the earliest there is {begin}; "
        f"{count} records expired before they were read.",
    )


def backwards(planned, end, count, begin=0):
    """What is said of a partition that ends too early."""
    return Fault(
        "bpm",
        0,
        begin,
        f"bpm, partition 0: offset {planned} is next, but the partition ends at {end}; {count} "
        "records that were there are gone, and new ones take their offsets.",
    )


@pytest.mark.parametrize(
    ("begin", "end", "following", "planned", "expected"),
    [
        pytest.param(0, 0, 0, 0, [], id="an empty partition"),
        pytest.param(0, 9, 0, 0, [], id="all is new"),
        pytest.param(0, 9, 5, 5, [], id="some is new"),
        pytest.param(5, 9, 5, 5, [], id="all that was read expired"),
        pytest.param(6, 9, 5, 5, [expired(5, 6, 1)], id="one expired unread"),
        pytest.param(9, 9, 5, 5, [expired(5, 9, 4)], id="all expired unread"),
        pytest.param(2005, 3000, 5, 9, [expired(5, 2005, "2,000")], id="many expired unread"),
        pytest.param(5, 9, 5, 9, [], id="a planned batch is there"),
        pytest.param(6, 9, 5, 9, [expired(5, 6, 1)], id="a part of a planned batch expired"),
        pytest.param(0, 9, 9, 9, [], id="nothing is new"),
        pytest.param(0, 8, 9, 9, [backwards(9, 8, 1)], id="one that was read is gone"),
        pytest.param(0, 8, 5, 9, [backwards(9, 8, 1)], id="one that was planned is gone"),
        pytest.param(0, 0, 9, 9, [backwards(9, 0, 9)], id="all that was read is gone"),
        pytest.param(7, 8, 5, 9, [backwards(9, 8, 1, begin=7)], id="gone at both ends"),
    ],
)
def test_offsets(begin, end, following, planned, expected):
    position = Position({"bpm": {0: following}}, {"bpm": {0: planned}})

    for known in ({}, {"bpm": Known("a")}, {"bpm": Known(None)}):
        assert find({"bpm": Topic("a", {0: begin}, {0: end})}, position, known) == expected


def test_a_topic_made_anew_is_told_though_it_has_more_records_than_the_old_one():
    found = {"bpm": Topic("b", {0: 0, 1: 2, 2: 0}, {0: 99, 1: 1002, 2: 0})}
    position = Position({"bpm": {0: 7, 1: 1}}, {"bpm": {0: 8, 1: 1}})

    assert find(found, position, {"bpm": Known("a")}) == [
        Fault(
            "bpm",
            0,
            0,
            f"bpm, partition 0: {ANEW}offset 7 of the old one was to be read next, the new one "
            "holds 99 records from offset 0 on.",
        ),
        Fault(
            "bpm",
            1,
            2,
            f"bpm, partition 1: {ANEW}offset 1 of the old one was to be read next, the new one "
            "holds 1,000 records from offset 2 on.",
        ),
        Fault(
            "bpm",
            2,
            0,
            f"bpm, partition 2: {ANEW}none of the old one was to be read next, the new one "
            "holds 0 records from offset 0 on.",
        ),
    ]


def test_a_partition_that_the_new_topic_lacks_is_told():
    found = {"bpm": Topic("b", {0: 0}, {0: 0})}
    position = Position({"bpm": {0: 0, 1: 4}}, {"bpm": {0: 0, 1: 4}})

    assert [fault.sentence for fault in find(found, position, {"bpm": Known("a")})][1] == (
        f"bpm, partition 1: {ANEW}offset 4 of the old one was to be read next, the new one "
        "has no such partition."
    )


@pytest.mark.parametrize(
    ("id_", "known"),
    [
        pytest.param("b", {}, id="a topic that was never read"),
        pytest.param("b", {"bpm": Known(None)}, id="a broker that had no ids"),
        pytest.param(None, {"bpm": Known("a")}, id="a broker that has none"),
        pytest.param("b", {"bpm": Known("b"), "workout": Known("a")}, id="another topic's id"),
    ],
)
def test_ids_that_are_unknown_or_equal_are_no_fault(id_, known):
    position = Position({"bpm": {0: 4}}, {"bpm": {0: 4}})

    assert find({"bpm": Topic(id_, {0: 0}, {0: 4})}, position, known) == []


@pytest.mark.parametrize(
    ("offset", "expected"), [(0, []), (4, [backwards(4, 0, 4)])], ids=["unread", "read"]
)
def test_a_partition_that_is_no_more_ends_at_0(offset, expected):
    position = Position({"bpm": {0: offset}}, {"bpm": {0: offset}})

    assert find({"bpm": Topic("a", {}, {})}, position, {"bpm": Known("a")}) == expected


def test_nothing_is_expected_of_what_is_not_named():
    """Partitions are new, and a topic that is missing says nothing."""
    found = {"bpm": Topic("a", {0: 5, 1: 5}, {0: 9, 1: 9})}
    elsewhere = {"bpm": {0: 6}, "workout": {0: 6}}

    assert find(found, Position(elsewhere, elsewhere), {"workout": Known("c")}) == []


def test_faults_come_by_topic_and_partition():
    found = {name: Topic(None, {1: 3, 0: 3}, {1: 4, 0: 4}) for name in ("workout", "bpm")}
    nothing = {name: {0: 0, 1: 0} for name in found}

    places = [
        (fault.topic, fault.partition) for fault in find(found, Position(nothing, nothing), {})
    ]

    assert places == [("bpm", 0), ("bpm", 1), ("workout", 0), ("workout", 1)]
