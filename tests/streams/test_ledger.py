"""The ledger: what each batch read and did, from where to where, and who started it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from gympulse.io import bronze, from_records
from gympulse.io.positions import gaps
from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.model.tables import HEART_RATE, LAYERS, LEDGER
from gympulse.session import Session
from gympulse.transforms.recipe import FromRecords
from oracle.records import CsvFile, KafkaRecord
from streams.runs import Broker, Runner

NOON = 1_700_000_000
NUMBERS = ("rows_read", "inserted", "superseding", "duplicate", "quarantined", "deleted", "version")


def reading(second: int, heartrate: float | None, partition: int = 0) -> KafkaRecord:
    """A reading of one wearable; without a heart rate, a tombstone."""
    value = {"device_id": 1, "time": NOON + second, "heartrate": heartrate}
    told = None if heartrate is None else json.dumps(value).encode()
    return KafkaRecord("bpm", partition, 0, b"1", told)


def profile(second: int, what: str) -> KafkaRecord:
    """A profile event of one member."""
    value = {"user_id": 7, "update_type": what, "timestamp": NOON + second, "sex": "F"}
    return KafkaRecord("user_info", 0, 0, b"7", json.dumps(value).encode())


def entries(lake: Lake) -> list[dict]:
    """The ledger's entries in the order of their layers, tables and batches."""
    found = DeltaTable(lake.path(LEDGER)).to_pyarrow_table().to_pylist()
    order = {table.short_name: n for n, table in enumerate(t for of in LAYERS.values() for t in of)}
    return sorted(found, key=lambda entry: (order[entry["table"]], entry["batch_id"]))


def told(entry: dict) -> tuple:
    """An entry without what differs from run to run."""
    begin, end = entry["position_from"], entry["position_to"]
    return (
        entry["table"],
        entry["batch_id"],
        *(entry[name] for name in NUMBERS),
        begin and json.loads(begin),
        end and json.loads(end),
        entry["airflow_run"],
    )


def at(bpm: list[int], user_info: int) -> dict:
    """A position in the topics, of which one got no records."""
    return {
        "bpm": dict(zip("01", bpm, strict=True)),
        "user_info": {"0": user_info, "1": 0},
        "workout": {"0": 0, "1": 0},
    }


KAFKA, EVENTS = "bronze_db.kafka_multiplex", "silver_db.user_profile_events"
# Table, batch; rows read, inserted, superseding, duplicate, quarantined, deleted; the version
# left; where it begins and ends; the run of Airflow.
WHOLE = [
    ("kafka_multiplex", 0, 5, 5, 0, 0, 0, 0, 1, at([0, 0], 0), at([4, 0], 1), None),
    ("kafka_multiplex", 1, 3, 3, 0, 0, 0, 0, 2, at([4, 0], 1), at([5, 1], 2), "bronze/manual"),
    ("registered_users", 0, 1, 1, 0, 0, 0, 0, 1, None, None, None),
    (
        *("registrations", 0, 1, 1, 0, 0, 0, 0, 1),
        *({"bronze_db.registered_users": 0}, {"bronze_db.registered_users": 2}, None),
    ),
    (
        *("users", 0, 1, 1, 0, 0, 0, 0, 1),
        *({"silver_db.registrations": 0}, {"silver_db.registrations": 2}, None),
    ),
    ("user_profile_events", 0, 1, 1, 0, 0, 0, 0, 1, {KAFKA: 0}, {KAFKA: 2}, None),
    ("user_profile_events", 1, 1, 1, 0, 0, 0, 0, 2, {KAFKA: 2}, {KAFKA: 3}, "silver/manual"),
    ("user_profile", 0, 1, 1, 0, 0, 0, 0, 1, {EVENTS: 0}, {EVENTS: 2}, None),
    ("user_profile", 1, 1, 0, 1, 0, 0, 1, 2, {EVENTS: 2}, {EVENTS: 3}, "silver/manual"),
    ("user_profile_history", 0, 1, 1, 0, 0, 0, 0, 1, {EVENTS: 0}, {EVENTS: 2}, None),
    ("user_profile_history", 1, 1, 0, 1, 0, 0, 0, 2, {EVENTS: 2}, {EVENTS: 3}, "silver/manual"),
    ("heart_rate", 0, 4, 1, 0, 2, 1, 0, 1, {KAFKA: 0}, {KAFKA: 2}, None),
    ("heart_rate", 1, 2, 1, 1, 0, 0, 0, 3, {KAFKA: 2}, {KAFKA: 3}, "silver/manual"),
]
TABLES = {line[0] for line in WHOLE}


