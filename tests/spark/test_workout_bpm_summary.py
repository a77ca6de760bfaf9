"""A workout's numbers, with the demographics that held at its start."""

from datetime import date
from math import fsum

import pytest
from pyspark.sql import functions as F

from gympulse.model.tables import USER_PROFILE_EVENTS, WORKOUT_BPM, WORKOUT_BPM_SUMMARY
from gympulse.settings import Rules
from gympulse.transforms.gold.workout_bpm_summary import age_band, workout_bpm_summary
from spark.frames import NOON, assert_rows, at, collected, frame, noon

TICK = 0.000001
DAY = date(2024, 2, 29)
BORN = date(1990, 1, 1)
UNKNOWN = (None, None, None, None)


def lives(seconds, city, action="update", dob=BORN):
    """A profile event; deletes carry their last image, which does not count."""
    return (noon(seconds), None, action, dob, "F", "g", "Ada", "L", "1 Main St", city, "MA", "0")


def of(city):
    """The demographics of one who lives there."""
    return ("25-35", "F", city, "MA")


# Events of a member, and the demographics of a workout that starts at noon.
PROFILES = {
    "no event": ([], UNKNOWN),
    "an event before": ([lives(-60, "A")], of("A")),
    "the last event before": ([lives(-120, "A"), lives(-60, "B")], of("B")),
    "an event at the very start": ([lives(-60, "A"), lives(0, "B")], of("B")),
    "an event just after the start": ([lives(-60, "A"), lives(TICK, "B")], of("A")),
    "only an event after": ([lives(60, "A")], of("A")),
    "of events after the earliest": ([lives(120, "B"), lives(60, "A")], of("A")),
    "a delete after the start": ([lives(-60, "A"), lives(60, "A", "delete")], of("A")),
    "a delete before the start": ([lives(-60, "A"), lives(-30, "A", "delete")], UNKNOWN),
    "a delete at the very start": ([lives(-60, "A"), lives(0, "A", "delete")], UNKNOWN),
    "a new one after a delete": (
        [lives(-60, "A"), lives(-30, "A", "delete"), lives(-10, "B", "new")],
        of("B"),
    ),
    "a new one only after the start": (
        [lives(-60, "A"), lives(-30, "A", "delete"), lives(10, "B", "new")],
        UNKNOWN,
    ),
    "first a delete, after the start": (
        [lives(30, "A", "delete"), lives(60, "B", "new")],
        of("B"),
    ),
    "first a delete, before the start": ([lives(-30, "A", "delete"), lives(60, "B")], UNKNOWN),
    "nothing but deletes": ([lives(30, "A", "delete"), lives(60, "B", "delete")], UNKNOWN),
    "no date of birth": ([lives(-60, "A", dob=None)], (None, "F", "A", "MA")),
    "not yet born": ([lives(-60, "A", dob=date(2024, 3, 1))], (None, "F", "A", "MA")),
    "a repeat": ([lives(-60, "A"), lives(-30, "A"), lives(30, "A")], of("A")),
}
# Rates of a workout; the mean is that of their exact sum.
RATES = {
    "one": [67.17],
    "some": [60.0, 70.0, 65.0],
    "the bounds": [20.0, 250.0],
    "tenths": [0.1 + 60, 0.2 + 60, 0.3 + 60],
    "an hour of them": [60 + (n * 7919 % 10_000) / 100 for n in range(3600)],
    "thirds": [20 + n / 3 for n in range(200)],
    "small and large": [20.000001, 249.999999, 20.00000000000001],
}


def summary_of(user, demographics, rates):
    """The row of a workout from noon."""
    counted = (len(rates), min(rates), fsum(rates) / len(rates), max(rates))
    return (user, 1, 1, NOON, noon(7200), DAY, *demographics, *counted)


def readings_of(user, rates):
    """Rows of a workout from noon."""
    return [
        (user, 1, 1, NOON, 1, noon(s), noon(7200), rate) for s, rate in enumerate(rates, start=1)
    ]


@pytest.fixture(scope="module")
def found(spark):
    """The summaries of all cases; a case is a member. Rates come in backward order too."""
    readings, events = [], []
    for user, (sent, _) in enumerate(PROFILES.values()):
        events += [(user, *each) for each in sent]
        readings += readings_of(user, [60.0])
    for user, rates in enumerate(RATES.values(), start=100):
        readings += readings_of(user, rates) + readings_of(user + 100, rates[::-1])
    rows = workout_bpm_summary(
        frame(spark, WORKOUT_BPM, readings), frame(spark, USER_PROFILE_EVENTS, events), Rules()
    )
    return {row["user_id"]: row for row in collected(rows, WORKOUT_BPM_SUMMARY)}


