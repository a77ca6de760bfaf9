"""A field that the platform does not know: noticed once, kept, and brought to silver and gold."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable, write_deltalake

from gympulse.io import schema
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model import fields
from gympulse.model.silver import PROFILE
from gympulse.model.tables import (
    GYM_LOGINS,
    GYM_LOGS,
    HEART_RATE,
    NEW_FIELDS,
    USER_PROFILE,
    USER_PROFILE_EVENTS,
    USER_PROFILE_HISTORY,
    WORKOUT_BPM_SUMMARY,
)
from gympulse.session import Session
from gympulse.transforms.gold import workout_bpm_summary
from gympulse.transforms.payloads import REAL
from gympulse.transforms.silver import heart_rate, user_profile_events, user_profile_history
from oracle.compare import read_rows
from oracle.records import CsvFile
from oracle.sending import at, change, flat, landed, readings, sent, workouts
from streams.operating import operate
from streams.runs import Broker, Runner

T = 1_709_208_000
MAC = "aa:0b:00:00:00:01"
VISITS = b"mac_address,door,gym,login,logout\n"


def visit(door: str, login: int, *more: str) -> bytes:
    """A line of a file of visits that has a column more, and fields beyond its header."""
    return ",".join((MAC, door, "5", str(login), "", *more)).encode()


def reading(seconds: int, **more: Any) -> dict:
    """A reading's payload."""
    return {"device_id": 7, "time": T + seconds, "heartrate": 90.0, **more}


def noticed(lake: Lake) -> dict[tuple[str, str], tuple[str, str | None]]:
    """By source and field, the first record and its value."""
    columns = ("source", "field", "source_id", "example")
    rows = read_rows(lake, NEW_FIELDS.name, columns)
    found = {row[:2]: row[2:] for row in rows}
    assert len(found) == len(rows)
    return found


def test_new_fields_are_noticed_once(tmp_path: Path, session: Session, broker: Broker) -> None:
    """With the first record that has them; neither later records nor replays add any."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    lake = runner.lake
    runner.receive(sent("bpm", reading(0), reading(1, battery=80), reading(2, battery=79)))
    runner.receive(sent("user_info", flat(1, "new", T, membership="gold", address={"floor": 3})))
    runner.receive([CsvFile("gym_logins", "a.csv", VISITS + visit("north", T, "x"))])
    runner.run("bronze", "silver")
    expected = {
        ("bpm", "battery"): ("bpm/0/1", "80"),
        ("gym_logins", ""): ("a.csv:2", "x"),
        ("gym_logins", "door"): ("a.csv:2", "north"),
        ("user_info", "address.floor"): ("user_info/0/0", "3"),
        ("user_info", "membership"): ("user_info/0/0", "gold"),
    }
    assert noticed(lake) == expected
    loaded = {row[0] for row in read_rows(lake, "bronze_db.kafka_multiplex", ["load_time"])}
    loaded |= {row[0] for row in read_rows(lake, GYM_LOGINS.name, ["load_time"])}
    first_seen = {row[0] for row in read_rows(lake, NEW_FIELDS.name, ["first_seen_at"])}
    assert first_seen <= loaded
    version = DeltaTable(lake.path(NEW_FIELDS)).version()
    runner.receive(sent("bpm", reading(3, battery=78)))
    runner.receive([CsvFile("gym_logins", "b.csv", VISITS + visit("south", T + 60))])
    runner.run("bronze", "silver")
    for name in ("heart_rate", "gym_logs", "user_profile_events"):
        # As after a loss: all that bronze holds is taken again.
        shutil.rmtree(lake.checkpoint(name))
    runner.run("bronze", "silver")
    assert DeltaTable(lake.path(NEW_FIELDS)).version() == version
    runner.receive(sent("bpm", reading(4, battery=77, firmware="2.1")))
    runner.run("bronze", "silver")
    assert noticed(lake) == expected | {("bpm", "firmware"): ("bpm/0/4", "2.1")}


@contextmanager
def release(columns: Mapping[Any, tuple[str, ...]]) -> Iterator[None]:
    """Declare tables with other columns for a while."""
    before = {table: table.columns for table in columns}
    try:
        for table, names in columns.items():
            object.__setattr__(table, "columns", names)
        yield
    finally:
        for table, names in before.items():
            object.__setattr__(table, "columns", names)


def without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """All names but one."""
    return tuple(each for each in names if each != name)


@pytest.mark.long
def test_a_lake_without_the_column_of_extra_fields_goes_on(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """Silver goes on whether or not bronze has got the column, with its checkpoint or a new one."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    lake = runner.lake
    texts = {"mac_address": MAC, "gym": "5", "login": str(T), "logout": None}
    about = {"raw_line": None, "encoding": "utf-8", "source_file": "old.csv", "load_time": None}
    with release({GYM_LOGINS: without(GYM_LOGINS.columns, "extra_fields")}):
        schema.create(lake, [GYM_LOGINS])
        for line in (2, 3):
            row = {**texts, **about, "line": line, "login": str(T + line)}
            write_deltalake(lake.path(GYM_LOGINS), rows_of(GYM_LOGINS, [row]), mode="append")
    runner.run("silver")
    assert visits(lake) == [2, 3]
    assert "extra_fields" not in column_names(lake)
    runner.receive([CsvFile("gym_logins", "new.csv", VISITS + visit("north", T + 4))])
    runner.run("bronze", "silver")
    assert visits(lake) == [2, 3, 4]
    assert sorted(read_rows(lake, GYM_LOGINS.name, ("line", "extra_fields")), key=repr) == [
        (2, '{"door": "north"}'),
        (2, None),
        (3, None),
    ]
    assert noticed(lake) == {("gym_logins", "door"): ("new.csv:2", "north")}
    shutil.rmtree(lake.checkpoint(GYM_LOGS.short_name))
    DeltaTable(lake.path(GYM_LOGS)).delete()
    runner.run("silver")
    assert visits(lake) == [2, 3, 4]


