"""The oracle's occupancy of gyms against cases worked out by hand from its definition."""

from datetime import UTC, date, datetime

import pytest

from oracle.expected import expect
from oracle.records import Rules
from oracle.sending import landed, workouts

M1, M2 = "aa:00:00:00:00:01", "aa:00:00:00:00:02"
T = int(datetime(2024, 2, 29, 17, tzinfo=UTC).timestamp())
DAY = date(2024, 2, 29)
MINE = landed("registered_users", f"1,7,{M1},{T}")


def hours(*visits, records=(), registered=MINE, zone="UTC"):
    """The rows of gym 1; visits are of a phone, from when until when."""
    lines = [f"{phone},1,{login},{logout}" for phone, login, logout in visits]
    files = registered + landed("gym_logins", *lines)
    found = expect(records, files, Rules(time_zone=zone)).tables["gold_db.gym_occupancy"]
    return sorted(row[1:] for row in found)


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        pytest.param([(M1, T, T + 600)], [(DAY, 17, 1, 1, 1, 10.0, 0.0)], id="one"),
        pytest.param([(M1, T, "")], [], id="an open visit"),
        pytest.param([(M1, T, T)], [], id="a visit of no length"),
        pytest.param([(M1, T, T + 0.000001)], [(DAY, 17, 1, 1, 1, 0.0, 0.0)], id="the shortest"),
        pytest.param([(M1, T, T + 0.3)], [(DAY, 17, 1, 1, 1, 0.01, 0.0)], id="rounded up"),
        pytest.param(
            [(M1, T, T + 600), (M2, T + 600, T + 900)],
            [(DAY, 17, 2, 2, 1, 15.0, 0.0)],
            id="one leaves as another comes",
        ),
        pytest.param(
            [(M1, T, T + 601), (M2, T + 600, T + 900)],
            [(DAY, 17, 2, 2, 2, 15.02, 0.0)],
            id="two for a second",
        ),
        pytest.param(
            [(M1, T, T + 600), (M1, T + 300, T + 900)],
            [(DAY, 17, 2, 1, 1, 15.0, 0.0)],
            id="one phone's visits are one person",
        ),
        pytest.param(
            [(M1, T - 60, T + 3660)],
            [(DAY, 16, 1, 1, 1, 1.0, 0.0), (DAY, 17, 0, 1, 1, 60.0, 0.0)]
            + [(DAY, 18, 0, 1, 1, 1.0, 0.0)],
            id="the login's hour counts the visit",
        ),
    ],
)
def test_occupancy(visits, expected):
    assert hours(*visits) == expected


def test_exercising_is_the_owners_of_the_moment():
    records = workouts((1, 2, 3, "start", T + 60), (1, 2, 3, "stop", T + 660))
    row = (DAY, 17, 1, 1, 1, 20.0, 10.0)
    assert hours((M1, T, T + 1200), records=records) == [row]
    passed_on = landed("registered_users", f"1,7,{M1},{T}", f"9,7,{M1},{T + 120}")
    row = (DAY, 17, 1, 1, 1, 20.0, 1.0)
    assert hours((M1, T, T + 1200), records=records, registered=passed_on) == [row]
    assert hours((M2, T, T + 1200), records=records) == [(DAY, 17, 1, 1, 1, 20.0, 0.0)]


def test_phones_of_one_member_count_each():
    records = workouts((1, 2, 3, "start", T), (1, 2, 3, "stop", T + 600))
    both = landed("registered_users", f"1,7,{M1},{T}", f"1,7,{M2},{T}")
    found = hours((M1, T, T + 600), (M2, T, T + 600), records=records, registered=both)
    assert found == [(DAY, 17, 2, 2, 2, 20.0, 20.0)]


@pytest.mark.parametrize(
    ("zone", "begin", "minutes", "expected"),
    [
        ("Europe/Paris", "2024-10-27 00:30", 120, [(27, 2, 90.0), (27, 3, 30.0)]),
        ("Europe/Paris", "2024-03-31 00:30", 60, [(31, 1, 30.0), (31, 3, 30.0)]),
        ("Asia/Kathmandu", "2024-06-01 18:00", 30, [(1, 23, 15.0), (2, 0, 15.0)]),
        ("America/St_Johns", "2010-11-07 02:00", 120, [(6, 23, 89.0), (7, 0, 31.0)]),
    ],
)
def test_hours_are_those_of_the_clock(zone, begin, minutes, expected):
    login = int(datetime.fromisoformat(begin).replace(tzinfo=UTC).timestamp())
    found = hours((M1, login, login + 60 * minutes), zone=zone)
    assert [(row[0].day, row[1], row[5]) for row in found] == expected
