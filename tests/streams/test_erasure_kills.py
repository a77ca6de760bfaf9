"""Erasures that were killed, and what comes after an erasure."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from gympulse.lake import Lake
from gympulse.session import Session
from oracle.compare import read_rows
from oracle.records import CsvFile, KafkaRecord
from streams import erasing
from streams.erased_lakes import STEPS, fill, kill_at, rows_of_others
from streams.erasing import CANARY, OTHER, files_that_name_it
from streams.operating import operate
from streams.processes import kill_after_commits, submit
from streams.runs import Broker, Runner


@pytest.mark.long
def test_killed_between_any_two_steps_it_is_finished_by_the_next(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """Whatever is left of the member's registrations by then."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    fill(runner)
    others = rows_of_others(runner.lake)
    kill_at(runner, STEPS)
    operate(runner, "erasure", "request 7", user_id=str(CANARY))
    assert files_that_name_it(tmp_path) == []
    assert rows_of_others(runner.lake) == others
    operate(runner, "verify", "after")


@pytest.mark.long
def test_killed_for_good_it_is_finished_by_the_next(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """With ``kill -9``, after any number of commits; hours in between go on."""
    runner, random = Runner(Lake(str(tmp_path)), broker, session), Random(7)
    fill(runner)
    others, killed = rows_of_others(runner.lake), 0
    words = ("--operation-id=request 7", f"--user-id={CANARY}", "--reason=request 7")
    for _ in range(6):
        job = submit("spark_jobs/erasure.py", f"--lake={tmp_path}", *words, "--no-dry-run")
        killed += kill_after_commits(job, runner.lake, commits=random.randrange(1, 25))
        runner.run()
    operate(runner, "erasure", "request 7", user_id=str(CANARY))
    assert killed >= 3
    assert files_that_name_it(tmp_path) == []
    assert rows_of_others(runner.lake) == others
    operate(runner, "verify", "after")


@pytest.mark.long
def test_a_thing_handed_on_later_is_the_next_owners(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """From its new registration on; the erased member's later events stay out until a lift."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    fill(runner)
    operate(runner, "erasure", "request 7", user_id=str(CANARY))
    now = int(datetime.now(UTC).timestamp())
    header = "user_id,device_id,mac_address,registration_timestamp"
    line = f"{OTHER},{erasing.DEVICE},{erasing.MAC},{now + 1000}"
    later = CsvFile("registered_users", "later.csv", f"{header}\n{line}\n".encode())
    runner.receive([later, *_readings(now + 500, now + 1500), *_started(now + 2000)])
    runner.run()
    assert _times(runner.lake) == [now + 1500]
    assert _starts(runner.lake) == []
    operate(runner, "erasure", "request 9", user_id=str(CANARY), mode="lift")
    runner.receive(_started(now - 100_000))
    runner.receive(_started(now + 100_000))
    runner.run()
    assert _starts(runner.lake) == [now + 100_000]
    operate(runner, "verify", "after")


def _readings(*times: int) -> list[KafkaRecord]:
    return [
        KafkaRecord(
            "bpm",
            0,
            0,
            None,
            json.dumps({"device_id": erasing.DEVICE, "time": at, "heartrate": 80}).encode(),
        )
        for at in times
    ]


def _started(at: int) -> list[KafkaRecord]:
    event = {"user_id": CANARY, "workout_id": 1, "session_id": 1, "action": "start"}
    return [KafkaRecord("workout", 0, 0, None, json.dumps({**event, "timestamp": at}).encode())]


def _times(lake: Lake) -> list[int]:
    rows = read_rows(lake, "silver_db.heart_rate", ("device_id", "time"))
    return sorted(at // 1_000_000 for device, at in rows if device == erasing.DEVICE)


def _starts(lake: Lake) -> list[int]:
    rows = read_rows(lake, "silver_db.workouts", ("user_id", "time"))
    return sorted(at // 1_000_000 for user, at in rows if user == CANARY)
