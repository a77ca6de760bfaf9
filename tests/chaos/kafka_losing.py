"""Hours in which records are gone before they were read, or a job is killed before it is done."""

from contextlib import suppress
from unittest.mock import patch

from confluent_kafka.admin import NewTopic
from pyspark.errors import PySparkException

from chaos.kafka_sending import marked
from chaos.kafka_world import World, ends
from gympulse.errors import GympulseError
from gympulse.io import bronze, ops
from gympulse.model.bronze import TOPICS
from streams.losses import loss
from streams.processes import kill_after_commits, submit
from streams.runs import PARTITIONS

BRONZE = "spark_jobs/bronze.py"


def retention_passes_unread_records(world: World) -> None:
    """Retention overtakes bronze in two partitions, and in others what was read already."""
    topic = world.random.choice(TOPICS)
    placed = marked(world, topic)
    world.send(placed)
    lost = []
    for partition in range(world.runner.broker.partitions(topic)):
        following = world.book.read[topic, partition]
        if partition < PARTITIONS:
            before = following + world.random.randrange(1, 3)
            lost.append((topic, partition, following, before))
            world.gaps.append((f"{topic}/{partition}", following, before))
            world.outcome.injected["unread records passed by retention"] += before - following
        else:
            before = following
        world.runner.broker.expire(topic, partition, before)
        world.book.expire((topic, partition), before)
    see_lost(world, topic, [expired(*each) for each in lost])


def topic_made_anew(world: World) -> None:
    """A topic is deleted with records that were not read; the others go on; it comes back."""
    topic, other = world.random.sample(TOPICS, 2)
    world.send(marked(world, topic))
    before, following = world.runner.broker.topic_id(topic), world.book.following(topic)
    world.runner.broker.delete(topic)
    if world.random.random() < 0.5:
        # A new stream goes on without the topic; of it only what bronze holds is known then.
        following = world.book.held(topic)
        world.send(marked(world, other))
    world.run()
    make_anew(world, topic, before, following)


def topic_made_anew_before_a_retry(world: World) -> None:
    """A job is killed between two writes, and before its retry the topic is another."""
    topic = world.random.choice(TOPICS)
    world.send([*world.hour(), *marked(world, topic)])
    before, following = world.runner.broker.topic_id(topic), world.book.following(topic)
    crash(world, ops, "record")
    # What it has written stays; that it has, it could not note.
    world.book.is_read_up_to(ends(world.servers))
    make_anew(world, topic, before, following)


def partition_added_before_a_retry(world: World) -> None:
    """A job is killed, and before its retry a topic has a partition more."""
    world.send([*world.hour(), *marked(world, "bpm")])
    if world.chaos.is_short:
        crash(world, *world.random.choice([(ops, "record"), (bronze, "append")]))
    else:
        kill(world)
    topic = world.random.choice(TOPICS)
    number = world.runner.broker.add_partition(topic)
    world.outcome.injected["partitions added between a crash and its retry"] += 1
    world.send([each for each in marked(world, topic) if each[1] == number])
    world.run()


def crash(world: World, place: object, name: str) -> None:
    """Let the job of bronze fail where it is about to write, as if it were killed there."""
    with patch.object(place, name, side_effect=_Killed), suppress(PySparkException):
        world.runner.run("bronze")
        raise AssertionError(f"nothing called {name}")
    world.outcome.injected[f"bronze ended before {name}"] += 1


def kill(world: World) -> None:
    """End a process of the bronze job with ``kill -9`` between two of its writes."""
    lake = world.runner.lake
    job = submit(BRONZE, "--lake", lake.root, "--kafka-bootstrap-servers", world.servers)
    # Of the records, of the ledger and of the checkpoint, at least.
    killed = kill_after_commits(job, lake, commits=world.random.randrange(1, 5))
    assert killed, "bronze was done before it was killed"
    world.outcome.injected["kill -9 of the bronze job"] += 1


class _Killed(GympulseError):
    """Stands for ``kill -9``."""


def make_anew(world: World, topic: str, before: str, following: dict[int, int]) -> None:
    """Make a topic anew with other records, and see that it is said.

    Args:
        world: The world.
        topic: The topic.
        before: Kafka's name of the old one.
        following: By partition of the old one, the offset that was to be read next.
    """
    world.book.make_anew(topic)
    count = world.random.choice((1, PARTITIONS, PARTITIONS + 1))
    world.runner.broker.empty([NewTopic(topic, count, 1)])
    after = world.runner.broker.topic_id(topic)
    world.send(marked(world, topic, count=world.random.randrange(1, 30)))
    held = {number: at for (name, number), at in ends(world.servers).items() if name == topic}
    # Of a partition that the old one did not have, every record is expected.
    following = dict.fromkeys(held, 0) | following
    said = [
        made_anew(topic, number, before, after, following[number], held.get(number))
        for number in sorted(following)
    ]
    world.outcome.injected["topics deleted and made anew"] += 1
    see_lost(world, topic, said)


def see_lost(world: World, topic: str, said: list[str]) -> None:
    """See a loss said until somebody accepts it; then bronze goes on."""
    for accepted in ([], [each for each in TOPICS if each != topic]):
        world.losses.append(world.failed(loss(said, topic), accepted=accepted))
    world.run(topic)
    world.outcome.injected["losses accepted"] += 1


def expired(topic: str, partition: int, following: int, before: int) -> str:
    """What is said of records that expired."""
    return (
        f"{topic}, partition {partition}: offset {following} is next, but the earliest there is "
        f"{before}; {before - following} records expired before they were read."
    )


def made_anew(
    topic: str, partition: int, before: str, after: str, following: int, held: int | None
) -> str:
    """What is said of a partition of a topic that was made anew."""
    new = "has no such partition" if held is None else f"holds {held} records from offset 0 on"
    return (
        f"{topic}, partition {partition}: the topic was deleted and made anew (its id was "
        f"{before}, and is {after}); offset {following} of the old one was to be read next, the "
        f"new one {new}."
    )
