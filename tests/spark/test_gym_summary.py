"""Time in the gym and time exercising, cut at the midnights of the business time zone."""

from datetime import date, timedelta
from functools import reduce

import pytest
from pyspark.sql import DataFrame

from gympulse.model.tables import COMPLETED_WORKOUTS, GYM_LOGS, GYM_SUMMARY, REGISTRATIONS
from gympulse.settings import Rules
from gympulse.transforms.gold.gym_summary import gym_summary
from gympulse.transforms.gold.stays import merged
from gympulse.transforms.recipe import Scope
from spark.frames import assert_rows, at, collected, frame, noon

TICK, HOUR = 0.000001, 3600
DAY, NEXT = date(2024, 2, 29), date(2024, 3, 1)
OWNED = [(0, -86400)]


def day(minutes_in_gym, minutes_exercising=0.0, workouts=(), gym=1, of=DAY):
    """A row but for its phone."""
    return (gym, of, list(workouts), minutes_in_gym, minutes_exercising)


# Of one phone: visits (gym, login, logout), workouts (user, workout, start, end),
# registrations (user, seconds), and the days. Users of a case are its own.
CASES = {
    "a visit": ([(1, 0, 600)], [], OWNED, [day(10.0)]),
    "an open visit": ([(1, 0, None)], [], OWNED, []),
    "a visit of no length": ([(1, 0, 0)], [], OWNED, []),
    "the shortest visit": ([(1, 0, TICK)], [], OWNED, [day(0.0)]),
    "rounded down": ([(1, 0, 0.299999)], [], OWNED, [day(0.0)]),
    "half a hundredth goes up": ([(1, 0, 0.3)], [], OWNED, [day(0.01)]),
    "rounded down again": ([(1, 0, 0.899999)], [], OWNED, [day(0.01)]),
    "a half above an odd one goes up": ([(1, 0, 0.9)], [], OWNED, [day(0.02)]),
    "rounded as a whole, not by visit": (
        [(1, 0, 0.2), (1, 10, 10.2)],
        [],
        OWNED,
        [day(0.01)],
    ),
    "visits that overlap": ([(1, 0, 600), (1, 300, 1200)], [], OWNED, [day(20.0)]),
    "visits that touch": ([(1, 0, 600), (1, 600, 1200)], [], OWNED, [day(20.0)]),
    "a visit within another": ([(1, 0, 1200), (1, 300, 600)], [], OWNED, [day(20.0)]),
    "visits apart": ([(1, 0, 600), (1, 900, 1200)], [], OWNED, [day(15.0)]),
    "a short one within a long one, then another": (
        [(1, 0, 1200), (1, 60, 120), (1, 1100, 1260)],
        [],
        OWNED,
        [day(21.0)],
    ),
    "two gyms at once": (
        [(1, 0, 600), (2, 300, 1200)],
        [(0, 7, 0, 600)],
        OWNED,
        [day(10.0, 10.0, [7]), day(15.0, 5.0, [7], gym=2)],
    ),
    "over midnight": (
        [(1, 11 * HOUR, 14 * HOUR)],
        [(0, 7, 11.5 * HOUR, 12.5 * HOUR)],
        OWNED,
        [day(60.0, 30.0, [7]), day(120.0, 30.0, [7], of=NEXT)],
    ),
    "until midnight": ([(1, 11 * HOUR, 12 * HOUR)], [], OWNED, [day(60.0)]),
    "from midnight": ([(1, 12 * HOUR, 13 * HOUR)], [], OWNED, [day(60.0, of=NEXT)]),
    "a workout only after midnight": (
        [(1, 11 * HOUR, 13 * HOUR)],
        [(0, 7, 12 * HOUR, 13 * HOUR)],
        OWNED,
        [day(60.0), day(60.0, 60.0, [7], of=NEXT)],
    ),
    "a day and more": (
        [(1, 11 * HOUR, 37 * HOUR)],
        [],
        OWNED,
        [day(60.0), day(1440.0, of=NEXT), day(60.0, of=date(2024, 3, 2))],
    ),
    "a workout within": ([(1, 0, 3600)], [(0, 7, 600, 1200)], OWNED, [day(60.0, 10.0, [7])]),
    "a workout around": ([(1, 0, 600)], [(0, 7, -600, 1200)], OWNED, [day(10.0, 10.0, [7])]),
    "a workout that ends at the login": ([(1, 0, 600)], [(0, 7, -600, 0)], OWNED, [day(10.0)]),
    "a workout from the logout": ([(1, 0, 600)], [(0, 7, 600, 1200)], OWNED, [day(10.0)]),
    "a microsecond of a workout": (
        [(1, 0, 600)],
        [(0, 7, -600, TICK)],
        OWNED,
        [day(10.0, 0.0, [7])],
    ),
    "workouts are sorted and distinct": (
        [(1, 0, 3600)],
        [(0, 10, 0, 600), (0, 9, 900, 1200), (0, 10, 1200, 1500)],
        OWNED,
        [day(60.0, 20.0, [9, 10])],
    ),
    "workouts at once count once": (
        [(1, 0, 3600)],
        [(0, 8, 0, 600), (0, 9, 300, 900)],
        OWNED,
        [day(60.0, 15.0, [8, 9])],
    ),
    "a workout over two visits": (
        [(1, 0, 600), (1, 1200, 1800)],
        [(0, 7, 0, 1800)],
        OWNED,
        [day(20.0, 20.0, [7])],
    ),
    "nobody owns the phone": ([(1, 0, 600)], [(0, 7, 0, 600)], [], [day(10.0)]),
    "a workout of another": ([(1, 0, 600)], [(1, 7, 0, 600)], OWNED, [day(10.0)]),
    "before its first registration it is the first's": (
        [(1, 0, 600)],
        [(0, 7, 0, 600)],
        [(0, 86400)],
        [day(10.0, 10.0, [7])],
    ),
    "passed on within the visit": (
        [(1, 0, 3600)],
        [(0, 7, 0, 3600), (1, 8, 0, 3600)],
        [(0, -60), (1, 600)],
        [day(60.0, 60.0, [7, 8])],
    ),
    "passed on to one who rests": (
        [(1, 0, 3600)],
        [(0, 7, 0, 3600)],
        [(0, -60), (1, 600)],
        [day(60.0, 10.0, [7])],
    ),
    "passed on within the new owner's workout": (
        [(1, 0, 3600)],
        [(1, 8, 0, 3600)],
        [(0, -60), (1, 600)],
        [day(60.0, 50.0, [8])],
    ),
    "passed on before the workout": (
        [(1, 0, 3600)],
        [(0, 7, 600, 3600)],
        [(0, -60), (1, 600)],
        [day(60.0)],
    ),
    "registered twice by its owner": (
        [(1, 0, 3600)],
        [(0, 7, 0, 3600)],
        [(0, -60), (0, 600)],
        [day(60.0, 60.0, [7])],
    ),
}
WIDTH = 10


