"""In which stretches of time changed records may alter what holds."""

import pytest

from gympulse.transforms.gold.altered import altered
from spark.frames import frame, noon

# Instants of changed records, of all that are there, and the stretches that may be altered.
CASES = {
    "the first record": ([0], [0], [(0, None), (None, 0)]),
    "a later one": ([60], [0, 60], [(60, None), (None, 0)]),
    "one between others": ([60], [0, 60, 120], [(60, 120), (None, 0)]),
    "an earlier one": ([-60], [-60, 0], [(-60, 0), (None, -60)]),
    "one that is gone": ([60], [0, 120], [(60, 120), (None, 0)]),
    "the only one, gone": ([0], [], [(0, None), (None, 0)]),
    "the first, gone": ([-60], [0], [(-60, 0), (None, -60)]),
    "several": ([0, 120], [0, 60, 120], [(0, 60), (120, None), (None, 0)]),
    "one of two at an instant": ([0], [0, 0, 60], [(0, 60), (None, 0)]),
    "one of another": ([], [0, 60], []),
}


def instant(seconds):
    """An instant, or no bound."""
    return None if seconds is None else noon(seconds)


@pytest.fixture(scope="module")
def found(spark):
    """The stretches of all cases; a case is a member."""
    ddl = "user_id bigint, time timestamp"
    changed, present = (
        [(user, noon(s)) for user, case in enumerate(CASES.values()) for s in case[which]]
        for which in (0, 1)
    )
    rows = altered(frame(spark, ddl, changed), frame(spark, ddl, present))
    utc = "to_timestamp_ntz(altered_from), to_timestamp_ntz(altered_until)"
    assert rows.columns == ["user_id", "altered_from", "altered_until"]
    return rows.selectExpr("user_id", *utc.split(", ")).collect()


@pytest.mark.parametrize(("user", "name"), list(enumerate(CASES)))
def test_altered(found, user, name):
    stretches = [
        tuple(instant(bound) and instant(bound).replace(tzinfo=None) for bound in stretch)
        for stretch in CASES[name][2]
    ]
    actual = [tuple(row[1:]) for row in found if row["user_id"] == user]

    assert sorted(actual, key=str) == sorted(stretches, key=str)
