"""Review of the quarantine: what is released is as if it had come late and right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX, QUARANTINE
from gympulse.session import Session
from gympulse.settings import Rules
from oracle.compare import assert_lake_equals, read_rows
from oracle.expected import Expected, expect
from oracle.histories import records_and_files
from oracle.records import CsvFile
from streams.checking import placed
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
from streams.spoiling import OTHER_RULES, filled, lose_checkpoints

MAC = "aa:bb:cc:dd:ee:01"
REGISTERED = "user_id,device_id,mac_address,registration_timestamp\n"
LOGINS = "mac_address,gym,login,logout\n"


def files(registered: str, logins: str) -> list[CsvFile]:
    """One landed file of each kind."""
    return [
        CsvFile("registered_users", "r.csv", (REGISTERED + registered).encode()),
        CsvFile("gym_logins", "l.csv", (LOGINS + logins).encode()),
    ]


def made(*rates: str, cut: str, registered: str, logins: str) -> tuple[list, list]:
    """Records and files of two members who exercise."""
    good = [reading(60, "70"), reading(60, "90", device=2)]
    wrong = [reading(120 + 60 * i, rate) for i, rate in enumerate(rates)]
    events = [event(a, s, user) for user in (11, 12) for a, s in (("start", 0), ("stop", 600))]
    first = f"11,1,{MAC},{NOON - 9}\n"
    return [*sent("bpm", *good, *wrong, cut), *sent("workout", *events)], files(
        first + registered, logins
    )


AS_IT_CAME = made(
    "700",
    "720.10",
    cut=reading(300, "99.5")[:-1],
    registered=f"12;2;{MAC[:-1]}2;{NOON - 9}\n",
    logins=f"{MAC},5\n",
)
AS_IT_SHOULD_BE = made(
    "70.0",
    "72.01",
    cut=reading(300, "99.5"),
    registered=f"12,2,{MAC[:-1]}2,{NOON - 9}\n",
    logins=f"{MAC},5,{NOON},{NOON + 900}\n",
)
UNREADABLE = ("bad_device_id", "bad_heartrate", "bad_time")
OTHER_CURES = {
    "cut": {"sources": ["kafka_multiplex"], "cures": {"value": "concat(value, '}')"}},
    "line": {
        "sources": ["registered_users"],
        "cures": {
            "user_id": "split(raw_line, ';')[0]",
            "device_id": "split(raw_line, ';')[1]",
            "mac_address": "split(raw_line, ';')[2]",
            "registration_timestamp": "split(raw_line, ';')[3]",
        },
    },
    "login": {
        "sources": ["gym_logins"],
        "cures": {
            "mac_address": "split(raw_line, ',')[0]",
            "gym": "split(raw_line, ',')[1]",
            "login": f"{NOON}",
            "logout": f"{NOON + 900}",
        },
    },
}


def test_cured_records_are_as_if_they_had_come_late_and_right(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """So are silver and gold, again and after lost checkpoints; a dry run changes nothing."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive([*AS_IT_CAME[0], *AS_IT_CAME[1]])
    runner.run()
    before, aside = versions(runner.lake), entries(runner.lake, *QUARANTINE.columns)
    plan = operate(runner, "quarantine_review", "look", dry_run=True, **TEN_TIMES)
    assert counts(plan) == {"kafka_multiplex": (3, 2, 1)}
    assert json.loads(plan["tables"][0]["examples"]) == [
        example("bpm/0/2", reading(120, "700"), reading(120, "70.0")),
        example("bpm/0/4", reading(300, "99.5")[:-1], None, *UNREADABLE),
        example("bpm/0/3", reading(180, "720.10"), reading(180, "72.01")),
    ]
    assert versions(runner.lake) == before
    assert entries(runner.lake, *QUARANTINE.columns) == aside

    operate(runner, "quarantine_review", "ten times", **TEN_TIMES)
    for name, asked in OTHER_CURES.items():
        operate(runner, "quarantine_review", name, **asked)
    expected = expect(*AS_IT_SHOULD_BE)
    assert_lake_equals(expected, runner.lake, expected.tables)
    assert_accounted_for(runner)
    decided = entries(runner.lake, "status", "decided_by", "reason")
    assert set(decided) == {("released", "Ann", "a test")}
    assert_replays_add_nothing(runner, expected)


def example(record: str, before: str, after: str | None, *breaks: str) -> dict:
    """An example as it is recorded; after the cure as before unless told otherwise."""
    return {"record": record, "before": before, "after": after or before, "breaks": [*breaks]}


def assert_replays_add_nothing(runner: Runner, expected: Expected) -> None:
    """Neither another review, nor a run, nor a new beginning, nor a restatement."""
    before, aside = versions(runner.lake), entries(runner.lake, *QUARANTINE.columns)
    again = operate(runner, "quarantine_review", "again", **TEN_TIMES)
    assert counts(again) == {}
    runner.run()
    assert versions(runner.lake) == before
    lose_checkpoints(runner.lake)
    runner.run()
    operate(runner, "backfill", "restated", mode="restate", **EVERY_DAY)
    assert_lake_equals(expected, runner.lake, expected.tables)
    assert entries(runner.lake, *QUARANTINE.columns) == aside


@pytest.mark.long
def test_one_release_takes_all_that_passes_since_rules_are_looser(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """Readings and sessions alike: the lake is as if the rules had always been so."""
    batches = placed(45)
    old = filled(Lake(str(tmp_path)), broker, session, OTHER_RULES, batches)
    runner = replace(old, rules=Rules())
    expected = expect(*records_and_files(batches))
    result = operate(runner, "quarantine_review")
    assert counts(result)["kafka_multiplex"][1] > 0
    assert counts(result)["completed_workouts"][1] > 0
    assert_lake_equals(expected, runner.lake, expected.tables)
    statuses = entries(runner.lake, "source", "source_id", "status")
    assert {row[:2] for row in statuses if row[2] == "open"} == expected.quarantined
    assert_accounted_for(runner)


@pytest.mark.long
def test_a_line_that_was_no_record_becomes_one(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """Cured, it is read again; what is still none stays open. The file may be loaded again."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    lines = [f'{{"topc":"bpm","value":{reading(0, "70.10")},"partition":3}}', "no json"]
    Path(runner.lake.archives).mkdir(parents=True)
    Path(runner.lake.archives, "a.json").write_text("\n".join(lines))
    operate(runner, "backfill", "load")
    cure = {"cures": {"value": """replace(value, '"topc"', '"topic"')"""}}
    result = operate(runner, "quarantine_review", rules=["bad_archive_line"], **cure)
    assert counts(result) == {"kafka_multiplex": (2, 1, 1)}
    columns = ("topic", "partition", "value", "source")
    assert sorted(read_rows(runner.lake, KAFKA_MULTIPLEX.name, columns), key=str) == [
        ("bpm", 3, reading(0, "70.10"), "release:a.json:1"),
        (None, None, "no json", "a.json:2"),
        (None, None, lines[0], "a.json:1"),
    ]
    assert [row[2] for row in read_rows(runner.lake, "silver_db.heart_rate")] == [70.1]
    before = versions(runner.lake)
    operate(runner, "backfill", "load again")
    assert versions(runner.lake) == before
    statuses = entries(runner.lake, "source_id", "status")
    assert statuses == [("a.json:1", "released"), ("a.json:2", "open")]
    assert_accounted_for(runner)