def frames(spark, cases):
    """Visits, workouts and registrations of cases; a case is a phone, with ten users."""
    visits, sessions, owned = [], [], []
    for case, (stays, trained, registered, _) in enumerate(cases):
        until = [(g, i, o if o is None else noon(o)) for g, i, o in stays]
        visits += [(f"{case}", gym, noon(login), logout) for gym, login, logout in until]
        sessions += [
            (case * WIDTH + u, w, n, noon(b), noon(e)) for n, (u, w, b, e) in enumerate(trained)
        ]
        owned += [(case * WIDTH + user, 1, f"{case}", noon(since)) for user, since in registered]
    return (
        frame(spark, GYM_LOGS, visits),
        frame(spark, COMPLETED_WORKOUTS, sessions),
        frame(spark, REGISTRATIONS, owned),
    )


@pytest.fixture(scope="module")
def found(spark):
    return collected(gym_summary(*frames(spark, CASES.values()), Rules()), GYM_SUMMARY)


@pytest.mark.parametrize(("case", "name"), list(enumerate(CASES)))
def test_gym_summary(found, case, name):
    days = CASES[name][3]
    expected = [(gym, f"{case}", of, *rest) for gym, of, *rest in days]

    assert_rows([r for r in found if r["mac_address"] == f"{case}"], GYM_SUMMARY, expected)


