"""Which start pairs with which stop, and which sessions are set aside."""

import json

import pytest
from pyspark.testing import assertDataFrameEqual

from gympulse.model.tables import COMPLETED_WORKOUTS, QUARANTINE, WORKOUTS
from gympulse.settings import Rules
from gympulse.transforms.recipe import Scope
from gympulse.transforms.silver.completed_workouts import (
    completed_workouts,
    current_set_aside,
    set_aside_sessions,
)
from spark.frames import NOON, assert_rows, collected, frame, noon

T, TICK, MINUTE, HOURS_12 = 1_709_208_000, 0.000001, 60, 12 * 3600
SHORT, LONG = "session_too_short", "session_too_long"


def start(*seconds, workout=1, session=1):
    """Starts at distances from noon."""
    return [(workout, session, "start", noon(each)) for each in seconds]


def stop(*seconds, workout=1, session=1):
    """Stops at distances from noon."""
    return [(workout, session, "stop", noon(each)) for each in seconds]


# Events of one user, the sessions (start, stop) completed, and those set aside (start, rule).
CASES = {
    "a start and its stop": (start(0) + stop(600), [(0, 600)], []),
    "in any order of arrival": (stop(600) + start(0), [(0, 600)], []),
    "an event twice": (start(0, 0) + stop(600, 600), [(0, 600)], []),
    "a start alone": (start(0), [], []),
    "a stop alone": (stop(600), [], []),
    "a stop before the start": (stop(0) + start(600), [], []),
    "a stop at the very start": (start(0) + stop(0), [], []),
    "the next stop strictly after": (start(0) + stop(0, 600), [(0, 600)], []),
    "of two stops the next": (start(0) + stop(600, 1200), [(0, 600)], []),
    "another start strictly between": (start(0, 300) + stop(600), [(300, 600)], []),
    "another start a microsecond later": (start(0, TICK) + stop(600), [(TICK, 600)], []),
    "another start just before the stop": (
        start(0, 600 - TICK) + stop(600),
        [],
        [(600 - TICK, SHORT)],
    ),
    "another start at the very stop": (start(0, 600) + stop(600), [(0, 600)], []),
    "back to back": (start(0, 600) + stop(600, 1200), [(0, 600), (600, 1200)], []),
    "three back to back": (
        start(0, 600, 1200) + stop(600, 1200, 1800),
        [(0, 600), (600, 1200), (1200, 1800)],
        [],
    ),
    "a start whose stop is missing": (start(0, 900) + stop(1500), [(900, 1500)], []),
    "a stop whose start is missing": (start(0) + stop(600, 1200, 1800), [(0, 600)], []),
    "of another workout": (
        start(0) + stop(600, workout=2) + stop(900),
        [(0, 900)],
        [],
    ),
    "a start of another workout between": (
        start(0) + start(300, workout=2) + stop(600),
        [(0, 600)],
        [],
    ),
    "of another session": (start(0) + stop(600, session=2) + stop(900), [(0, 900)], []),
    "a minute": (start(0) + stop(MINUTE), [(0, MINUTE)], []),
    "just under a minute": (start(0) + stop(MINUTE - TICK), [], [(0, SHORT)]),
    "twelve hours": (start(0) + stop(HOURS_12), [(0, HOURS_12)], []),
    "just over twelve hours": (start(0) + stop(HOURS_12 + TICK), [], [(0, LONG)]),
    "a microsecond": (start(0) + stop(TICK), [], [(0, SHORT)]),
    "a year": (start(0) + stop(365 * 86400), [], [(0, LONG)]),
    "too short, then a good one": (start(0, 30) + stop(30, 630), [(30, 630)], [(0, SHORT)]),
    "a stop cures what was too long": (
        start(0) + stop(3600, HOURS_12 + 1),
        [(0, 3600)],
        [],
    ),
}
USERS = list(enumerate(CASES))


@pytest.fixture(scope="module")
def events(spark):
    """The events of all cases; a case is a user."""
    sent = enumerate(sent for sent, _, _ in CASES.values())
    return frame(spark, WORKOUTS, ((user, *event) for user, rows in sent for event in rows))


@pytest.fixture(scope="module")
def completed(events):
    return collected(completed_workouts(events, Rules()), COMPLETED_WORKOUTS)


@pytest.fixture(scope="module")
def aside(events):
    """Source ids and rules of each user's sessions that are set aside."""
    found = {}
    for row in set_aside_sessions(events, Rules()).collect():
        found.setdefault(int(row["source_id"].split("/")[0]), []).append(row)
    return found


@pytest.mark.parametrize(("user", "name"), USERS)
def test_completed_workouts(completed, user, name):
    expected = [(user, 1, 1, noon(begin), noon(end)) for begin, end in CASES[name][1]]
    found = [row for row in completed if row["user_id"] == user]

    assert_rows(found, COMPLETED_WORKOUTS, expected)


@pytest.mark.parametrize(("user", "name"), USERS)
def test_sessions_set_aside(aside, user, name):
    """They are known by user, workout, session and start, in seconds without idle noughts."""
    found = [(row["source_id"], row["rule"]) for row in aside.get(user, [])]

    assert found == [
        (f"{user}/1/1/{f'{T + begin:.6f}'.rstrip('0').rstrip('.')}", rule)
        for begin, rule in CASES[name][2]
    ]


def test_a_payload_tells_of_the_session(aside):
    (row,) = aside[list(CASES).index("just under a minute")]

    assert json.loads(row["payload"])["end_time"].startswith("2024-02-29T12:00:59.999999")


def test_limits_are_configured(spark):
    sent = [(user, *e) for user in (1, 2, 3, 4) for e in start(0) + stop((9, 10, 20, 21)[user - 1])]
    rules = Rules(min_session_seconds=10, max_session_seconds=20)
    events = frame(spark, WORKOUTS, sent)
    found = collected(completed_workouts(events, rules), COMPLETED_WORKOUTS)
    aside = set_aside_sessions(events, rules).select("source_id", "rule").collect()

    assert [row["user_id"] for row in sorted(found)] == [2, 3]
    assert sorted(aside) == [(f"1/1/1/{T}", SHORT), (f"4/1/1/{T}", LONG)]


def entry(source_id, source="completed_workouts", status="open"):
    """A row of the quarantine."""
    known = {"source": source, "source_id": source_id, "rule": SHORT, "rule_version": "v"}
    known |= {"payload": "{}", "quarantined_at": NOON, "status": status}
    return tuple(known.get(name) for name in QUARANTINE.columns)


def test_entries_of_sessions_in_scope_are_found_again(spark):
    """Those of the groups touched that start at or after the scope's begin, and are open."""
    kept = [entry(f"1/2/-3/{T}"), entry(f"1/2/-3/{T}.5"), entry(f"9/1/1/{T - 1}")]
    passed = [
        *(entry(f"1/2/-3/{T - 1}.999999"), entry(f"1/2/-4/{T}"), entry(f"2/2/-3/{T}")),
        *(entry(f"1/2/-3/{T}", status="cured"), entry("bpm/0/7", source="kafka_multiplex")),
    ]
    ddl = "user_id bigint, workout_id bigint, session_id bigint, _begin timestamp"
    keys = frame(spark, ddl, [(1, 2, -3, NOON), (9, 1, 1, noon(-1))])
    found = current_set_aside(frame(spark, QUARANTINE, kept + passed), Scope(keys))

    assertDataFrameEqual(found, frame(spark, QUARANTINE, kept))
