"""The platform's sources: what was sent through them, and changes that come by them."""

from contextlib import closing
from pathlib import Path

from gympulse.local import postgres
from gympulse.local.settings import LocalSettings
from gympulse.model.bronze import TOPICS
from oracle.records import CsvFile, KafkaRecord
from streams.runs import held, wait_until


def kafka_holds(settings: LocalSettings) -> list[KafkaRecord]:
    """All that came through Kafka, changes of profiles included."""
    return held(settings.kafka_bootstrap_servers, *TOPICS)


def change_profiles(settings: LocalSettings, *statements: str) -> None:
    """Commit changes of profiles together, and wait until Debezium has sent them."""
    before = len(held(settings.kafka_bootstrap_servers, "user_info"))
    with closing(postgres.connect(settings)) as database, database, database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    wait_until(
        lambda: len(held(settings.kafka_bootstrap_servers, "user_info")) >= before + len(statements)
    )


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
