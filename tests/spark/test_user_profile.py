"""Which profile events count, and the stretches and the present profile they make."""

from datetime import date

import pytest

from gympulse.model.tables import USER_PROFILE, USER_PROFILE_EVENTS, USER_PROFILE_HISTORY
from gympulse.transforms.silver.user_profile import user_profile
from gympulse.transforms.silver.user_profile_history import user_profile_history
from spark.frames import assert_rows, collected, frame, noon

BORN = date(2000, 2, 29)
NOBODY = (None,) * 9


def person(city="Boston", dob=BORN, zip_="02139"):
    """A profile; two of different city differ in no other column."""
    return (dob, "F", "female", "Ada", "Łukasz", "1 Main St", city, "MA", zip_)


PERSON = person()


def event(seconds, action="update", profile=PERSON, position=None):
    """An event but for its user."""
    return (noon(seconds), position, action, *profile)


def stretch(begin, end=None, profile=PERSON):
    """A row of the history but for its user."""
    return (noon(begin), None if end is None else noon(end), end is None, *profile)


A, B = person("Albany"), person("Boston")
# Events of one user, and the stretches they make.
CASES = {
    "a lone event": ([event(0, "new")], [stretch(0)]),
    "a change": (
        [event(0, "new", A), event(60, "update", B)],
        [stretch(0, 60, A), stretch(60, None, B)],
    ),
    "in any order of arrival": (
        [event(60, "update", B), event(0, "new", A)],
        [stretch(0, 60, A), stretch(60, None, B)],
    ),
    "an append replaces the whole profile": (
        [event(0, "new", A), event(60, "append", (BORN, *NOBODY[1:]))],
        [stretch(0, 60, A), stretch(60, None, (BORN, *NOBODY[1:]))],
    ),
    "repeats and snapshots add none": (
        [event(s, a, A, p) for s, a, p in ((0, "new", None), (30, "new", ""), (60, "update", "7"))],
        [stretch(0, None, A)],
    ),
    "a profile of nulls is one": ([event(0, "new", NOBODY)], [stretch(0, None, NOBODY)]),
    "nulls repeat too": (
        [event(0, "new", NOBODY), event(60, "update", NOBODY)],
        [stretch(0, None, NOBODY)],
    ),
    "there and back": (
        [event(0, "new", A), event(60, profile=B), event(120, profile=A)],
        [stretch(0, 60, A), stretch(60, 120, B), stretch(120, None, A)],
    ),
    "a delete closes and adds no row": (
        [event(0, "new", A), event(60, "delete", A)],
        [stretch(0, 60, A)],
    ),
    "a delete alone": ([event(0, "delete", A)], []),
    "a delete of a profile of nulls": (
        [event(0, "new", NOBODY), event(60, "delete", NOBODY)],
        [stretch(0, 60, NOBODY)],
    ),
    "the same profile after a delete is a stretch of its own": (
        [event(0, "new", A), event(60, "delete", A), event(120, "new", A)],
        [stretch(0, 60, A), stretch(120, None, A)],
    ),
    "two deletes close once": (
        [event(0, "new", A), event(60, "delete", A), event(90, "delete", B)],
        [stretch(0, 60, A)],
    ),
    "a delete first": (
        [event(0, "delete", NOBODY), event(60, "new", A)],
        [stretch(60, None, A)],
    ),
    "an update without a new": ([event(0, "update", A)], [stretch(0, None, A)]),
    "a microsecond apart": (
        [event(0, "new", A), event(0.000001, "new", B)],
        [stretch(0, 0.000001, A), stretch(0.000001, None, B)],
    ),
    # From here on events of one instant: which of them counts.
    "append beats new": ([event(0, "new", B), event(0, "append", A)], [stretch(0, None, A)]),
    "update beats append": ([event(0, "append", B), event(0, "update", A)], [stretch(0, None, A)]),
    "delete beats update": ([event(0, "update", B), event(0, "delete", A)], []),
    "of equal ranks the greater column": (
        [event(0, "new", A), event(0, "new", B)],
        [stretch(0, None, B)],
    ),
    "the earlier column decides": (
        [
            event(0, "new", person("Albany", date(2000, 3, 1))),
            event(0, "new", person("Boston", date(2000, 2, 29))),
        ],
        [stretch(0, None, person("Albany", date(2000, 3, 1)))],
    ),
    "the last column decides too": (
        [event(0, "new", person(zip_="1")), event(0, "new", person(zip_="02"))],
        [stretch(0, None, person(zip_="1"))],
    ),
    "nulls are lowest": (
        [event(0, "new", person(None)), event(0, "new", person(""))],
        [stretch(0, None, person(""))],
    ),
    "a null date is lowest": (
        [event(0, "new", person("Zurich", None)), event(0, "new", person("Albany"))],
        [stretch(0, None, person("Albany"))],
    ),
    "the last in the log, whatever its rank": (
        [event(0, "update", B, "9"), event(0, "new", A, "10")],
        [stretch(0, None, A)],
    ),
    "an insert after a delete in the log": (
        [event(0, "delete", B, "9"), event(0, "new", A, "10")],
        [stretch(0, None, A)],
    ),
    "a delete after an insert in the log": (
        [event(0, "new", A, "9"), event(0, "delete", B, "10")],
        [],
    ),
    "positions are numbers, not texts": (
        [event(0, "new", B, "99"), event(0, "new", A, "100")],
        [stretch(0, None, A)],
    ),
    "no position is lowest": (
        [event(0, "delete", B, ""), event(0, "new", A, "0")],
        [stretch(0, None, A)],
    ),
    "of equal positions the higher rank": (
        [event(0, "new", B, "9"), event(0, "update", A, "9")],
        [stretch(0, None, A)],
    ),
    "the greater commit": (
        [
            event(0, "new", B, "27:0005/27:0009"),
            event(0, "new", A, "27:0011/27:0002"),
        ],
        [stretch(0, None, A)],
    ),
    "in one commit the greater change": (
        [event(0, "new", B, "27:5/27:2"), event(0, "new", A, "27:5/27:3")],
        [stretch(0, None, A)],
    ),
    "in one commit a change beats none": (
        [event(0, "delete", B, "27:5"), event(0, "new", A, "27:5/27:3")],
        [stretch(0, None, A)],
    ),
    "a flat event stands beside the last of the log": (
        [event(0, "update", A), event(0, "new", B, "9")],
        [stretch(0, None, A)],
    ),
    "beaten by the log's if that ranks higher": (
        [event(0, "append", B), event(0, "update", A, "9")],
        [stretch(0, None, A)],
    ),
    "a change that is not the log's last counts not even against flat ones": (
        [event(0, "update", A), event(0, "delete", B, "9"), event(0, "new", B, "10")],
        [stretch(0, None, A)],
    ),
    "a flat delete beats the log": ([event(0, "new", A, "9"), event(0, "delete", B)], []),
}


