"""Kafka, asked without Spark: which of our topics are there, where they begin and end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from gympulse.errors import SourceAway
from gympulse.model.bronze import TOPICS
from gympulse.settings import Kafka

_TIMEOUT_SECONDS = 10
# What brokers before Kafka 2.8 answer, which have no ids.
_NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"

Offsets = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Topic:
    """A topic as the broker has it.

    Attributes:
        id: Kafka's own name of it, which a topic made anew does not share; None where the
            broker has none.
        begins: By partition, the earliest offset there.
        ends: By partition, the offset that the next record will get.
    """

    id: str | None
    begins: dict[int, int]
    ends: dict[int, int]


def topics(kafka: Kafka) -> dict[str, Topic]:
    """Our topics by name; only those that exist.

    Raises:
        SourceAway: The broker does not answer.
    """
    with _asking(kafka) as client:
        partitions = _partitions(client)
        ids = _ids(client, sorted({partition.topic for partition in partitions}))
        begins = _offsets(client, partitions, OffsetSpec.earliest())
        ends = _offsets(client, partitions, OffsetSpec.latest())
        return {name: Topic(ids[name], begins[name], ends[name]) for name in ids}


def end_offsets(kafka: Kafka) -> Offsets:
    """By topic and partition, the offset that the next record will get; only topics that exist.

    Raises:
        SourceAway: The broker does not answer.
    """
    with _asking(kafka) as client:
        return _offsets(client, _partitions(client), OffsetSpec.latest())


@contextmanager
def _asking(kafka: Kafka) -> Iterator[AdminClient]:
    try:
        yield AdminClient(
            {"bootstrap.servers": kafka.bootstrap_servers, "log_level": 0, **kafka.options}
        )
    except KafkaException as error:
        raise SourceAway("Kafka", kafka.bootstrap_servers, error.args[0].str()) from error


def _partitions(client: AdminClient) -> list[TopicPartition]:
    there = client.list_topics(timeout=_TIMEOUT_SECONDS).topics
    return [
        TopicPartition(name, partition)
        for name in TOPICS
        if name in there
        for partition in there[name].partitions
    ]


def _ids(client: AdminClient, names: list[str]) -> dict[str, str | None]:
    if not names:
        return {}
    asked = client.describe_topics(TopicCollection(names), request_timeout=_TIMEOUT_SECONDS)
    ids = {name: str(answer.result().topic_id) for name, answer in asked.items()}
    return {name: None if id_ == _NO_ID else id_ for name, id_ in ids.items()}


def _offsets(client: AdminClient, partitions: list[TopicPartition], which: OffsetSpec) -> Offsets:
    if not partitions:
        return {}
    found: Offsets = {}
    wanted = dict.fromkeys(partitions, which)
    asked = client.list_offsets(wanted, request_timeout=_TIMEOUT_SECONDS)
    for partition, answer in asked.items():
        found.setdefault(partition.topic, {})[partition.partition] = answer.result().offset
    return found