def test_whole_entries(tmp_path: Path, session: Session, broker: Broker) -> None:
    """Of two runs, of which the second changes a reading and deletes a profile."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(
        [
            *(reading(0, bpm) for bpm in (70, 75, 10, None)),
            profile(0, "new"),
            CsvFile(
                "registered_users",
                "a.csv",
                b"user_id,device_id,mac_address,registration_timestamp\n7,1,aa:aa:aa:aa:aa:aa,1e9",
            ),
        ]
    )
    runner.run("bronze", "silver")
    runner.receive([reading(0, 80), reading(1, 70, partition=1), profile(1, "delete")])
    for layer in ("bronze", "silver"):
        run_layer(layer, replace(runner.settings, airflow_run=f"{layer}/manual"), session)
    found = [entry for entry in entries(runner.lake) if entry["table"] in TABLES]
    assert [told(entry) for entry in found] == WHOLE
    assert all(entry["seconds"] > 0 and entry["finished_at"] for entry in found)
    assert gaps(runner.lake) == []


def test_batches_of_a_backlog_are_a_chain(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each begins where the one before it ended, in every partition."""
    monkeypatch.setattr(bronze, "_OFFSETS_PER_BATCH", 10)
    runner = Runner(Lake(str(tmp_path)), broker, session)
    for start in (0, 20):
        runner.receive(reading(start + n, 70, partition=n % 3 // 2) for n in range(20))
        runner.run("bronze", "silver")
    found = [entry for entry in entries(runner.lake) if entry["table"] == "kafka_multiplex"]
    ends = [json.loads(entry["position_to"])["bpm"] for entry in found]
    assert [sum(end.values()) for end in ends] == [10, 20, 30, 40]
    assert [entry["position_from"] for entry in found[1:]] == [
        entry["position_to"] for entry in found[:-1]
    ]
    assert sum(entry["rows_read"] for entry in found) == 40
    assert gaps(runner.lake) == []


def dropping(condition: str) -> Callable:
    """A transformation of readings that drops some of them."""
    grouped = from_records._grouped

    def wrongly(parsed: DataFrame, recipe: FromRecords, *others: object) -> DataFrame:
        is_readings = recipe.table is HEART_RATE
        kept = parsed.where(f"NOT ({condition})") if is_readings else parsed
        return grouped(kept, recipe, *others)

    return wrongly


def test_a_batch_whose_rows_do_not_add_up_fails(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that a transformation drops are noticed, and the batch is not entered."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(reading(second, 70) for second in range(5))
    runner.run("bronze")
    with monkeypatch.context() as broken:
        broken.setattr(from_records, "_grouped", dropping("offset >= 3"))
        with pytest.raises(PySparkException) as caught:
            runner.run("silver")
    assert "Unbalanced: heart_rate, stream " in str(caught.value)
    assert (
        "batch 0: the rows read are not all accounted for (rows read 5, inserted 3, superseding "
        "0, duplicate 0, quarantined 0)"
    ) in str(caught.value)
    assert "heart_rate" not in {entry["table"] for entry in entries(runner.lake)}

    runner.run("silver")
    (entry,) = (entry for entry in entries(runner.lake) if entry["table"] == "heart_rate")
    assert [entry[name] for name in NUMBERS[:5]] == [5, 2, 0, 3, 0]


def test_a_batch_of_which_nothing_is_left_is_noticed_too(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spark leaves out what it need not compute, but not the count."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(reading(second, 70) for second in range(5))
    monkeypatch.setattr(from_records, "_grouped", dropping("true"))
    runner.run("bronze")
    with pytest.raises(PySparkException, match="rows read 5, inserted 0, superseding 0"):
        runner.run("silver")
