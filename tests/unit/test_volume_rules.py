"""What is unusual of the records that sources bring, on both sides of each bound."""

from datetime import UTC, datetime, timedelta

import pytest

from gympulse.errors import BadSettings
from gympulse.io.volumes import Taken
from gympulse.model.tables import HEART_RATE, WORKOUTS
from gympulse.recipes import refuse_actions
from gympulse.settings import Rules
from gympulse.volume_rules import look

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def batch(ago: timedelta = HOUR / 2, rows: int = 100, bad: int = 0, run: str = "now") -> Taken:
    """A batch of heart rate, so long ago."""
    return Taken("heart_rate", run, NOW - ago, rows, bad)


def weekly(present: int, *before: int) -> list[Taken]:
    """The present hour's records, and those of the same hour, week by week back."""
    times = [batch(rows=present)]
    times += [batch(week * WEEK + HOUR / 2, rows) for week, rows in enumerate(before, start=1)]
    # It is known from before the first of these hours on.
    return [*times, batch((len(before) or 1) * WEEK + 3 * HOUR, 1)]


def hourly(hours: range) -> list[Taken]:
    """A batch in each of the hours back from now."""
    return [batch(hour * HOUR + HOUR / 2) for hour in hours]


CASES = {
    "nothing was ever brought": ([], []),
    "all is well": ([batch()], []),
    "a day old": ([batch(24 * HOUR)], []),
    "older than a day": ([batch(24 * HOUR + HOUR / 3600)], [("stale_source", 0, 0)]),
    "what brought no rows does not count": (
        [batch(25 * HOUR), batch(rows=0)],
        [("stale_source", 0, 0)],
    ),
    "what a clock that was ahead has entered does not count": (
        [batch(25 * HOUR), batch(-25 * HOUR)],
        [("stale_source", 0, 0)],
    ),
    "5% rejected": ([batch(rows=100, bad=5)], []),
    "more than 5% rejected": ([batch(rows=100, bad=6)], [("many_rejected", 100, 6)]),
    "few records, all rejected": ([batch(rows=19, bad=19)], []),
    "as many as count": ([batch(rows=20, bad=20)], [("many_rejected", 20, 20)]),
    "another run's": ([batch(rows=100, bad=100, run="before"), batch()], []),
    "two batches of a run": ([batch(bad=2), batch(bad=9)], [("many_rejected", 200, 11)]),
    "quiet for two hours": (hourly(range(2, 14)), [("quiet_source", 0, 0)]),
    "not in most hours": (hourly(range(2, 13)), []),
    "an hour ago": (hourly(range(1, 14)), []),
    "half the usual volume": (weekly(50, 100, 100), []),
    "less than half": (weekly(49, 100, 100), [("unusual_volume", 49, 51)]),
    "more by half": (weekly(150, 100, 100), []),
    "more than that": (weekly(151, 100, 100), [("unusual_volume", 151, 51)]),
    "the median counts": (weekly(100, 100, 100, 100, 9000), []),
    "a single week is no custom": (weekly(1, 100), []),
    "small volumes": (weekly(1, 19, 19), []),
}


@pytest.mark.parametrize(("taken", "expected"), CASES.values(), ids=CASES)
def test_what_is_unusual(taken: list[Taken], expected: list[tuple]) -> None:
    found = look(taken, [HEART_RATE, WORKOUTS], "now", NOW, Rules())
    assert [(each.rule, each.rows_read, each.unexpected) for each in found] == expected
    assert all(each.table == "heart_rate" for each in found)


def test_a_finding_says_what_is_expected() -> None:
    rules = Rules(max_rejected_percent=1, actions=(("many_rejected", "fail"),))
    (found,) = look([batch(bad=2)], [HEART_RATE], "now", NOW, rules)
    assert str(found) == (
        "heart_rate: 2 of 100 rows are many_rejected. "
        "Expected: At most 1% of a run's records are set aside."
    )
    assert found.consequence == "fail"


ACTIONS = {
    "by default": ((), []),
    "to fail": ((("bad_heartrate", "fail"), ("stale_source", "fail")), []),
    "as it is": ((("bad_heartrate", "quarantine"), ("clock_ahead", "warn")), []),
    "a bad row may not stay": (
        (("bad_heartrate", "warn"),),
        ["--expectation sets bad_heartrate to warn; it can be fail or quarantine."],
    ),
    "a wearable cannot be set aside": (
        (("unregistered_device", "quarantine"),),
        ["--expectation sets unregistered_device to quarantine; it can be fail or warn."],
    ),
}


@pytest.mark.parametrize(("actions", "problems"), ACTIONS.values(), ids=ACTIONS)
def test_actions(actions: tuple, problems: list[str]) -> None:
    found = []
    try:
        refuse_actions(Rules(actions=actions))
    except BadSettings as error:
        found += error.problems
    assert found == problems


def test_an_unknown_expectation_is_named() -> None:
    with pytest.raises(BadSettings, match=r"^--expectation names bad_luck; known: bad_"):
        refuse_actions(Rules(actions=(("bad_luck", "warn"),)))
