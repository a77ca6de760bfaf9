"""The oracle's validity rules, each on both sides of its bound."""

from datetime import date

import pytest

from oracle import csv_lines, payloads, values
from oracle.expected import expect
from oracle.records import CsvFile, Invalid
from oracle.sending import change, flat, landed, sent
from oracle.values import NumberText

T = 1_709_226_000
READING = {"device_id": 1, "time": T, "heartrate": 60}
WORKOUT = {"user_id": 1, "workout_id": 1, "timestamp": T, "action": "start", "session_id": 1}


def is_kept(topic: str, payload: object) -> bool:
    return not expect(sent(topic, payload), []).quarantined


def with_extra(raw: bytes) -> bytes:
    return b'{"device_id": 1, "time": 1709226000, "heartrate": 60, "more": ' + raw + b"}"


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("12474", 12474),
        ("12474.0", 12474),
        ("1.2474e4", 12474),
        ("124740E-1", 12474),
        ("-0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_ids(text, id_):
    assert values.whole(text) == values.whole(NumberText(text)) == id_


@pytest.mark.parametrize(
    "value",
    [
        *("9223372036854775808", "-9223372036854775809", "12474.5", "1e400", "1e999999999999"),
        *("1e-999999999999", "", " ", " 1", "1 ", "+1", "01", ".5", "1.", "1_0", "0x1", "NaN"),
        *("Infinity", "١", True, None, [], {}),
    ],
)
def test_no_ids(value):
    with pytest.raises(Invalid):
        values.whole(value)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("946684800", 946684800_000000),
        ("4102444799.999999", 4102444799_999999),
        ("1678451168.0", 1678451168_000000),
        ("1678451168.0000004", 1678451168_000000),
        ("1678451168.0000005", 1678451168_000001),
        ("1.678451168000001e9", 1678451168_000001),
    ],
)
def test_instants(text, microseconds):
    assert values.instant(text) == microseconds


@pytest.mark.parametrize("text", ["946684799.999999", "4102444800", "1678451168000", "-1", "0"])
def test_no_instants(text):
    with pytest.raises(Invalid):
        values.instant(text)


@pytest.mark.parametrize(
    ("rate", "kept"),
    [(20, 1), (19.999999, 0), (250, 1), (250.000001, 0), ("60", 1), (True, 0), (None, 0), ([], 0)],
)
def test_heart_rate_bounds(rate, kept):
    assert is_kept("bpm", READING | {"heartrate": rate}) == bool(kept)


@pytest.mark.parametrize(
    ("action", "kept"), [("start", 1), ("stop", 1), ("Start", 0), ("stop ", 0), (None, 0), (1, 0)]
)
def test_words_are_exact(action, kept):
    assert is_kept("workout", WORKOUT | {"action": action}) == bool(kept)


@pytest.mark.parametrize("field", WORKOUT)
def test_every_field_of_a_workout_is_required(field):
    assert not is_kept("workout", {name: v for name, v in WORKOUT.items() if name != field})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, 1),
        (b'{"device_id": 1, "time": 1709226000, "heartrate": 60, "more": [NaN]}', 0),
        (b'{"device_id": 1, "time": 1709226000, "heartrate": 60, "more": [{}]}', 1),
        (b'{"device_id": "x", "device_id": 1, "time": 1709226000, "heartrate": 60}', 1),
        (b'{"device_id": 1, "device_id": "x", "time": 1709226000, "heartrate": 60}', 0),
        (b'{"device_id": 1, "time": 1709226000, "heartrate": 60} x', 0),
        (b'{"device_id": 1, "time": 1709226000, "heartrate": 6', 0),
        (b'[{"device_id": 1, "time": 1709226000, "heartrate": 60}]', 0),
        (b'{"device_id": 1, "time": 1709226000, "heartrate": 60, "x": "\xff"}', 0),
        (b"null", 0),
        (b"", 0),
        (with_extra(b"[" * 998 + b"]" * 998), 1),
        (with_extra(b"[" * 999 + b"]" * 999), 0),
        (with_extra(b'"' + b"[" * 9999 + b'"'), 1),
        (with_extra(b"7" * 1000), 1),
        (with_extra(b"7" * 1001), 0),
        (with_extra(b'"' + b"7" * 1001 + b'"'), 1),
        (with_extra(b'{"' + b"x" * 50_000 + b'": 1}'), 1),
        (with_extra(b'{"' + b"x" * 50_001 + b'": 1}'), 0),
        (with_extra(rb'"\ud800"'), 1),
    ],
)
def test_documents(value, kept):
    assert is_kept("bpm", value) == bool(kept)


