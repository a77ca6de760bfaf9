"""Hours in which producers do what they may, and a topic grows."""

import json

from confluent_kafka import KafkaError
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from chaos.kafka_producers import CODECS, Placed, dealt, deliver, producer, refused, transactional
from chaos.kafka_world import World
from gympulse.model.bronze import TOPICS
from oracle.happenings import Message
from oracle.sending import flat

MOST_BYTES = 1_048_588
"""What a broker takes at once unless told otherwise: a megabyte, and a batch's beginnings."""
_AROUND = 73
"""What Kafka writes around one record with a key of one byte and a value of a megabyte."""
_ROOM = 1 << 22
_NOON = 1_700_000_000


def ordinary(world: World) -> None:
    """Records come as usual."""
    world.send(world.hour())
    world.run()


def compressed(world: World) -> None:
    """Each producer packs its records in a way of its own."""
    hands = dealt(world.random, world.hour(), len(CODECS))
    for codec, hand in zip(CODECS, hands, strict=True):
        # Together, so that there is something to pack.
        settings = {"compression.type": codec, "linger.ms": 200}
        world.send(hand, producer(world.servers, **settings))
        world.outcome.injected[f"records packed with {codec}"] += len(hand)
    world.run()


def partitions_added(world: World) -> None:
    """Each topic has a partition more, and records come to it."""
    for topic in TOPICS:
        world.runner.broker.add_partition(topic)
        world.outcome.injected["partitions added between runs"] += 1
    world.send(world.hour())
    world.send(marked(world, "bpm"))
    world.run()


def in_transactions(world: World) -> None:
    """Some are committed, some aborted, one producer dies, one takes longer than the hour.

    All send to the same partitions by turns, others between them without any transaction.
    """
    placed = world.hour() + [each for topic in TOPICS for each in marked(world, topic, count=6)]
    plain, *hands = dealt(world.random, placed, 5)
    fates = ("committed", "aborted", "left by a producer that died", "open while bronze ran")
    producers = [transactional(world.servers, fate) for fate in fates]
    for each in producers:
        each.begin_transaction()
    sent = [[] for _ in fates]
    for at in range(max(map(len, hands))):
        for number, by in enumerate(producers):
            sent[number] += deliver(by, hands[number][at : at + 1])
        world.send(plain[at : at + 1])
    world.send(plain[max(map(len, hands)) :])
    committing, aborting, _, waiting = producers
    committing.commit_transaction()
    aborting.abort_transaction()
    # Its successor ends what it has begun.
    transactional(world.servers, fates[2])
    world.run()
    is_kept = world.random.random() < 0.5
    waiting.commit_transaction() if is_kept else waiting.abort_transaction()
    for fate, records in zip(fates, sent, strict=True):
        world.outcome.injected[f"records in transactions {fate}"] += len(records)
        if fate == fates[0] or (fate == fates[3] and is_kept):
            for record in records:
                world.book.arrive(record)
        else:
            world.book.aborted += records
    world.run()


def nothing_but_aborted(world: World) -> None:
    """All that comes of an hour is aborted, so that nothing came."""
    by = transactional(world.servers, "all aborted")
    by.begin_transaction()
    sent = deliver(by, [each for topic in TOPICS for each in marked(world, topic)])
    by.abort_transaction()
    world.book.aborted += sent
    world.outcome.injected["hours of aborted records alone"] += 1
    world.run()
    ordinary(world)


def of_a_megabyte(world: World) -> None:
    """Records as large as the broker takes, valid or not; one byte more is refused."""
    by = producer(world.servers, **{"message.max.bytes": 2 * _ROOM, "linger.ms": 0})
    for heartrate in (70, 7000):
        world.send([large(world, "bpm", MOST_BYTES - _AROUND, heartrate)], by)
        world.outcome.injected["records as large as the broker takes"] += 1
    error = refused(by, large(world, "bpm", MOST_BYTES - _AROUND + 1))
    assert error.code() == KafkaError.MSG_SIZE_TOO_LARGE, error
    world.outcome.injected["records that the broker refused as too large"] += 1
    allow(world, "bpm", _ROOM)
    world.send([large(world, "bpm", _ROOM - _AROUND - 1000)], by)
    world.outcome.injected["records of 4 MB, where the topic takes them"] += 1
    ordinary(world)


def allow(world: World, topic: str, size: int) -> None:
    """Let a topic take records of a size."""
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    for altered in world.runner.broker.admin.incremental_alter_configs([change]).values():
        altered.result()


def large(world: World, topic: str, size: int, heartrate: float = 70) -> Placed:
    """A reading of so many bytes, most of them in a field that nobody knows."""
    reading = {"device_id": 7, "time": _NOON + len(world.book.records), "heartrate": heartrate}
    bare = json.dumps(reading | {"note": ""})
    note = "".join(world.random.choices("abc xyz", k=size - len(bare)))
    value = json.dumps(reading | {"note": note}).encode()
    return Message(topic, b"7", value), world.random.randrange(2)


def marked(world: World, topic: str, count: int = 3) -> list[Placed]:
    """A few records for each partition of a topic, no two alike."""
    found = []
    for partition in range(world.runner.broker.partitions(topic)):
        for _ in range(count):
            at = _NOON + world.random.randrange(10**6)
            found.append((Message(topic, b"7", _VALUES[topic](at)), partition))
    return found


_VALUES = {
    "bpm": lambda at: json.dumps({"device_id": 7, "time": at, "heartrate": 71}).encode(),
    "workout": lambda at: json.dumps(
        {"user_id": 7, "workout_id": 1, "session_id": at, "timestamp": at, "action": "start"}
    ).encode(),
    "user_info": lambda at: json.dumps(flat(7, "update", at)).encode(),
}
