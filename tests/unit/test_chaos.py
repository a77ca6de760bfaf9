"""The suite of faults: checks that cannot fail are noticed, and points are still there."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path

import pytest

from chaos import report
from chaos.driver import happening
from chaos.outcome import Check, Outcome
from chaos.points import POINTS, Point
from chaos.recovery import Times
from gympulse.model.tables import HEART_RATE, KAFKA_MULTIPLEX, WORKOUT_BPM_SUMMARY
from gympulse.recipes import RECIPE_OF


class Tank:
    """Something that can be empty."""

    is_full = True

    def look(self) -> str:
        """Say that it is full."""
        if not self.is_full:
            raise AssertionError("it is empty")
        return "full"

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """Be empty for a moment."""
        self.is_full = False
        yield
        self.is_full = True


def test_a_check_is_held_that_is_so_and_can_fail():
    outcome, tank = Outcome("tanks"), Tank()
    outcome.hold("it is full", tank.look, "it was emptied", tank.emptied)

    assert outcome.checks == [Check("it is full", "full", "", "it was emptied", True)]
    assert outcome.is_held


def test_a_check_that_fails_is_not_held():
    outcome, tank = Outcome("tanks"), Tank()
    tank.is_full = False
    outcome.hold("it is full", tank.look, "it was emptied", tank.emptied)

    assert outcome.checks == [Check("it is full", "", "it is empty", "it was emptied", True)]
    assert not outcome.is_held


def test_a_check_that_cannot_fail_is_not_held():
    outcome = Outcome("tanks")
    outcome.hold("it is full", Tank().look, "nothing", nullcontext)

    assert outcome.checks == [Check("it is full", "full", "", "nothing", False)]
    assert not outcome.is_held


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_a_point_is_a_function(point: Point):
    assert callable(getattr(import_module(point.module), point.function))


def test_points_have_names_of_their_own():
    assert [name for name, times in Counter(p.name for p in POINTS).items() if times > 1] == []


@pytest.mark.parametrize(
    ("moment", "call", "done"),
    [("before", 1, []), ("after", 1, [1]), ("before", 2, [1]), ("after", 3, [1, 2, 3])],
)
def test_something_happens_at_the_call(moment, call, done):
    seen = []

    def end() -> None:
        raise SystemExit

    work = happening(seen.append, moment, call, "", end)
    with pytest.raises(SystemExit):
        list(map(work, range(1, 5)))

    assert seen == done


@pytest.mark.parametrize(
    ("table", "when"),
    [
        pytest.param("", [0], id="any call"),
        pytest.param(HEART_RATE.short_name, [1], id="a table"),
        pytest.param(WORKOUT_BPM_SUMMARY.short_name, [2], id="a table's recipe"),
        pytest.param("no table", [], id="none"),
    ],
)
def test_calls_for_a_table_alone_count(table, when):
    seen, happened = [], []
    work = happening(seen.append, "before", 1, table, lambda: happened.append(len(seen)))
    for each in (KAFKA_MULTIPLEX, HEART_RATE, RECIPE_OF[WORKOUT_BPM_SUMMARY], HEART_RATE):
        work(each)

    assert happened == when


@pytest.mark.parametrize(
    ("after", "is_held"),
    [
        pytest.param({"bronze": [15.0]}, True, id="at the limit"),
        pytest.param({"bronze": [15.2]}, False, id="beyond it"),
        pytest.param({"bronze": [1.0], "gold": [9, 30, 31]}, False, id="after one layer's kills"),
        pytest.param({"bronze": [9, 10, 31]}, True, id="a median"),
    ],
)
def test_recovery_is_held_against_usual_runs(after, is_held):
    times = Times([9.0, 10.0, 12.0], after)
    outcome = Outcome("times")
    outcome.hold("recovery", times.look, "slower", times.slower)

    assert (outcome.is_held, times.after) == (is_held, after)


def test_the_report_says_what_was_done_and_found(tmp_path: Path):
    outcome = Outcome("tanks", Counter({"a hole": 1200}), seconds=90)
    outcome.checks = [
        Check("it is full", "full", "", "it was emptied", True),
        Check("it is closed", "", "it is\nopen", "it was opened", False),
    ]
    report.write(tmp_path / "report.md", "make chaos SEED=7", [outcome])

    text = (tmp_path / "report.md").read_text()
    assert "Written by `make chaos SEED=7`, in 2 minutes." in text
    assert text.endswith(
        """
## Tanks (1.5 minutes)

| what was done | how often |
| --- | --- |
| a hole | 1,200 |

| what has to be so | what was found | what was spoiled to see it fail |  |
| --- | --- | --- | --- |
| it is full | full | it was emptied | held |
| it is closed | it is open | it was opened: **not noticed** | **missed** |
"""
    )
