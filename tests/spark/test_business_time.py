"""Days of the business time zone, against Python's own time zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import functions as F

from gympulse.transforms.business_time import date_of, days_between, midnight_before
from spark.frames import at, frame

ZONES = (
    *("UTC", "Europe/Paris", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Kiritimati"),
    # Midnight is left out or told twice when the clock changes; Samoa left out a day.
    *("America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Pacific/Apia"),
)
INSTANTS = [
    at(f"{day} {clock}") + timedelta(hours=hour)
    for day in ("2000-01-01", "2018-11-04", "2018-02-18", "2024-02-29", "2024-11-03", "2011-12-30")
    for clock in ("00:00:00", "00:00:00.000001", "23:59:59.999999")
    for hour in (-11, -9, 0, 3, 4, 7, 8)
]
DAYS = [date(2011, 12, 29) + timedelta(days=n) for n in range(4)] + [
    *(date(2018, 11, 3), date(2018, 11, 4), date(2024, 3, 10), date(2024, 4, 26)),
    *(date(2024, 11, 3), date(2024, 11, 4), date(2024, 3, 31), date(2000, 1, 1)),
]


@pytest.fixture(scope="module")
def dates(spark):
    """By zone, the instants with their dates."""
    instants = frame(spark, "at timestamp, n int", [(each, n) for n, each in enumerate(INSTANTS)])
    columns = [date_of(F.col("at"), zone).alias(zone) for zone in ZONES]
    return instants.orderBy("n").select(*(column for column in columns)).collect()


@pytest.mark.parametrize("zone", ZONES)
def test_a_date_is_that_of_the_zone(dates, zone):
    expected = [each.astimezone(ZoneInfo(zone)).date() for each in INSTANTS]

    assert [row[zone] for row in dates] == expected


@pytest.fixture(scope="module")
def midnights(spark):
    """By zone, the days with the instants they begin at."""
    days = frame(spark, "day date, n int", [(each, n) for n, each in enumerate(DAYS)])
    columns = [F.unix_micros(midnight_before(F.col("day"), zone)).alias(zone) for zone in ZONES]
    return days.orderBy("n").select(*columns).collect()


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_begins_at_its_first_instant(midnights, zone):
    begins = [datetime.combine(day, time(), tzinfo=ZoneInfo(zone)) for day in DAYS]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    assert [row[zone] for row in midnights] == [
        (begin.astimezone(UTC) - epoch) // timedelta(microseconds=1) for begin in begins
    ]


def test_null_has_no_day(spark):
    nothing = frame(spark, "at timestamp", [(None,)])
    day = date_of(F.col("at"), "Europe/Paris")
    found = nothing.select(day, midnight_before(day, "Europe/Paris"))

    assert [tuple(row) for row in found.collect()] == [(None, None)]


def test_days_between_are_those_of_both_ends_and_all_between(spark):
    first, last = at("2024-02-27 22:59:59.999999"), at("2024-02-29 23:00:00")
    rows = frame(spark, "begin timestamp, end timestamp", [(first, last), (first, first)])
    found = rows.select(days_between(F.col("begin"), F.col("end"), "Europe/Paris"))

    days = [date(2024, 2, 27) + timedelta(days=n) for n in range(4)]
    assert [row[0] for row in found.collect()] == [days, days[:1]]
