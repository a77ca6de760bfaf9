"""Users, and who owns a wearable or a phone when: by all registrations."""

import pytest
from pyspark.sql import functions as F
from pyspark.testing import assertDataFrameEqual

from gympulse.model.tables import REGISTRATIONS, USERS
from gympulse.transforms.silver.registrations import ownership, owns_at
from gympulse.transforms.silver.users import users
from spark.frames import NOON, frame, noon

LATER, BEFORE, TICK = noon(60), noon(-60), 0.000001


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param([], [], id="without registrations there are no users"),
        pytest.param(
            [
                # A lone one.
                (1, 10, "aa", NOON),
                # The later one, whatever its MAC and whichever came first.
                *[(2, 10, "bb", NOON), (2, 10, "aa", LATER)],
                *[(3, 10, "aa", LATER), (3, 10, "bb", NOON)],
                *[(4, 10, "bb", NOON), (4, 10, "aa", noon(TICK))],
                # At equal instants the greater MAC.
                *[(5, 10, "aa", NOON), (5, 10, "ab", NOON), (5, 10, "a", NOON)],
                # Each wearable of a member has its own.
                *[(6, 10, "aa", NOON), (6, 11, "bb", LATER)],
                # The same one twice.
                *[(7, 10, "aa", NOON), (7, 10, "aa", NOON)],
            ],
            [
                *[(1, 10, "aa", NOON), (2, 10, "aa", LATER), (3, 10, "aa", LATER)],
                *[(4, 10, "aa", noon(TICK)), (5, 10, "ab", NOON)],
                *[(6, 10, "aa", NOON), (6, 11, "bb", LATER), (7, 10, "aa", NOON)],
            ],
            id="the latest registration of each member's wearable",
        ),
    ],
)
def test_users(spark, sent, kept):
    found = users(frame(spark, REGISTRATIONS, sent))

    assertDataFrameEqual(found.select(*USERS.columns), frame(spark, USERS, kept))


SENT = [
    # Device 1 is registered once; 2 passes on and comes back; 3 goes to two at one instant.
    (1, 1, "m1", NOON),
    *[(1, 2, "m1", NOON), (2, 2, "m2", noon(60)), (1, 2, "m1", noon(120))],
    *[(1, 3, "m3", NOON), (9, 3, "m3", noon(60)), (5, 3, "m3", noon(60)), (9, 3, "m9", noon(60))],
    # Device 4 is registered again by its owner.
    *[(7, 4, "m7", noon(60)), (7, 4, "m7", NOON)],
]
STRETCHES = [
    (1, 1, None, None),
    *[(2, 1, None, noon(60)), (2, 2, noon(60), noon(120)), (2, 1, noon(120), None)],
    *[(3, 1, None, noon(60)), (3, 9, noon(60), None)],
    *[(4, 7, None, noon(60)), (4, 7, noon(60), None)],
]
# Phone m1 was registered by the same member with two wearables, at one instant and later.
PHONES = [
    *[("m1", 1, None, noon(120)), ("m1", 1, noon(120), None), ("m2", 2, None, None)],
    *[("m3", 1, None, noon(60)), ("m3", 9, noon(60), None), ("m9", 9, None, None)],
    *[("m7", 7, None, noon(60)), ("m7", 7, noon(60), None)],
]
COLUMNS = "user_id bigint, owned_from timestamp, owned_until timestamp"


@pytest.mark.parametrize(
    ("thing", "type_", "expected"),
    [("device_id", "bigint", STRETCHES), ("mac_address", "string", PHONES)],
)
def test_ownership_neither_overlaps_nor_leaves_a_gap(spark, thing, type_, expected):
    found = ownership(frame(spark, REGISTRATIONS, SENT), thing)

    assertDataFrameEqual(found, frame(spark, f"{thing} {type_}, {COLUMNS}", expected))


@pytest.fixture(scope="module")
def owner_at(spark):
    """The owners of device 2 at each instant about its changes."""
    stretches = ownership(frame(spark, REGISTRATIONS, SENT), "device_id")
    instants = [(noon(s + t),) for s in (-60, 60, 120, 180) for t in (-TICK, 0, TICK)]
    found = (
        frame(spark, "at timestamp", instants)
        .join(stretches.where("device_id = 2"), on=F.expr(owns_at("at")), how="left")
        .select(F.unix_micros("at") - int(NOON.timestamp()) * 1_000_000, "user_id")
    )
    owners = {}
    for micros, user_id in found.collect():
        owners.setdefault(micros, []).append(user_id)
    return owners


@pytest.mark.parametrize(
    ("seconds", "owner"), [(-60, 1), (60 - TICK, 1), (60, 2), (120 - TICK, 2), (120, 1), (180, 1)]
)
def test_an_instant_has_one_owner(owner_at, seconds, owner):
    """The latest registration at or before it; before all of them the first."""
    assert owner_at[round(seconds * 1_000_000)] == [owner]
