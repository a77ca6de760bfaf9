"""A real broker and one warm Spark session for all tests of this folder."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from gympulse.io.kafka import TOPICS
from gympulse.local.platform import kafka_broker
from gympulse.session import Session
from pyspark.sql import SparkSession

from streams.runs import PARTITIONS, Broker

SETTINGS = Path(__file__).parents[2] / ".tools" / "spark" / "spark-defaults.conf"


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """Spark with the jobs' own settings, in this process, warm from test to test."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {SETTINGS} pyspark-shell"
    session = Session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def spark(session: Session) -> SparkSession:
    """The session's Spark."""
    return session()


@pytest.fixture(scope="session")
def bootstrap_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker's address."""
    with kafka_broker(tmp_path_factory.mktemp("kafka")) as servers:
        yield servers


@pytest.fixture
def broker(bootstrap_servers: str) -> Broker:
    """The broker with empty topics."""
    broker = Broker(
        bootstrap_servers,
        AdminClient({"bootstrap.servers": bootstrap_servers}),
        Producer({"bootstrap.servers": bootstrap_servers, "linger.ms": 5, "log_level": 0}),
    )
    broker.empty([NewTopic(name, PARTITIONS, 1) for name in TOPICS])
    return broker
