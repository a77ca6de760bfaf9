"""What is not as expected and goes on all the same, is told; what is set to fail, fails."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException

from gympulse.lake import Lake
from gympulse.model.tables import (
    COMPLETED_WORKOUTS,
    HEART_RATE,
    QUALITY,
    QUARANTINE,
    WORKOUT_BPM,
)
from gympulse.session import Session
from gympulse.settings import Rules
from oracle.compare import read_rows
from oracle.records import CsvFile
from streams.runs import Broker, Runner

BEGIN = 1_678_521_600
DAY = 86_400
COLUMNS = ("table", "rule", "consequence", "rows_read", "unexpected", "examples")


def send(broker: Broker, topic: str, *values: dict, at: int = BEGIN) -> None:
    """Send records that Kafka gives an instant of our own."""
    for value in values:
        told = json.dumps(value).encode()
        broker.producer.produce(topic, told, partition=0, timestamp=at * 1000)
    broker.producer.flush()


def reading(device: int, time: float, rate: float = 70) -> dict:
    return {"device_id": device, "time": time, "heartrate": rate}


def workout(user: int, session: int, begin: int, end: int) -> tuple[dict, dict]:
    """The start and the stop of one session."""
    of = {"user_id": user, "workout_id": 1, "session_id": session}
    return (
        {**of, "timestamp": begin, "action": "start"},
        {**of, "timestamp": end, "action": "stop"},
    )


def registered(name: str, *rows: tuple[int, int]) -> CsvFile:
    """A file that registers devices of users."""
    lines = [f"{user},{device},AA:BB:CC:DD:EE:{device:02d},{BEGIN}" for user, device in rows]
    header = "user_id,device_id,mac_address,registration_timestamp"
    return CsvFile("registered_users", name, "\n".join([header, *lines]).encode())


def found(lake: Lake) -> list[tuple]:
    """What was told, without what depends on the run."""
    return sorted(read_rows(lake, QUALITY.name, COLUMNS))


@pytest.fixture
def runner(tmp_path: Path, session: Session, broker: Broker) -> Runner:
    """A new lake."""
    return Runner(Lake(str(tmp_path)), broker, session)


def test_what_is_told_of_records(runner: Runner) -> None:
    """Clocks on both sides of the bound, and wearables that nobody registered until later."""
    ahead = [reading(1, BEGIN + DAY + late) for late in (0, 0.000001, 1)]
    runner.receive([registered("a.csv", (5, 1))])
    send(runner.broker, "workout", *workout(6, 1, BEGIN, BEGIN + 600))
    send(runner.broker, "bpm", *ahead, reading(2, BEGIN + 60), reading(2, BEGIN + 61))
    runner.run("bronze", "silver")
    told = [
        ("heart_rate", "clock_ahead", "warn", 5, 2, '["bpm/0/1"]'),
        ("heart_rate", "unregistered_device", "warn", 5, 2, '["2"]'),
    ]
    assert found(runner.lake) == told
    assert len(read_rows(runner.lake, HEART_RATE.name)) == 5
    assert read_rows(runner.lake, QUARANTINE.name) == []
    assert read_rows(runner.lake, WORKOUT_BPM.name) == []
    runner.receive([registered("b.csv", (6, 2))])
    runner.run("bronze", "silver")
    assert found(runner.lake) == told
    assert len(read_rows(runner.lake, WORKOUT_BPM.name)) == 2


def test_overlapping_sessions_are_told(runner: Runner) -> None:
    """Of one member; sessions that meet do not overlap, nor do those of two members."""
    send(runner.broker, "workout", *workout(1, 1, BEGIN, BEGIN + 600))
    send(runner.broker, "workout", *workout(1, 2, BEGIN + 600, BEGIN + 1200))
    send(runner.broker, "workout", *workout(2, 1, BEGIN + 300, BEGIN + 900))
    runner.run("bronze", "silver")
    assert found(runner.lake) == []
    # It comes later, and begins before what it overlaps.
    send(runner.broker, "workout", *workout(2, 7, BEGIN, BEGIN + 301))
    runner.run("bronze", "silver")
    ((table, rule, consequence, _, unexpected, _),) = found(runner.lake)
    assert (table, rule, consequence, unexpected) == (
        "completed_workouts",
        "overlapping_sessions",
        "warn",
        1,
    )


def test_sessions_that_late_records_mend_are_cured(runner: Runner) -> None:
    """A stop within a long one makes it right; a start within a short one makes it another."""
    long, short = workout(1, 1, BEGIN, BEGIN + 13 * 3600), workout(2, 1, BEGIN, BEGIN + 30)
    send(runner.broker, "workout", *long, *short)
    runner.run("bronze", "silver")
    columns = ("source", "source_id", "rule", "status", "decided_by")
    aside = [
        ("completed_workouts", f"1/1/1/{BEGIN}", "session_too_long", "open", None),
        ("completed_workouts", f"2/1/1/{BEGIN}", "session_too_short", "open", None),
    ]
    assert sorted(read_rows(runner.lake, QUARANTINE.name, columns)) == aside
    assert read_rows(runner.lake, COMPLETED_WORKOUTS.name) == []
    late = {**long[1], "timestamp": BEGIN + 3600}, {**short[0], "timestamp": BEGIN + 20}
    send(runner.broker, "workout", *late)
    runner.run("bronze", "silver")
    assert sorted(read_rows(runner.lake, QUARANTINE.name, columns)) == [
        *((*entry[:3], "cured", None) for entry in aside),
        ("completed_workouts", f"2/1/1/{BEGIN + 20}", "session_too_short", "open", None),
    ]
    begin, end = BEGIN * 1_000_000, (BEGIN + 3600) * 1_000_000
    assert read_rows(runner.lake, COMPLETED_WORKOUTS.name) == [(1, 1, 1, begin, end)]


def test_what_is_set_to_fail_fails(runner: Runner) -> None:
    """Nothing of the batch is written; without the setting the next run takes all of it."""
    strict = replace(runner, rules=Rules(actions=(("bad_heartrate", "fail"),)))
    send(runner.broker, "bpm", reading(1, BEGIN), reading(1, BEGIN + 1, rate=19.9))
    with pytest.raises(StreamingQueryException) as raised:
        strict.run("bronze", "silver")
    assert (
        "NotExpected: heart_rate: 1 of 2 rows are bad_heartrate. Expected: `heartrate` is a number "
        "from 20.0 to 250.0 beats a minute. Such as: bpm/0/1. Nothing is lost: "
    ) in str(raised.value)
    assert read_rows(runner.lake, HEART_RATE.name) == []
    assert read_rows(runner.lake, QUARANTINE.name) == []
    runner.run("bronze", "silver")
    assert len(read_rows(runner.lake, HEART_RATE.name)) == 1
    assert read_rows(runner.lake, QUARANTINE.name, ("source_id", "rule")) == [
        ("bpm/0/1", "bad_heartrate")
    ]


def test_entries_name_the_exact_place(runner: Runner) -> None:
    """Topic, partition and offset, or file and line; a replay adds none."""
    runner.receive([CsvFile("gym_logins", "x.csv", b"mac_address,gym,login,logout\nno,1,1,\n")])
    send(runner.broker, "bpm", reading(1, BEGIN), {"device_id": None})
    runner.run("bronze", "silver")
    for table in ("heart_rate", "gym_logs"):
        shutil.rmtree(runner.lake.checkpoint(table))
    runner.run("bronze", "silver")
    columns = ("source", "topic", "partition", "offset", "source_file", "line", "rule", "status")
    entries = read_rows(runner.lake, QUARANTINE.name, columns)
    assert sorted(entries, key=str) == [
        ("gym_logins", None, None, None, "x.csv", 2, "bad_login", "open"),
        ("gym_logins", None, None, None, "x.csv", 2, "bad_mac_address", "open"),
        ("kafka_multiplex", "bpm", 0, 1, None, None, "bad_device_id", "open"),
        ("kafka_multiplex", "bpm", 0, 1, None, None, "bad_heartrate", "open"),
        ("kafka_multiplex", "bpm", 0, 1, None, None, "bad_time", "open"),
    ]
