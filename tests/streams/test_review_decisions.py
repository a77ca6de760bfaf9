"""Decisions of a review: they last, and a killed one is finished by the next."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX, QUARANTINE
from gympulse.operations import releases, review
from gympulse.session import Session
from gympulse.settings import Rules
from oracle.compare import read_rows
from oracle.records import KafkaRecord
from streams.operating import operate
from streams.reviewing import (
    EVERY_DAY,
    NOON,
    TEN_TIMES,
    assert_accounted_for,
    counts,
    entries,
    event,
    reading,
    sent,
)
from streams.runs import Broker, Runner, versions


def test_what_is_discarded_stays_so(tmp_path: Path, session: Session, broker: Broker) -> None:
    """No other table changes, and neither a restatement nor later records open it again."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    short = [event("start", 0, 11), event("stop", 30, 11)]
    runner.receive([*sent("bpm", reading(0, "700"), reading(1, "7")), *sent("workout", *short)])
    runner.run()
    before = versions(runner.lake)
    plan = operate(runner, "quarantine_review", decision="discard")
    assert counts(plan) == {"kafka_multiplex": (2, 0, 2), "completed_workouts": (1, 0, 1)}
    assert versions(runner.lake) == before
    runner.receive([KafkaRecord("workout", 0, 2, None, event("stop", 40, 11).encode())])
    runner.run()
    operate(runner, "backfill", "restated", mode="restate", **EVERY_DAY)
    assert entries(runner.lake, "source_id", "status", "decided_by") == [
        (f"11/1/1/{NOON}", "discarded", "Ann"),
        ("bpm/0/0", "discarded", "Ann"),
        ("bpm/0/1", "discarded", "Ann"),
    ]


def test_a_released_session_that_breaks_a_rule_again_is_open_again(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """It is no longer in its table, and that is not lost silently."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(sent("workout", event("start", 0, 11), event("stop", 30, 11)))
    runner.run()
    looser = replace(runner, rules=Rules(min_session_seconds=10))
    with pytest.raises(BadSettings, match="of completed_workouts, which is computed"):
        operate(looser, "quarantine_review", cures={"end_time": "now()"})
    operate(looser, "quarantine_review")
    assert entries(runner.lake, "rule", "status") == [("session_too_short", "released")]
    assert len(read_rows(runner.lake, "silver_db.completed_workouts")) == 1
    operate(runner, "backfill", "restated", mode="restate", **EVERY_DAY)
    assert entries(runner.lake, "status", "decided_by", "reason") == [("open", None, None)]
    assert read_rows(runner.lake, "silver_db.completed_workouts") == []


class Killed(Exception):
    """Stands for the end of the process."""


def kill(*_: object, **__: object) -> None:
    raise Killed


def kill_after_append(*_: object, newest: int | None = None) -> None:
    """The first look at the commits is before anything is appended."""
    if newest:
        raise Killed


@pytest.mark.parametrize(
    ("step", "dying", "status"),
    [
        pytest.param((releases, "append"), kill, "discarded", id="before bronze is written"),
        pytest.param((releases.ops, "enter_commits"), kill_after_append, "released", id="after"),
        pytest.param(
            (releases.quarantine, "decide"),
            kill,
            "released",
            id="after the ledger",
            marks=pytest.mark.long,
        ),
        pytest.param(
            (review, "refine"),
            kill,
            "released",
            id="after the quarantine",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_killed_release_is_finished_by_the_next_review(
    tmp_path: Path,
    session: Session,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
    step: tuple,
    dying: Callable,
    status: str,
) -> None:
    """Whatever that one is asked for; what was released bears its own operator's name."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(sent("bpm", reading(0, "70"), reading(1, "700")))
    runner.run()
    with monkeypatch.context() as patched:
        patched.setattr(*step, dying)
        with pytest.raises(Killed):
            operate(runner, "quarantine_review", "killed", **TEN_TIMES)
    operate(runner, "quarantine_review", "next", by="Bob", decision="discard")
    who = "Ann" if status == "released" else "Bob"
    assert entries(runner.lake, "status", "decided_by") == [(status, who)]
    operate(runner, "quarantine_review", "killed", **TEN_TIMES)
    released = [
        row for row in read_rows(runner.lake, KAFKA_MULTIPLEX.name, ("source",)) if ":" in row[0]
    ]
    assert released == [("release:bpm/0/1",)] * (status == "released")
    assert len(read_rows(runner.lake, "silver_db.heart_rate")) == 1 + len(released)
    assert_accounted_for(runner)


def test_a_cure_that_cannot_be_computed_writes_nothing(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """It is told by name, though it fails at a record only."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(sent("bpm", reading(1, "700")))
    runner.run()
    before, aside = versions(runner.lake), entries(runner.lake, *QUARANTINE.columns)
    with pytest.raises(BadSettings, match=r"^The cure of heartrate, CAST\(value AS int\), cannot"):
        operate(runner, "quarantine_review", cures={"heartrate": "CAST(value AS int)"})
    assert versions(runner.lake) == before
    assert entries(runner.lake, *QUARANTINE.columns) == aside
