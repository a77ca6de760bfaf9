"""Kafka Connect: one distributed worker with Debezium's connector on the members' profiles.

The connector's configuration is ``include/connectors/postgresql.json``; what differs from
machine to machine, the password included, it takes from the worker's environment.
"""

import json
from functools import partial
from pathlib import Path

from gympulse.local.connect_api import CONNECTOR, ConnectApi
from gympulse.local.java import java_service
from gympulse.local.postgres import DEBEZIUM
from gympulse.local.secrets_file import local_secrets
from gympulse.local.services import Program, Service
from gympulse.local.settings import HOST, ROOT, LocalSettings

CONNECTOR_FILE = ROOT / "include" / "connectors" / "postgresql.json"


def connect_service(settings: LocalSettings) -> Service:
    """The service: a worker that answers, and the connector on it running."""
    main = "org.apache.kafka.connect.cli.ConnectDistributed"
    command = java_service("connect", main, str(_properties(settings)))
    return Service(
        name="connect",
        programs=(Program("connect", command, connector_environment(settings)),),
        ports=("connect",),
        prepare=partial(_write_properties, settings),
        check=partial(_ask, settings),
        furnish=partial(_furnish, settings),
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


def _write_properties(settings: LocalSettings) -> None:
    """Write the worker's properties; nothing in them is secret."""
    file = _properties(settings)
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{k}={v}\n" for k, v in _worker_properties(settings).items()))


def _ask(settings: LocalSettings) -> None:
    with ConnectApi(settings) as connect:
        connect.ask_whether_ready()


def _furnish(settings: LocalSettings) -> None:
    """Bring the connector to its configuration, and to work where it has failed.

    Replay: one that is there with the same configuration and runs stays untouched.
    """
    with ConnectApi(settings) as connect:
        connect.configure(CONNECTOR, json.loads(CONNECTOR_FILE.read_text()))
        connect.restart_failed(CONNECTOR)
        connect.wait_until_running(CONNECTOR)
