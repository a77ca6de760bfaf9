"""A canary member, in every form that records have, and a search for it that is not the job's."""

import base64
import bz2
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from oracle.records import CsvFile, KafkaRecord
from streams.runs import Broker

CANARY, DEVICE, MAC = 918273645546, 776655443322110, "c0:ff:ee:12:34:56"
# The canary had them first, and another member has them now.
SHARED_DEVICE, SHARED_MAC = 515051505150515, "c0:ff:ee:ab:cd:ef"
HEIR, OTHER = 11, 12
HANDED_OVER = 1_709_000_000
NAMES = ("Zanarya", "Quockerwodger", "1 Xylophagous Lane")
PROFILE = {
    "dob": "02/29/1984",
    "sex": "F",
    "gender": "woman",
    "first_name": NAMES[0],
    "last_name": NAMES[1],
    "address": {"street_address": NAMES[2], "city": "Boston", "state": "MA", "zip": "02139"},
}
# Of those that are the canary's alone.
NEEDLES = tuple(map(str, (CANARY, DEVICE, MAC, MAC.upper(), *NAMES)))
_BYTES = (
    *(needle.encode() for needle in NEEDLES),
    *(number.to_bytes(8, order) for number in (CANARY, DEVICE) for order in ("little", "big")),
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}={0,2}")


def records() -> list[KafkaRecord]:
    """The canary's events, valid and not, with those of members who share things with it."""
    early, late = HANDED_OVER - 20_000, HANDED_OVER + 5000
    flat = {"user_id": CANARY, "update_type": "new", "timestamp": early, **PROFILE}
    row = {"user_id": CANARY, "first_name": NAMES[0], "last_name": NAMES[1], "sex": "F"}
    change = {"op": "u", "before": row, "after": row, "source": {"ts_ms": late * 1000, "lsn": 5}}
    payloads = [
        ("user_info", CANARY, flat),
        ("user_info", CANARY, {"schema": {}, "payload": change}),
        ("user_info", CANARY, None),
        # Neither is valid: a rule is broken, and a text ends before its time.
        ("user_info", CANARY, {**flat, "dob": "31/12/1984"}),
        ("user_info", None, json.dumps(flat)[:70].encode()),
        ("workout", CANARY, b'{"user_id": "9.18273645546e11", "workout_id": 1\xff'),
        ("bpm", DEVICE, {"device_id": DEVICE, "time": early, "heartrate": 999}),
        *_trained(CANARY, DEVICE, early),
        *_trained(CANARY, SHARED_DEVICE, early + 3000),
        *_trained(CANARY, DEVICE, late),
        *_trained(HEIR, SHARED_DEVICE, late),
        *_trained(OTHER, 118440, early),
        (
            "user_info",
            OTHER,
            {
                **flat,
                "user_id": OTHER,
                "first_name": "Ann",
                "last_name": "Lee",
                "address": {"street_address": "2 Main St", "city": "Boston"},
            },
        ),
    ]
    return [
        KafkaRecord(
            topic,
            at % 2,
            0,
            None if key is None else str(key).encode(),
            value if value is None or isinstance(value, bytes) else json.dumps(value).encode(),
        )
        for at, (topic, key, value) in enumerate(payloads)
    ]


def _trained(user: int, device: int, at: int) -> Iterator[tuple]:
    """A workout of half an hour, with three readings."""
    event = {"user_id": user, "workout_id": 7, "session_id": at}
    yield "workout", user, {**event, "timestamp": at, "action": "start"}
    yield "workout", user, {**event, "timestamp": at + 1800, "action": "stop"}
    for minute in (1, 2, 3):
        reading = {"device_id": device, "time": at + 60 * minute, "heartrate": 90 + minute}
        yield "bpm", device, reading


def landed(name: str = "canary") -> list[CsvFile]:
    """The canary's registrations and logins, among those of others."""
    early = HANDED_OVER - 100_000
    registered = [
        f"{CANARY},{DEVICE},{MAC.upper()},{early}",
        f"{CANARY},{SHARED_DEVICE},{SHARED_MAC},{early}",
        f"{HEIR},{SHARED_DEVICE},{SHARED_MAC},{HANDED_OVER}",
        f"{OTHER},118440,aa:00:00:00:00:04,{early}",
        f"{CANARY},{DEVICE}",
    ]
    logins = [
        f"{mac},1,{at},{at + 3600}"
        for mac in (MAC, SHARED_MAC, "aa:00:00:00:00:04")
        for at in (HANDED_OVER - 20_000, HANDED_OVER + 5000)
    ]
    found = {
        "registered_users": ("user_id,device_id,mac_address,registration_timestamp", registered),
        "gym_logins": ("mac_address,gym,login,logout", logins),
    }
    return [
        CsvFile(folder, f"{name}.csv", "\n".join((header, *lines, "")).encode())
        for folder, (header, lines) in found.items()
    ]


def archives() -> dict[str, bytes]:
    """Lines of the canary and of another, in each form of file."""
    lines = [
        json.dumps(
            {
                "topic": "bpm",
                "partition": 0,
                "offset": at,
                "timestamp": 1_709_000_000_000,
                "key": str(device),
                "value": value,
            }
        )
        for at, (device, value) in enumerate(
            (
                (DEVICE, json.dumps({"device_id": DEVICE, "time": 1_709_100_000, "heartrate": 70})),
                (118440, {"device_id": 118440, "time": 1_709_100_060, "heartrate": 71}),
                (DEVICE, {"device_id": DEVICE, "time": 1_709_100_120, "heartrate": 72}),
            )
        )
    ]
    stray = json.dumps({"topic": "clicks", "value": {"user_id": CANARY}})
    plain = "\n".join((*lines, stray)).encode()
    return {
        "plain.json": plain,
        "packed.json.gz": gzip.compress("\n".join(lines[:2]).encode()),
        "deep/packed.json.bz2": bz2.compress("\n".join(lines[1:]).encode()),
    }


def kept_for(broker: Broker, topic: str, milliseconds: int) -> None:
    """Let the broker keep a topic's records for so long."""
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

    entry = ConfigEntry(
        "retention.ms", str(milliseconds), incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    broker.admin.incremental_alter_configs([resource])[resource].result()


def files_that_name_it(root: Path, needles: Iterable[bytes] = _BYTES) -> list[str]:
    """Files below a folder that hold one of the needles, packed, encoded or in a page."""
    needles = tuple(needles)
    return [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*"))
        if path.is_file() and _names(path.name.encode() + b"\n" + path.read_bytes(), needles, path)
    ]


def _names(content: bytes, needles: tuple[bytes, ...], path: Path | None = None) -> bool:
    if any(needle in content for needle in needles):
        return True
    if path is not None and path.name.endswith((".gz", ".bz2")):
        unpack = gzip.decompress if path.name.endswith(".gz") else bz2.decompress
        return _names(unpack(path.read_bytes()), needles)
    if path is not None and path.name.endswith(".parquet"):
        return _names(str(pq.ParquetFile(path).read().to_pylist()).encode(), needles)
    return any(needle in found for found in _decoded(content) for needle in needles)


def _decoded(content: bytes) -> Iterator[bytes]:
    for found in _BASE64.findall(content):
        if len(found) % 4 == 0:
            try:
                yield base64.b64decode(found)
            except ValueError:
                continue