@pytest.mark.parametrize(("text", "kept"), [(r"\ud83c\udfcb", 1), (r"\ud83c", 0), (r"\u0000", 1)])
def test_half_a_surrogate_pair_is_no_text(text, kept):
    event = f'{{"user_id": 1, "update_type": "new", "timestamp": {T}, "x": ["{text}"]}}'
    assert is_kept("user_info", event.encode()) == bool(kept)


@pytest.mark.parametrize(
    ("mac_address", "kept"),
    [
        ("AA:0b:00:00:00:01", "aa:0b:00:00:00:01"),
        ("aa:00:00:00:00", None),
        ("aa-00-00-00-00-01", None),
        ("aa:00:00:00:00:0g", None),
        (" aa:00:00:00:00:01", None),
    ],
)
def test_mac_addresses(mac_address, kept):
    found = expect([], landed("registered_users", f"1,2,{mac_address},{T}"))
    assert {row[2] for row in found.tables["silver_db.registrations"]} == ({kept} - {None})
    assert found.outcomes["registrations"] == (1, int(kept is None))


@pytest.mark.parametrize(
    ("content", "kept", "quarantined"),
    [
        (b"mac_address,gym,login,logout\nM,1,T,\n", 1, []),
        (b"\xef\xbb\xbfmac_address,gym,login,logout\r\n\r\nM,1,T,\r\n", 1, []),
        (b"logout, gym ,x,login,mac_address\n,1,?,T,M,more", 1, []),
        (b'mac_address,gym,login,logout\n"M",1,"T",""\n \n', 1, []),
        (b"mac_address,gym,login,logout\nM,1,T\n", 0, [2]),
        (b"mac_address,gym,login\nM,1,T,\n\nM,1,T\n", 0, [2, 4]),
        (b"mac_address,gym,login,LOGOUT\nM,1,T,\n", 0, [2]),
        (b"mac_address,gym,login,logout,gym\nM,1,T,,x\n", 1, []),
        (b"mac_address,gym,login,logout\nM,1,T,\xff\nM,1,T, \n", 0, [2, 3]),
        (b"\n \nmac_address,gym,login,logout\nM,x,T,\nM,1,T,", 1, [4]),
        (b"", 0, []),
    ],
)
def test_csv_files(content, kept, quarantined):
    written = content.replace(b"M", b"aa:00:00:00:00:01", 9).replace(b"T", str(T).encode())
    found = expect([], [CsvFile("gym_logins", "a.csv", written)])
    assert len(found.tables["silver_db.gym_logs"]) == kept
    assert found.quarantined == {("gym_logins", f"a.csv:{line}") for line in quarantined}


def test_hidden_files_are_no_files():
    files = landed("gym_logins", "x", name=".a.csv") + landed("gym_logins", "x", name="_a.csv")
    assert expect([], files).received["gym_logins"] == 0


@pytest.mark.parametrize(("later", "kept"), [(-0.000001, 0), (0, 1), (0.000001, 1)])
def test_a_logout_is_not_before_its_login(later, kept):
    line = f"aa:00:00:00:00:01,1,{T},{T + later:.6f}"
    assert len(expect([], landed("gym_logins", line)).tables["silver_db.gym_logs"]) == kept


@pytest.mark.parametrize(
    ("dob", "flat_date", "debezium_date"),
    [
        ("02/29/2000", date(2000, 2, 29), date(2000, 2, 29)),
        ("01/01/0001", date(1, 1, 1), date(1, 1, 1)),
        (None, None, None),
        (11016, "invalid", date(2000, 2, 29)),
        (2932896, "invalid", date(9999, 12, 31)),
        *((dob, "invalid", "invalid") for dob in (2932897, -719163, 1.5, True, "", "2/3/1990")),
        *((dob, "invalid", "invalid") for dob in ("02/29/2023", "01/01/0000", "1990-01-02")),
    ],
)
def test_birth_dates(dob, flat_date, debezium_date):
    for event, expected in (
        (flat(1, "new", T, dob=dob), flat_date),
        (change("c", T, user_id=1, dob=dob), debezium_date),
    ):
        rows = expect(sent("user_info", event), []).tables["silver_db.user_profile_events"]
        assert {row[4] for row in rows} == ({expected} if expected != "invalid" else set())


def test_csv_numbers_follow_json():
    assert csv_lines.registration(
        {
            "user_id": "1.2474e4",
            "device_id": "7.0",
            "mac_address": "aa:00:00:00:00:01",
            "registration_timestamp": str(T),
        }
    ) == (12474, 7, "aa:00:00:00:00:01", T * 1_000_000)


def test_a_number_keeps_its_text_as_zip():
    event = b'{"user_id":1,"update_type":"new","timestamp":1709226000,"address":{"zip":2139.0}}'
    assert payloads.profile_event(payloads.document(event))[-1] == "2139.0"
