"""Gym life goes in at Kafka and PostgreSQL, Airflow runs, and gold is what the oracle says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from gympulse.local import postgres
from gympulse.local.airflow_api import AirflowApi
from gympulse.local.errors import LocalProblem
from gympulse.local.platform import running
from gympulse.local.settings import LocalSettings
from gympulse.model.tables import LAYERS
from oracle.archives import archived
from oracle.compare import assert_lake_equals
from oracle.expected import expect
from oracle.histories import cut as dealt
from oracle.histories import place, records_and_files, seeded_history
from oracle.records import CsvFile, KafkaRecord
from streams.operating import land_archives
from streams.runs import Broker

PARTITIONS = 2
START = 1_678_521_600
REGISTRATIONS = [
    (11, 118440, "AA:BB:CC:DD:EE:01", START - 86400),
    (12, 118441, "aa:bb:cc:dd:ee:02", START),
]
VISITS = [
    ("aa:bb:cc:dd:ee:01", 5, START + 60, START + 7200),
    ("aa:bb:cc:dd:ee:02", 6, START + 600.5, None),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSettings]:
    """All services but the simulator, on free ports."""
    folder = tmp_path_factory.mktemp("platform")
    with running(folder, "postgres", "kafka", "airflow", "scheduler") as settings:
        yield settings


class Api(AirflowApi):
    """The client, with what only this test asks for."""

    def backfill(self, dag: str, hour: datetime) -> None:
        """Let the scheduler run one earlier hour, as the UI's backfill does."""
        at = hour.isoformat()
        body = {"dag_id": dag, "from_date": at, "to_date": at, "reprocess_behavior": "none"}
        self._ask("POST", "/api/v2/backfills", json=body)

    def approve(self, dag: str, run: str) -> None:
        """Wait until a run shows its plan to somebody, and say yes."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/wait_for_approval/-1/hitlDetails"

        def is_asked() -> bool:
            tasks = {task["task_id"]: task["state"] for task in self.tasks(dag, run)}
            assert "failed" not in tasks.values(), f"{dag}: {tasks}"
            return tasks.get("wait_for_approval") in ("deferred", "awaiting_input")

        Retrying(retry=retry_if_result(_not), stop=stop_after_delay(300), wait=wait_fixed(1))(
            is_asked
        )
        self._ask("PATCH", path, json={"chosen_options": ["Approve"], "params_input": {}})

    def refusal(self, dag: str, conf: dict) -> str:
        """What is said of a form that cannot be; empty where the run is made."""
        try:
            self.trigger(dag, conf)
        except LocalProblem as problem:
            return str(problem)
        return ""

    def wait_for_success(self, dag: str, runs: int) -> None:
        """Wait until so many runs of a DAG have ended, and see that all succeeded."""

        def unfinished() -> bool:
            states = [run["state"] for run in self.runs(dag)] if dag in self.dags() else []
            assert "failed" not in states, f"a run of {dag} failed"
            return states.count("success") < runs

        Retrying(retry=retry_if_result(bool), stop=stop_after_delay(600), wait=wait_fixed(1))(
            unfinished
        )


def _not(value: bool) -> bool:
    return not value


def kafka_batches() -> list[list[KafkaRecord]]:
    """A made history's Kafka records, in three batches."""
    batches = place(dealt(seeded_history(3), 3, runs=3), partitions=PARTITIONS)
    return [[item for item in batch if isinstance(item, KafkaRecord)] for batch in batches]


def insert(settings: LocalSettings, table: str, rows: list[tuple]) -> None:
    """Add rows to the registration database."""
    with postgres.connect(settings) as connection, connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def landed(settings: LocalSettings) -> list[CsvFile]:
    """The files that Airflow's copies landed."""
    return [
        CsvFile(folder, path.name, path.read_bytes())
        for folder in ("registered_users", "gym_logins")
        for path in sorted(Path(settings.lake.landing(folder)).glob("[!._]*"))
    ]


@pytest.fixture(scope="module")
def received() -> list[KafkaRecord]:
    """The records that the platform was given."""
    return []


def test_gold_through_airflow(settings: LocalSettings, received: list[KafkaRecord]) -> None:
    """Two hourly chains of the scheduler and one by hand leave what the oracle computes."""
    servers = settings.kafka_bootstrap_servers
    broker = Broker(
        servers,
        AdminClient({"bootstrap.servers": servers}),
        Producer({"bootstrap.servers": servers, "log_level": 0}),
    )
    first, second, third = kafka_batches()
    with Api(settings) as airflow:
        broker.send(first)
        insert(settings, "registered_users", REGISTRATIONS[:1])
        # The scheduler has begun with the last full hour; it may have come before the records.
        for layer in LAYERS:
            airflow.wait_for_success(layer, runs=1)
        broker.send(second)
        insert(settings, "gym_logins", VISITS)
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
        for layer in LAYERS:
            airflow.backfill(layer, hour)
            airflow.wait_for_success(layer, runs=2)
        broker.send(third)
        insert(settings, "registered_users", REGISTRATIONS[1:])
        with postgres.connect(settings) as connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gym_logins SET logout = %s WHERE logout IS NULL", (START + 9000,)
            )
        for layer in LAYERS:
            airflow.trigger(layer)
            airflow.wait_for_success(layer, runs=3)
    files = landed(settings)
    assert {file.folder for file in files} == {"registered_users", "gym_logins"}
    received += [*first, *second, *third]
    assert_lake_equals(expect(received, files), settings.lake)


def test_history_through_airflow(settings: LocalSettings, received: list[KafkaRecord]) -> None:
    """Archives are loaded with approval, gold is rebuilt and all is verified, hours going on."""
    records, _ = records_and_files(place(dealt(seeded_history(4), 4, runs=1)))
    history = archived(Random(4), records)
    land_archives(settings.lake, history)
    told = {"reason": "a test", "dry_run": False}
    with Api(settings) as airflow:
        refusal = airflow.refusal("backfill", {"from_date": "yesterday", **told})
        assert "Invalid input for param from_date" in refusal
        before = {dag: len(airflow.runs(dag)) for dag in LAYERS}
        run = airflow.trigger("backfill", {**told, "require_approval": True})
        for layer in LAYERS:
            airflow.trigger(layer)
        airflow.approve("backfill", run)
        airflow.wait_for_success("backfill", runs=1)
        airflow.trigger("gold_rebuild", told)
        airflow.trigger("verify")
        for dag in ("gold_rebuild", "verify"):
            airflow.wait_for_success(dag, runs=1)
        for layer in LAYERS:
            airflow.wait_for_success(layer, runs=before[layer] + 1)
    received += history.records
    assert_lake_equals(expect(received, landed(settings)), settings.lake)
