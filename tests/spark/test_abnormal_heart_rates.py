"""Rates above the predicted maximum, at rest, and that jump: how long, and how often."""

from datetime import date

import pytest

from gympulse.model.tables import ABNORMAL_HEART_RATES, USER_PROFILE_EVENTS, WORKOUT_BPM
from gympulse.settings import Rules
from gympulse.transforms.gold.abnormal_heart_rates import abnormal_heart_rates
from spark.frames import NOON, assert_rows, collected, frame, noon

TICK = 0.000001
DAY = date(2024, 2, 29)
# 50 on the day, so that 170 is the most to be expected.
BORN = date(1974, 1, 1)
NORMAL = 100.0


def run(first, last, rate, device=0, step=1):
    """Readings of a wearable from one second to another, both inclusive."""
    return [(device, second, rate) for second in range(first, last + 1, step)]


# Readings (wearable, seconds, rate) of a workout, its member's birth, and what is abnormal:
# seconds above the maximum, seconds at rest, jumps; None where it has no row.
CASES = {
    "a normal workout": (run(1, 600, NORMAL), BORN, None),
    "one reading": ([(0, 1, NORMAL)], BORN, None),
    "one reading too high": ([(0, 1, 200.0)], BORN, None),
    "two minutes too high": (run(1, 121, 180.0), BORN, (120.0, 0.0, 0)),
    "a minute too high": (run(1, 61, 180.0), BORN, None),
    "a microsecond longer": ([*run(1, 60, 180.0), (0, 61 + TICK, 180.0)], BORN, (60.000001, 0, 0)),
    "at the maximum": (run(1, 121, 170.0), BORN, None),
    "just above it": (run(1, 121, 170.00000000000003), BORN, (120.0, 0.0, 0)),
    "of unknown age": (run(1, 121, 250.0), None, None),
    "of negative age": (run(1, 121, 250.0), date(2025, 1, 1), None),
    "of no age at all": (run(1, 121, 249.0), DAY, (120.0, 0.0, 0)),
    "two minutes at rest": (run(1, 121, 59.9), BORN, (0.0, 120.0, 0)),
    "two minutes at rest, of unknown age": (run(1, 121, 59.9), None, (0.0, 120.0, 0)),
    "a minute at rest": (run(1, 61, 59.9), BORN, None),
    "at the bound of rest": (run(1, 121, 60.0), BORN, None),
    "just below it": (run(1, 121, 59.99999999999999), BORN, (0.0, 120.0, 0)),
    "a silence of a minute": (run(1, 181, 180.0, step=60), BORN, (180.0, 0.0, 0)),
    "a longer silence": (
        [(0, 0.5, 180.0), (0, 60.5, 180.0), (0, 120.5 + TICK, 180.0), (0, 180.5, 180.0)],
        BORN,
        None,
    ),
    "a longer silence between stretches that count": (
        [*run(1, 91, 180.0), *run(152, 252, 180.0)],
        BORN,
        (190.0, 0.0, 0),
    ),
    "another reading ends a stretch": (
        [*run(1, 60, 180.0), (0, 61, 165.0), *run(62, 200, 180.0)],
        BORN,
        (138.0, 0.0, 0),
    ),
    "short stretches do not add up": (
        [*run(1, 60, 180.0), (0, 61, 165.0), *run(62, 120, 180.0)],
        BORN,
        None,
    ),
    "both too high and at rest": (
        [*run(1, 71, 200.0), *run(100, 180, 50.0)],
        BORN,
        (70.0, 80.0, 0),
    ),
    "two wearables, each its own": (
        [*run(1, 101, 180.0), *run(1, 101, 50.0, device=1)],
        BORN,
        (100.0, 100.0, 0),
    ),
    "two wearables add up": (
        [*run(1, 101, 180.0), *run(51, 151, 190.0, device=1)],
        BORN,
        (200.0, 0.0, 0),
    ),
    "two wearables in turns, each with silences": (
        [*run(1, 121, 180.0, step=2), *run(2, 120, NORMAL, device=1, step=2)],
        BORN,
        (120.0, 0.0, 0),
    ),
    "a jump up": ([(0, 1, NORMAL), (0, 2, 140.5)], BORN, (0.0, 0.0, 1)),
    "a jump down": ([(0, 1, 140.5), (0, 2, NORMAL)], BORN, (0.0, 0.0, 1)),
    "a change by 40": ([(0, 1, NORMAL), (0, 2, 140.0)], BORN, None),
    "just more": ([(0, 1, NORMAL), (0, 2, 140.00000000000003)], BORN, (0.0, 0.0, 1)),
    "a jump within ten seconds": ([(0, 1, NORMAL), (0, 11, 150.0)], BORN, (0.0, 0.0, 1)),
    "a jump within ten seconds, elsewhere": (
        [(0, 24.5, NORMAL), (0, 34.5, 150.0)],
        BORN,
        (0.0, 0.0, 1),
    ),
    "a change after more": ([(0, 1, NORMAL), (0, 11 + TICK, 150.0)], BORN, None),
    "jumps to and fro": (
        [(0, 1, NORMAL), (0, 2, 150.0), (0, 3, NORMAL), (0, 4, 150.0)],
        BORN,
        (0.0, 0.0, 3),
    ),
    "a change in steps": ([(0, 1, 80.0), (0, 2, 110.0), (0, 3, 140.0)], BORN, None),
    "two wearables that disagree": ([(0, 1, NORMAL), (1, 2, 150.0)], BORN, None),
    "everything": (
        [*run(1, 131, 182.5), *run(132, 212, 50.0), (1, 5, 190.0), (1, 6, 140.0)],
        BORN,
        (130.0, 80.0, 2),
    ),
}


