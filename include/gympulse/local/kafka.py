"""Kafka: one KRaft node, broker and controller in one, from its jars."""

import base64
import subprocess
import uuid
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from gympulse.local.errors import LocalProblem
from gympulse.local.java import java_service
from gympulse.local.services import NotReady, Program, Service
from gympulse.local.settings import HOST, LocalSettings


def kafka_service(settings: LocalSettings) -> Service:
    """The service: one broker with the platform's topics."""
    command = java_service("kafka", "kafka.Kafka", str(_properties(settings)))
    return Service(
        name="kafka",
        programs=(Program("kafka", command, stop_seconds=30),),
        ports=("kafka", "kafka_controller"),
        prepare=partial(_format, settings),
        check=partial(_ask, settings),
        furnish=partial(_create_topics, settings),
    )


def _folder(settings: LocalSettings) -> Path:
    return settings.folders.state / "kafka"


def _properties(settings: LocalSettings) -> Path:
    return _folder(settings) / "server.properties"


def _server_properties(settings: LocalSettings) -> dict[str, object]:
    broker, controller = settings.ports.kafka, settings.ports.kafka_controller
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{HOST}:{broker},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{broker}",
        "log.dirs": _folder(settings) / "log",
        # The platform may read at any time what it has not read yet.
        "log.retention.ms": -1,
        # A missing topic must be seen as missing.
        "auto.create.topics.enable": "false",
        # One node holds the one copy.
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
    }


def _format(settings: LocalSettings) -> None:
    """Write the node's properties, and format its storage the first time.

    Replay: formatted storage stays as it is; half formatted storage is finished.
    """
    _folder(settings).mkdir(exist_ok=True)
    lines = [f"{name}={value}\n" for name, value in _server_properties(settings).items()]
    _properties(settings).write_text("".join(lines))
    if (_folder(settings) / "log" / "meta.properties").exists():
        return
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted"]
    command = java_service(
        "kafka", *tool, f"--cluster-id={cluster}", f"--config={_properties(settings)}"
    )
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise LocalProblem(f"Kafka's storage could not be formatted: {made.stderr.strip()}")


def _admin(settings: LocalSettings) -> AdminClient:
    return AdminClient(
        {
            "bootstrap.servers": settings.kafka_bootstrap_servers,
            "socket.timeout.ms": 5000,
            # The library would write every refused connection to standard error.
            "log_level": 0,
        }
    )


def _ask(settings: LocalSettings) -> None:
    try:
        _admin(settings).list_topics(timeout=3)
    except KafkaException as error:
        raise NotReady(error.args[0].str()) from error


def _create_topics(settings: LocalSettings) -> None:
    """Create the topics that are missing; those that exist stay as they are."""
    admin = _admin(settings)
    known = admin.list_topics(timeout=10).topics
    missing = [
        NewTopic(name, count) for name, count in settings.topics.items() if name not in known
    ]
    if missing:
        for created in admin.create_topics(missing).values():
            created.result(timeout=20)
