"""Readings that a number tells apart, and what the tables say of them."""

import json
from collections.abc import Iterable

from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX, LEDGER
from oracle.compare import read_rows
from oracle.records import KafkaRecord

NOON = 1_700_000_000


def readings(numbers: Iterable[int], partition: int = 0) -> list[KafkaRecord]:
    """Readings that a number tells apart, whatever their offsets."""
    values = [{"device_id": 1, "time": NOON + number, "heartrate": 70} for number in numbers]
    return [KafkaRecord("bpm", partition, 0, b"1", json.dumps(value).encode()) for value in values]


def held(lake: Lake) -> list[tuple[int, int, int]]:
    """The readings that bronze holds: number, partition, offset."""
    rows = read_rows(lake, KAFKA_MULTIPLEX.name, ("value", "partition", "offset"))
    return sorted((json.loads(value)["time"] - NOON, *place) for value, *place in rows)


def refined(lake: Lake) -> list[int]:
    """The numbers of the readings that silver holds."""
    rows = read_rows(lake, "silver_db.heart_rate", ("time",))
    return sorted(time // 1_000_000 - NOON for (time,) in rows)


def positions(lake: Lake) -> list[tuple[dict, dict]]:
    """Where bronze's batches of Kafka begin and end, in their order."""
    columns = ("table", "finished_at", "position_from", "position_to")
    rows = sorted(row for row in read_rows(lake, LEDGER.name, columns) if row[2])
    entries = [row for row in rows if row[0] == KAFKA_MULTIPLEX.short_name]
    return [(json.loads(begin), json.loads(end)) for *_, begin, end in entries]
