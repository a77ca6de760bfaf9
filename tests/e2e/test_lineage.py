"""The events of one hourly run, as a collector gets them."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from deltalake import DeltaTable

from e2e.api import Api
from e2e.receiver import Receiver
from e2e.sources import insert
from gympulse.io.kafka import end_offsets
from gympulse.lake import Lake
from gympulse.local.platform import Platform
from gympulse.local.ports import free_ports
from gympulse.local.secrets_file import local_secrets
from gympulse.local.settings import LocalSettings, settings_below, write_settings
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, GOLD, LAYERS, QUARANTINE, SILVER, TABLES
from gympulse.settings import Kafka
from lineage_events import Numbers, numbers
from oracle.records import KafkaRecord
from streams.runs import broker_at, wait_until

START, MEMBER, DEVICE, MAC = 1_678_521_600, 21, 118450, "aa:bb:cc:dd:ee:21"
TASKS = ("bronze.copy_registered_users", "bronze.copy_gym_logins")
TASKS += tuple(f"{layer}.run_{layer}" for layer in LAYERS)
LANDED = (("registered_users", 1), ("gym_logins", 2))


@pytest.fixture(scope="module")
def collector() -> Iterator[Receiver]:
    """Who is told."""
    with Receiver().listening() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def settings(
    collector: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSettings]:
    """A platform whose first hour has records of every kind, one of them not valid."""
    moved = settings_below(tmp_path_factory.mktemp("lineage"), free_ports())
    settings = replace(moved, lineage_url=collector.url)
    write_settings(settings)
    platform = Platform(settings, ("postgres", "kafka", "airflow", "scheduler"))
    try:
        platform.start(["postgres", "kafka", "airflow"])
        broker_at(settings.kafka_bootstrap_servers).send(records())
        insert(settings, "registered_users", [(MEMBER, DEVICE, MAC, START - 86400)])
        insert(
            settings, "gym_logins", [(MAC, 5, START, START + 7200), (MAC, 6, START + 9000, None)]
        )
        platform.start()
        yield settings
    finally:
        platform.stop()


def records() -> list[KafkaRecord]:
    """A workout with readings, of which one cannot be, and a profile."""
    workout = {"user_id": MEMBER, "workout_id": 3, "session_id": 1}
    told = [
        ("workout", {**workout, "timestamp": START + 600, "action": "start"}),
        ("workout", {**workout, "timestamp": START + 1800, "action": "stop"}),
        ("user_info", {"user_id": MEMBER, "update_type": "new", "timestamp": START}),
        *(
            ("bpm", {"device_id": DEVICE, "time": START + at, "heartrate": rate})
            for at, rate in ((660, 111), (720, 112), (780, 999))
        ),
    ]
    return [KafkaRecord(topic, 0, -1, None, json.dumps(value).encode()) for topic, value in told]


def test_an_hours_events_name_all_that_was_read_and_written(
    settings: LocalSettings, collector: Receiver
) -> None:
    """With versions and rows; as the lake's first run, it has read and written all there is."""
    with Api(settings) as airflow:
        for layer in LAYERS:
            airflow.wait_for_success(layer)
        runs = {airflow.runs(layer)[-1]["dag_run_id"] for layer in LAYERS}

    def ended() -> dict[str, list[dict]]:
        events = [each for each in list(collector.bodies) if each["eventType"] == "COMPLETE"]
        of_runs = [
            each for each in events if each["run"]["facets"]["airflow"]["dagRun"]["run_id"] in runs
        ]
        return {task: [e for e in of_runs if e["job"]["name"] == task] for task in TASKS}

    wait_until(lambda: all(ended().values()))
    found = ended()
    assert {task: len(events) for task, events in found.items()} == dict.fromkeys(TASKS, 1)
    lake, servers = settings.lake, settings.kafka_bootstrap_servers
    read = {task: numbers(event["inputs"]) for task, (event,) in found.items()}
    written = {task: numbers(event["outputs"]) for task, (event,) in found.items()}
    assert read == {
        "bronze.copy_registered_users": {
            "postgres registration.public.registered_users": (None, 1)
        },
        "bronze.copy_gym_logins": {"postgres registration.public.gym_logins": (None, 2)},
        "bronze.run_bronze": topics(servers) | {landing(name): (None, n) for name, n in LANDED},
        "silver.run_silver": tables(lake, sources(SILVER)),
        "gold.run_gold": tables(lake, sources(GOLD)),
    }
    assert written == {
        "bronze.copy_registered_users": {landing("registered_users"): (None, 1)},
        "bronze.copy_gym_logins": {landing("gym_logins"): (None, 2)},
        "bronze.run_bronze": tables(lake, BRONZE),
        "silver.run_silver": tables(lake, (*SILVER, QUARANTINE)),
        "gold.run_gold": tables(lake, GOLD),
    }


def test_no_other_task_tells_anything_and_no_secret_is_told(
    settings: LocalSettings, collector: Receiver
) -> None:
    assert {each["job"]["name"] for each in collector.bodies} == set(TASKS)
    told = json.dumps(collector.bodies)
    assert {
        name for name, secret in local_secrets(settings.folders.state).items() if secret in told
    } == set()


def landing(name: str) -> str:
    """A landing folder, as ``numbers`` has it."""
    return f"unmanaged-dev/data_zone/{name}"


def topics(servers: str) -> dict[str, Numbers]:
    """All topics, with the ends of their partitions and the records in them."""
    return {
        f"kafka {name}": (
            json.dumps({str(number): end for number, end in sorted(ends.items())}),
            sum(ends.values()),
        )
        for name, ends in end_offsets(Kafka(servers)).items()
    }


def sources(of: tuple[Table, ...]) -> set[Table]:
    """The tables that some are computed from."""
    return {TABLES[name] for table in of for name in table.reads}


def tables(lake: Lake, of: tuple[Table, ...] | set[Table]) -> dict[str, Numbers]:
    """Tables with their newest version and the rows that it has."""
    found = {}
    for table in of:
        there = DeltaTable(lake.path(table))
        rows = there.to_pyarrow_dataset().count_rows()
        if rows or table not in (*BRONZE, *SILVER, *GOLD):
            name = f"managed-dev/{table.database}/{table.short_name}"
            found[name] = str(there.version()), rows
    return found
