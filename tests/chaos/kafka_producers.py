"""Producers of all kinds, and the records as the broker has numbered them."""

from collections.abc import Iterable
from functools import partial
from random import Random
from typing import Any

from confluent_kafka import KafkaError, Producer
from confluent_kafka import Message as Delivered

from oracle.happenings import Message
from oracle.records import KafkaRecord

CODECS = ("gzip", "snappy", "lz4", "zstd")
Placed = tuple[Message, int]
"""A message, and the partition that it is for."""

_PATIENCE_SECONDS = 60


def producer(servers: str, **settings: Any) -> Producer:
    """A producer that says nothing but to who asks."""
    return Producer({"bootstrap.servers": servers, "log_level": 0, "linger.ms": 5, **settings})


def transactional(servers: str, name: str) -> Producer:
    """A producer that sends in transactions; one of the same name before it is shut out."""
    # Whoever dies in a transaction holds up its partitions for that long at most.
    settings = {"transactional.id": name, "transaction.timeout.ms": 60_000}
    made = producer(servers, **settings)
    made.init_transactions(_PATIENCE_SECONDS)
    return made


def queue(by: Producer, placed: Iterable[Placed], told: list[KafkaRecord | KafkaError]) -> None:
    """Give messages to a producer; whatever comes of each is told later."""

    def tell(message: Message, error: KafkaError | None, delivered: Delivered) -> None:
        place = (message.topic, delivered.partition(), delivered.offset())
        told.append(error or KafkaRecord(*place, message.key, message.value))

    for message, partition in placed:
        by.produce(
            message.topic,
            value=message.value,
            key=message.key,
            partition=partition,
            on_delivery=partial(tell, message),
        )
        by.poll(0)


def deliver(by: Producer, placed: Iterable[Placed]) -> list[KafkaRecord]:
    """Send messages, see them arrive, and give them as the broker has numbered them."""
    told: list[KafkaRecord | KafkaError] = []
    queue(by, placed, told)
    left = by.flush(_PATIENCE_SECONDS)
    failed = [each for each in told if isinstance(each, KafkaError)]
    assert not left, f"{left} messages were not sent"
    assert not failed, failed
    return told


def refused(by: Producer, placed: Placed) -> KafkaError:
    """Send a message that the broker does not take, and give what the producer is told."""
    told: list[KafkaRecord | KafkaError] = []
    queue(by, [placed], told)
    by.flush(_PATIENCE_SECONDS)
    [error] = told
    assert isinstance(error, KafkaError), f"{error.source_id} was taken"
    return error


def dealt(random: Random, placed: Iterable[Placed], count: int) -> list[list[Placed]]:
    """Deal messages to so many hands, each in their order."""
    hands: list[list[Placed]] = [[] for _ in range(count)]
    for each in placed:
        random.choice(hands).append(each)
    return hands
