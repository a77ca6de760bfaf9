"""The comparison sees what differs between bronze and the bytes that were received."""

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from gympulse.lake import Lake
from oracle.bronze import assert_bronze_equals
from oracle.records import CsvFile, KafkaRecord

RECORDS = [
    KafkaRecord("bpm", 0, 0, b"7", b'{"device_id": 7}'),
    KafkaRecord("bpm", 0, 1, b"\xff", b"\xff"),
    KafkaRecord("bpm", 1, 0, None, None),
]
HEADER = b"mac_address,gym,login,logout\n"
FILES = [
    CsvFile("gym_logins", "a.csv", HEADER + b"m,1,2,\n\nm,1\n\xff\n"),
    CsvFile("gym_logins", ".hidden.csv", HEADER + b"m,1,2,\n"),
    CsvFile("registered_users", "empty.csv", b""),
]
KAFKA_ROWS = [
    ("bpm", 0, 0, "7", '{"device_id": 7}', "utf-8"),
    ("bpm", 0, 1, "/w==", "/w==", "base64"),
    ("bpm", 1, 0, None, None, "utf-8"),
]
LOGIN_ROWS = [
    ("a.csv", 2, "utf-8", None, "m", "1", "2", ""),
    ("a.csv", 4, "utf-8", "m,1", None, None, None, None),
    ("a.csv", 5, "base64", "/w==", None, None, None, None),
]
KAFKA_COLUMNS = ("topic", "partition", "offset", "key", "value", "encoding")
LINE_COLUMNS = ("source_file", "line", "encoding", "raw_line")
NUMBERS = ("partition", "offset", "line")


def fill(lake: Lake, table: str, columns, rows) -> None:
    types = [pa.int64() if name in NUMBERS else pa.string() for name in columns]
    values = zip(*rows, strict=True) if rows else [[] for _ in columns]
    arrays = [pa.array(v, t) for v, t in zip(values, types, strict=True)]
    path = f"{lake.root}/sbit-managed-dev/bronze_db/{table}"
    write_deltalake(path, pa.table(arrays, list(columns)))


def bronze(root, kafka=KAFKA_ROWS, logins=LOGIN_ROWS) -> Lake:
    lake = Lake(str(root))
    fill(lake, "kafka_multiplex", KAFKA_COLUMNS, kafka)
    fill(lake, "gym_logins", (*LINE_COLUMNS, "mac_address", "gym", "login", "logout"), logins)
    columns = ("user_id", "device_id", "mac_address", "registration_timestamp")
    fill(lake, "registered_users", (*LINE_COLUMNS, *columns), [])
    return lake


def test_what_was_received_passes(tmp_path):
    assert_bronze_equals(RECORDS, FILES, bronze(tmp_path))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kafka": KAFKA_ROWS[1:]}, "kafka_multiplex: 1 rows missing, 0 extra"),
        ({"kafka": [*KAFKA_ROWS, KAFKA_ROWS[2]]}, "kafka_multiplex: 0 rows missing, 1 extra"),
        ({"kafka": [("bpm", 0, 0, "7", '{"device_id": 8}', "utf-8"), *KAFKA_ROWS[1:]]}, "1 extra"),
        ({"kafka": [KAFKA_ROWS[0], (*KAFKA_ROWS[1][:5], "utf-8"), KAFKA_ROWS[2]]}, "1 extra"),
        ({"logins": LOGIN_ROWS[:2]}, "gym_logins: 1 rows missing, 0 extra"),
        (
            {"logins": [("a.csv", 3, *LOGIN_ROWS[0][2:]), *LOGIN_ROWS[1:]]},
            "1 rows missing, 1 extra",
        ),
    ],
)
def test_what_differs_is_seen(tmp_path, wrong, said):
    with pytest.raises(AssertionError, match=said):
        assert_bronze_equals(RECORDS, FILES, bronze(tmp_path, **wrong))