def row(user, readings, born, found):
    """The row of a case."""
    above, resting, jumps = found
    rates = [rate for _, _, rate in readings]
    age = DAY.year - born.year - ((DAY.month, DAY.day) < (born.month, born.day)) if born else None
    most = None if age is None else 220.0 - age
    over = (max(rates) - most) * above / 60 if above else 0.0
    known = (len(rates), min(rates), max(rates))
    severity = over + resting / 60 + jumps
    abnormal = (float(above), float(resting), jumps, severity)
    return (user, 1, 1, NOON, noon(7200), DAY, age, most, *known, *abnormal)


def readings_of(user, readings):
    """Rows of a workout from noon; they come in no order."""
    rows = [
        (user, 1, 1, NOON, device, noon(second), noon(7200), rate)
        for device, second, rate in readings
    ]
    return rows[1::2] + rows[::2]


def born_of(user, born):
    """What tells a member's birth."""
    return (user, noon(-60), None, "new", born, *[None] * 8)


def frames(spark, cases):
    """Readings and profile events of cases; a case is a member."""
    readings, events = [], []
    for user, (sent, born, _) in enumerate(cases):
        readings += readings_of(user, sent)
        events.append(born_of(user, born))
    return frame(spark, WORKOUT_BPM, readings), frame(spark, USER_PROFILE_EVENTS, events)


@pytest.fixture(scope="module")
def found(spark):
    return collected(
        abnormal_heart_rates(*frames(spark, CASES.values()), Rules()), ABNORMAL_HEART_RATES
    )


@pytest.mark.parametrize(("user", "name"), list(enumerate(CASES)))
def test_abnormal_heart_rates(found, user, name):
    readings, born, abnormal = CASES[name]
    expected = [row(user, readings, born, abnormal)] if abnormal else []

    assert_rows([r for r in found if r["user_id"] == user], ABNORMAL_HEART_RATES, expected)


def test_bounds_are_the_rules(spark):
    """With other rules, other workouts are abnormal."""
    cases = [
        (run(1, 31, 75.0), BORN, (0.0, 30.0, 0)),
        (run(1, 30, 75.0), BORN, None),
        (run(1, 61, 75.0, step=20), BORN, (0.0, 60.0, 0)),
        (run(1, 64, 75.0, step=21), BORN, None),
        ([(0, 1, 90.0), (0, 31, 111.0)], BORN, (0.0, 0.0, 1)),
        ([(0, 1, 90.0), (0, 31, 110.0)], BORN, None),
        ([(0, 1, 90.0), (0, 32, 111.0)], BORN, None),
    ]
    rules = Rules(
        resting_heartrate=80.0,
        min_abnormal_seconds=29,
        max_silence_seconds=20,
        max_jump=20.0,
        max_jump_seconds=30,
    )
    expected = [row(user, *case) for user, case in enumerate(cases) if case[2]]

    rows = abnormal_heart_rates(*frames(spark, cases), rules)

    assert_rows(collected(rows, ABNORMAL_HEART_RATES), ABNORMAL_HEART_RATES, expected)


def test_nothing_of_nothing(spark):
    assert_rows(
        collected(abnormal_heart_rates(*frames(spark, []), Rules()), ABNORMAL_HEART_RATES),
        ABNORMAL_HEART_RATES,
        [],
    )


def test_the_age_is_that_of_the_start_on_its_date(spark):
    """Of a workout over a birthday, by the clock of the zone."""
    rows = abnormal_heart_rates(
        frame(spark, WORKOUT_BPM, readings_of(1, run(1, 121, 180.0))),
        frame(spark, USER_PROFILE_EVENTS, [born_of(1, date(1974, 3, 1))]),
        Rules(time_zone="Pacific/Kiritimati"),
    )
    found = rows.select("date", "age_years", "predicted_max_bpm", "severity").collect()

    assert [tuple(each) for each in found] == [(date(2024, 3, 1), 50, 170.0, 20.0)]
