"""Every rule, by Kafka and by file: just within its bound, just outside, and without a value."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gympulse.lake import Lake
from gympulse.model.tables import QUARANTINE
from gympulse.session import Session
from oracle.bad_records import (
    READING,
    UNREAD_EVENT,
    UNREAD_READING,
    UNREAD_WORKOUT,
    WORKOUT,
    M,
    T,
)
from oracle.compare import read_rows
from oracle.records import CsvFile
from oracle.sending import HEADERS, change, flat, sent
from streams.checking import RULES, assert_equals_oracle, table_of
from streams.runs import Broker, Runner

ABSENT = object()
BEGIN, END = 946_684_800, 4_102_444_800
"""The instants that the platform accepts, from the first to before the last."""

_OF_64_BITS = ((-(2**63), 2**63 - 1, "7", 7.0), (-(2**63) - 1, 2**63, 0.5, True, None, ABSENT))
_INSTANTS = ((BEGIN, END - 0.000001), (BEGIN - 0.000001, END, None, ABSENT))
# Topic, a good payload, a field, its rule; values that keep the rule, values that break it.
FIELDS = (
    ("bpm", READING, "device_id", "bad_device_id", *_OF_64_BITS),
    ("bpm", READING, "time", "bad_time", *_INSTANTS),
    (
        *("bpm", READING, "heartrate", "bad_heartrate"),
        (20, 250, "72.5"),
        (19.99, 250.01, 0, -60, "fast", None, ABSENT),
    ),
    ("workout", WORKOUT, "user_id", "bad_user_id", *_OF_64_BITS),
    ("workout", WORKOUT, "workout_id", "bad_workout_id", *_OF_64_BITS),
    ("workout", WORKOUT, "session_id", "bad_session_id", *_OF_64_BITS),
    ("workout", WORKOUT, "timestamp", "bad_timestamp", *_INSTANTS),
    (
        *("workout", WORKOUT, "action", "unknown_action"),
        # A stop is one of the sessions below.
        ("start",),
        ("starts", "", 1, None, ABSENT),
    ),
    ("user_info", flat(11, "update", T), "user_id", "bad_user_id", *_OF_64_BITS),
    ("user_info", flat(11, "update", T), "timestamp", "bad_timestamp", *_INSTANTS),
    (
        *("user_info", flat(11, "update", T), "dob", "bad_profile_field"),
        ("02/29/2000", None, ABSENT),
        ("02/29/1999", "2000-02-29", 7),
    ),
    (
        *("user_info", flat(11, "update", T), "update_type", "unknown_update_type"),
        ("new", "append", "update", "delete"),
        ("updated", ""),
    ),
)
# Whole payloads: they keep every rule of their topic, or break the named ones.
PAYLOADS = (
    *(("user_info", change(op, T, {"lsn": 5}, user_id=11), ()) for op in "crud"),
    ("user_info", change("t", T, {"lsn": 5}, user_id=11), ("unknown_update_type",)),
    ("user_info", change("u", T, {"lsn": None}, user_id=11), ()),
    ("user_info", change("u", T, {"lsn": 0.5}, user_id=11), ("bad_log_position",)),
    ("user_info", change("u", T, {"commit_lsn": "00:1"}, user_id=11), ()),
    ("user_info", change("u", T, {"commit_lsn": 1}, user_id=11), ("bad_log_position",)),
)
# Folder, line, the rules that it breaks.
LINES = (
    *(
        ("registered_users", f"{user},{device},{M},{T}", rules)
        for user, device, rules in (
            (2**63 - 1, -(2**63), ()),
            (2**63, 7, ("bad_user_id",)),
            ("", 7, ("bad_user_id",)),
            (1, 2**63, ("bad_device_id",)),
            (1, "", ("bad_device_id",)),
        )
    ),
    *(
        ("registered_users", f"1,7,{mac},{T}", rules)
        for mac, rules in (
            ("AA:00:00:00:00:01", ()),
            ("aa:00:00:00:00", ("bad_mac_address",)),
            ("", ("bad_mac_address",)),
        )
    ),
    *(
        ("registered_users", f"1,7,{M},{instant}", rules)
        for instant, rules in (
            (f"{BEGIN}", ()),
            (f"{END - 1}.999999", ()),
            (f"{BEGIN - 1}.999999", ("bad_registration_timestamp",)),
            (f"{END}", ("bad_registration_timestamp",)),
            ("", ("bad_registration_timestamp",)),
        )
    ),
    ("registered_users", f"1,7,{M},{T},more", ()),
    ("registered_users", f"1,7,{M}", ("line_unlike_header",)),
    *(
        ("gym_logins", f"{mac},{gym},{login},{logout}", rules)
        for mac, gym, login, logout, rules in (
            (M.upper(), -(2**63), BEGIN, BEGIN + 60, ()),
            (M, 5, END - 60, f"{END - 1}.999999", ()),
            (M, 5, T, "", ()),
            (M, 5, T + 1, T + 1, ()),
            ("", 5, T, T, ("bad_mac_address",)),
            (M[:-1], 5, T, T, ("bad_mac_address",)),
            (M, "", T, T, ("bad_gym",)),
            (M, 2**63, T, T, ("bad_gym",)),
            (M, 5, "", T, ("bad_login",)),
            (M, 5, f"{BEGIN - 1}.999999", T, ("bad_login",)),
            (M, 5, T, END, ("bad_logout",)),
            (M, 5, T, "never", ("bad_logout",)),
            (M, 5, T, f"{T - 1}.999999", ("logout_before_login",)),
        )
    ),
    ("gym_logins", f"{M},5,{T + 2},,more", ()),
    ("gym_logins", f"{M},5,{T}", ("line_unlike_header",)),
)
# Lengths of workouts in seconds.
LENGTHS = {
    60: (),
    59.999999: ("session_too_short",),
    43_200: (),
    43_200.000001: ("session_too_long",),
}
GARBLED = "\udcff"
"""A byte that is no UTF-8, as ``surrogateescape`` has it."""


def messages() -> Iterator[tuple[str, object, tuple[str, ...]]]:
    """Topic, payload and the rules that it breaks."""
    for topic, payload, field, rule, good, bad in FIELDS:
        yield topic, b"\xff", ("unreadable_bytes", *unread(topic))
        for value in (*good, *bad):
            yield topic, with_field(payload, field, value), () if value in good else (rule,)
    yield from PAYLOADS
    for user, seconds in enumerate(LENGTHS):
        for action, time in (("start", T), ("stop", T + seconds)):
            told = {"user_id": 1000 + user, "action": action, "timestamp": time}
            yield "workout", {**WORKOUT, **told}, ()


def unread(topic: str) -> tuple[str, ...]:
    """What a payload breaks of which nothing can be read."""
    unread = {"bpm": UNREAD_READING, "workout": UNREAD_WORKOUT, "user_info": UNREAD_EVENT}
    return unread[topic]


def with_field(payload: Mapping, field: str, value: object) -> dict:
    """The payload with another value in a field, or without the field."""
    others = {name: each for name, each in payload.items() if name != field}
    return others if value is ABSENT else {**others, field: value}


def files() -> Iterator[tuple[CsvFile, list[tuple[str, ...]]]]:
    """A file, and of each of its lines the rules that it breaks."""
    for folder, header in HEADERS.items():
        lines = [(line, rules) for of, line, rules in LINES if of == folder]
        lines.append((GARBLED, ("unreadable_bytes",)))
        text = "\n".join([header, *(line for line, _ in lines)])
        content = text.encode("utf-8", "surrogateescape")
        yield CsvFile(folder, "a.csv", content), [rules for _, rules in lines]
        short = "\n".join(line.rpartition(",")[0] for line in (header, LINES[0][1]))
        yield CsvFile(folder, "b.csv", short.encode()), [("line_unlike_header",)]


@pytest.mark.long
def test_every_rule_at_its_bounds(tmp_path: Path, session: Session, broker: Broker) -> None:
    """What breaks a rule is set aside for that alone; the rest is in its table."""
    runner, expected, records = Runner(Lake(str(tmp_path)), broker, session), set(), []
    for topic, payload, rules in messages():
        (record,) = sent(topic, payload)
        at = sum(each.topic == topic for each in records)
        records.append(replace(record, offset=at))
        expected |= {("kafka_multiplex", f"{topic}/0/{at}", rule) for rule in rules}
    for file, of_lines in files():
        records.append(file)
        for line, rules in enumerate(of_lines, start=2):
            expected |= {(file.folder, f"{file.name}:{line}", rule) for rule in rules}
    assert {(table_of(source, at), rule) for source, at, rule in expected} == RULES
    expected |= {
        ("completed_workouts", f"{1000 + user}/1/1/{T}", rule)
        for user, rules in enumerate(LENGTHS.values())
        for rule in rules
    }
    runner.receive(records)
    runner.run()
    found = read_rows(runner.lake, QUARANTINE.name, ("source", "source_id", "rule"))
    assert sorted(found) == sorted(expected)
    assert_equals_oracle(runner, [records])