@pytest.fixture(scope="module")
def events(spark):
    """The events of all cases; a case is a user."""
    sent = enumerate(sent for sent, _ in CASES.values())
    return frame(spark, USER_PROFILE_EVENTS, ((user, *e) for user, rows in sent for e in rows))


@pytest.fixture(scope="module")
def history(events):
    return collected(user_profile_history(events), USER_PROFILE_HISTORY)


@pytest.fixture(scope="module")
def profiles(events):
    return collected(user_profile(events), USER_PROFILE)


@pytest.mark.parametrize(("user", "name"), list(enumerate(CASES)))
def test_user_profile_history(history, user, name):
    expected = [(user, *each) for each in CASES[name][1]]

    assert_rows([r for r in history if r["user_id"] == user], USER_PROFILE_HISTORY, expected)


@pytest.mark.parametrize(("user", "name"), list(enumerate(CASES)))
def test_user_profile_is_the_open_stretch(profiles, user, name):
    """``updated`` is the instant since which its values have held without a break."""
    open_ones = [each for each in CASES[name][1] if each[2]]
    expected = [(user, *profile, begin) for begin, _, _, *profile in open_ones]

    assert_rows([r for r in profiles if r["user_id"] == user], USER_PROFILE, expected)


def test_without_events_there_is_nothing(spark):
    nothing = frame(spark, USER_PROFILE_EVENTS, [])

    assert collected(user_profile_history(nothing), USER_PROFILE_HISTORY) == []
