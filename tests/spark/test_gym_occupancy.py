"""Who was in a gym in which hour of the business clock, and how many at once."""

from datetime import date
from functools import reduce

import pytest
from pyspark.sql import DataFrame

from gympulse.model.tables import COMPLETED_WORKOUTS, GYM_LOGS, GYM_OCCUPANCY, REGISTRATIONS
from gympulse.settings import Rules
from gympulse.transforms.gold.gym_occupancy import gym_occupancy
from gympulse.transforms.recipe import Scope
from spark.frames import assert_rows, at, collected, frame, noon

TICK, HOUR = 0.000001, 3600
DAY, NEXT = date(2024, 2, 29), date(2024, 3, 1)


def hour(hour, visits, visitors, peak, minutes, exercising=0.0, gym=0, of=DAY):
    """A row; the gym is counted from the case's first."""
    return (gym, of, hour, visits, visitors, peak, minutes, exercising)


# Visits (phone, login, logout) in gym 0 of the case, or (phone, login, logout, gym); workouts
# (user, start, end); registrations (user, phone, seconds), and the hours. Phones, users and
# gyms of a case are its own; instants count from noon.
CASES = {
    "a visit": ([(0, 0, 600)], [], [], [hour(12, 1, 1, 1, 10.0)]),
    "an open visit": ([(0, 0, None)], [], [], []),
    "a visit of no length": ([(0, 0, 0)], [], [], []),
    "the shortest visit": ([(0, 0, TICK)], [], [], [hour(12, 1, 1, 1, 0.0)]),
    "half a hundredth goes up": ([(0, 0, 0.3)], [], [], [hour(12, 1, 1, 1, 0.01)]),
    "less goes down": ([(0, 0, 0.299999)], [], [], [hour(12, 1, 1, 1, 0.0)]),
    "rounded as a whole, not by phone": (
        [(0, 0, 0.2), (1, 10, 10.2)],
        [],
        [],
        [hour(12, 2, 2, 1, 0.01)],
    ),
    "until the hour": ([(0, 1800, HOUR)], [], [], [hour(12, 1, 1, 1, 30.0)]),
    "from the hour": ([(0, HOUR, 5400)], [], [], [hour(13, 1, 1, 1, 30.0)]),
    "the login's hour counts the visit": (
        [(0, 1800, 3 * HOUR - 900)],
        [],
        [],
        [hour(12, 1, 1, 1, 30.0), hour(13, 0, 1, 1, 60.0), hour(14, 0, 1, 1, 45.0)],
    ),
    "a microsecond of the next hour": (
        [(0, 1800, HOUR + TICK)],
        [],
        [],
        [hour(12, 1, 1, 1, 30.0), hour(13, 0, 1, 1, 0.0)],
    ),
    "over midnight": (
        [(0, 11.5 * HOUR, 12.25 * HOUR)],
        [],
        [],
        [hour(23, 1, 1, 1, 30.0), hour(0, 0, 1, 1, 15.0, of=NEXT)],
    ),
    "until midnight": ([(0, 11.5 * HOUR, 12 * HOUR)], [], [], [hour(23, 1, 1, 1, 30.0)]),
    "two at once": ([(0, 0, 600), (1, 300, 900)], [], [], [hour(12, 2, 2, 2, 20.0)]),
    "one leaves as another comes": (
        [(0, 0, 600), (1, 600, 900)],
        [],
        [],
        [hour(12, 2, 2, 1, 15.0)],
    ),
    "one leaves just after another came": (
        [(0, 0, 600 + TICK), (1, 600, 900)],
        [],
        [],
        [hour(12, 2, 2, 2, 15.0)],
    ),
    "many come, some go": (
        [(0, 0, 600), (1, 60, 120), (2, 100, 700), (3, 120, 500), (4, 650, 800)],
        [],
        [],
        [hour(12, 5, 5, 3, 29.83)],
    ),
    "the peak of each hour": (
        [(0, 0, 5400), (1, 0, 600), (2, HOUR, 5400), (3, HOUR, HOUR + 60)],
        [],
        [],
        [hour(12, 2, 2, 2, 70.0), hour(13, 2, 3, 3, 61.0)],
    ),
    "one phone's visits that overlap are one person": (
        [(0, 0, 600), (0, 300, 900)],
        [],
        [],
        [hour(12, 2, 1, 1, 15.0)],
    ),
    "one phone's visits that touch": (
        [(0, 0, 600), (0, 600, 900)],
        [],
        [],
        [hour(12, 2, 1, 1, 15.0)],
    ),
    "one phone twice in an hour": (
        [(0, 0, 60), (0, 600, 660)],
        [],
        [],
        [hour(12, 2, 1, 1, 2.0)],
    ),
    "two gyms": (
        [(0, 0, 600), (1, 0, 600, 1)],
        [],
        [],
        [hour(12, 1, 1, 1, 10.0), hour(12, 1, 1, 1, 10.0, gym=1)],
    ),
    "a workout within": (
        [(0, 0, 1200)],
        [(0, 300, 600)],
        [(0, 0, -60)],
        [hour(12, 1, 1, 1, 20.0, 5.0)],
    ),
    "a workout over the hour": (
        [(0, 1800, 5400)],
        [(0, 0, 2 * HOUR)],
        [(0, 0, -60)],
        [hour(12, 1, 1, 1, 30.0, 30.0), hour(13, 0, 1, 1, 30.0, 30.0)],
    ),
    "a workout that ends at the login": (
        [(0, 600, 1200)],
        [(0, 0, 600)],
        [(0, 0, -60)],
        [hour(12, 1, 1, 1, 10.0)],
    ),
    "workouts at once count once": (
        [(0, 0, 1200)],
        [(0, 0, 600), (0, 300, 900)],
        [(0, 0, -60)],
        [hour(12, 1, 1, 1, 20.0, 15.0)],
    ),
    "two phones of one member count each": (
        [(0, 0, 600), (1, 0, 600)],
        [(0, 0, 600)],
        [(0, 0, -60), (0, 1, -60)],
        [hour(12, 2, 2, 2, 20.0, 20.0)],
    ),
    "the owner of the moment exercises": (
        [(0, 0, 1200)],
        [(0, 0, 1200), (1, 900, 1200)],
        [(0, 0, -60), (1, 0, 600)],
        [hour(12, 1, 1, 1, 20.0, 15.0)],
    ),
    "nobody owns the phone": (
        [(0, 0, 600)],
        [(0, 0, 600)],
        [],
        [hour(12, 1, 1, 1, 10.0)],
    ),
}
WIDTH = 10


