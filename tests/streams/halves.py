"""Batches of good records, with as many bad ones of every kind beside them or without."""

from collections import Counter
from collections.abc import Iterable
from itertools import cycle, islice
from random import Random

from oracle.bad_records import BAD_LINES, BAD_PAYLOADS
from oracle.expected import expect
from oracle.happenings import Line, Message
from oracle.histories import PlacedBatch, place, seeded_history
from oracle.landing import COLUMNS
from oracle.records import CsvFile, KafkaRecord
from streams.runs import PARTITIONS


def good_items(seed: int) -> list[Message | Line]:
    """Records of a made history, of each kind, that are valid."""
    items = seeded_history(seed, happened=60).items()
    return [item for item in items if not expect(*as_received(item)).quarantined]


def as_received(item: Message | Line) -> tuple[list[KafkaRecord], list[CsvFile]]:
    """A record by itself, as the oracle takes it."""
    if isinstance(item, Message):
        return [KafkaRecord(item.topic, 0, 0, item.key, item.value)], []
    return [], [CsvFile(item.folder, "a.csv", file_of(item.folder, [text_of(item)]))]


def text_of(line: Line) -> bytes:
    """A line of a file, below the usual header."""
    values = dict(line.values)
    return ",".join(values[name] for name in COLUMNS[line.folder].split(",")).encode()


def file_of(folder: str, lines: Iterable[bytes]) -> bytes:
    """A file of lines with the usual header."""
    return b"\n".join((COLUMNS[folder].encode(), *lines))


def mixed(rng: Random, good: Iterable, bad: Iterable) -> list[tuple]:
    """Two lists of tuples as one, in any order."""
    both = [*good, *bad]
    return rng.sample(both, k=len(both))


def received(
    rng: Random, items: list[Message | Line], with_bad: bool
) -> tuple[PlacedBatch, Counter]:
    """One batch of good records, with as many bad ones of every kind or without.

    Returns:
        The batch, and (source, source_id, rule) of what is bad in it.
    """
    good = [(m.topic, m.value, (), m.key) for m in items if isinstance(m, Message)]
    bad = [(*each, b"bad") for each in islice(cycle(BAD_PAYLOADS), len(good) * with_bad)]
    told = mixed(rng, good, bad)
    [batch] = place([[Message(topic, key, value) for topic, value, _, key in told]], PARTITIONS)
    broken = [
        ("kafka_multiplex", record.source_id, rule)
        for record, (*_, rules, _) in zip(batch, told, strict=True)
        for rule in rules
    ]
    for folder in COLUMNS:
        good = [(text_of(item), ()) for item in items if getattr(item, "folder", "") == folder]
        kinds = [(line, rules) for landed, line, rules in BAD_LINES if landed == folder]
        lines = mixed(rng, good, islice(cycle(kinds), len(good) * with_bad))
        batch.append(CsvFile(folder, "a.csv", file_of(folder, [line for line, _ in lines])))
        for number, (_, rules) in enumerate(lines, start=2):
            broken += [(folder, f"a.csv:{number}", rule) for rule in rules]
    return batch, Counter(broken)