# A zone, a visit in UTC, and the minutes of each of its days there.
ZONES = {
    "Asia/Kathmandu": ("2024-06-01 18:00", "2024-06-01 18:30", {"06-01": 15.0, "06-02": 15.0}),
    # The day that clocks go forward has 23 hours.
    "America/New_York": (
        "2024-03-10 04:00",
        "2024-03-11 05:00",
        {"03-09": 60.0, "03-10": 1380.0, "03-11": 60.0},
    ),
    # A day that was left out.
    "Pacific/Apia": ("2011-12-30 09:00", "2011-12-30 11:00", {"12-29": 60.0, "12-31": 60.0}),
}


@pytest.fixture(scope="module")
def by_zone(spark):
    """The days of each zone's visit, on a phone that is named like it."""
    nothing = [frame(spark, table, []) for table in (COMPLETED_WORKOUTS, REGISTRATIONS)]
    visits = [
        frame(spark, GYM_LOGS, [(zone, 1, at(login), at(logout))])
        for zone, (login, logout, _) in ZONES.items()
    ]
    summaries = [
        gym_summary(visit, *nothing, Rules(time_zone=zone))
        for zone, visit in zip(ZONES, visits, strict=True)
    ]
    return collected(reduce(DataFrame.unionByName, summaries), GYM_SUMMARY)


@pytest.mark.parametrize("zone", ZONES)
def test_visits_are_cut_at_the_zones_midnights(by_zone, zone):
    login, _, days = ZONES[zone]
    expected = [
        (1, zone, date.fromisoformat(f"{login[:4]}-{each}"), [], minutes, 0.0)
        for each, minutes in days.items()
    ]

    assert_rows([r for r in by_zone if r["mac_address"] == zone], GYM_SUMMARY, expected)


def test_merged_stretches_do_not_overlap(spark):
    """Also where one that began earlier outlasts the one before."""
    ddl = "gym_id bigint, mac_address string, date date, begin timestamp, end timestamp"
    pieces = [(0, 10), (2, 4), (3, 12), (12, 13), (20, 21), (20, 21), (14, 15)]
    rows = [(1, "aa", DAY, noon(begin), noon(end)) for begin, end in pieces]
    found = merged(frame(spark, ddl, rows)).select("begin", "end").collect()

    assert sorted(end - begin for begin, end in found) == [
        timedelta(seconds=length) for length in (1, 1, 13)
    ]


def test_of_a_long_visit_only_what_is_in_scope(spark):
    """A visit of a century is no more work for a batch than the days that it touches."""
    visits = [
        ("a", 1, at("2000-01-01 00:00"), at("2099-12-31 00:00")),
        ("b", 1, at("2024-05-31 12:00"), at("2024-05-31 13:00")),
        ("c", 1, at("2024-06-01 12:00"), at("2024-06-01 13:00")),
    ]
    nothing = [frame(spark, table, []) for table in (COMPLETED_WORKOUTS, REGISTRATIONS)]
    scope = Scope(spans=((at("2024-06-01 00:00"), at("2024-06-01 23:00")),))
    rows = gym_summary(frame(spark, GYM_LOGS, visits), *nothing, Rules(), scope)

    assert_rows(
        collected(rows, GYM_SUMMARY),
        GYM_SUMMARY,
        [
            (1, "a", date(2024, 6, 1), [], 1440.0, 0.0),
            (1, "c", date(2024, 6, 1), [], 60.0, 0.0),
        ],
    )