def frames(spark, cases):
    """Visits, workouts and registrations of cases; a case has ten of everything."""
    visits, sessions, owned = [], [], []
    for case, (stays, trained, registered, _) in enumerate(cases):
        first = case * WIDTH
        for phone, login, logout, *gym in stays:
            until = logout if logout is None else noon(logout)
            visits.append((f"{first + phone}", first + sum(gym), noon(login), until))
        sessions += [
            (first + user, 1, n, noon(begin), noon(end))
            for n, (user, begin, end) in enumerate(trained)
        ]
        owned += [(first + user, 1, f"{first + phone}", noon(s)) for user, phone, s in registered]
    return (
        frame(spark, GYM_LOGS, visits),
        frame(spark, COMPLETED_WORKOUTS, sessions),
        frame(spark, REGISTRATIONS, owned),
    )


@pytest.fixture(scope="module")
def found(spark):
    return collected(gym_occupancy(*frames(spark, CASES.values()), Rules()), GYM_OCCUPANCY)


@pytest.mark.parametrize(("case", "name"), list(enumerate(CASES)))
def test_gym_occupancy(found, case, name):
    first = case * WIDTH
    expected = [(first + gym, *rest) for gym, *rest in CASES[name][3]]

    assert_rows([r for r in found if r["gym_id"] // WIDTH == case], GYM_OCCUPANCY, expected)


# A zone, a visit in UTC, and the minutes of each of its hours there.
ZONES = {
    "UTC": ("2024-06-01 18:00", "2024-06-01 19:30", {"06-01 18": 60.0, "06-01 19": 30.0}),
    "Asia/Kathmandu": (
        "2024-06-01 18:00",
        "2024-06-01 18:30",
        {"06-01 23": 15.0, "06-02 00": 15.0},
    ),
    "Asia/Kolkata": ("2024-06-01 18:00", "2024-06-01 19:00", {"06-01 23": 30.0, "06-02 00": 30.0}),
    # The hour that clocks pass over has no row.
    "Europe/Paris": ("2024-03-31 00:30", "2024-03-31 01:30", {"03-31 01": 30.0, "03-31 03": 30.0}),
    # The hour that comes twice is one of two hours.
    "America/New_York": (
        "2024-11-03 04:30",
        "2024-11-03 07:15",
        {"11-03 00": 30.0, "11-03 01": 120.0, "11-03 02": 15.0},
    ),
    # Clocks go by half an hour.
    "Australia/Lord_Howe": (
        "2024-04-06 14:00",
        "2024-04-06 16:00",
        {"04-07 01": 90.0, "04-07 02": 30.0},
    ),
    # Clocks go at a minute past midnight, back to the day before.
    "America/St_Johns": (
        "2010-11-07 02:00",
        "2010-11-07 04:00",
        {"11-06 23": 89.0, "11-07 00": 31.0},
    ),
    # Clocks go back by three hours: each of them comes twice, with others in between.
    "Antarctica/Casey": (
        "2010-03-04 14:30",
        "2010-03-04 18:15",
        {"03-05 01": 90.0, "03-04 23": 60.0, "03-05 00": 60.0, "03-05 02": 15.0},
    ),
    # A day that was left out.
    "Pacific/Apia": (
        "2011-12-30 09:30",
        "2011-12-30 10:30",
        {"12-29 23": 30.0, "12-31 00": 30.0},
    ),
}


@pytest.fixture(scope="module")
def by_zone(spark):
    """The hours of each zone's visit, in a gym that is numbered like it."""
    nothing = [frame(spark, table, []) for table in (COMPLETED_WORKOUTS, REGISTRATIONS)]
    occupied = [
        gym_occupancy(
            frame(spark, GYM_LOGS, [("aa", number, at(login), at(logout))]),
            *nothing,
            Rules(time_zone=zone),
        )
        for number, (zone, (login, logout, _)) in enumerate(ZONES.items())
    ]
    return collected(reduce(DataFrame.unionByName, occupied), GYM_OCCUPANCY)


@pytest.mark.parametrize(("number", "zone"), list(enumerate(ZONES)))
def test_hours_are_those_of_the_zones_clock(by_zone, number, zone):
    login, _, hours = ZONES[zone]
    days = {each: date.fromisoformat(f"{login[:4]}-{each[:5]}") for each in hours}
    first = next(iter(hours))
    expected = [
        (number, days[each], int(each[6:]), int(each == first), 1, 1, minutes, 0.0)
        for each, minutes in hours.items()
    ]

    assert_rows([r for r in by_zone if r["gym_id"] == number], GYM_OCCUPANCY, expected)


def test_the_hour_that_comes_twice_is_counted_once(spark):
    """One who comes again in it is one person, and those of either hour are not together."""
    visits = [
        ("a", 1, at("2024-11-03 05:10"), at("2024-11-03 05:20")),
        ("a", 1, at("2024-11-03 06:10"), at("2024-11-03 06:20")),
        ("b", 1, at("2024-11-03 06:30"), at("2024-11-03 06:35")),
    ]
    nothing = [frame(spark, table, []) for table in (COMPLETED_WORKOUTS, REGISTRATIONS)]
    rows = gym_occupancy(
        frame(spark, GYM_LOGS, visits), *nothing, Rules(time_zone="America/New_York")
    )

    assert_rows(
        collected(rows, GYM_OCCUPANCY),
        GYM_OCCUPANCY,
        [(1, date(2024, 11, 3), 1, 3, 2, 1, 25.0, 0.0)],
    )


def test_of_a_long_visit_only_what_is_in_scope(spark):
    """A visit of a century is no more work for a batch than the hours that it touches."""
    visits = [
        ("a", 1, at("2000-01-01 00:00"), at("2099-12-31 00:00")),
        ("b", 1, at("2024-06-01 19:00"), at("2024-06-01 19:10")),
        ("c", 1, at("2024-06-01 12:00"), at("2024-06-01 13:00")),
    ]
    nothing = [frame(spark, table, []) for table in (COMPLETED_WORKOUTS, REGISTRATIONS)]
    scope = Scope(spans=((at("2024-06-01 18:00"), at("2024-06-01 20:00")),))
    rows = gym_occupancy(frame(spark, GYM_LOGS, visits), *nothing, Rules(), scope)

    assert_rows(
        collected(rows, GYM_OCCUPANCY),
        GYM_OCCUPANCY,
        [
            (1, date(2024, 6, 1), 18, 0, 1, 1, 60.0, 0.0),
            (1, date(2024, 6, 1), 19, 1, 2, 2, 70.0, 0.0),
        ],
    )
