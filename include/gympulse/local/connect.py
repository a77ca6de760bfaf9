"""Kafka Connect: one distributed worker with Debezium's connector on the members' profiles.

The connector's configuration is ``include/connectors/postgresql.json``; what differs from
machine to machine, the password included, it takes from the worker's environment.
"""

import json
import sys
import uuid
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg2

from gympulse.local.airflow import process_environment
from gympulse.local.connect_api import CONNECTOR, ConnectApi
from gympulse.local.errors import LocalProblem
from gympulse.local.java import java_service
from gympulse.local.postgres import DEBEZIUM, connect, connect_as_root
from gympulse.local.secrets_file import local_secrets
from gympulse.local.services import Program, Service
from gympulse.local.settings import HOST, ROOT, LocalSettings

CONNECTOR_FILE = ROOT / "include" / "connectors" / "postgresql.json"


def connect_service(settings: LocalSettings) -> Service:
    """The service: a worker that answers, and the connector on it running."""
    main = "org.apache.kafka.connect.cli.ConnectDistributed"
    # It warns of every system type that PostgreSQL has twice.
    quiet = "-Dorg.slf4j.simpleLogger.log.io.debezium.connector.postgresql.TypeRegistry=error"
    command = java_service("connect", quiet, main, str(_properties(settings)))
    keeper = [sys.executable, "-m", "gympulse.local.keep_connector"]
    return Service(
        name="connect",
        programs=(
            Program("connect", command, connector_environment(settings)),
            Program("connect-keeper", keeper, process_environment(settings)),
        ),
        ports=("connect",),
        prepare=partial(_prepare, settings),
        check=partial(_ask, settings),
        furnish=partial(_furnish, settings),
        mend=partial(_furnish, settings),
        patience_seconds=90,
    )


def connector_environment(settings: LocalSettings) -> dict[str, str]:
    """What the connector's configuration refers to as ``${env:NAME}``."""
    return {
        "GYMPULSE_REGISTRATION_HOST": HOST,
        "GYMPULSE_REGISTRATION_PORT": str(settings.ports.postgres),
        "GYMPULSE_REGISTRATION_DATABASE": "registration",
        "GYMPULSE_DEBEZIUM_USER": DEBEZIUM,
        "GYMPULSE_DEBEZIUM_PASSWORD": local_secrets(settings.folders.state)["debezium_database"],
        "GYMPULSE_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
    }


def ask_for_snapshot(settings: LocalSettings) -> int:
    """Ask Debezium to send every profile once more; give how many there are.

    It reads them with streaming paused, so that a row it read is never sent after a later
    change. The question is in the database's log: Debezium comes to it even if it is down now.

    Replay: the profiles are sent again, as events ``r``, which changes nothing in the lake.

    Raises:
        LocalProblem: The database does not answer.
    """
    asked = json.dumps({"type": "blocking", "data-collections": ["public.user_profile"]})
    try:
        with closing(connect(settings)) as database, database, database.cursor() as cursor:
            cursor.execute(
                "INSERT INTO debezium_signal VALUES (%s, 'execute-snapshot', %s)",
                (str(uuid.uuid4()), asked),
            )
            cursor.execute("SELECT count(*) FROM user_profile")
            return cursor.fetchone()[0]
    except psycopg2.Error as error:
        raise LocalProblem(
            f"The registration database does not answer ({str(error).strip()}). Type `make run`."
        ) from error


def log_to_read(settings: LocalSettings) -> int | None:
    """Bytes of the database's log that Debezium has not confirmed; None where nobody knows."""
    question = """SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint
        FROM pg_replication_slots WHERE slot_name = %s"""
    try:
        with closing(connect(settings)) as database, database.cursor() as cursor:
            cursor.execute(question, (_slot(),))
            return (cursor.fetchone() or (None,))[0]
    except psycopg2.Error:
        return None


def _config() -> dict[str, str]:
    return json.loads(CONNECTOR_FILE.read_text())


def _slot() -> str:
    return _config()["slot.name"]


def _properties(settings: LocalSettings) -> Path:
    return settings.folders.state / "connect" / "worker.properties"


def _worker_properties(settings: LocalSettings) -> dict[str, object]:
    topics = {f"{kept}.storage.topic": f"connect-{kept}" for kept in ("config", "offset", "status")}
    return {
        "bootstrap.servers": settings.kafka_bootstrap_servers,
        "group.id": "connect",
        **topics,
        **{name.replace("topic", "replication.factor"): 1 for name in topics},
        "offset.storage.partitions": 1,
        "status.storage.partitions": 1,
        "listeners": settings.connect_url,
        "rest.advertised.host.name": HOST,
        # The connector says its own.
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "config.providers": "env",
        "config.providers.env.class": (
            "org.apache.kafka.common.config.provider.EnvVarConfigProvider"
        ),
        "config.providers.env.param.allowlist.pattern": "GYMPULSE_.*",
        # All plugins are on the class path and name themselves.
        "plugin.discovery": "service_load",
        # No other worker would take over from one that was killed: it goes on at once when
        # it is back, which the broker allows once the dead one's session has ended.
        "scheduled.rebalance.max.delay.ms": 0,
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000,
        # What a worker that was killed sends again.
        "offset.flush.interval.ms": 5000,
    }


def _prepare(settings: LocalSettings) -> None:
    """Write the worker's properties, and let the database keep its log for the connector.

    The connector begins where the database says that it stopped, be it before it ever ran: an
    initial snapshot of its own, if the worker dies before it has noted that it took one, is
    taken again, and who left in between stays a member.

    Replay: a log that is kept already goes on being kept.
    """
    _write_properties(settings)
    with closing(connect(settings)) as database, database, database.cursor() as cursor:
        cursor.execute("SELECT FROM pg_replication_slots WHERE slot_name = %s", (_slot(),))
        if not cursor.rowcount:
            _create_slot(settings)
        cursor.execute("SELECT FROM debezium_signal")
        is_new = not cursor.rowcount
    if is_new:
        ask_for_snapshot(settings)


def _create_slot(settings: LocalSettings) -> None:
    with closing(connect_as_root(settings, "registration")) as root, root.cursor() as cursor:
        cursor.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (_slot(),))


def _write_properties(settings: LocalSettings) -> None:
    file = _properties(settings)
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{k}={v}\n" for k, v in _worker_properties(settings).items()))


def _ask(settings: LocalSettings) -> None:
    with ConnectApi(settings) as api:
        api.ask_whether_ready()


def _furnish(settings: LocalSettings) -> None:
    """Bring the connector to its configuration; what fails of it ``keep_connector`` starts again.

    Replay: one that is there with the same configuration and runs stays untouched.
    """
    with ConnectApi(settings) as api:
        api.configure(CONNECTOR, _config())
        api.wait_until_running(CONNECTOR)