def test_each_workout_has_one_row(found):
    assert len(found) == len(PROFILES) + 2 * len(RATES)


@pytest.mark.parametrize(("user", "name"), list(enumerate(PROFILES)))
def test_demographics_are_those_at_the_start(found, user, name):
    expected = summary_of(user, PROFILES[name][1], [60.0])

    assert_rows([found[user]], WORKOUT_BPM_SUMMARY, [expected])


@pytest.mark.parametrize(("user", "name"), list(enumerate(RATES, start=100)))
def test_counts_and_means_do_not_depend_on_the_order(found, user, name):
    for each in (user, user + 100):
        expected = summary_of(each, UNKNOWN, RATES[name])

        assert_rows([found[each]], WORKOUT_BPM_SUMMARY, [expected])


def test_the_date_is_the_starts_in_the_business_time_zone(spark):
    """Workouts of one member divide by session and by start; the age is that on the date."""
    begin = at("2024-02-29 15:00:00")
    readings = [
        (1, 1, n, since, 1, since + (noon(60) - NOON), noon(86400), 60.0)
        for n, since in ((1, begin), (2, begin), (1, begin - (noon(TICK) - NOON)))
    ]
    rows = workout_bpm_summary(
        frame(spark, WORKOUT_BPM, readings),
        frame(spark, USER_PROFILE_EVENTS, [(1, *lives(0, "A", dob=date(2006, 3, 1)))]),
        Rules(time_zone="Asia/Tokyo"),
    )
    found = rows.select("session_id", "date", "age_band").collect()

    assert sorted(map(tuple, found)) == [
        (1, DAY, "under 18"),
        (1, date(2024, 3, 1), "18-25"),
        (2, date(2024, 3, 1), "18-25"),
    ]


# Birth, day, and the band.
AGES = {
    "unknown": (None, DAY, None),
    "the day of birth": (DAY, DAY, "under 18"),
    "a day before birth": (date(2024, 3, 1), DAY, None),
    "a year before birth": (date(2025, 1, 1), DAY, None),
    "a day before the 18th birthday": (date(2006, 3, 2), date(2024, 3, 1), "under 18"),
    "the 18th birthday": (date(2006, 3, 1), date(2024, 3, 1), "18-25"),
    "29 February, 18 in a common year, the day before": (
        date(2004, 2, 29),
        date(2022, 2, 28),
        "under 18",
    ),
    "29 February, 18 in a common year, 1 March": (date(2004, 2, 29), date(2022, 3, 1), "18-25"),
    "29 February, 28 February of a leap year": (date(2006, 3, 1), date(2024, 2, 29), "under 18"),
    "29 February, 20 in a leap year": (date(1999, 2, 28), date(2024, 2, 29), "25-35"),
    "29 February, 24 on 28 February": (date(1999, 3, 1), date(2024, 2, 29), "18-25"),
    "born on 29 February, 28th, leap": (date(1996, 2, 29), date(2031, 2, 28), "25-35"),
    "born on 29 February, 36 in a leap year": (date(1988, 2, 29), date(2024, 2, 29), "35-45"),
    "a birth in year 1": (date(1, 1, 1), DAY, "95+"),
    **{
        f"the day before {age}": (date(2024 - age, 3, 1), DAY, band)
        for age, band in ((25, "18-25"), (35, "25-35"), (85, "75-85"), (95, "85-95"))
    },
    **{
        f"the birthday of {age}": (date(2024 - age, 2, 28), date(2024, 2, 28), band)
        for age, band in (
            *((25, "25-35"), (35, "35-45"), (45, "45-55"), (55, "55-65"), (65, "65-75")),
            *((75, "75-85"), (85, "85-95"), (95, "95+"), (100, "95+")),
        )
    },
}


@pytest.fixture(scope="module")
def bands(spark):
    people = [(n, born, day) for n, (born, day, _) in enumerate(AGES.values())]
    rows = frame(spark, "n int, born date, day date", people)
    found = rows.select("n", age_band(F.col("born"), F.col("day")))
    return dict(zip(AGES, (band for _, band in sorted(found.collect())), strict=True))


@pytest.mark.parametrize("name", AGES)
def test_age_bands(bands, name):
    assert bands[name] == AGES[name][2]
