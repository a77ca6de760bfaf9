"""The oracle's gold tables against cases worked out by hand from the design."""

from datetime import UTC, date, datetime

import pytest

from oracle.expected import expect
from oracle.gold import age_band
from oracle.records import Rules
from oracle.sending import at, change, flat, landed, readings, sent, workouts

M1 = "aa:00:00:00:00:01"
T = int(datetime(2024, 2, 29, 17, tzinfo=UTC).timestamp())
DAY = date(2024, 2, 29)
MIDNIGHT = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp())
MINE = landed("registered_users", f"1,7,{M1},{T}")
SESSION = workouts((1, 2, 3, "start", T), (1, 2, 3, "stop", T + 600))


def summary(*events, rules=None):
    records = SESSION + readings((7, T + 1, 60), (7, T + 2, 61), (7, T + 600, 70))
    found = expect(records + sent("user_info", *events), MINE, rules)
    return found.tables["gold_db.workout_bpm_summary"]


def gym_days(records, visits, registered=MINE, rules=None):
    lines = [f"{M1},{gym},{login},{logout}" for gym, login, logout in visits]
    found = expect(records, registered + landed("gym_logins", *lines), rules)
    return sorted(found.tables["gold_db.gym_summary"])


@pytest.mark.parametrize(
    ("dob", "day", "band"),
    [
        ("2006-02-28", "2024-02-28", "18-25"),
        ("2006-02-28", "2024-02-27", "under 18"),
        ("2000-02-29", "2025-02-28", "18-25"),
        ("2000-02-29", "2025-03-01", "25-35"),
        ("1996-02-29", "2024-02-29", "25-35"),
        ("1989-03-01", "2024-02-29", "25-35"),
        ("1989-03-01", "2024-03-01", "35-45"),
        ("1929-03-01", "2024-02-29", "85-95"),
        ("1929-03-01", "2024-03-01", "95+"),
        ("2024-03-02", "2024-03-01", None),
        ("2024-03-01", "2024-03-01", "under 18"),
        (None, "2024-03-01", None),
    ],
)
def test_age_bands(dob, day, band):
    born = date.fromisoformat(dob) if dob else None
    assert age_band(born, date.fromisoformat(day)) == band


def test_a_summary_counts_its_readings():
    rate = (3, 60.0, 191 / 3, 70.0)
    session = (1, 2, 3, at(T), at(T + 600), DAY)
    assert summary() == {(*session, None, None, None, None, *rate)}
    event = flat(1, "new", T, dob="02/28/2006", sex="F", address={"city": "X", "state": "Y"})
    assert summary(event) == {(*session, "18-25", "F", "X", "Y", *rate)}


def test_a_workout_without_readings_has_no_summary():
    assert not expect(SESSION, MINE).tables["gold_db.workout_bpm_summary"]


@pytest.mark.parametrize(
    ("events", "sex"),
    [
        pytest.param([(0, "new", "A")], "A", id="at the very start"),
        pytest.param([(-9, "new", "A"), (1, "update", "B")], "A", id="the one valid then"),
        pytest.param([(-9, "new", "A"), (0, "update", "B")], "B", id="changed at the start"),
        pytest.param([(1, "new", "A"), (2, "new", "B")], "A", id="none before: the earliest"),
        pytest.param([(1, "delete", "A"), (2, "new", "B")], "B", id="that is no delete"),
        pytest.param([(-9, "new", "A"), (-8, "delete", "A"), (1, "new", "B")], None),
        pytest.param([(1, "delete", "A")], None, id="never one"),
    ],
)
def test_the_profile_at_the_start(events, sex):
    told = [flat(1, action, T + after, sex=word) for after, action, word in events]
    assert {row[7] for row in summary(*told)} == {sex}


def test_debezium_instants_are_milliseconds():
    event = change("c", T + 0.001, user_id=1, sex="A")
    later = change("u", T + 0.002, user_id=1, sex="B")
    assert {row[7] for row in summary(event, later)} == {"A"}


@pytest.mark.parametrize(("zone", "day"), [("UTC", DAY), ("Asia/Tokyo", date(2024, 3, 1))])
def test_dates_are_in_the_business_time_zone(zone, day):
    assert {row[5] for row in summary(rules=Rules(time_zone=zone))} == {day}
    days = {row[2] for row in gym_days([], [(1, T, T + 60)], rules=Rules(time_zone=zone))}
    assert days == {day}


def test_visits_are_cut_at_midnight():
    assert gym_days([], [(1, MIDNIGHT - 60, MIDNIGHT + 120)]) == [
        (1, M1, DAY, (), 1.0, 0.0),
        (1, M1, date(2024, 3, 1), (), 2.0, 0.0),
    ]
    assert len(gym_days([], [(1, MIDNIGHT - 60, MIDNIGHT)])) == 1


def test_a_day_of_summer_time_is_short():
    begin = int(datetime(2024, 3, 30, 23, tzinfo=UTC).timestamp())
    rows = gym_days([], [(1, begin, begin + 25 * 3600)], rules=Rules(time_zone="Europe/Paris"))
    assert [row[4] for row in rows] == [23 * 60.0, 120.0]


def test_open_visits_and_visits_of_no_length_do_not_count():
    assert not gym_days(SESSION, [(1, T, ""), (1, T + 1, T + 1)])


def test_overlapping_visits_count_once():
    visits = [(1, T, T + 300), (1, T + 200, T + 500), (2, T, T + 60)]
    assert [row[4] for row in gym_days([], visits)] == [8.33, 1.0]


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0.3, 0.01), (0.299999, 0.0), (0.9, 0.02), (18, 0.3)]
)
def test_minutes_round_half_up(seconds, minutes):
    assert [row[4] for row in gym_days([], [(1, T, f"{T + seconds:.6f}")])] == [minutes]


def test_exercising_is_the_union_of_overlaps():
    more = workouts((1, 1, 1, "start", T + 300), (1, 1, 1, "stop", T + 900))
    more += workouts((1, 5, 1, "start", T + 1200), (1, 5, 1, "stop", T + 1300))
    records = [*SESSION, *more]
    numbered = [r.__class__(r.topic, 0, n, None, r.value) for n, r in enumerate(records)]
    row = (1, M1, DAY, (1, 2), 20.0, 15.0)
    assert gym_days(numbered, [(1, T, T + 1200)]) == [row]


def test_only_the_owner_of_the_moment_exercises():
    registered = landed("registered_users", f"1,7,{M1},{T}", f"9,7,{M1},{T + 60}")
    row = (1, M1, DAY, (2,), 10.0, 1.0)
    assert gym_days(SESSION, [(1, T, T + 600)], registered) == [row]


def test_a_phone_that_nobody_registered_is_in_the_gym():
    assert gym_days(SESSION, [(1, T, T + 600)], []) == [(1, M1, DAY, (), 10.0, 0.0)]
