"""Which readings are within which workout, by the wearable's owner at the reading's time."""

from datetime import date

import pytest

from gympulse.model.tables import COMPLETED_WORKOUTS, HEART_RATE, REGISTRATIONS, WORKOUT_BPM
from gympulse.transforms.silver.workout_bpm import workout_bpm
from spark.frames import assert_rows, collected, frame, noon

TICK = 0.000001
DAY = date(2024, 2, 29)
OWNED = [(0, 0, -86400)]


def alone(*seconds, session=(0, 600), owned=OWNED):
    """Readings of wearable 0, with one session of user 0."""
    return [(0, each) for each in seconds], [(0, 1, 1, *session)], owned


# Readings (device, seconds), sessions (user, workout, session, start, end), registrations
# (user, device, seconds), and the readings within sessions (user, workout, start, device,
# seconds). Users and devices of a case are its own.
CASES = {
    "within the workout": (*alone(300), [(0, 1, 0, 0, 300)]),
    "at the very start": (*alone(0), []),
    "just after the start": (*alone(TICK), [(0, 1, 0, 0, TICK)]),
    "at the very end": (*alone(600), [(0, 1, 0, 0, 600)]),
    "just after the end": (*alone(600 + TICK), []),
    "before the workout": (*alone(-TICK, -3600), []),
    "on an hour's bound": (*alone(3600, session=(3000, 4000)), [(0, 1, 3000, 0, 3600)]),
    "over twelve hours": (
        *alone(TICK, 3599, 7200, 20000, 43200, session=(0, 43200)),
        [(0, 1, 0, 0, s) for s in (TICK, 3599, 7200, 20000, 43200)],
    ),
    "an end on an hour's bound": (*alone(3600, session=(3000, 3600)), [(0, 1, 3000, 0, 3600)]),
    "back to back, in the first": (
        [(0, 600)],
        [(0, 1, 1, 0, 600), (0, 1, 1, 600, 1200)],
        OWNED,
        [(0, 1, 0, 0, 600)],
    ),
    "two workouts at once": (
        [(0, 300)],
        [(0, 1, 1, 0, 600), (0, 2, 1, 100, 600)],
        OWNED,
        [(0, 1, 0, 0, 300), (0, 2, 100, 0, 300)],
    ),
    "two wearables of one member": (
        [(0, 300), (1, 300)],
        [(0, 1, 1, 0, 600)],
        [(0, 0, -60), (0, 1, -60)],
        [(0, 1, 0, 0, 300), (0, 1, 0, 1, 300)],
    ),
    "a wearable that nobody registered": (*alone(300, owned=[(0, 9, -60)]), []),
    "a wearable of another": (*alone(300, owned=[(1, 0, -60)]), []),
    "before its first registration it belongs to the first": (
        *alone(300, owned=[(0, 0, 500)]),
        [(0, 1, 0, 0, 300)],
    ),
    "registered twice by its owner, a reading counts once": (
        *alone(200, 300, 400, owned=[(0, 0, -60), (0, 0, 300)]),
        [(0, 1, 0, 0, s) for s in (200, 300, 400)],
    ),
    "passed on within a workout": (
        *alone(299, 300, 301, owned=[(0, 0, -60), (1, 0, 300)]),
        [(0, 1, 0, 0, 299)],
    ),
    "passed on within two members' workouts": (
        [(0, 299), (0, 300)],
        [(0, 1, 1, 0, 600), (1, 1, 1, 0, 600)],
        [(0, 0, -60), (1, 0, 300)],
        [(0, 1, 0, 0, 299), (1, 1, 0, 0, 300)],
    ),
    "registered by two at one instant, of the greater": (
        [(0, 300)],
        [(0, 1, 1, 0, 600), (1, 1, 1, 0, 600)],
        [(1, 0, -60), (0, 0, -60)],
        [(1, 1, 0, 0, 300)],
    ),
}
WIDTH = 10


@pytest.fixture(scope="module")
def found(spark):
    """The readings within workouts of all cases; a case has ten users and ten devices."""
    readings, sessions, registrations = [], [], []
    for case, (read, trained, registered, _) in enumerate(CASES.values()):
        own = case * WIDTH
        readings += [(own + device, noon(s), 60.0 + device, DAY) for device, s in read]
        sessions += [(own + u, w, n, noon(begin), noon(end)) for u, w, n, begin, end in trained]
        registrations += [(own + u, own + d, "aa", noon(s)) for u, d, s in registered]
    rows = workout_bpm(
        frame(spark, HEART_RATE, readings),
        frame(spark, COMPLETED_WORKOUTS, sessions),
        frame(spark, REGISTRATIONS, registrations),
    )
    return collected(rows, WORKOUT_BPM)


@pytest.mark.parametrize(("case", "name"), list(enumerate(CASES)))
def test_workout_bpm(found, case, name):
    _, sessions, _, within = CASES[name]
    ends = {(user, workout, begin): end for user, workout, _, begin, end in sessions}
    own = case * WIDTH
    expected = [
        (own + u, w, 1, noon(begin), own + d, noon(s), noon(ends[u, w, begin]), 60.0 + d)
        for u, w, begin, d, s in within
    ]

    assert_rows([r for r in found if r["user_id"] // WIDTH == case], WORKOUT_BPM, expected)
