"""Take one visit from Kafka and a registration database to gold, with an Airflow of its own.

    python -m gympulse.local.image.smoke

Both must be empty, and are told as in production: AIRFLOW_CONN_REGISTRATION_DB holds the URI of
a PostgreSQL database with the tables of registration.sql, and
AIRFLOW_VAR_GYMPULSE_KAFKA_BOOTSTRAP_SERVERS an address. The database gets Airflow's tables too.
The lake is in a folder that is removed if all is well. Nothing else is asked of the network.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from confluent_kafka import Producer
from deltalake import DeltaTable

from gympulse.errors import BadSettings, GympulseError
from gympulse.lake import Lake
from gympulse.local.errors import LocalProblem
from gympulse.local.image import layer_runs, own_airflow
from gympulse.local.image.one_visit import GOLD, MESSAGES, ROWS
from gympulse.local.settings import ROOT
from gympulse.model.table import Table

KAFKA = "AIRFLOW_VAR_GYMPULSE_KAFKA_BOOTSTRAP_SERVERS"
DATABASE = "AIRFLOW_CONN_REGISTRATION_DB"


def main() -> int:
    """Run the test; the exit code is 0 if gold is what it should be.

    Replay: the same visit, sent again, changes nothing.
    """
    try:
        with _folder() as folder:
            _check_surroundings()
            os.environ.update(own_airflow.environment(folder, os.environ[DATABASE]))
            own_airflow.prepare(folder, ROOT / "airflow_settings.yaml")
            _write_rows()
            _send_messages(os.environ[KAFKA])
            with own_airflow.running(folder):
                layer_runs.wait(os.environ["AIRFLOW__API__BASE_URL"])
            _compare(folder)
    except GympulseError as problem:
        print(problem, file=sys.stderr)
        return 1
    print("The visit is in gold.")
    return 0


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="gympulse-smoke-"))
    try:
        yield folder
    except BaseException:
        print(f"Logs and tables are kept in {folder}.", file=sys.stderr)
        raise
    shutil.rmtree(folder)


def _check_surroundings() -> None:
    problems = [f"{name} is not set." for name in (KAFKA, DATABASE) if not os.environ.get(name)]
    if problems:
        raise BadSettings(problems)
    submit = shutil.which("spark-submit")
    if submit is None:
        raise LocalProblem("There is no spark-submit on the path; build the image anew.")
    print(f"Jobs run by {submit}, as user {os.getuid()}.")


def _write_rows() -> None:
    # Only here: Airflow reads its environment when it is loaded.
    from airflow.sdk import BaseHook

    with BaseHook.get_hook("registration_db").get_conn() as connection:
        cursor = connection.cursor()
        for table, row in ROWS.items():
            marks = ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING", row)


def _send_messages(servers: str) -> None:
    producer = Producer({"bootstrap.servers": servers, "acks": "all", "message.timeout.ms": 20_000})
    failures = []
    for topic, value in MESSAGES:
        producer.produce(
            topic, value, on_delivery=lambda error, _: error and failures.append(error)
        )
    if producer.flush(30) or failures:
        why = failures[0].str() if failures else "no answer"
        raise LocalProblem(f"Kafka at {servers} did not take the visit ({why}).")


def _compare(folder: Path) -> None:
    lake = Lake(str(folder / "lake"))
    wrong = [
        f"{table.name} holds {found}; {expected} is expected."
        for table, expected in GOLD.items()
        if (found := _rows(lake, table)) != expected
    ]
    if wrong:
        raise LocalProblem("\n".join(wrong))


def _rows(lake: Lake, table: Table) -> list[tuple]:
    found = DeltaTable(lake.path(table)).to_pyarrow_table(columns=list(table.columns))
    return [tuple(row.values()) for row in found.to_pylist()]


if __name__ == "__main__":
    sys.exit(main())
