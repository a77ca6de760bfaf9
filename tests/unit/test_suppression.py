"""What is suppressed is told by digests and instants, and left without content."""

import pickle
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from gympulse.io.ops import rows_of
from gympulse.model.tables import (
    GYM_LOGINS,
    KAFKA_MULTIPLEX,
    REGISTERED_USERS,
)
from gympulse.operations.owned_things import owned
from gympulse.transforms.mentions import DEVICE, PHONE, USER, Mention
from gympulse.transforms.suppression import ERASED, Suppressed, digest, eraser, finder

KEY = b"a key of more than thirty-two bytes"
MAC = "aa:00:00:00:00:01"
SECOND = 1_000_000


def suppressed(*stretches: tuple[Mention, int | None, int | None]) -> Suppressed:
    found: dict[tuple[str, str], tuple] = {}
    for mention, begin, end in stretches:
        place = (mention.kind, digest(KEY, mention))
        found[place] = (*found.get(place, ()), (begin, end))
    return Suppressed(KEY, found)


WHO = suppressed(
    (Mention(USER, "12474"), None, None),
    (Mention(DEVICE, "7"), 10 * SECOND, 20 * SECOND),
    (Mention(PHONE, MAC), None, 20 * SECOND),
)


def record(**columns: object) -> dict:
    at = datetime.fromtimestamp(15, UTC)
    return {
        **dict.fromkeys(KAFKA_MULTIPLEX.columns),
        "encoding": "utf-8",
        "topic": "workout",
        "source": "kafka",
        "timestamp": at,
        **columns,
    }


def erase(table, *rows: dict) -> list[dict]:
    batch = rows_of(table, rows).to_batches()[0]
    # As Spark's workers have them, which are other processes.
    told = pickle.loads(pickle.dumps((table, WHO)))
    return pa.Table.from_batches(eraser(*told)(iter([batch]))).to_pylist()


@pytest.mark.parametrize(
    ("columns", "is_erased"),
    [
        pytest.param({"value": '{"user_id": 12474}'}, True, id="the member"),
        pytest.param({"value": '{"user_id": 12475}'}, False, id="another member"),
        pytest.param({"value": None, "key": "12474"}, True, id="a tombstone of the member's"),
        pytest.param({"value": "", "key": "12474"}, True, id="a payload that names nobody"),
        pytest.param({"value": None, "key": "5"}, False, id="a tombstone of another's"),
        pytest.param({"value": '{"device_id": 7, "time": 10}'}, True, id="owned, from then on"),
        pytest.param({"value": '{"device_id": 7, "time": 9}'}, False, id="not yet owned"),
        pytest.param({"value": '{"device_id": 7, "time": 20}'}, False, id="handed on"),
        pytest.param({"value": '{"device_id": 7, "time": "?"}'}, True, id="as Kafka had it"),
        pytest.param(
            {
                "value": '{"device_id": 7, "time": "?"}',
                "timestamp": datetime.fromtimestamp(25, UTC),
            },
            False,
            id="as Kafka had it later",
        ),
        pytest.param(
            {"value": '{"topic": "x", "value": {"user_id": 12474}}', "topic": None},
            True,
            id="a line that is no record",
        ),
    ],
)
def test_a_record_is_whose_it_names_at_its_instant(columns, is_erased):
    row = record(
        topic=columns.pop("topic", "bpm" if "device" in str(columns) else "workout"),
        partition=1,
        offset=5,
        **columns,
    )
    (left,) = erase(KAFKA_MULTIPLEX, row)

    gone = {"key": None, "value": None, "encoding": ERASED} if is_erased else {}
    assert left == row | gone


def test_a_key_alone_goes_where_the_value_is_anothers():
    (left,) = erase(KAFKA_MULTIPLEX, record(key="12474", value='{"user_id": 5}'))

    assert (left["key"], left["value"], left["encoding"]) == (None, '{"user_id": 5}', "utf-8")


@pytest.mark.parametrize(
    ("table", "columns", "is_erased"),
    [
        pytest.param(REGISTERED_USERS, {"user_id": "12474.0"}, True, id="the member"),
        pytest.param(REGISTERED_USERS, {"user_id": "5", "device_id": "7"}, False, id="the next"),
        pytest.param(
            REGISTERED_USERS,
            {"user_id": "?", "device_id": "7", "registration_timestamp": "15"},
            True,
            id="of nobody, a wearable's",
        ),
        pytest.param(REGISTERED_USERS, {"raw_line": "12474,7"}, True, id="a line too short"),
        pytest.param(REGISTERED_USERS, {"raw_line": "12475,8"}, False, id="another's"),
        pytest.param(GYM_LOGINS, {"mac_address": MAC.upper(), "login": "19"}, True, id="a visit"),
        pytest.param(GYM_LOGINS, {"mac_address": MAC, "login": "20"}, False, id="a later one"),
        pytest.param(GYM_LOGINS, {"mac_address": "x", "login": "1"}, False, id="no phone"),
    ],
)
def test_a_line_is_whose_it_names_at_its_instant(table, columns, is_erased):
    row = {**dict.fromkeys(table.columns), "encoding": "utf-8", **columns}
    row |= {"source_file": "a.csv", "line": 3}
    (left,) = erase(table, row)

    kept = {**dict.fromkeys(table.columns), "source_file": "a.csv", "line": 3, "encoding": ERASED}
    assert left == (kept if is_erased else row)


def test_only_what_changes_is_found():
    rows = [record(value='{"user_id": 12474}', offset=1), record(value='{"user_id": 1}', offset=2)]
    batch = rows_of(KAFKA_MULTIPLEX, rows).to_batches()[0]

    found = list(finder(KAFKA_MULTIPLEX, WHO)(iter([batch])))
    assert [row["offset"] for each in found for row in each.to_pylist()] == [1]
    again = list(eraser(KAFKA_MULTIPLEX, WHO)(iter(found)))
    assert list(finder(KAFKA_MULTIPLEX, WHO)(iter(again))) == []


@pytest.mark.parametrize(
    ("registrations", "stretches"),
    [
        pytest.param([(1, 10)], [(None, None)], id="the only owner, since ever"),
        pytest.param([(1, 10), (2, 20)], [(None, 20)], id="handed on"),
        pytest.param([(2, 10), (1, 20)], [(20, None)], id="taken over"),
        pytest.param([(2, 10), (1, 20), (2, 30), (1, 40)], [(20, 30), (40, None)], id="in turns"),
        pytest.param([(1, 10), (1, 20), (2, 30)], [(None, 30)], id="registered again"),
        pytest.param([(1, 10), (2, 10)], [], id="at equal instants the greater owns"),
        pytest.param([(2, 10)], [], id="never"),
    ],
)
def test_a_thing_is_a_members_in_stretches(registrations, stretches):
    assert list(owned(registrations, 1)) == stretches
    assert list(owned(reversed(registrations), 1)) == stretches
