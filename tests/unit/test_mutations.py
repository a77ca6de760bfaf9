"""Mutations: the same from a seed, each of them used, and neither all valid nor all invalid."""

from collections import defaultdict
from random import Random

import pytest

from oracle.expected import expect
from oracle.histories import place
from oracle.mutations import FILE_NAMES, mutated_files, mutated_message, mutated_messages
from oracle.spoiling import LARGE, unchanged
from oracle.spoiling_csv import LARGE_FILES, OF_FILES
from oracle.spoiling_json import LARGE_PAYLOADS, OF_PAYLOADS
from oracle.world import World

# What JSON, or a CSV reader, takes as the same or as something that nobody reads.
HARMLESS = {"unchanged", "names_escaped", "spaced", "long_text_aside", "long_list_aside"}


def judged(mutated) -> dict[str, set[bool]]:
    """Return by mutation whether records spoilt in that way alone were quarantined."""
    found = defaultdict(set)
    [records] = place([[each.received for each in mutated]])
    quarantined = {source_id for _, source_id in expect(records, []).quarantined}
    for each, record in zip(mutated, records, strict=True):
        for name in each.names if len(each.names) == 1 else ():
            found[name].add(record.source_id in quarantined)
    return found


@pytest.mark.parametrize("make", [mutated_messages, mutated_files])
def test_a_seed_makes_one_set(make):
    assert make(1, 50, 2) == make(1, 50, 2)
    assert make(1, 50, 2) != make(2, 50, 2)


def test_every_way_of_spoiling_payloads_is_used():
    found = judged(mutated_messages(1, 3000, large=12))
    assert set(found) == {way.__name__ for way in (*OF_PAYLOADS, *LARGE_PAYLOADS)}
    assert {name for name in HARMLESS if found[name] != {False}} == set()
    assert {name for name in found if True not in found[name]} <= HARMLESS


def test_every_way_of_spoiling_files_is_used():
    made = mutated_files(1, 500, large=4)
    assert {each.names for each in made} == {(way.__name__,) for way in (*OF_FILES, *LARGE_FILES)}
    outcomes = expect([], [each.received for each in made]).outcomes
    assert all(
        0 < outcomes[table][1] < outcomes[table][0] for table in ("registrations", "gym_logs")
    )


def test_file_names_are_unique():
    names = [(each.received.folder, each.received.name) for each in mutated_files(1, 500)]
    assert len(names) == len(set(names))
    assert {"fuzz", *(name[:4] for name in FILE_NAMES)} <= {name[:4] for _, name in names}


def test_large_ones_are_a_megabyte_longer():
    sizes = [len(each.received.value) for each in mutated_messages(1, 30, large=6)]
    assert sum(size > LARGE for size in sizes) >= 6


@pytest.mark.parametrize(
    "way", dict.fromkeys((*OF_PAYLOADS, *OF_FILES)), ids=lambda way: way.__name__
)
@pytest.mark.parametrize("value", [b"", b"{}", b"\xff", b'"'])
def test_what_is_spoilt_can_be_spoilt_again(way, value):
    assert isinstance(way(Random(1), value), bytes)


def test_what_is_not_spoilt_is_valid():
    made = [mutated_message(Random(seed), World(), [unchanged]) for seed in range(100)]
    assert judged(made) == {"unchanged": {False}}