def visits(lake: Lake) -> list[int]:
    """The logins in silver, in seconds."""
    return sorted(row[0] // at(1) - T for row in read_rows(lake, GYM_LOGS.name, ["login"]))


def column_names(lake: Lake) -> list[str]:
    """The columns that the table of logins has."""
    return [field.name for field in DeltaTable(lake.path(GYM_LOGINS)).schema().fields]


@contextmanager
def next_release(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take ``battery`` of readings into silver, ``membership`` of profiles into silver and gold.

    What this replaces are the lines that README's *Add a field* says to write.
    """
    profile = (*PROFILE[:-1], "membership", PROFILE[-1])
    as_before = {
        HEART_RATE: (*HEART_RATE.columns, "battery"),
        WORKOUT_BPM_SUMMARY: (*WORKOUT_BPM_SUMMARY.columns, "membership"),
    }
    of_profile = (USER_PROFILE_EVENTS, USER_PROFILE, USER_PROFILE_HISTORY)
    key = USER_PROFILE_EVENTS.key
    with monkeypatch.context() as patched:
        patched.setitem(fields.FIELDS, "battery", fields.Field("double", "Charge.", "percent"))
        patched.setitem(fields.FIELDS, "membership", fields.Field("string", "Plan."))
        patched.setitem(heart_rate.PAYLOAD, "battery", REAL)
        patched.setattr(user_profile_events, "PROFILE", profile)
        patched.setattr(user_profile_history, "PROFILE", profile)
        patched.setattr(workout_bpm_summary, "_OF_PROFILE", ("sex", "city", "state", "membership"))
        gained = {table: _with_membership(table.columns) for table in of_profile}
        object.__setattr__(USER_PROFILE_EVENTS, "key", _with_membership(key))
        try:
            with release(as_before | gained):
                yield
        finally:
            object.__setattr__(USER_PROFILE_EVENTS, "key", key)


def _with_membership(names: tuple[str, ...]) -> tuple[str, ...]:
    place = names.index("zip")
    return (*names[:place], "membership", *names[place:])


def test_a_new_field_comes_into_silver_and_gold(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what comes at once, of history by a restatement and a rebuild; nothing stops meanwhile."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    lake = runner.lake
    runner.receive(landed("registered_users", f"1,7,{MAC},{T - 100}"))
    runner.receive(sent("bpm", *(reading(60 * n, battery=80 - n) for n in (1, 2)), reading(180)))
    runner.receive(workouts((1, 5, 1, "start", T), (1, 5, 1, "stop", T + 600)))
    runner.receive(
        sent(
            "user_info",
            flat(1, "new", T - 50, sex="F", membership="basic"),
            change("u", T + 1000, user_id=1, sex="F", membership="gold"),
            flat(2, "new", T, sex="M"),
        )
    )
    runner.run()
    with next_release(monkeypatch):
        runner.receive(sent("bpm", reading(240, battery=60), reading(60, battery=81)))
        runner.receive(workouts((1, 5, 2, "start", T + 2000), (1, 5, 2, "stop", T + 2600)))
        runner.receive(readings((7, T + 2300, 80.0)))
        runner.run()
        assert charges(lake) == {60: 81.0, 120: None, 180: None, 240: 60.0, 2300: None}
        days = {"from_date": "2000-01-01", "to_date": "2025-12-31"}
        operate(runner, "backfill", "silver", mode="restate", layers=["silver"], **days)
        operate(runner, "gold_rebuild", "gold")
        assert charges(lake) == {60: 81.0, 120: 78.0, 180: None, 240: 60.0, 2300: None}
        assert memberships(lake, USER_PROFILE_EVENTS, "user_id", "action") == {
            (1, "new", "basic"),
            (1, "update", "gold"),
            (2, "new", None),
        }
        assert memberships(lake, USER_PROFILE_HISTORY, "user_id", "is_current") == {
            (1, False, "basic"),
            (1, True, "gold"),
            (2, True, None),
        }
        assert memberships(lake, USER_PROFILE, "user_id") == {(1, "gold"), (2, None)}
        assert memberships(lake, WORKOUT_BPM_SUMMARY, "session_id", "num_records") == {
            (1, 4, "basic"),
            (2, 1, "gold"),
        }
        assert operate(runner, "verify", "all")["operation"]["outcome"] == "equal"
        runner.receive(sent("user_info", flat(2, "update", T + 1, sex="M", membership="basic")))
        runner.run()
        assert memberships(lake, USER_PROFILE, "user_id") == {(1, "gold"), (2, "basic")}


def charges(lake: Lake) -> dict[int, float | None]:
    """By second, the charge that a reading has."""
    rows = read_rows(lake, HEART_RATE.name, ("time", "battery"))
    return {time // at(1) - T: battery for time, battery in rows}


def memberships(lake: Lake, table: Any, *columns: str) -> set[tuple]:
    """The rows of a table, in a few columns and the new one."""
    rows = read_rows(lake, table.name, (*columns, "membership"))
    assert len(set(rows)) == len(rows)
    return set(rows)
