"""A real broker for all tests of this folder."""

from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import NewTopic

from gympulse.local.platform import kafka_broker
from gympulse.model.bronze import TOPICS
from streams.runs import PARTITIONS, Broker, broker_at

# What fails in shared helpers is told as fully as in tests.
pytest.register_assert_rewrite("streams.checking", "streams.erased_lakes", "streams.reviewing")

Emptied = Callable[[], Broker]


@pytest.fixture(scope="session")
def bootstrap_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker's address."""
    with kafka_broker(tmp_path_factory.mktemp("kafka")) as servers:
        yield servers


@pytest.fixture(scope="session")
def emptied(bootstrap_servers: str) -> Emptied:
    """Gives the broker with empty topics."""
    broker = broker_at(bootstrap_servers)

    def empty() -> Broker:
        broker.empty([NewTopic(name, PARTITIONS, 1) for name in TOPICS])
        return broker

    return empty


@pytest.fixture
def broker(emptied: Emptied) -> Broker:
    """The broker with empty topics."""
    return emptied()
