"""What a collector is to be told of an hour in which all kinds of records arrive."""

import json
from collections.abc import Iterable

from deltalake import DeltaTable

from e2e.receiver import Receiver
from e2e.sources import insert
from gympulse.io.kafka import end_offsets
from gympulse.lake import Lake
from gympulse.local.settings import LocalSettings
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, GOLD, LAYERS, QUARANTINE, SILVER, TABLES
from gympulse.settings import Kafka
from lineage_events import Numbers, numbers
from oracle.records import KafkaRecord
from streams.runs import broker_at, wait_until

COPIES = {"registered_users": 1, "gym_logins": 2}
TASKS = (
    *(f"bronze.copy_{name}" for name in COPIES),
    *(f"{layer}.run_{layer}" for layer in LAYERS),
)
_START, _MEMBER, _DEVICE, _MAC = 1_678_521_600, 21, 118450, "aa:bb:cc:dd:ee:21"

# By dataset, as ``numbers`` has it, version and rows.
Told = dict[str, Numbers]


def send_an_hour(settings: LocalSettings) -> None:
    """A visit with a workout, of whose readings one cannot be, and the member's profile."""
    workout = {"user_id": _MEMBER, "workout_id": 3, "session_id": 1}
    told = [
        ("workout", {**workout, "timestamp": _START + 600, "action": "start"}),
        ("workout", {**workout, "timestamp": _START + 1800, "action": "stop"}),
        ("user_info", {"user_id": _MEMBER, "update_type": "new", "timestamp": _START}),
        *(
            ("bpm", {"device_id": _DEVICE, "time": _START + at, "heartrate": rate})
            for at, rate in ((660, 111), (720, 112), (780, 999))
        ),
    ]
    broker_at(settings.kafka_bootstrap_servers).send(
        KafkaRecord(topic, 0, -1, None, json.dumps(value).encode()) for topic, value in told
    )
    visits = [(_MAC, 5, _START, _START + 7200), (_MAC, 6, _START + 9000, None)]
    insert(settings, "registered_users", [(_MEMBER, _DEVICE, _MAC, _START - 86400)])
    insert(settings, "gym_logins", visits)


def taken_in(settings: LocalSettings) -> Told:
    """What bronze and its sources hold now."""
    topics = end_offsets(Kafka(settings.kafka_bootstrap_servers))
    return _tables(settings.lake, BRONZE) | {
        f"kafka {name}": (_ends(ends), sum(ends.values())) for name, ends in topics.items()
    }


def events_of(collector: Receiver, runs: Iterable[str]) -> dict[str, dict]:
    """Wait until each task of some runs has told of its end, and give that, once each."""

    def found() -> dict[str, list[dict]]:
        ended = [each for each in list(collector.bodies) if each["eventType"] == "COMPLETE"]
        of_runs = [each for each in ended if _run(each) in runs]
        return {task: [e for e in of_runs if e["job"]["name"] == task] for task in TASKS}

    wait_until(lambda: all(found().values()))
    assert {task: len(events) for task, events in found().items()} == dict.fromkeys(TASKS, 1)
    return {task: event for task, (event,) in found().items()}


def assert_told(settings: LocalSettings, events: dict[str, dict], before: Told) -> None:
    """See that the events of an hour's tasks name all that was read and written.

    Args:
        settings: Whose lake and Kafka say what is right.
        events: By task.
        before: What bronze and its sources held before the hour; silver and gold held nothing.
    """
    lake, gained = settings.lake, _gained(before, taken_in(settings))
    topics = {name: told for name, told in gained.items() if name.startswith("kafka ")}
    landed = {_landing(name): (None, rows) for name, rows in COPIES.items()}
    assert {task: numbers(event["inputs"]) for task, event in events.items()} == {
        **{
            f"bronze.copy_{name}": {f"postgres registration.public.{name}": (None, rows)}
            for name, rows in COPIES.items()
        },
        "bronze.run_bronze": topics | landed,
        "silver.run_silver": _tables(lake, _sources(SILVER)),
        "gold.run_gold": _tables(lake, _sources(GOLD)),
    }
    assert {task: numbers(event["outputs"]) for task, event in events.items()} == {
        **{f"bronze.copy_{name}": {_landing(name): (None, rows)} for name, rows in COPIES.items()},
        "bronze.run_bronze": {name: gained[name] for name in gained if name not in topics},
        "silver.run_silver": _tables(lake, (*SILVER, QUARANTINE)),
        "gold.run_gold": _tables(lake, GOLD),
    }


def _gained(before: Told, now: Told) -> Told:
    grown = {name: rows - before.get(name, (None, 0))[1] for name, (_, rows) in now.items()}
    return {name: (now[name][0], rows) for name, rows in grown.items() if rows}


def _run(event: dict) -> str:
    return event["run"]["facets"]["airflow"]["dagRun"]["run_id"]


def _ends(of_topic: dict[int, int]) -> str:
    return json.dumps({str(number): end for number, end in sorted(of_topic.items())})


def _landing(name: str) -> str:
    return f"unmanaged-dev/data_zone/{name}"


def _sources(of: Iterable[Table]) -> set[Table]:
    return {TABLES[name] for table in of for name in table.reads}


def _tables(lake: Lake, of: Iterable[Table]) -> Told:
    """Tables that hold something, with their newest version and their rows."""
    there = {t: DeltaTable(lake.path(t)) for t in of if DeltaTable.is_deltatable(lake.path(t))}
    found = {
        f"managed-dev/{t.database}/{t.short_name}": (
            str(delta.version()),
            delta.to_pyarrow_dataset().count_rows(),
        )
        for t, delta in there.items()
    }
    return {name: told for name, told in found.items() if told[1]}
