"""What Kafka no longer holds of what bronze is to read next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gympulse.io.checkpoints import Position
from gympulse.io.kafka import Topic
from gympulse.io.kafka_topics import Known


@dataclass(frozen=True)
class Fault:
    """A partition that bronze cannot go on with where it stopped.

    Attributes:
        topic: Its topic.
        partition: Its number.
        begin: The earliest offset there is; 0 where the partition is no more.
        sentence: Offsets found and expected, and how many records are concerned.
    """

    topic: str
    partition: int
    begin: int
    sentence: str


def find(found: Mapping[str, Topic], position: Position, known: Mapping[str, Known]) -> list[Fault]:
    """Hold what the broker has against what bronze is to read.

    Args:
        found: The topics there are.
        position: What is read next; of partitions that it does not name, nothing is expected.
        known: The topics that were read before.

    Returns:
        The faults by topic and partition; none where all that is to be read is there. A topic
        that is missing is none.
    """
    return [fault for name in sorted(found) for fault in _of(name, found[name], position, known)]


def _of(name: str, topic: Topic, position: Position, known: Mapping[str, Known]) -> Iterator[Fault]:
    before = known.get(name, Known(None)).id
    is_anew = None not in (before, topic.id) and before != topic.id
    following, planned = position.next.get(name, {}), position.planned.get(name, {})
    for number in sorted({*topic.ends, *following}):
        begin, end = topic.begins.get(number, 0), topic.ends.get(number, 0)
        if is_anew:
            text = _made_anew(before, topic, number, following.get(number))
        elif planned.get(number, 0) > end:
            text = _backwards(planned[number], end)
        elif following.get(number, begin) < begin:
            text = _expired(following[number], begin)
        else:
            continue
        yield Fault(name, number, begin, f"{name}, partition {number}: {text}")


def _expired(following: int, begin: int) -> str:
    return (
        f"offset {following} is next, but the earliest there is {begin}; "
        f"{begin - following:,} records expired before they were read."
    )


def _backwards(planned: int, end: int) -> str:
    return (
        f"offset {planned} is next, but the partition ends at {end}; {planned - end:,} records "
        "that were there are gone, and new ones take their offsets."
    )


def _made_anew(before: str, topic: Topic, number: int, following: int | None) -> str:
    count = topic.ends.get(number, 0) - topic.begins.get(number, 0)
    old = "none of the old one" if following is None else f"offset {following} of the old one"
    new = (
        f"holds {count:,} records from offset {topic.begins[number]} on"
        if number in topic.ends
        else "has no such partition"
    )
    return (
        f"the topic was deleted and made anew (its id was {before}, and is {topic.id}); "
        f"{old} was to be read next, the new one {new}."
    )
