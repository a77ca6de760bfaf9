"""Kafka, asked without Spark: which of our topics are there, where they begin and end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec

from gympulse.errors import BadSettings, NotAdmitted, SourceAway
from gympulse.io.kafka_clients import for_librdkafka
from gympulse.kafka_settings import Kafka
from gympulse.model.bronze import TOPICS

_TIMEOUT_SECONDS = 10
# Refused, the client tries again until its time is over; so it is given little at first.
_PATIENCE_SECONDS = 2
_REFUSALS = {
    KafkaError._AUTHENTICATION,
    KafkaError._SSL,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
}
# What brokers before Kafka 2.8 answer, which have no ids.
_NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"

_RETENTION = ("cleanup.policy", "retention.bytes", "retention.ms")

Offsets = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Topic:
    """A topic as the broker has it.

    Attributes:
        id: Kafka's own name of it, which a topic made anew does not share; None where the
            broker has none.
        begins: By partition, the earliest offset there.
        ends: By partition, the offset up to which may be read: the one that the next record will
            get, or the first of a transaction that is still open.
    """

    id: str | None
    begins: dict[int, int]
    ends: dict[int, int]


def topics(kafka: Kafka) -> dict[str, Topic]:
    """Our topics by name; only those that exist.

    Raises:
        BadSettings: Its client cannot use the settings.
        NotAdmitted: The broker refuses us.
        SourceAway: The broker does not answer.
    """
    with _asking(kafka) as (client, partitions):
        ids = _ids(client, sorted({partition.topic for partition in partitions}))
        begins = _offsets(client, partitions, OffsetSpec.earliest())
        # Bronze waits for what is not committed, and there is nothing to start for until it is.
        ends = _offsets(client, partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
        return {name: Topic(ids[name], begins[name], ends[name]) for name in ids}


def end_offsets(kafka: Kafka) -> Offsets:
    """By topic and partition, the offset that the next record will get; only topics that exist.

    Raises:
        BadSettings, NotAdmitted, SourceAway: As ``topics`` does.
    """
    with _asking(kafka) as (client, partitions):
        return _offsets(client, partitions, OffsetSpec.latest())


def retention(kafka: Kafka) -> dict[str, dict[str, str]]:
    """By topic, what the broker says of how long it keeps records; only topics that exist.

    Raises:
        BadSettings, NotAdmitted, SourceAway: As ``topics`` does.
    """
    with _asking(kafka) as (client, partitions):
        names = sorted({partition.topic for partition in partitions})
        asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
        answers = client.describe_configs(asked, request_timeout=_TIMEOUT_SECONDS) if asked else {}
        return {
            topic.name: {name: answer.result()[name].value for name in _RETENTION}
            for topic, answer in answers.items()
        }


@contextmanager
def _asking(kafka: Kafka) -> Iterator[tuple[AdminClient, list[TopicPartition]]]:
    said: list[KafkaError] = []
    settings = {**for_librdkafka(kafka), "log_level": 0, "error_cb": said.append}
    try:
        client = AdminClient(settings)
    except KafkaException as error:
        problem = f"Kafka's settings cannot be used: {error.args[0].str()}."
        raise BadSettings([problem]) from error
    try:
        yield client, _partitions(client, said)
    except KafkaException as error:
        raise _away(kafka, [error.args[0], *said]) from error


def _partitions(client: AdminClient, said: list[KafkaError]) -> list[TopicPartition]:
    try:
        there = client.list_topics(timeout=_PATIENCE_SECONDS).topics
    except KafkaException:
        # Only now the client tells what it met.
        client.poll(0)
        if any(map(_is_refusal, said)):
            raise
        there = client.list_topics(timeout=_TIMEOUT_SECONDS - _PATIENCE_SECONDS).topics
    return [
        TopicPartition(name, partition)
        for name in TOPICS
        if name in there
        for partition in there[name].partitions
    ]


def _is_refusal(error: KafkaError) -> bool:
    # A broker that misses a certificate ends the connection with a word of TLS.
    return error.code() in _REFUSALS or "SSL" in error.str()


def _away(kafka: Kafka, met: list[KafkaError]) -> SourceAway:
    refusal = next(filter(_is_refusal, met), None)
    if refusal is None:
        return SourceAway("Kafka", kafka.bootstrap_servers, met[0].str())
    is_tls = refusal.code() != KafkaError._AUTHENTICATION and "SSL" in refusal.str()
    kind, usual = "sasl.", []
    if is_tls:
        kind, usual = "ssl.", ["ssl.ca.location", "ssl.certificate.location"]
    own = sorted(name for name in kafka.options if name.startswith(kind))
    concerned = ["security.protocol", *usual, *own]
    found = re.sub(r"^\S+/(bootstrap|\d+): | \(after \d+ms in state \w+\)$", "", refusal.str())
    return NotAdmitted("Kafka", kafka.bootstrap_servers, found, list(dict.fromkeys(concerned)))


def _ids(client: AdminClient, names: list[str]) -> dict[str, str | None]:
    if not names:
        return {}
    asked = client.describe_topics(TopicCollection(names), request_timeout=_TIMEOUT_SECONDS)
    ids = {name: str(answer.result().topic_id) for name, answer in asked.items()}
    return {name: None if id_ == _NO_ID else id_ for name, id_ in ids.items()}


def _offsets(
    client: AdminClient,
    partitions: list[TopicPartition],
    which: OffsetSpec,
    isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
) -> Offsets:
    if not partitions:
        return {}
    found: Offsets = {}
    wanted = dict.fromkeys(partitions, which)
    asked = client.list_offsets(wanted, isolation_level=isolation, request_timeout=_TIMEOUT_SECONDS)
    for partition, answer in asked.items():
        found.setdefault(partition.topic, {})[partition.partition] = answer.result().offset
    return found
